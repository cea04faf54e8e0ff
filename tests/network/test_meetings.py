"""The ten meetings of the seed: days, agendas, presentations, pages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.core.queries import find
from itoguchi.network import actions, queries
from itoguchi.network.models import AgendaItem, Body, Meeting, Presentation
from tests.outreach.test_pages import japanese_left, main_of

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parents[2] / "data" / "network"
WEEKDAYS = {"2016-10-21": 4, "2016-11-22": 1, "2016-12-09": 4, "2017-01-12": 3, "2017-02-23": 3, "2017-03-16": 3}
PAGES = [
    "/meetings/",
    "/meetings/coming",
    "/meetings/task-force-1/history",
    "/bodies/",
    "/meetings/?as_of=2017-01-01",
    "/meetings/?as_of=2010-01-01",
    "/meetings/literacy-subcommittee-4",
]


def test_the_days_of_the_seed() -> None:
    found = queries.meetings_until(date(2017, 3, 24))
    days = {body: [m.held_on.isoformat() for m in found if m.body_id == body] for body in {m.body_id for m in found}}
    assert days["task-force"] == ["2016-09-29", "2016-10-19", "2016-12-08", "2017-02-24"]
    assert days["literacy-subcommittee"] == list(WEEKDAYS)
    assert [date.fromisoformat(day).weekday() for day in WEEKDAYS] == list(WEEKDAYS.values())


def test_every_word_of_the_file_is_a_record_in_its_order() -> None:
    given = yaml.safe_load((DATA / "meetings.yaml").read_text(encoding="utf-8"))
    for body in given["bodies"]:
        for row in body["meetings"]:
            meeting = queries.meetings().get(slug=f"{body['key']}-{row['number']}")
            assert [
                (item.text, [(each.speaker, each.title) for each in item.presentations.all()])
                for item in meeting.agenda.all()
            ] == [
                (item["text"], [(each["speaker"], each["title"]) for each in item.get("presentations", ())])
                for item in row["agenda"]
            ]


@pytest.mark.parametrize(
    ("day", "count"), [("2016-09-28", 0), ("2016-09-29", 1), ("2016-12-31", 6), ("2030-01-01", 10)]
)
def test_meetings_up_to_a_day(day: str, count: int) -> None:
    assert len(queries.meetings_until(date.fromisoformat(day))) == count


def test_loading_again_changes_nothing_and_mends_what_differs() -> None:
    before = [list(model.objects.values_list("pk", flat=True)) for model in (Meeting, AgendaItem, Presentation)]
    actions.load_meetings(DATA)
    assert [list(model.objects.values_list("pk", flat=True)) for model in (Meeting, AgendaItem, Presentation)] == before
    Presentation.objects.filter(speaker="谷川座長代理").update(title="ちがう題名")
    actions.load_meetings(DATA)
    assert Presentation.objects.get(speaker="谷川座長代理").title == "地域におけるIoT社会実装"


def test_one_meeting_per_body_and_number() -> None:
    first = Meeting.objects.get(slug="task-force-1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Meeting.objects.create(body=first.body, number=1, held_on=first.held_on, slug="other", source="x")


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_few_times(client: Client, path: str, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(12):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_english_pages_are_english(client: Client, path: str) -> None:
    assert japanese_left(main_of(client.get(f"/en{path}").content.decode())) == []


def test_a_bad_day_is_refused(client: Client) -> None:
    assert client.get("/meetings/", {"as_of": "2017-13-01"}).status_code == 400
    assert client.get("/meetings/task-force-9").status_code == 404


def test_it_can_be_found() -> None:
    assert "/meetings/task-force-2" in {entry.path for entry in find("教育IoT", room="network")}


def test_of_many_meetings_the_newest_are_shown_and_the_earlier_led_to(client: Client) -> None:
    last = Meeting.objects.filter(body="task-force").latest("number")
    for number in range(60):
        Meeting.objects.create(
            body=last.body,
            number=last.number + 1 + number,
            held_on=date(2018, 1, 1) + timedelta(days=number),
            slug=f"more-{number}",
            source="試験",
            state=Meeting.State.HELD,
        )
    page = client.get("/meetings/?as_of=2018-12-31").content.decode()
    assert "/meetings/more-59" in page
    assert "/meetings/task-force-1" not in page
    assert "会合 64回" in page
    assert 'href="?as_of=2018-12-31&amp;page=1"' in page
    before = client.get("/meetings/?as_of=2018-12-31&page=1").content.decode()
    assert "/meetings/task-force-1" in before
    assert 'rel="next"' in before
    assert client.get("/meetings/?as_of=2018-12-31&page=x").status_code == 200


def test_every_meeting_is_on_one_page_from_whichever_end_it_is_read(client: Client) -> None:
    body = Meeting.objects.get(slug="task-force-1").body
    for number in range(120):  # three on a day
        Meeting.objects.create(
            body=body,
            number=100 + number,
            held_on=date(2018, 1, 1) + timedelta(days=number // 3),
            slug=f"more-{number}",
            source="試験",
            state=Meeting.State.HELD,
        )
    pages = [client.get(f"/meetings/?as_of=2018-12-31&page={number}").content.decode() for number in (1, 2, 3)]
    found = [re.findall(r'href="/meetings/(more-\d+)"', page) for page in pages]
    assert [each for page in found for each in page] == [f"more-{number}" for number in range(120)]


def test_of_many_to_come_the_next_are_shown_and_all_led_to(client: Client) -> None:
    body, today = Meeting.objects.get(slug="task-force-1").body, timezone.localdate()
    for number in range(25):
        Meeting.objects.create(
            body=body,
            number=100 + number,
            held_on=today + timedelta(days=number - 3),
            slug=f"next-{number}",
            state=Meeting.State.CALLED,
        )
    page = client.get("/meetings/").content.decode()
    assert re.findall(r'href="/meetings/(next-\d+)"', page) == [f"next-{number}" for number in range(3, 13)]
    assert 'href="/meetings/coming"' in page
    pages = [client.get(f"/meetings/coming?page={number}").content.decode() for number in (1, 2)]
    found = [re.findall(r'href="/meetings/(next-\d+)"', page) for page in pages]
    assert [each for page in found for each in page] == [f"next-{number}" for number in (*range(3, 25), 0, 1, 2)]
    assert pages[1].count("開催日を過ぎている") == 3
    assert "next-3" not in client.get("/meetings/coming?state=preparing").content.decode()


def test_of_many_bodies_all_are_led_to(client: Client) -> None:
    for number in range(9):
        Body.objects.create(key=f"body-{number}", order=900 + number, kind=Body.Kind.COUNCIL, name=f"試験会議{number}")
    page = client.get("/meetings/").content.decode()
    assert 'href="/bodies/"' in page
    assert "試験会議8" not in page
    every = client.get("/bodies/").content.decode()
    assert all(f'href="/bodies/body-{number}"' in every for number in range(9))
    assert "試験会議1" in client.get("/bodies/?kind=council&block=nation&name=会議1").content.decode()
    assert {row["name"]: row["met"] for row in client.get("/bodies/?format=json").json()["rows"]}["試験会議1"] == 0
