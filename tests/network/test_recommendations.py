"""Recommendation, threads, topics, members: the seed's own records, the state of a clause on any day, the entry."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from ical.calendar_stream import IcsCalendarStream
from pytest_django import DjangoAssertNumQueries

from itoguchi.accounts.models import Account
from itoguchi.core.events import read_calendar
from itoguchi.core.queries import find
from itoguchi.network import actions, queries
from itoguchi.network.models import Action, Clause, Meeting, Member
from tests.outreach.test_pages import japanese_left, main_of

pytestmark = pytest.mark.django_db

DAY = date(2017, 3, 24)
PAGES = [
    "/recommendations/",
    "/recommendations/?state=none&as_of=2017-03-24",
    "/recommendations/?as_of=2016-12-07",
    "/recommendations/first",
    "/recommendations/first?as_of=2016-12-07",
    "/clauses/first-1",
    "/clauses/first-2-3",
    "/clauses/first-1?as_of=2017-01-19",
    "/threads/",
    "/threads/?as_of=2016-12-07",
    "/threads/vertical",
    "/threads/diagonal",
    "/topics/autonomous-implementation",
    "/topics/ict-people",
    "/members",
    "/members?as_of=2016-09-28",
    "/meetings/task-force-4",
    "/meetings/",
]


def test_what_the_source_holds() -> None:
    (first,) = queries.recommendations_as_of(DAY)
    assert [each.number for each in first.clauses.all()] == ["1", "1(1)", "1(2)", "1(3)", "2", "2①", "2②", "2③", "3"]
    assert [each.name for each in queries.threads_as_of(DAY)] == ["縦の糸", "横の糸", "斜めの糸"]
    assert [len(each.points.all()) for each in queries.topics_as_of(DAY)] == [6, 0, 0]
    names = {"全国知事会", "全国市長会", "全国町村会", "情報通信懇談会", "北陸情報通信協議会", "テレコム振興センター"}
    assert {each.name for each in queries.named_bodies_as_of(DAY)} == names
    assert [each.theme for each in queries.papers_until(DAY)] == [
        "クラウドファンディング",
        "ソーシャルインパクトボンド",
    ]
    assert len(queries.examples_as_of(DAY)) == 4
    members = queries.members_as_of(DAY)
    assert [each.name for each in members if each.body_id == "task-force"] == [
        *("谷川", "田澤", "野口", "佐藤(昌)", "佐藤(賢)", "山内", "米田", "関(治)", "須藤", "米良")
    ]
    assert [each.name for each in members if each.body_id != "task-force"] == [
        *("安達 俊久", "石島 真奈", "上瀬 剛", "近藤 則子", "佐藤 昌宏"),
        *("関 治之", "中邑 賢龍", "松田 孝", "毛利 靖", "森川 博之"),
    ]
    assert {each.role for each in members} == {"chair", "deputy", "head", "member"}


@pytest.mark.parametrize(
    ("slug", "day", "state"),
    [
        ("first-1", "2016-12-08", None),
        ("first-1", "2017-01-19", None),
        ("first-1", "2017-01-20", "started"),
        ("first-1", "2017-03-23", "started"),
        ("first-1", "2017-03-24", "underway"),
        ("first-2-3", "2030-01-01", None),
        ("first-3", "2017-02-24", "started"),
    ],
)
def test_the_state_of_a_clause_is_that_of_its_newest_action_up_to_the_day(
    slug: str, day: str, state: str | None
) -> None:
    clause = queries.clauses(date.fromisoformat(day)).get(slug=slug)
    assert (clause.newest.state if clause.newest else None) == state


def test_before_the_recommendation_there_are_no_clauses() -> None:
    assert list(queries.clauses(date(2016, 12, 7))) == []
    assert queries.members_as_of(date(2016, 9, 28)) == []
    assert len(queries.members_as_of(date(2016, 9, 29))) == 3


def test_an_action_on_record_changes_the_state_from_its_day_on(coordinator: Account, client: Client) -> None:
    clause = Clause.objects.get(slug="first-2-3")
    facts = actions.ActionFacts(date(2017, 5, 26), "促進方策を取りまとめ", "done", owner="事務局")
    action = actions.record_action(clause, facts, by=coordinator)
    assert "未記録" in main_of(client.get("/clauses/first-2-3?as_of=2017-05-25").content.decode())
    page = main_of(client.get("/clauses/first-2-3?as_of=2017-05-26").content.decode())
    assert "実施済" in page
    assert "事務局" in page
    table = client.get("/recommendations/?state=done&as_of=2017-05-26").content.decode()
    assert "地域資源の有効活用" in table
    assert "地域資源の有効活用" not in main_of(client.get("/recommendations/?owner=総務省").content.decode())
    with pytest.raises(ValidationError):
        actions.correct_action(action, facts, by=coordinator, why=" ")
    actions.take_back_action(action, by=coordinator, why="まちがい")
    assert "実施済" not in main_of(client.get("/clauses/first-2-3?as_of=2017-05-26").content.decode())


def test_loading_again_changes_nothing_and_overwrites_nothing_that_people_changed(coordinator: Account) -> None:
    before = {each.pk: (each.text, each.state) for each in Action.objects.all()}
    meeting = queries.meetings().get(slug="task-force-1")
    facts = actions.facts_of(meeting)
    corrected = actions.MeetingFacts(facts.body, 1, facts.held_on, (("直した議事", ()),), facts.results, facts.source)
    actions.correct_meeting(meeting, corrected, by=coordinator, why="誤記")
    gone = Action.objects.get(clause__slug="first-3")
    del before[gone.pk]
    actions.take_back_action(gone, by=coordinator, why="誤り")
    Member.objects.filter(slug="task-force-sudo").update(name="直した名")
    actions.load_meetings(settings.REFERENCE_DATA / "network")
    assert [item.text for item in Meeting.objects.get(slug="task-force-1").agenda.all()] == ["直した議事"]
    assert Member.objects.get(slug="task-force-sudo").name == "直した名"
    assert {each.pk: (each.text, each.state) for each in Action.objects.all()} == before


def test_the_reference_command_is_repeatable() -> None:
    counts = [Clause.objects.count(), Action.objects.count(), Member.objects.count()]
    call_command("load_reference", verbosity=0)
    assert [Clause.objects.count(), Action.objects.count(), Member.objects.count()] == counts


AGENDA = (
    "ロードマップの改訂について\n構成員からのプレゼンテーション\n　山田構成員「地域の「いま」」\n　鈴木氏「別の題」"
)


def test_the_secretariat_enters_and_corrects_a_meeting(client_of: Callable[[str], Client], client: Client) -> None:
    secretariat = client_of("coordinator")
    given = {"body": "task-force", "number": "5", "held_on": "平成29年5月26日", "agenda": AGENDA, "results": "改訂版"}
    assert secretariat.post("/meetings/enter", given)["Location"] == "/meetings/task-force-5"
    page = client.get("/meetings/task-force-5").content.decode()
    assert "地域の「いま」" in page
    assert "改訂版" in page
    assert find("鈴木", room="network") == []
    assert find("別の題", room="network")
    twice = secretariat.post("/meetings/enter", given)
    assert "同じ回の会合がすでにあります" in twice.content.decode()
    form = secretariat.get("/meetings/task-force-5/correct").content.decode()
    assert "　山田構成員「地域の「いま」」" in form
    given |= {"agenda": AGENDA.replace("別の題", "直した題")}
    assert "なぜ直すのか" in secretariat.post("/meetings/task-force-5/correct", given).content.decode()
    assert secretariat.post("/meetings/task-force-5/correct", given | {"why": "題名"}).status_code == 302
    assert "直した題" in client.get("/meetings/task-force-5").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("held_on", "2017-02-31", "2月"),
        ("held_on", "", "日を入れてください"),
        ("agenda", "", "必須"),
        ("agenda", "　山田「題」", "1行目"),
        ("agenda", "議事\n　題名のない発表", "2行目"),
        ("agenda", "あ" * 301, "300字"),
        ("number", "0", "1"),
        ("body", "nothing", "選択"),
    ],
)
def test_what_cant_be_is_refused_beside_its_field(
    client_of: Callable[[str], Client], field: str, value: str, said: str
) -> None:
    given = {"body": "task-force", "number": "5", "held_on": "2017-05-26", "agenda": AGENDA} | {field: value}
    answer = client_of("coordinator").post("/meetings/enter", given)
    assert answer.status_code == 200
    errors = " ".join(re.findall(r'<ul class="errorlist[^>]*>(.*?)</ul>', answer.content.decode(), re.S))
    assert said in errors
    assert Meeting.objects.count() == 10


def test_the_entry_of_actions(client_of: Callable[[str], Client]) -> None:
    secretariat = client_of("coordinator")
    path = "/clauses/first-2-3/record"
    bad = secretariat.post(path, {"day": "2017-02-31", "text": "", "state": "over"}).content.decode()
    assert bad.count('class="errorlist') == 3
    assert secretariat.post(path, {"day": "H29.5.1", "text": "検討会", "state": "started"}).status_code == 302
    action = Action.objects.get(text="検討会")
    place = f"/clauses/first-2-3/actions/{action.pk}"
    given = {"day": "2017-05-02", "text": "検討会（訂正）", "state": "underway"}
    assert "なぜ直すのか" in secretariat.post(place, given).content.decode()
    assert secretariat.post(place, given | {"why": "日の誤り"}).status_code == 302
    assert "なぜ取り消すのか" in secretariat.post(place, {"deed": "take_back"}, follow=True).content.decode()
    assert secretariat.post(place, {"deed": "take_back", "why": "重複"}).status_code == 302
    assert not Action.objects.filter(clause__slug="first-2-3").exists()


def test_the_calendar_is_read_by_others_and_by_us(client: Client) -> None:
    answer = client.get("/meetings.ics")
    events = read_calendar(answer.content, "meetings.ics")
    assert len(events) == 10
    assert events[0].start == date(2016, 9, 29)
    assert len(IcsCalendarStream.calendar_from_ics(answer.content.decode()).events) == 10
    assert client.get("/meetings.ics").content == answer.content


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_few_times_and_every_link_resolves(
    client: Client, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        page = main_of(client.get(path).content.decode())
    for link in set(re.findall(r'href="(/[^"#]*)', page)):
        assert client.get(link.replace("&amp;", "&"), follow=True).status_code == 200, link


@pytest.mark.parametrize("path", PAGES)
def test_english_pages_are_english(client: Client, path: str) -> None:
    assert japanese_left(main_of(client.get(f"/en{path}").content.decode())) == []


def test_every_place_that_an_address_names_is_there(client: Client) -> None:
    found = [*queries.members_as_of(DAY), *queries.named_bodies_as_of(DAY), *queries.examples_as_of(DAY)]
    found += [
        *queries.papers_until(DAY),
        *(point for topic in queries.topics_as_of(DAY) for point in topic.points.all()),
    ]
    found += list(Action.objects.select_related("clause"))
    for each in found:
        path, _hash, place = each.address.partition("#")
        assert f'id="{place}"' in client.get(path).content.decode(), each.address


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_the_table_of_clauses_can_be_taken_away(client: Client, kind: str) -> None:
    assert client.get(f"/recommendations/?format={kind}").status_code == 200
