"""The human resources plan: every word as the document has it, both wordings of targets, pages as of a day."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import IntegrityError, models, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from itoguchi.core.queries import find
from itoguchi.learning import actions, queries
from itoguchi.learning.models import Group, Issue, Line, Link, Measure, Plan, Programme
from tests.outreach.test_pages import japanese_left, main_of

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parents[2] / "data" / "learning"
GIVEN = yaml.safe_load((DATA / "talent_plan.yaml").read_text(encoding="utf-8"))["plans"][0]
MODELS: list[type[models.Model]] = [Plan, Issue, Programme, Group, Line, Measure, Link]
DAY = date(2017, 3, 24)
PAGES = [
    "/learning/plan",
    "/learning/plan?as_of=2017-03-23",
    "/learning/programmes/skill-conversion",
    "/learning/programmes/talent-share",
    "/learning/programmes/literacy",
]

# The plan's pages of the ministry's document of 2017-03-24, line by line.
OVERVIEW = """
- 地域IoTの着実な実装を支える人材の育成・活用の取組を加速するため、主要ターゲットを明確にした包括的プラン（地域IoT人材創造プラン）を策定。
- ①IoT時代に必要なスキルへの転換、②地域や産業の枠を超えた人材の共有、③全ての一般ユーザのリテラシーの向上の3つを軸にしたプログラムにより、PDCAを確保しつつ、各種施策を着実に推進。
課題
- ・ 地域IoTの基盤を支え、ビジネスモデルを創造する高度人材
- ・ 地域IoT実装の現場を牽引する、サービス・業務の革新人材
- ・ IoT社会を理解して受容し、積極的に利活用する地域人材
地域IoT人材創造プラン
プログラム及び個別施策の
関連付け・事例共有に配慮
スキル転換プログラム
人材シェアプログラム
リテラシー強化プログラム
IoT時代に必要な
スキルへの転換
グローバルな高度人材
のスキルアップ
【ICT企業、起業家】
地域のサービス提供者
のスキルシフト
【自治体、ユーザ企業】
地域や産業の枠を
超えた人材の共有
地域IoT人材のシェア
【自治体、地域企業】
地域IoT人材の
流動性の向上
【ICT企業】
全ての一般ユーザの
リテラシーの向上
高齢者など一般ユーザ
のリテラシー向上
【自治体、企業等】
学校や地域における
IoT教育の充実
【学校、自治体】
就業等を契機とするスキル習得の継続
"""
PROGRAMMES = {
    "skill-conversion": """
スキル転換プログラム
IoT時代に必要なスキルへの転換
ネットワークスキル
セキュリティスキル
ソフトウェアによるネットワークの運用・管理 (SDN/NFV等) 等
若手セキュリティエンジニアの育成、2020年東京大会に向けたセキュリティ演習 等
【主要ターゲット：ICT企業、起業家】
データ活用スキル
IoT技術スキル
オープンデータテストベッドの整備、自治体研修の全国展開・教材の開発 等
IoT利活用スキルセットの策定と講習会等の推進、CYDER演習の全国展開 等
【主要ターゲット：自治体、ユーザ企業】
""",
    "talent-share": """
人材シェアプログラム
地域や産業の枠を超えた人材の共有
高度人材の共有
交流・協働の促進
人材の実態把握とDB等の整備、地域情報化アドバイザーの派遣分野の重点化・派遣地域の拡大 等
地域IoTの実装に意欲的な自治体と民間企業等とのネットワークによる参照モデルの構築 等
【主要ターゲット：自治体、地域のユーザ企業】
ICT企業→ユーザ企業
都市部→地方
企業におけるIoT・セキュリティ人材の雇用比率等の実態把握と目安の公表 等
ふるさとテレワーク・お試しサテライトオフィスの推進 等
【主要ターゲット：ICT企業】
""",
    "literacy": """
