"""Schemes as files: 支援制度情報一覧 and Jグランツ go out and come back unchanged; what can't be is named by row and cure."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area
from itoguchi.core.exports import write_csv, write_xlsx
from itoguchi.core.imports import ImportRefused
from itoguchi.core.journal import history_of
from itoguchi.core.models import ImportedFile
from itoguchi.roadmap.models import Field
from itoguchi.support import queries
from itoguchi.support.actions import RateFacts, YearFacts, facts_of, keep_scheme, keep_year
from itoguchi.support.exchange import CREDIT, LIST, REGIONS, plain_text
from itoguchi.support.models import Scheme
from itoguchi.support.queries import Asked, Cost, State, reason_of
from itoguchi.support.scheme_files import bring_in, jgrants_of, outgoing, places, read_file, table_of
from tests.support.factories import a_need
from tests.support.test_scheme_pages import a_scheme

pytestmark = pytest.mark.django_db

COLUMNS = tuple(item.name for item in LIST.items)
ROW = {
    "制度番号": "12", "全国地方公共団体コード": "282219", "タイトル（制度名）": "移住支援金", "対象者": "移住した人", "対象地域": "兵庫県",
    "概要": "移り住む人へ", "受付開始日": "2027/4/1", "受付終了日": "令和10年3月31日", "実施組織・支援機関": "丹波篠山市", "キーワード": "移住",
    "公開日": "2027-03-01",
}  # fmt: skip
SUBSIDY = {
    "id": "a0W2x000001AAAAEA0", "name": "S-00000001", "title": "機器の導入補助金", "target_area_search": "近畿地方 / 徳島県",
    "subsidy_max_limit": 1000000, "acceptance_start_datetime": "2027-04-01T00:00:00.000Z", "acceptance_end_datetime": "2027-05-31T08:00:00.000Z",
    "target_number_of_employees": "50名以下", "detail": "<p>対象<b>者</b></p><ul><li>市</li><li>町</li></ul><script>alert(1)</script>",
    "application_form": [{"name": "様式.docx", "data": "QUJD"}], "unheard_of": {"a": [1, None, "x"]},
}  # fmt: skip


def a_file(*rows: dict[str, str], header: tuple[str, ...] = COLUMNS, encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([row.get(name, "") for name in header])
    return out.getvalue().encode(encoding)


def an_answer(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"metadata": {"type": "x", "resultset": {"count": len(rows)}}, "result": list(rows)}).encode()


def bring(data: bytes, by: Account | None = None, source: str = "試験の一覧") -> Any:
    file = read_file(data, "x", source)
    bring_in(file, name="x", size=len(data), source=source, why="x", by=by)
    return file


def problems_of(data: bytes) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ImportRefused) as refused:
        read_file(data, "x.csv", "x")
    return [(each.row, str(each.column), f"{each.message} {each.cure}") for each in refused.value.problems]


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.mark.parametrize("query", ["format=csv", "format=csv&encoding=cp932", "format=xlsx", "format=jgrants"])
def test_what_goes_out_comes_back_with_no_change(client: Client, query: str) -> None:
    a_scheme(detail="一行目\n二行目", rule={"all": [{"prefecture": ["280003"]}, {"disadvantaged": True}]})
    bring(a_file(ROW))
    bring(an_answer(SUBSIDY))
    file = read_file(client.get(f"/schemes/table?{query}").content, "x", "x")
    assert len(file.given) == len(outgoing())
    assert [(each.row, each.changes) for each in file.given if not each.is_same] == []
    assert file.news == []


def test_what_came_in_goes_out_the_same() -> None:
    own = {
        "独自の列": "値 ",
        "タイトル（制度名）": "独自",
        "キーワード": "x;y",
        "受付終了日": "",
        "対象地域": "どこか;280003",
    }
    header = (*COLUMNS, "独自の列")
    bring(a_file(ROW, own, header=header))
    data, _replaced = write_csv(table_of(Scheme.objects.filter(origin="list").order_by("-name")))
    came = [{name: row.get(name, "").strip() for name in header} for row in (ROW, own)]
    assert sorted(rows_of(data), key=repr) == sorted(came, key=repr)
    bring(an_answer(SUBSIDY, {"id": "a0W2x000001AAAAEA1", "title": "日付のない補助金"}))
    went = json.loads(jgrants_of(Scheme.objects.filter(origin="jgrants").order_by("name")))
    assert went["result"] == [{"id": "a0W2x000001AAAAEA1", "title": "日付のない補助金"}, SUBSIDY]
    assert went["metadata"]["credit"] == CREDIT


def test_a_row_becomes_a_scheme_with_its_window_and_place() -> None:
    bring(a_file(ROW))
    scheme = Scheme.objects.get(origin="list")
    assert (scheme.name, scheme.provider, scheme.level) == ("移住支援金", "丹波篠山市", "municipal")
    assert scheme.rule == {"all": [{"prefecture": ["280003"]}, {"unentered": True}]}
    window = scheme.years.get().windows.get()
    assert scheme.years.get().fiscal_year == 2027
    assert timezone.localtime(window.closes_at).isoformat() == "2028-03-31T23:59:59+09:00"
    assert not window.has_time
    assert history_of(scheme)


def test_a_subsidy_becomes_a_scheme_with_plain_text_and_its_regions(client: Client) -> None:
    bring(an_answer(SUBSIDY))
    scheme = Scheme.objects.get(origin="jgrants")
    assert scheme.detail == "対象者\n・市\n・町"
    place, more = scheme.rule["all"]
    assert more == {"unentered": True}
    assert place["prefecture"] == sorted(["250007", "260002", "270008", "280003", "290009", "300004", "360007"])
    assert scheme.years.get().max_yen == 1_000_000
    assert scheme.extra["jgrants"]["unheard_of"] == {"a": [1, None, "x"]}
    page = client.get(f"/schemes/{scheme.key}").content.decode()
    assert CREDIT in page
    assert "alert(1)" not in page


def test_the_regions_are_all_prefectures_once() -> None:
    names = [name for region in REGIONS.values() for name in region]
    assert len(names) == len(set(names)) == 47
    assert set(names) == set(places().codes)


def test_changes_are_told_column_by_column_and_what_was_put_right_by_hand_stays(coordinator: Account) -> None:
    bring(a_file(ROW))
    scheme = Scheme.objects.get(origin="list")
    keep_scheme(scheme.key, replace(facts_of(scheme), name="正しい名称"), by=coordinator, why="x")
    keep_year(scheme, YearFacts(fiscal_year=2027, source="x", max_yen=5), by=coordinator, why="x")
    file = bring(a_file(ROW | {"概要": "新しい概要", "受付終了日": "2028-02-01"}))
    (row,) = file.given
    assert [name for name, _was, _now in row.changes] == ["概要"]
    assert {name for name, _stays, _said in row.kept} == {"タイトル（制度名）", "受付開始日", "受付終了日"}
    scheme.refresh_from_db()
    assert (scheme.name, scheme.summary) == ("正しい名称", "新しい概要")
    assert scheme.corrected == ["name", "years"]
    assert scheme.years.get().max_yen == 5


def test_a_place_alone_lets_nobody_be_told_that_it_may(client: Client, tmp_path: Path) -> None:
    """No elsewhere, unknown there, by every door: who asks is told to read the conditions."""
    bring(a_file(ROW | {"受付開始日": "", "受付終了日": ""}))
    scheme, day = Scheme.objects.get(origin="list"), timezone.localdate()
    there, elsewhere = (Area.objects.get(code=code) for code in ("282219", "272272"))
    standings = queries.standings_of(scheme, day)
    states = Counter(standings.states.values())
    assert (states[State.YES], states[State.UNKNOWN]) == (0, 42)
    assert (standings.states["282219"], standings.states["272272"]) == (State.UNKNOWN, State.NO)
    assert queries.who_may(scheme, day, Asked(applicant="area")) == standings.states
    assert queries.states_for([scheme], there, day) == {scheme.key: State.UNKNOWN}
    for area, state in ((there, State.UNKNOWN), (elsewhere, State.NO)):
        found = queries.match_schemes(area, Asked(text="移住支援金"), day, top=500)
        (match,) = (each for each in found if each.scheme == scheme.key)
        assert match.eligible == state
    gap = standings.gap("282219")
    assert gap
    assert reason_of(gap).startswith("登録された条件のほかにも条件があり、まだ登録されていません。募集要領で")
    with override("en"):
        assert "guidelines" in reason_of(gap)
    page = client.get(f"/schemes/{scheme.key}?area=282219").content.decode()
    assert "都道府県が兵庫県、かつまだ登録されていないほかの条件を満たす" in page
    assert "？ わからない" in page
    need = tmp_path / "need.json"
    need.write_text(json.dumps({"text": "移住支援金"}), encoding="utf-8")
    out = io.StringIO()
    call_command("match_schemes", area="282219", need_file=str(need), json=True, top=500, stdout=out)
    (told,) = (each for each in json.loads(out.getvalue())["schemes"] if each["scheme"] == scheme.key)
    assert (told["eligible"], [each["of"] for each in told["gaps"]]) == ("unknown", ["text"])


def test_a_need_that_only_a_place_meets_is_perhaps_served() -> None:
    today = timezone.localdate()
    bring(a_file(ROW | {"受付開始日": f"{today}", "受付終了日": f"{today + timedelta(days=9)}"}))
    scheme = Scheme.objects.get(origin="list")
    field = frozenset(Field.objects.filter(key="workstyle"))
    keep_scheme(scheme.key, replace(facts_of(scheme), fields=field), by=None)
    need, foreign = a_need(field="workstyle"), a_need("272272", field="workstyle")
    found = queries.standings(today)
    assert (found[need.pk].best, found[foreign.pk].best) == (State.UNKNOWN, State.NO)


def test_what_came_from_files_before_is_put_right_unless_somebody_did() -> None:
    place = {"prefecture": ["280003"]}
    for key, origin, corrected in (("a", "list", []), ("b", "jgrants", ["rule"]), ("c", "hand", [])):
        a_scheme(key=f"old-{key}", rule=place)
        Scheme.objects.filter(key=f"old-{key}").update(origin=origin, corrected=corrected)
    migration = import_module("itoguchi.support.migrations.0003_more_than_the_place")
    for _twice in range(2):
        migration.say_there_is_more(apps, None)
    rules = dict(Scheme.objects.filter(key__startswith="old-").values_list("key", "rule"))
    assert rules == {"old-a": {"all": [place, {"unentered": True}]}, "old-b": place, "old-c": place}
    migration.say_nothing_of_more(apps, None)
    assert Scheme.objects.get(key="old-a").rule == place


def test_money_is_not_sure_of_a_place_alone() -> None:
    bring(a_file(ROW | {"受付開始日": "", "受付終了日": ""}))
    scheme, day = Scheme.objects.get(origin="list"), timezone.localdate()
    rates = (RateFacts(rate=Fraction(1, 2), max_yen=10**7),)
    keep_year(scheme, YearFacts(fiscal_year=day.year, source="x", rates=rates), by=None)
    costs = [Cost(kind="equipment", year=day.year, yen=1_000_000)]
    found = queries.combine(costs, Area.objects.get(code="282219"), [scheme], day)
    assert found.own == (500_000, 1_000_000)
    assert any("使えるか、まだ分かりません" in each and "募集要領" in each for each in found.unknown)
    assert not queries.combine(costs, Area.objects.get(code="272272"), [scheme], day).offers


def test_who_enters_the_other_conditions_is_heard_after_the_next_file_too(client_of: Callable[[str], Client]) -> None:
    bring(a_file(ROW))
    scheme, client = Scheme.objects.get(origin="list"), client_of("coordinator")

    def saved(**more: str) -> dict[str, Any]:
        page = client.get(f"/schemes/{scheme.key}/edit")
        form, rows = page.context["form"], page.context["rows"]
        sent = {f.html_name: f.value() for f in form if f.value() not in (None, False)} | {"why": "x"}
        for each in (rows.management_form, *rows):
            sent |= {f.html_name: f.value() for f in each if f.value() not in (None, False)}
        sent = {name: value for name, value in sent.items() if more.get(name) != "off"}
        assert (
            client.post(f"/schemes/{scheme.key}/edit", sent | {k: v for k, v in more.items() if v != "off"}).status_code
            == 302
        )
        scheme.refresh_from_db()
        rule: dict[str, Any] = scheme.rule
        return rule

    assert saved() == {"all": [{"prefecture": ["280003"]}, {"unentered": True}]}
    assert scheme.corrected == []
    assert saved(has_more="off") == {"prefecture": ["280003"]}
    assert queries.standings_of(scheme, timezone.localdate()).states["282219"] == State.YES
    file = bring(a_file(ROW | {"対象地域": "大阪府", "概要": "新しい"}))
    assert [name for name, _stays, _said in file.given[0].kept] == ["対象地域"]
    scheme.refresh_from_db()
    assert (scheme.rule, scheme.summary) == ({"prefecture": ["280003"]}, "新しい")


def test_a_place_that_a_file_changes_is_all_that_is_known_again() -> None:
    bring(a_file(ROW))
    bring(a_file(ROW | {"対象地域": "大阪府"}))
    assert Scheme.objects.get(origin="list").rule == {"all": [{"prefecture": ["270008"]}, {"unentered": True}]}
    bring(a_file(ROW | {"対象地域": "全国"}))
    assert Scheme.objects.get(origin="list").rule == {}


def test_a_changed_window_takes_the_place_of_the_old_one() -> None:
    bring(a_file(ROW))
    scheme = Scheme.objects.get(origin="list")
    bring(a_file(ROW | {"受付終了日": "2028-02-01"}))
    assert timezone.localtime(scheme.years.get().windows.get().closes_at).date().isoformat() == "2028-02-01"
    bring(a_file(ROW | {"受付開始日": "2028-04-01", "受付終了日": ""}))
    assert [year.fiscal_year for year in scheme.years.all()] == [2028, 2027]
    assert read_file(a_file(ROW | {"受付開始日": "2028-04-01", "受付終了日": ""}), "x", "x").news == []


def test_what_the_same_source_no_longer_has_is_told_and_stays() -> None:
    bring(a_file(ROW, ROW | {"制度番号": "13"}))
    file = bring(a_file(ROW))
    assert [each.origin_key for each in file.gone] == ["282219/13"]
    assert Scheme.objects.filter(origin="list").count() == 2


def test_what_can_t_be_is_named_by_row_and_column_and_writes_nothing() -> None:
    assert problems_of(a_file(ROW, ROW | {"制度番号": "2", "受付開始日": "2027-13-01"}))[0][:2] == (3, "受付開始日")
    assert problems_of(a_file(ROW | {"タイトル（制度名）": ""}))[0][:2] == (2, "タイトル（制度名）")
    assert problems_of(a_file(ROW, ROW))[0][0] == 3
    assert problems_of(a_file(ROW | {"受付終了日": "2027-03-01"}))[0][1] == "受付終了日"
    assert "長すぎます" in problems_of(a_file(ROW | {"タイトル（制度名）": "あ" * 201}))[0][2]
    assert "〓" in problems_of(a_file(ROW | {"概要": "〓田"}))[0][2]
    assert problems_of(an_answer({"title": "x"}))[0][1] == "id"
    assert problems_of(an_answer(SUBSIDY | {"acceptance_end_datetime": "soon"}))[0][1] == "acceptance_end_datetime"
    assert problems_of(an_answer(SUBSIDY | {"subsidy_max_limit": -1}))[0][1] == "subsidy_max_limit"
    for data in (
        b"{",
        b'{"result": []}',
        b'{"result": [1]}',
        b'{"result": [{"id": NaN}]}',
        b'[{"id": "\\ud800"}]',
        b"[" * 100_000,
    ):
        assert problems_of(data)[0][0] is None
    assert not Scheme.objects.filter(origin__in=("list", "jgrants")).exists()


def test_too_many_rows_are_refused_in_words() -> None:
    header = ("タイトル（制度名）", "キーワード")
    rows = [{"タイトル（制度名）": f"x{n}", "キーワード": "x"} for n in range(50_000)]
    assert "10,000" in problems_of(a_file(*rows, header=header))[0][2].replace("10000", "10,000")
    assert "10000件まで" in problems_of(json.dumps([{"id": f"{n}"} for n in range(50_000)]).encode())[0][2]


def send(client: Client, data: bytes, name: str = "x.csv") -> Any:
    file = SimpleUploadedFile(name, data)
    return client.post("/schemes/import", {"file": file, "source": "試験の一覧", "why": "更新"})


def test_a_file_is_shown_before_it_is_written(client_of: Callable[[str], Client]) -> None:
    client = client_of("coordinator")
    evil = "<script>alert(1)</script>"
    answer = send(client, a_file(ROW | {"概要": evil}))
    assert answer.status_code == 200
    assert "新しい 1件" in answer.content.decode()
    assert not Scheme.objects.filter(origin="list").exists()
    assert client.post("/schemes/import", {"packed": answer.context["packed"]}).status_code == 302
    assert ImportedFile.objects.get().source == "試験の一覧"
    answer = send(client, a_file(ROW | {"概要": evil + "x"}))
    assert evil not in answer.content.decode()
    assert "変わる 1件" in answer.content.decode()
    scheme = Scheme.objects.get(origin="list")
    assert evil not in client.get(f"/schemes/{scheme.key}").content.decode()
    Scheme.objects.update(summary="y")
    again = client.post("/schemes/import", {"packed": answer.context["packed"]})
    assert "確かめたあとに記録が変わりました" in again.content.decode()


def test_a_refused_file_says_what_to_mend_and_others_may_not(client_of: Callable[[str], Client]) -> None:
    answer = send(client_of("coordinator"), a_file(ROW | {"受付開始日": "x"}))
    assert answer.status_code == 422
    assert "日付として読めません" in answer.content.decode()
    assert send(client_of("officer"), a_file(ROW)).status_code == 403


def test_a_thousand_rows_come_in_with_few_queries(django_assert_max_num_queries: Any) -> None:
    data = a_file(*[ROW | {"制度番号": str(n)} for n in range(1000)])
    with django_assert_max_num_queries(60):
        bring(data)
    assert Scheme.objects.filter(origin="list").count() == 1000


def test_characters_that_shift_jis_lacks_are_told_before(client: Client) -> None:
    a_scheme(name="𠮷野家の補助金")
    page = client.get("/schemes/table").content.decode()
    assert "𠮷" in page
    answer = client.get("/schemes/table?format=csv&encoding=cp932")
    assert int(answer["X-Replaced-Characters"]) >= 1


texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="〓�"), max_size=30)
days = st.dates(datetime(2000, 1, 1).date(), datetime(2090, 1, 1).date())


@given(
    name=texts.filter(lambda text: bool(text.strip())),
    rest=st.dictionaries(
        st.sampled_from(["対象者", "概要", "内容", "用途・対象物", "お問い合わせ先", "対象地域", "URL", "制度番号"]),
        texts,
    ),
    span=st.lists(days, min_size=2, max_size=2, unique=True),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_list_comes_out_as_it_came_in(name: str, rest: dict[str, str], span: list[Any], db: None) -> None:
    from django.db import transaction

    opens, closes = sorted(span)
    row = {"タイトル（制度名）": name, "受付開始日": opens.isoformat(), "受付終了日": closes.isoformat()} | rest
    header = (*COLUMNS, "URL")
    sid = transaction.savepoint()
    try:
        first = read_file(write_xlsx(_table(header, row)), "x", "x")
    except ImportRefused:
        transaction.savepoint_rollback(sid)
        return
    bring_in(first, name="x", size=1, source="x", why="x", by=None)
    out = table_of(Scheme.objects.filter(origin="list").prefetch_related("years__windows"))
    (cells,) = out.rows
    went = dict(zip([key for key, _label in out.columns], cells, strict=True))
    assert {key: went.get(key, "") for key in header} == {key: first.given[0].cells.get(key, "") for key in header}
    again, _replaced = write_csv(out)
    assert read_file(again, "x", "x").news == []
    transaction.savepoint_rollback(sid)


def _table(header: tuple[str, ...], row: dict[str, str]) -> Any:
    from itoguchi.core.exports import Table

    return Table(columns=[(key, key) for key in header], rows=[[row.get(key, "") for key in header]], title="x")


jsons = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@given(
    more=st.dictionaries(texts.filter(lambda key: key not in SUBSIDY), jsons, max_size=4),
    title=texts.filter(lambda text: bool(text.strip())),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_answer_comes_out_as_it_came_in(more: dict[str, Any], title: str, db: None) -> None:
    from django.db import transaction

    sid = transaction.savepoint()
    row = {"id": "a0W2x000001AAAAEA9", "title": title} | more
    bring(json.dumps([row]).encode())
    found = Scheme.objects.filter(origin="jgrants")
    data = jgrants_of(found.prefetch_related("years__windows"))
    assert json.loads(data)["result"] == [row]
    assert read_file(data, "x", "x").news == []
    transaction.savepoint_rollback(sid)


pieces = st.sampled_from(
    [
        "<script>",
        "</script>",
        "<img src=x onerror=alert(1)>",
        "&lt;script&gt;",
        "<p>",
        "</p>",
        "<li>",
        "<!--",
        "-->",
        "文",
        "<",
        ">",
        "&amp;",
        "<style>",
        "<svg/onload=x>",
    ]
)


@given(html=st.lists(pieces, max_size=12).map("".join))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_markup_of_a_file_reaches_a_page(html: str, client: Client, db: None) -> None:
    from django.db import transaction

    sid = transaction.savepoint()
    bring(an_answer(SUBSIDY | {"detail": html, "title": f"x{html}"[:200]}))
    page = client.get(Scheme.objects.get(origin="jgrants").address).content.decode()
    content = page[page.index("<h1") :]
    assert "<script" not in content.lower().partition("<footer")[0]
    assert "<img src=x" not in content
    assert "<svg/onload" not in content
    assert "\x00" not in plain_text(html)
    transaction.savepoint_rollback(sid)
