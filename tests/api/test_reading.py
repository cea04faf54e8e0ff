"""Reading through the API: every public table in one envelope, told apart by cursor, sent only when it changed."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override
from icalendar import Calendar

from itoguchi.areas.models import Area, AreaName
from itoguchi.core.api import datasets
from itoguchi.core.models import Throttle
from itoguchi.outreach.models import Briefing
from itoguchi.outreach.queries import briefings, coverage
from itoguchi.reports.queries import status_report
from itoguchi.site import api

pytestmark = pytest.mark.django_db
DAY = date(2017, 3, 24)
assert api.api  # the rooms have offered their tables
KEYS = [each.key for each in datasets()]


@pytest.fixture
def get(client: Client) -> Callable[..., Any]:
    """`get("/areas", level="prefecture")`: the answer in Python."""

    def ask(path: str, status: int = 200, **questions: Any) -> Any:
        answer = client.get(f"/api/v1{path}", questions)
        assert answer.status_code == status, answer.content[:500]
        return answer.json()

    return ask


@pytest.mark.parametrize("key", KEYS)
def test_every_table_is_the_same_in_pages_as_whole_and_as_csv(key: str, client: Client) -> None:
    whole = client.get(f"/api/v1/{key}?limit=2000").json()
    assert whole["next"] is None
    assert whole["count"] == len(whole["items"])
    step = max(1, whole["count"] // 3)
    got, cursor, pages = [], "", 0
    while cursor is not None and pages < 10:
        page = client.get(f"/api/v1/{key}?limit={step}" + (f"&cursor={cursor}" if cursor else "")).json()
        assert page["count"] == whole["count"]
        got += page["items"]
        cursor, pages = page["next"], pages + 1
    assert got == whole["items"]
    lines = list(csv.reader(io.StringIO(client.get(f"/api/v1/{key}.csv?header=keys").content.decode("utf-8-sig"))))
    dataset = next(each for each in datasets() if each.key == key)
    assert lines[0] == [name for name, *_titles in dataset.columns]
    assert len(lines) == 1 + whole["count"]


@pytest.mark.parametrize(
    ("questions", "count"),
    [
        ({}, 1788),
        ({"level": "prefecture"}, 47),
        ({"level": "municipality"}, 1741),
        ({"kind": "designated_city"}, 20),
        ({"prefecture": "280003"}, 41),
        ({"block": "okinawa"}, 42),
        ({"name": "たんばささやま"}, 1),
        ({"level": "municipality", "block": "okinawa", "kind": "city"}, 11),
        ({"level": "prefecture", "kind": "city"}, 0),
    ],
)
def test_areas_are_narrowed(questions: dict[str, str], count: int, get: Callable[..., Any]) -> None:
    assert get("/areas", limit=2000, **questions)["count"] == count


def test_a_former_code_finds_the_area_of_today(get: Callable[..., Any]) -> None:
    former = AreaName.objects.exclude(period__upper_inf=True).select_related("area").first()
    assert former is not None
    found = get(f"/areas/{former.code}")
    assert found["code"] == former.area.code
    assert former.name in [each["name"] for each in found["names"]]


def test_geojson_has_points_and_borders(client: Client) -> None:
    points = client.get("/api/v1/areas.geojson?prefecture=280003")
    assert points["Content-Type"] == "application/geo+json"
    features = points.json()["features"]
    assert len(features) == 41
    assert {each["geometry"]["type"] for each in features} == {"Point"}
    drawn = client.get("/api/v1/areas.geojson?prefecture=280003&geometry=boundary").json()["features"]
    assert {each["geometry"]["type"] for each in drawn} <= {"Polygon", "MultiPolygon"}
    assert [each["id"] for each in drawn] == [each["id"] for each in features]


def test_coverage_is_that_of_the_pages(get: Callable[..., Any]) -> None:
    told, done = get("/coverage", as_of="2017-03-24"), coverage(DAY)
    assert (told["briefings"], told["prefectures"], told["blocks"], told["nationwide"]) == (33, 19, 11, 3)
    assert told["records"] == [each.address for each in done.held]
    assert len(told["gaps"]) == 47 - 19


def test_briefings_are_narrowed_and_drafts_never_shown(get: Callable[..., Any]) -> None:
    assert get("/briefings", first_day="2017-01-01", last_day="2017-03-24")["count"] == (
        briefings().filter(day__range=(date(2017, 1, 1), DAY)).count()
    )
    code = next(each["prefectures"][0] for each in get("/briefings")["items"] if each["prefectures"])
    found = get("/briefings", prefecture=code)["items"]
    assert all(code in each["prefectures"] for each in found)
    slug = found[0]["slug"]
    assert get(f"/briefings/{slug}")["address"] == f"/briefings/{slug}"
    Briefing.objects.filter(slug=slug).update(state="draft")
    assert slug not in [each["slug"] for each in get("/briefings", limit=2000)["items"]]
    get(f"/briefings/{slug}", status=404)


def test_calendar_and_feed_hold_what_the_list_holds(client: Client, get: Callable[..., Any]) -> None:
    asked = "block=kinki"
    slugs = {each["slug"] for each in get("/briefings", block="kinki", limit=2000)["items"]}
    events = Calendar.from_ical(client.get(f"/api/v1/briefings.ics?{asked}").content).walk("VEVENT")
    assert {str(each["uid"]).split("@")[0].removeprefix("briefings/") for each in events} == slugs
    feed = client.get(f"/api/v1/briefings.atom?{asked}").content.decode()
    assert all(f"/briefings/{slug}" in feed for slug in slugs)
    assert client.get("/api/v1/meetings.ics").content.count(b"BEGIN:VEVENT") == 10
    assert client.get("/api/v1/reports.atom").status_code == 200


def test_plan_clauses_and_figures_are_as_of_a_day(get: Callable[..., Any]) -> None:
    assert len(get("/plan", as_of="2017-03-24")["programmes"]) == get("/plan")["programmes"].__len__() > 0
    get("/plan", status=404, as_of="2017-01-01")
    assert get("/clauses", as_of="2016-01-01")["count"] == 0
    figures = {each["id"]: each for each in get("/figures", as_of="2017-03-24")["items"]}
    assert figures["briefings"]["value"] == 33
    assert len(figures["briefings"]["records"]) == 33
    assert get("/figures/briefings", as_of="2017-03-24") == figures["briefings"]
    with override("en"):
        english = status_report(date(2017, 3, 24)).figures
    assert {key: each["definition_en"] for key, each in figures.items()} == {
        key: str(each.definition) for key, each in english.items()
    }
    assert figures["briefings"]["definition_en"] != figures["briefings"]["definition"]


def test_nothing_is_sent_when_nothing_changed(client: Client) -> None:
    first = client.get("/api/v1/areas?limit=2000")
    again = client.get("/api/v1/areas?limit=2000", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    Area.objects.filter(code="282219").update(kana="たんば")
    changed = client.get("/api/v1/areas?limit=2000", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    # What is not in the list does not make it new.
    Briefing.objects.update(notes="x")
    assert client.get("/api/v1/areas?limit=2000", headers={"If-None-Match": changed["ETag"]}).status_code == 304


def test_answers_are_packed_for_those_who_unpack(client: Client) -> None:
    plain = client.get("/api/v1/areas")
    packed = client.get("/api/v1/areas", headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["ETag"] == plain["ETag"]
    assert len(packed.content) < len(plain.content) / 3


def test_head_and_preflight_are_answered(client: Client) -> None:
    whole, head = client.get("/api/v1/areas"), client.head("/api/v1/areas")
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", str(len(whole.content)))
    asked = client.options("/api/v1/areas", headers={"Origin": "https://example.jp"})
    assert asked.status_code == 204
    assert asked["Access-Control-Allow-Origin"] == "*"
    assert whole["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in whole.headers
    assert "Cookie" not in whole.headers.get("Vary", "")


def test_who_asks_too_often_is_told_how_long_to_wait(client: Client, settings: Any) -> None:
    settings.API_LIMIT = 3
    left = [client.get("/api/v1/blocks")["RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = client.get("/api/v1/blocks")
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused.json()["error"]["code"] == "too_many"
    assert client.get("/api/v1/blocks", REMOTE_ADDR="192.0.2.7").status_code == 200
    assert Throttle.objects.filter(key="api 127.0.0.1").exists()


@pytest.mark.parametrize(
    ("path", "status", "field", "says"),
    [
        ("/areas?colour=red", 422, "colour", "level"),
        ("/areas?level=town", 422, "level", "municipality"),
        ("/areas?block=nowhere", 404, "block", "nowhere"),
        ("/areas?prefecture=282219", 404, "prefecture", "282219"),
        ("/areas?limit=0", 422, "limit", "1"),
        ("/areas?limit=99999999999999999999", 422, "limit", "2000"),
        ("/areas?limit=ten", 422, "limit", "整数"),
        ("/areas?cursor=x", 404, "cursor", "next"),
        ("/areas?cursor=WyJcdTAwMDAiXQ", 404, "cursor", "next"),
        ("/briefings?cursor=WyJ4IiwxLDFd", 404, "cursor", "next"),
        ("/blocks?cursor=WyJ4Il0", 404, "cursor", "next"),
        ("/implementations?area=999999", 404, "area", "999999"),
        ("/implementations?solution=nothing", 404, "solution", "nothing"),
        ("/implementations?prefecture=282219", 404, "prefecture", "282219"),
        ("/implementations?stage=none", 422, "stage", "running"),
        ("/implementations?cursor=WzEsIngiXQ", 404, "cursor", "next"),
        ("/stage-counts?place=282219", 404, "place", "282219"),
        ("/stage-counts?level=nation&place=kinki", 404, "place", "kinki"),
        ("/stage-counts?block=nowhere", 404, "block", "nowhere"),
        ("/stage-counts?cursor=WyJ4IiwxLDFd", 404, "cursor", "next"),
        ("/kpi-values?kpi=nothing", 404, "kpi", "nothing"),
        ("/forecasts?as_of=2017-02-31", 422, "as_of", "2017-03-24"),
        ("/remedies?kpi=nothing", 404, "kpi", "nothing"),
        ("/areas?level=prefecture&level=municipality", 422, "level", "一度"),
        ("/briefings?first_day=24.3.2017", 422, "first_day", "2017-03-24"),
        ("/briefings?first_day=2017-02-31", 422, "first_day", "2017-03-24"),
        ("/kpis?solution=nothing", 404, "solution", "nothing"),
        ("/statistics?year=99999", 422, "year", "2200"),
        ("/coverage?as_of=1490313600", 422, "as_of", "2017-03-24"),
    ],
)
def test_wrong_questions_are_told_with_the_cure(path: str, status: int, field: str, says: str, client: Client) -> None:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.content
    error = answer.json()["error"]
    told = {each["field"]: each for each in error["fields"]}
    assert says in told[field]["message"]
    assert told[field]["message_en"]
    assert error["message"] != error["message_en"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/areas/000000", 404),
        ("/areas/99", 422),
        ("/blocks/nowhere", 404),
        ("/nothing/here", 404),
        ("/areas?name=%00", 400),
        ("/meetings/x", 404),
        ("/reports/x", 404),
        ("/", 404),
    ],
)
def test_what_is_not_there_has_the_same_shape(path: str, status: int, client: Client) -> None:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message", "message_en", "fields"}


def test_other_methods_are_told_which_to_use(client: Client) -> None:
    answer = client.delete("/api/v1/areas")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET"
    assert answer.json()["error"]["code"] == "method"


def test_lists_cost_a_handful_of_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    # The figures are the whole report; the counts by stage are of three levels. Both are remembered after that.
    most = {"figures": 60, "stage-counts": 9}
    for key in KEYS:
        with django_assert_max_num_queries(most.get(key, 8), info=key):
            assert client.get(f"/api/v1/{key}?limit=500").status_code == 200