リテラシー強化プログラム
全ての一般ユーザのリテラシーの向上
学校・地域におけるIoT教育
高齢者等のリテラシー強化
地域クラブ活動など課外における高度な学習機会の充実 等
若年層向けに開発したプログラミング教育モデルの社会人・高齢者等への応用 等
【主要ターゲット：学校、自治体】
【主要ターゲット：自治体、企業等】
就業等を契機とする
スキル習得の継続
初等・中等教育、高齢者、障害者、一般ユーザ
※プログラム及び個別施策の
関連付け・事例共有に配慮
""",
}


def plain(text: str) -> str:
    return re.sub(r"\s", "", text)


def shown_plan() -> Plan:
    found = queries.plan_as_of(DAY)
    assert found is not None
    return found


def words_of(plan: Plan) -> Iterator[str]:
    """Every word of the plan's overview, from the records."""
    yield plan.name
    yield from plan.aim_lines
    yield from (str(each) for each in [*plan.issues.all(), *plan.links.all()])
    for programme in plan.programmes.all():
        yield from (programme.name, programme.axis)
        for group in programme.groups.all():
            yield from (group.name, f"【{group.shown_targets}】")


def words_of_programme(programme: Programme) -> Iterator[str]:
    yield from (programme.name, programme.axis)
    if programme.audiences:
        yield "、".join(programme.audiences)
    for group in programme.groups.all():
        yield f"【主要ターゲット：{group.shown_targets_on_page}】"
        for line in group.lines.all():
            yield from (line.name, line.shown_measures)


def without(text: str, words: Iterator[str]) -> str:
    """What is left of a text once every word was found in it and taken out, the longest first."""
    left = plain(text)
    for word in sorted(map(plain, words), key=len, reverse=True):
        assert word in left, word
        left = left.replace(word, "", 1)
    return left


def test_every_word_of_the_overview_is_a_record_and_none_is_added() -> None:
    assert without(OVERVIEW, words_of(shown_plan())).replace("-", "").replace("・", "") == "課題"


@pytest.mark.parametrize("key", PROGRAMMES)
def test_every_word_of_a_programmes_page_is_a_record_and_none_is_added(key: str) -> None:
    programme = queries.programmes().get(key=key)
    left = without(PROGRAMMES[key], words_of_programme(programme))
    for link in queries.links_on(programme):
        left = left.replace(plain(link.text), "")
    assert left.replace("※", "") == ""


def test_the_file_is_what_is_loaded() -> None:
    plan = shown_plan()
    assert (plan.key, plan.name, plan.since, plan.source) == (
        GIVEN["key"],
        GIVEN["name"],
        GIVEN["since"],
        GIVEN["source"],
    )
    assert [(each.key, each.text) for each in plan.issues.all()] == [(i["key"], i["text"]) for i in GIVEN["issues"]]
    assert [
        (each.key, each.name, each.axis, each.audiences, [group.key for group in each.groups.all()])
        for each in plan.programmes.all()
    ] == [
        (row["key"], row["name"], row["axis"], row.get("audiences", []), [group["key"] for group in row["groups"]])
        for row in GIVEN["programmes"]
    ]
    lines = [
        line for programme in plan.programmes.all() for group in programme.groups.all() for line in group.lines.all()
    ]
    given = [line for row in GIVEN["programmes"] for group in row["groups"] for line in group["lines"]]
    assert [(each.key, each.name, [str(m) for m in each.measures.all()], each.and_more) for each in lines] == [
        (line["key"], line["name"], line["measures"], line["and_more"]) for line in given
    ]
    assert (len(lines), Measure.objects.count(), all(line.and_more for line in lines)) == (10, 14, True)


def test_what_nobody_published_is_listed() -> None:
    assert shown_plan().not_published == [
        "プランの数値目標",
        "IoT・セキュリティ人材の雇用比率等の目安",
        "IoT利活用スキルセットの内容",
    ]


def test_the_two_links_are_no_measures() -> None:
    links = {link.kind: link for link in shown_plan().links.all()}
    assert links["connection"].text == "就業等を契機とするスキル習得の継続"
    assert links["connection"].programme_id == "literacy"
    assert links["rule"].text == "プログラム及び個別施策の関連付け・事例共有に配慮"
    assert not Measure.objects.filter(text__in=[link.text for link in links.values()]).exists()


@pytest.mark.parametrize(("day", "key"), [("2017-03-23", None), ("2017-03-24", "2017-03"), ("2030-01-01", "2017-03")])
def test_the_plan_as_of_a_day(day: str, key: str | None) -> None:
    found = queries.plan_as_of(date.fromisoformat(day))
    assert (found.key if found else None) == key


