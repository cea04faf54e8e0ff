"""Pages of opinions: sums with their records, the whole way, the citizen's form and what it refuses, desk, table, files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from itoguchi.accounts.models import Account
from itoguchi.network import actions, queries
from itoguchi.network.models import Clause, Opinion
from itoguchi.network.views.comments import OF_ADDRESS
from itoguchi.network.views.desk import doubts_about
from tests.network.factories import MIE, REMARK, a_change, a_comment, a_period, an_opinion
from tests.network.test_doubles import DOUBLES, OTHERS, TEXTS
from tests.outreach.test_pages import japanese_left, main_of

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
HTMX = {"HX-Request": "true"}


def numbers_of(page: str) -> list[int]:
    """The numbers of the sums, in their order: received, open, merged, answered, not public."""
    sums = re.search(r'<dl class="sums">(.*?)</dl>', page, re.S)
    assert sums
    return [int(re.sub(r"\D", "", each)) for each in re.findall(r"<dd>(?:<a[^>]*>)?([\d,]+)", sums[1])]


def a_story() -> Opinion:
    """The remark of 三重, with a double, answered in part, decided on, and what it changed."""
    today = timezone.localdate()
    remark = an_opinion(heard_at=MIE, title="担当が一人の町が相談できる窓口")
    actions.merge_opinions(remark, [an_opinion("相談できる場所がほしい")], by=None, today=today, why="同じ")
    remark = actions.answer_opinion(
        remark, Opinion.Verdict.PARTLY, "窓口は置く。人件費は出さない。", by=None, today=today
    )
    a_change(remark)
    remark.refresh_from_db()
    return remark


def test_the_public_list_adds_up_and_every_number_leads_to_its_records(client: Client) -> None:
    a_story()
    a_comment("確認待ち")
    an_opinion("伏せた意見", may_be_public=False)
    page = client.get("/opinions/").content.decode()
    received, waits, merged, answered, hidden = numbers_of(page)
    assert received == waits + merged + answered + hidden == 10
    assert (waits, merged, answered, hidden) == (6, 1, 1, 2)
    for link, number in (
        ("state=open", waits),
        ("state=merged", merged),
        ("state=answered", answered),
        ("verdict=partly", 1),
    ):
        assert f'href="/opinions/?{link}"' in page
        rows = client.get(f"/opinions/?{link}&format=json").json()["rows"]
        assert len(rows) == number
    assert "伏せた意見" not in page
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    assert numbers_of(client.get(f"/opinions/?as_of={yesterday}").content.decode()) == [6, 6, 0, 0, 0]
    assert client.get("/opinions/?as_of=2017-02-31").status_code == 400


def test_the_page_of_an_opinion_shows_its_whole_way(client: Client) -> None:
    remark = a_story()
    page = main_of(client.get(f"/opinions/{remark.pk}").content.decode())
    for said in (
        REMARK,
        MIE,
        "相談できる場所がほしい",
        "一部採用",
        "人件費は出さない",
        "/meetings/task-force-4",
        "<ins>窓口を置く。</ins>",
    ):
        assert said in page
    double = Opinion.objects.get(text="相談できる場所がほしい")
    page = main_of(client.get(f"/opinions/{double.pk}").content.decode())
    for said in (f'href="/opinions/{remark.pk}"', "一部採用", "人件費は出さない", "<ins>窓口を置く。</ins>"):
        assert said in page


def test_the_old_new_table_leads_back_to_the_opinions_and_goes_out_as_excel(client: Client) -> None:
    remark = a_story()
    page = main_of(client.get("/opinions/changes").content.decode())
    for said in (f'href="/opinions/{remark.pk}"', "一部採用", "相談できる場所がほしい", 'href="/clauses/first-1-2"'):
        assert said in page
    answer = client.get("/opinions/changes?of=recommendation-first&format=xlsx")
    (sheet,) = load_workbook(io.BytesIO(answer.content)).worksheets
    head, row = sheet.iter_rows(values_only=True)
    assert head[:4] == ("項目", "旧", "新", "理由")
    told = dict(zip(head, row, strict=True))
    assert told["旧"] == Clause.objects.get(slug="first-1-2").text
    assert str(told["新"]).endswith("窓口を置く。")
    assert str(told["もとの意見"]).splitlines()[0] == remark.address
    assert "まだありません" in client.get("/opinions/changes?of=nothing").content.decode() or remark.pk


@pytest.mark.parametrize("path", ["/briefings/2017-02-16-mie", "/meetings/task-force-4", "/clauses/first-1-2"])
def test_pages_of_other_things_show_its_opinions(client: Client, path: str) -> None:
    remark = a_story()
    assert f'hx-get="{path}/opinions"' in client.get(path).content.decode()
    panel = client.get(f"{path}/opinions", headers=HTMX).content.decode()
    assert f'href="/opinions/{remark.pk}"' in panel
    listed = client.get(f"{path}/opinions", follow=True)
    assert listed.redirect_chain == [(f"/opinions/?at={path}", 302)]
    assert f'href="/opinions/{remark.pk}"' in listed.content.decode()
    assert "/opinions" in client.get("/kpis/telework").content.decode()
    assert client.get("/kpis/telework/opinions", headers=HTMX).status_code == 200


def given(**more: str) -> dict[str, str]:
    return {"text": REMARK, "kind": "proposal", "author": "resident", "may_be_public": "on"} | more


def test_everybody_may_send_a_comment_without_signing_in(client: Client, client_of: ClientOf) -> None:
    period = a_period()
    answer = client.post(period.get_absolute_url(), given(field="workstyle"), follow=True)
    opinion = Opinion.objects.get(origin="citizen")
    assert f"番号 {opinion.pk}" in answer.content.decode()
    assert (opinion.kind, opinion.author, opinion.field_id) == ("proposal", "resident", "workstyle")
    assert client.get(f"/opinions/{opinion.pk}").status_code == 404
    desk = client_of("coordinator")
    assert REMARK in desk.get("/opinions/desk").content.decode()
    desk.post("/opinions/desk/moderate", {"deed": "refuse", "opinions": [opinion.pk]})
    opinion.refresh_from_db()
    assert opinion.moderation == "waiting"  # no reason, no refusal
    desk.post("/opinions/desk/moderate", {"deed": "pass", "opinions": [opinion.pk]})
    assert REMARK in client.get(f"/opinions/{opinion.pk}").content.decode()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"text": ""}, "意見の文を書いてください"),
        ({"text": "あ" * 200_000}, "4000字までにしてください（いま200000字）"),
        ({"kind": "nothing"}, "選択"),
        ({"field": "nothing"}, "選択"),
        ({"field": "a\x00b"}, "選択"),
    ],
)
def test_what_cant_be_sent_says_why_and_keeps_the_words(client: Client, more: dict[str, str], said: str) -> None:
    answer = client.post(a_period().get_absolute_url(), given(**more))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Opinion.objects.filter(origin="citizen").exists()


def test_markup_is_shown_as_words(client: Client) -> None:
    opinion = a_comment("<script>alert(1)</script><b onclick=x>強く</b>", passes=True)
    for path in (f"/opinions/{opinion.pk}", "/opinions/", "/opinions.atom"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<b onclick" not in page
        assert "&lt;" in page


def test_the_same_comment_five_thousand_times_is_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    path = a_period().get_absolute_url()
    first = [client.post(path, given()).status_code for _ in range(OF_ADDRESS + 5)]
    assert first == [302] + [422] * (OF_ADDRESS - 1) + [429] * 5
    late = client.post(path, given(text="別の意見"))
    assert int(late["Retry-After"]) > 0
    assert "別の意見" in late.content.decode()  # what was written is still there
    monkeypatch.setattr("itoguchi.network.views.comments.OF_ADDRESS", 10**6)
    again = {client.post(path, given(text=f"{REMARK}{'　' * (number % 9)}")).status_code for number in range(300)}
    assert again == {422}
    period = Opinion.objects.get(origin="citizen").period
    refused = 0
    for _ in range(5000):
        try:
            a_comment(REMARK, period=period)
        except ValidationError:
            refused += 1
    assert refused == 5000
    assert Opinion.objects.filter(origin="citizen").count() == 1


def test_a_machine_that_fills_in_everything_leaves_nothing(client: Client) -> None:
    path = a_period().get_absolute_url()
    assert client.post(path, given(website="https://example.jp")).status_code == 302
    assert not Opinion.objects.filter(origin="citizen").exists()
    closed = a_period("closed", begins=timezone.now() - timedelta(days=60))
    assert client.post(closed.get_absolute_url(), given()).status_code == 422
    assert "受付は終わりました" in client.get(closed.get_absolute_url()).content.decode()
    assert (
        "まだ始まっていません"
        in client.get(a_period("ahead", begins=timezone.now() + timedelta(days=1)).get_absolute_url()).content.decode()
    )


@pytest.mark.parametrize(
    ("text", "doubts"),
    [
        (REMARK, []),
        ("https://example.jp と www.example.com", ["リンクが二つ以上"]),
        ('<a href="x">ここ</a>', ["タグのような記号"]),
        ("買って買って買って買って買って買って", ["同じ言葉の繰り返し"]),
    ],
)
def test_what_looks_like_an_advertisement_is_marked_for_the_reader(text: str, doubts: list[str]) -> None:
    assert doubts_about(text) == doubts


def test_three_hundred_opinions_come_in_as_a_file_and_forty_are_merged_on_the_desk(
    client: Client, client_of: ClientOf
) -> None:
    desk, today = client_of("coordinator"), timezone.localdate()
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(["意見の文", "述べられた日", "どこから", "聞いた場所", "分野"])
    for place, text in enumerate(TEXTS):
        sheet.writerow([text, today.isoformat(), "説明会", MIE, "働き方" if place % 9 == 0 else ""])
    data = written.getvalue().encode("cp932")

    def bring_in(content: bytes) -> object:
        file = SimpleUploadedFile("opinions.csv", content)
        return desk.post("/opinions/import", {"file": file, "source": "アンケート"})

    wrong = data.replace(today.isoformat().encode(), b"2017-02-31", 1)
    refused = bring_in(wrong)
    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert "直すところが1か所" in refused.content.decode()  # type: ignore[attr-defined]
    assert Opinion.objects.count() == 6
    assert bring_in(data).status_code == 302  # type: ignore[attr-defined]
    assert "もう取り込まれています" in bring_in(data).content.decode()  # type: ignore[attr-defined]
    of_text = {each.text: each for each in Opinion.objects.filter(heard_at=MIE)}
    assert len(of_text) == 300
    offered = 0
    for first, second in DOUBLES:
        one, other = of_text[first], of_text[second]
        page = desk.get(f"/opinions/{other.pk}/sort").content.decode()
        offered += f'name="into" value="{one.pk}"' in page
        desk.post(f"/opinions/{other.pk}/merge", {"into": one.pk, "why": "同じことを言っている"})
    assert offered >= 36
    for first, second in DOUBLES:
        one, other = of_text[first], of_text[second]
        assert f'href="/opinions/{one.pk}"' in client.get(f"/opinions/{other.pk}").content.decode()
        assert f'href="/opinions/{other.pk}"' in client.get(f"/opinions/{one.pk}").content.decode()
    assert numbers_of(client.get("/opinions/").content.decode()) == [306, 266, 40, 0, 0]
    assert len(OTHERS) == 220
    desk.post(f"/opinions/{of_text[DOUBLES[0][1]].pk}/merge", {"deed": "part", "why": "違う窓口だった"})
    assert numbers_of(client.get("/opinions/").content.decode()) == [306, 267, 39, 0, 0]


def test_the_secretariat_sorts_answers_and_decides_on_pages(client: Client, client_of: ClientOf) -> None:
    desk, opinion = client_of("coordinator"), an_opinion(heard_at=MIE)
    place = f"/opinions/{opinion.pk}"
    wrong = desk.post(f"{place}/sort", {"kind": "proposal", "area_code": "282210", "subject": "javascript:x"})
    assert wrong.status_code == 422
    told = {
        "kind": "proposal",
        "title": "窓口",
        "field": "workstyle",
        "subject": "/kpis/telework",
        "may_be_public": "on",
    }
    assert desk.post(f"{place}/sort", told)["Location"] == place
    assert f'href="{place}"' in client.get("/kpis/telework/opinions", headers=HTMX).content.decode()
    assert desk.post(f"{place}/answer", {"verdict": "partly", "answer": ""}).status_code == 422
    assert desk.post(f"{place}/answer", {"verdict": "partly", "answer": "置く。"})["Location"] == place
    assert desk.post(f"{place}/decide", {"text": "置く。"}).status_code == 422
    meeting = Clause.objects.get(slug="first-1-2").recommendation.meeting
    decision = desk.post(f"{place}/decide", {"meeting": meeting.pk, "text": "窓口を置く。"})["Location"]
    form = desk.get(f"{decision}/change?clause=first-1-2").content.decode()
    words = Clause.objects.get(slug="first-1-2").text
    assert words.splitlines()[0] in form
    path = f"{decision}/change?clause=first-1-2"
    assert desk.post(path, {"after": words, "reason": "x"}).status_code == 422
    assert desk.post(path, {"after": f"{words}窓口を置く。", "reason": "声による"})["Location"] == decision
    assert "<ins>窓口を置く。</ins>" in client.get(decision).content.decode()
    assert "声による" in client.get("/opinions/changes").content.decode()
    desk.post(f"{place}/undecide", {"why": "まちがい"})
    assert f'href="{place}"' not in main_of(client.get(decision).content.decode())


def test_who_heard_something_at_a_briefing_writes_it_down_from_its_page(client_of: ClientOf) -> None:
    bureau = client_of("bureau")
    panel = bureau.get("/briefings/2017-02-16-mie/opinions", headers=HTMX).content.decode()
    link = re.search(r'href="(/opinions/new[^"]+)"', panel)
    assert link
    form = bureau.get(link[1].replace("&amp;", "&")).content.decode()
    assert f'value="{MIE}"' in form
    told = {"text": REMARK, "kind": "opinion", "origin": "briefing", "heard_at": MIE, "said_on": "平成29年2月16日"}
    told |= {"author": "area", "block": "kinki", "may_be_public": "on"}
    assert bureau.post("/opinions/new", told).status_code == 302
    assert bureau.post("/opinions/new", told | {"block": "tokai"}).status_code == 403
    assert bureau.post("/opinions/new", told | {"said_on": "2999-01-01"}).status_code == 422


def test_what_is_late_and_whose_it_is(client: Client, client_of: ClientOf) -> None:
    secretariat = client_of("coordinator")
    path = "/clauses/first-2-3/assign"
    assert secretariat.post(path, {"owner": "見本課", "due_on": "2017-04-30", "why": "割当て"}).status_code == 302
    late = main_of(client.get("/clauses/?due=late&owner=見本課&as_of=2017-05-01").content.decode())
    assert "地域資源の有効活用" in late
    assert "遅れ" in late
    assert "未記録" in late  # nothing is on record of what was done
    assert "地域資源の有効活用" not in main_of(client.get("/clauses/?due=late&as_of=2017-04-30").content.decode())
    rows = client.get("/clauses/?due=no-owner&format=json&as_of=2017-05-01").json()["rows"]
    assert {row["owner"] for row in rows} == {"未記録"}
    action = {
        "day": "2017-05-01",
        "text": "着手",
        "state": "started",
        "due_on": "2017-09-30",
        "evidence": "/meetings/task-force-4",
    }
    assert secretariat.post("/clauses/first-2-3/record", action).status_code == 302
    page = client.get("/clauses/first-2-3").content.decode()
    assert 'href="/meetings/task-force-4"' in page
    assert "遅れ" in page


def test_each_clause_of_the_seed_says_owner_state_and_evidence_or_that_nothing_is_on_record(client: Client) -> None:
    page = main_of(client.get("/clauses/").content.decode())
    rows = client.get("/clauses/?format=json").json()["rows"]
    assert {row["heading"] for row in rows} == set(Clause.objects.values_list("heading", flat=True))
    for row in rows:
        assert row["heading"] in page
        for told in ("owner", "state", "evidence"):
            assert row[told], (row["heading"], told)
            assert row[told] in page, (row["heading"], told)
    table = csv.DictReader(client.get("/clauses/?format=csv").content.decode("utf-8-sig").splitlines())
    assert [row["担当"] for row in table] == [row["owner"] for row in rows]


PAGES = [
    "/opinions/",
    "/opinions/?state=merged&q=zzzz",
    "/opinions/{opinion}",
    "/opinions/changes",
    "/decisions/{decision}",
    "/comments/",
    "/comments/2026-roadmap",
    "/clauses/",
]
DESK = [
    "/opinions/desk",
    "/opinions/desk?state=received",
    "/opinions/desk?state=sorted",
    "/opinions/{opinion}",
    "/opinions/{opinion}/sort",
    "/opinions/{opinion}/answer",
    "/opinions/{opinion}/decide",
    "/opinions/new",
    "/opinions/import",
    "/decisions/{decision}/change",
    "/decisions/{decision}/change?clause=first-1-2",
    "/comments/new",
    "/comments/2026-roadmap/edit",
    "/clauses/first-2-3/assign",
]


def test_english_pages_are_english(client: Client, client_of: ClientOf) -> None:
    remark = a_story()
    a_comment()
    ids = {"opinion": remark.pk, "decision": remark.decision_id}
    for whose, paths in ((client, PAGES), (client_of("coordinator"), DESK)):
        for path in paths:
            answer = whose.get(f"/en{path.format(**ids)}")
            assert answer.status_code == 200, path
            assert japanese_left(main_of(answer.content.decode())) == [], path


def test_pages_ask_few_times_with_fifty_thousand_opinions(
    client: Client, client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    remark, today = a_story(), timezone.localdate()
    a_period()
    rows = (
        Opinion(
            origin="briefing", said_on=today - timedelta(days=number % 900), title=f"意見{number}",
            text=f"意見{number}：{TEXTS[number % 300]}", moderation="passed", moderated_on=today,
            sorted_on=today if number % 2 else None, field_id="workstyle" if number % 3 else None,
            heard_at=MIE if number % 50 == 0 else "",
        )
        for number in range(50_000)
    )  # fmt: skip
    Opinion.objects.bulk_create(rows, batch_size=5_000)
    ids = {"opinion": remark.pk, "decision": remark.decision_id}
    for path in PAGES:
        with django_assert_max_num_queries(12):
            assert client.get(path.format(**ids)).status_code == 200, path
    for panel in ("/briefings/2017-02-16-mie", "/meetings/task-force-4", "/clauses/first-1-2", "/kpis/telework"):
        with django_assert_max_num_queries(6):
            assert client.get(f"{panel}/opinions", headers=HTMX).status_code == 200
    desk = client_of("coordinator")
    for path in DESK[:6]:
        with django_assert_max_num_queries(12):
            assert desk.get(path.format(**ids)).status_code == 200, path


def test_twenty_voices_are_named_and_all_of_them_listed(
    client: Client, coordinator: Account, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    first, *others = (an_opinion(f"{number}番目の意見：窓口がほしい") for number in range(24))
    last = an_opinion("まわり道をした意見")
    today = timezone.localdate()
    actions.merge_opinions(others[0], [last], by=coordinator, today=today, why="同じ")
    actions.merge_opinions(first, others, by=coordinator, today=today, why="同じ")
    with django_assert_max_num_queries(12):
        page = client.get(first.get_absolute_url()).content.decode()
    assert len(re.findall(r'<a href="/opinions/[0-9]+" lang="ja">', page)) == 20
    assert f'href="/opinions/?into={first.pk}"' in page
    voices = queries.voices_shown_to(AnonymousUser(), [first])[first.pk]
    assert (voices.number, voices.hidden, len(voices.addresses(first))) == (24, 0, 21)
    assert voices.addresses(first)[-1] == f"/opinions/?into={first.pk}"
    rows = client.get(f"/opinions/?into={first.pk}&format=csv").content.decode("utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(rows)))) == 24
    assert "まわり道をした意見" in rows
    for nothing in ("x", "9" * 30, "-1"):
        assert client.get(f"/opinions/?into={nothing}").status_code == 200