def test_the_whole_plan_takes_few_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(7):
        plan = shown_plan()
        list(words_of(plan))
        addresses = [
            measure.address
            for programme in plan.programmes.all()
            for group in programme.groups.all()
            for line in group.lines.all()
            for measure in line.measures.all()
        ]
    assert addresses[0] == "/learning/programmes/skill-conversion#network-skills-1"


def test_every_record_has_an_address_that_its_page_knows(client: Client) -> None:
    plan = shown_plan()
    records: list[Any] = [plan, *plan.issues.all(), *plan.links.all()]
    for programme in queries.programmes():
        records.append(programme)
        for group in programme.groups.all():
            records.append(group)
            for line in group.lines.all():
                records += [line, *line.measures.all()]
    pages: dict[str, str] = {}
    for record in records:
        path, _hash, anchor = record.address.partition("#")
        assert record.get_absolute_url() == record.address
        page = pages.setdefault(path, client.get(path).content.decode())
        assert not anchor or page.count(f'id="{anchor}"') == 1, record.address


def test_loading_again_changes_nothing_and_mends_what_differs() -> None:
    before = {model: list(model._default_manager.order_by("pk").values()) for model in MODELS}
    changes = {model: model.pgh_event_model.objects.count() for model in MODELS}  # type: ignore[attr-defined]
    actions.load_plan(DATA)
    assert {model: list(model._default_manager.order_by("pk").values()) for model in MODELS} == before
    assert {model: model.pgh_event_model.objects.count() for model in MODELS} == changes  # type: ignore[attr-defined]
    Programme.objects.filter(key="literacy").update(axis="別")
    actions.load_plan(DATA)
    assert Programme.objects.get(key="literacy").axis == "全ての一般ユーザのリテラシーの向上"


def test_one_record_in_each_place() -> None:
    with pytest.raises(IntegrityError, match="one_group_per_place_in_programme"), transaction.atomic():
        Group.objects.create(key="other", programme_id="literacy", order=1, name="別")


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_few_times(client: Client, path: str, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(12):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_english_pages_are_english(client: Client, path: str) -> None:
    assert japanese_left(main_of(client.get(f"/en{path}").content.decode())) == []


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_resolves(client: Client, path: str) -> None:
    for target in set(re.findall(r'href="([^"]+)"', main_of(client.get(path).content.decode()))):
        if not target.startswith(("?", "#")):
            assert client.get(target.split("#")[0]).status_code == 200, target


def test_the_page_shows_both_wordings_of_the_targets(client: Client) -> None:
    for path in ("/learning/plan", "/learning/programmes/talent-share"):
        page = main_of(client.get(path).content.decode())
        assert "自治体、地域企業" in page
        assert "自治体、地域のユーザ企業" in page


def test_the_diagram_and_the_table_say_every_word(client: Client) -> None:
    page = plain(re.sub(r"<[^>]+>", "", main_of(client.get("/learning/plan").content.decode())))
    for word in words_of(shown_plan()):
        assert plain(word) in page
    for programme in queries.programmes():
        for word in words_of_programme(programme):
            if not word.startswith("【") and word != "、".join(programme.audiences):
                assert plain(word) in page
    assert "公表値なし" in page


def test_before_the_plan_the_page_says_so(client: Client) -> None:
    page = main_of(client.get("/learning/plan", {"as_of": "2017-03-23"}).content.decode())
    assert "人材プランの記録はありません" in page
    assert "?as_of=2017-03-24" in page
    assert "スキル転換プログラム" not in page


def test_the_file_has_a_row_for_each_measure(client: Client) -> None:
    text = client.get("/learning/plan?format=csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 14
    assert rows[0]["施策"] == "ソフトウェアによるネットワークの運用・管理 (SDN/NFV等)"
    assert {row["等"] for row in rows} == {"等"}
    assert client.get("/learning/plan?format=csv&as_of=2017-03-23").status_code == 200


def test_a_day_that_does_not_exist_is_refused(client: Client) -> None:
    assert client.get("/learning/plan", {"as_of": "2017-03-32"}).status_code == 400
    assert client.get("/learning/programmes/nothing").status_code == 404


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("人材プラン", "/learning/plan"),
        ("リテラシー強化", "/learning/programmes/literacy"),
        ("CYDER", "/learning/programmes/skill-conversion#iot-skills-2"),
    ],
)
def test_it_can_be_found(word: str, path: str) -> None:
    assert path in {entry.path for entry in find(word, room="learning")}
