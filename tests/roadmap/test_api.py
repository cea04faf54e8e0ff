"""The API of records, counts, values, forecasts and remedies: what it says is what a recount of the records says."""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from itoguchi.areas.models import Area, Block, Kind
from itoguchi.core.journal import history_of
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.actions import RemedyFacts
from itoguchi.roadmap.models import Implementation, Kpi, Level, Solution, Stage, StageChange, Unit
from tests.api.test_writing import secret_of, send
from tests.personas import account_of
from tests.roadmap.factories import put, put_at_random
from tests.roadmap.test_counted_kpis import a_kpi
from tests.roadmap.test_counts import recount

pytestmark = pytest.mark.django_db
DAY = date(2021, 8, 15)
Ask = Callable[..., list[dict[str, Any]]]
STAGES = {stage: stage.value.replace("-", "_") for stage in Stage}


@pytest.fixture
def ask(client: Client) -> Ask:
    """`ask("implementations", area="282219")`: every item of the answer."""

    def items(key: str, **questions: Any) -> list[dict[str, Any]]:
        answer = client.get(f"/api/v1/{key}", {"limit": 2000} | questions)
        assert answer.status_code == 200, answer.content[:500]
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    return items


def some_records(number: int = 1500, seed: int = 5) -> None:
    """Records at random, one in five of them internal."""
    put_at_random(random.Random(seed), number)
    uses = list(Implementation.objects.order_by("pk").values_list("pk", flat=True))
    Implementation.objects.filter(pk__in=uses[::5]).update(is_internal=True)


def in_force(day: date) -> dict[tuple[str, str], StageChange]:
    """(area's code, solution) → the change in force of every open record: one after another."""
    found = {}
    rows = StageChange.objects.filter(at__lte=day).select_related("implementation__area__prefecture").order_by("at")
    for change in rows:
        if not change.implementation.is_internal:
            found[change.implementation.area.code, change.implementation.solution_id] = change
    return found


def test_a_stage_is_told_as_it_was_written(client: Client, ask: Ask) -> None:
    change = put("282219", "telework", "running", date(2017, 3, 31), quantity=12)
    StageChange.objects.filter(pk=change.pk).update(
        at_precision="fiscal_year", note="全庁", cost_yen=1_200_000, evidence_link="https://example.jp/x"
    )
    put("282235", "telework", "trial", date(2018, 1, 1))
    both = Area.objects.filter(code__in=["282219", "282235"])
    actions.share_implementation(both, Solution.objects.get(key="telework"), name="丹波地域", by=None)
    Implementation.objects.filter(area__code="282219").update(section="企画課")
    assert ask("implementations", area="282219") == [
        {
            "area": "282219", "solution": "telework", "stage": "running", "at": "FY2016", "quantity": 12,
            "cost_yen": 1_200_000, "section": "企画課", "note": "全庁", "evidence_link": "https://example.jp/x",
            "evidence_file": None, "joint_use": "丹波地域", "address": "/areas/282219/implementations/telework",
        }
    ]  # fmt: skip
    assert client.get("/areas/282219/implementations/telework").status_code == 200
    lines = client.get("/api/v1/implementations.csv?area=282219").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "FY2016" in lines[1]


def test_what_is_in_force_on_a_day_equals_a_recount(ask: Ask) -> None:
    some_records()
    for day in (date(2016, 12, 8), DAY, timezone.localdate()):
        known = in_force(day)
        told = ask("implementations", as_of=day)
        assert {(each["area"], each["solution"]): (each["stage"], each["at"]) for each in told} == {
            key: (change.stage, change.when.written) for key, change in known.items()
        }
        assert len(told) == len(known)
    assert told == ask("implementations", current="true")
    assert len(ask("implementations")) == StageChange.objects.filter(implementation__is_internal=False).count()


@pytest.mark.parametrize(
    "questions",
    [
        {"solution": "telework"}, {"stage": "running"}, {"prefecture": "280003"}, {"block": "kinki"},
        {"block": "kinki", "stage": "trial", "solution": "telework"}, {"prefecture": "280003", "area": "282219"},
    ],
)  # fmt: skip
def test_filters_narrow_what_was_in_force(questions: dict[str, str], ask: Ask) -> None:
    some_records(4000)

    def fits(change: StageChange) -> bool:
        area = change.implementation.area
        facts = {
            "solution": change.implementation.solution_id, "stage": change.stage, "area": area.code,
            "prefecture": (area.prefecture or area).code, "block": area.block_id,
        }  # fmt: skip
        return all(facts[name] == value for name, value in questions.items())

    expected = {key for key, change in in_force(DAY).items() if fits(change)}
    assert {(each["area"], each["solution"]) for each in ask("implementations", as_of=DAY, **questions)} == expected


@pytest.mark.parametrize("form", ["", ".csv"])
def test_internal_records_reach_nobody_through_any_filter(form: str, client: Client) -> None:
    change = put("282219", "telework", "running", date(2020, 1, 1), is_internal=True)
    StageChange.objects.filter(pk=change.pk).update(note="まだ言わない")
    questions = [
        {}, {"area": "282219"}, {"solution": "telework"}, {"stage": "running"}, {"prefecture": "280003"},
        {"block": "kinki"}, {"as_of": "2021-01-01"}, {"current": "true"},
    ]  # fmt: skip
    keys = {persona: f"Bearer {secret_of(persona)}" for persona in ("officer", "coordinator")} | {"visitor": ""}
    for key in keys.values():
        for asked in questions:
            answer = client.get(f"/api/v1/implementations{form}", asked, headers={"Authorization": key})
            assert answer.status_code == 200
            assert "282219" not in answer.content.decode()
            assert "まだ言わない" not in answer.content.decode()
    Implementation.objects.update(is_internal=False)
    for asked in questions:
        assert "まだ言わない" in client.get(f"/api/v1/implementations{form}", asked).content.decode()


def test_pages_join_without_gap_and_cost_the_same_however_many_there_are(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    some_records(5000)
    got: list[Any] = []
    cursor = ""
    while cursor is not None:
        with django_assert_max_num_queries(4):
            page = client.get(f"/api/v1/implementations?limit=700{cursor and f'&cursor={cursor}'}").json()
        got += page["items"]
        cursor = page["next"]
    whole = StageChange.objects.filter(implementation__is_internal=False)
    assert len(got) == page["count"] == whole.count()
    assert len({(each["area"], each["solution"], each["at"]) for each in got}) == len(got)
    with django_assert_max_num_queries(3):
        client.get("/api/v1/implementations.csv")


@pytest.mark.parametrize("kind", ["", "town"])
@pytest.mark.parametrize("day", [date(2017, 2, 1), DAY])
def test_counts_equal_a_recount_with_internal_records_in_the_numbers(day: date, kind: str, client: Client) -> None:
    some_records()
    counted = recount(day, (kind,) if kind else ())
    asked = f"as_of={day}" + (f"&kind={kind}" if kind else "")
    text = client.get(f"/api/v1/stage-counts.csv?header=keys&{asked}").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    solutions = Solution.objects.filter(queries.in_force(day)).values_list("key", flat=True)
    places = {level: queries.areas_by_place(level, (kind,) if kind else ()) for level in Level}
    assert len(rows) == len(solutions) * sum(map(len, places.values()))
    assert {each["solution"] for each in rows} == set(solutions)
    for row in rows:
        stages = counted[row["level"], row["place"], row["solution"]][0]
        areas = places[Level(row["level"])][row["place"]]
        assert {stage: int(row[name]) for stage, name in STAGES.items()} == {
            stage: stages.get(stage, 0) for stage in Stage
        }
        assert int(row["areas"]) == areas
        assert int(row["unanswered"]) == areas - sum(stages.values())
        assert int(row["denominator"]) == areas - stages[Stage.NOT_APPLICABLE]
        running = stages[Stage.RUNNING] + stages[Stage.SHARED]
        assert int(row["running_or_beyond"]) == running
        if int(row["denominator"]):
            assert float(row["running_share"]) == pytest.approx(100 * running / int(row["denominator"]), abs=0.0501)
        else:
            assert row["running_share"] == ""


def test_counts_are_narrowed_to_level_place_block_and_solution(ask: Ask) -> None:
    put("282219", "telework", "running", date(2020, 1, 1), is_internal=True)
    nation = ask("stage-counts", solution="telework", level="nation")
    assert [(each["level"], each["place"], each["running"]) for each in nation] == [("nation", None, 1)]
    assert [each["level"] for each in ask("stage-counts", solution="telework", place="kinki")] == ["block"]
    assert [each["running"] for each in ask("stage-counts", solution="telework", place="280003")] == [1]
    within = ask("stage-counts", solution="telework", block="kinki")
    codes = Area.objects.filter(kind=Kind.PREFECTURE, block="kinki").values_list("code", flat=True)
    assert [each["place"] for each in within] == ["kinki", *sorted(codes)]
    levels = Counter(each["level"] for each in ask("stage-counts", solution="telework"))
    assert levels == {"nation": 1, "block": Block.objects.count(), "prefecture": 47}
    assert ask("stage-counts", as_of="2010-01-01", place="kinki") == []


@pytest.mark.parametrize("counting", [Kpi.Counting.SHARE, Kpi.Counting.NUMBER, Kpi.Counting.QUANTITY])
def test_values_of_counted_kpis_are_told_for_every_place(counting: Kpi.Counting, ask: Ask) -> None:
    put_at_random(random.Random(6), 1500)
    kpi = a_kpi(counting)
    counted = recount(DAY)
    rows = ask("kpi-values", kpi=kpi.key, as_of=DAY)
    assert Counter(each["level"] for each in rows) == {"nation": 1, "block": 11, "prefecture": 47}
    for row in rows:
        stages, quantities = counted[row["level"], row["place"] or "", kpi.key]
        reached = stages[Stage.RUNNING] + stages[Stage.SHARED]
        areas = queries.areas_by_place(Level(row["level"]))[row["place"] or ""]
        there = areas - stages[Stage.NOT_APPLICABLE]
        if not stages:
            assert row["value"] is None
        elif counting == Kpi.Counting.SHARE:
            assert row["value"] == float(queries.share_of(reached, there) or 0)
        elif counting == Kpi.Counting.NUMBER:
            assert row["value"] == reached
        else:
            assert row["value"] == float(sum((quantities[each] for each in (Stage.RUNNING, Stage.SHARED)), Decimal(0)))
        assert row["denominator"] == (None if counting == Kpi.Counting.QUANTITY else there)
        assert row["unanswered"] == areas - sum(stages.values())
        assert row["at"] == DAY.isoformat()
        assert (row["state"] is not None) == (row["level"] == "nation")


def test_values_from_outside_are_the_newest_up_to_the_day(ask: Ask) -> None:
    told = {each["kpi"]: each for each in ask("kpi-values", as_of="2018-12-31")}
    known = {each.kpi.key: each for each in queries.followed(date(2018, 12, 31))}
    assert set(told) == set(known)
    for key, each in known.items():
        newest = each.kpi.newest
        assert told[key]["value"] == (float(newest.value) if newest else None)
        assert told[key]["at"] == (newest.when.written if newest else None)
        assert told[key]["state"] == each.standing.state
    assert (told["open-data"]["state"], told["open-data"]["denominator"]) == ("late", 1788)
    assert ask("kpi-values", level="prefecture") == []
    assert ask("kpi-values", as_of="2010-01-01") == []


def test_forecasts_are_those_of_the_page(ask: Ask, client: Client) -> None:
    rows = ask("forecasts", kpi="open-data", as_of="2018-12-31")
    found = queries.kpis(date(2018, 12, 31)).get(key="open-data")
    outlook = queries.standings([found], date(2018, 12, 31))["open-data"].outlook
    assert outlook
    assert [(each["day"], each["low"], each["median"], each["high"]) for each in rows] == [
        (each.day.isoformat(), each.low, each.median, each.high) for each in outlook.days
    ]
    one = rows[0]
    assert (one["population"], one["goal"], one["by"], one["unit"]) == (1788, 1788, "2021-03-31", Unit.AREAS)
    assert one["probability"] == outlook.probability < 0.01
    assert round(one["pace_needed"]) == 570
    assert {each["kpi"] for each in ask("forecasts", as_of="2018-12-31")} <= set(
        Kpi.objects.values_list("key", flat=True)
    )
    assert ask("forecasts", as_of="2017-01-01") == []


def test_remedies_say_what_was_expected_and_what_came(ask: Ask) -> None:
    put("282219", "l-alert", "running", date(2020, 1, 1))
    kpi, today = a_kpi(Kpi.Counting.NUMBER), date(2026, 11, 24)
    Kpi.objects.filter(pk=kpi.pk).update(counting="outside", from_stage="")
    kpi = Kpi.objects.get(pk=kpi.pk)
    for day, value in ((date(2024, 3, 31), 10), (date(2026, 3, 31), 11)):
        kpi.readings.create(at=day, value=value, source="試験")
    facts = RemedyFacts(
        text="説明会を開く", by_whom="事務局", due_on=date(2026, 12, 31), expected=Decimal(40),
        expected_on=date(2027, 3, 31), bears_on="/needs/1", meeting="/meetings/task-force-1",
    )  # fmt: skip
    made = actions.record_remedy(kpi, facts, by=None, today=today)
    assert ask("remedies", kpi=kpi.key, as_of=today - timedelta(days=1)) == []
    told = ask("remedies", kpi=kpi.key, as_of=today)
    assert told == [
        {
            "kpi": "l-alert", "text": "説明会を開く", "by_whom": "事務局", "due_on": "2026-12-31", "expected": 40,
            "expected_on": "2027-03-31", "actual": None, "actual_at": None, "bears_on": "/needs/1",
            "meeting": "/meetings/task-force-1", "recorded_on": "2026-11-24", "address": made.address,
        }
    ]  # fmt: skip
    kpi.readings.create(at=date(2027, 3, 31), value=35, source="試験")
    (later,) = ask("remedies", as_of="2027-04-01")
    assert (later["actual"], later["actual_at"]) == (35, "2027-03-31")


GIVEN = {"area": "282219", "solution": "telework", "stage": "trial", "at": "2026-04"}


def test_an_officer_makes_a_key_and_a_program_records_stages_with_it(client_of: Callable[[str], Client]) -> None:
    officer = account_of("officer")
    asked = {"name": "台帳の連携", "membership": officer.terms[0].pk, "last_day": timezone.localdate()}
    made = client_of("officer").post("/account/tokens", asked).content.decode()
    secret = re.search(r"ito_[\w-]{20,}", made)
    assert secret
    more = {
        "section": "企画課",
        "quantity": 3,
        "note": "実証",
        "evidence_link": "https://example.jp/",
        "why": "台帳から",
    }
    first, again = (send(secret.group(), "/implementations", GIVEN | more) for _ in range(2))
    assert first.status_code == 201, first.content
    assert again.content == first.content
    assert (first.json()["at"], first.json()["section"], first.json()["quantity"]) == ("2026-04", "企画課", 3)
    change = StageChange.objects.get()
    newest = history_of(change)[0]
    assert (newest.door, newest.why, newest.who) == ("api", "台帳から", str(officer))
    assert Client().get("/api/v1/implementations?area=282219").json()["items"] == [first.json()]
    hidden = send(
        secret.group(), "/implementations", GIVEN | {"at": "2026-05", "is_internal": True}, key="make-internal"
    )
    assert hidden.status_code == 201
    assert Implementation.objects.get().is_internal
    assert Implementation.objects.get().section == "企画課"
    assert Client().get("/api/v1/implementations?area=282219").json()["items"] == []


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"area": "999999"}, 409, "area"),
        ({"solution": "nothing"}, 409, "solution"),
        ({"at": "2026-02-31"}, 409, "at"),
        ({"at": "2999"}, 409, "at"),
        ({"at": "2001-01-01"}, 409, "at"),
        ({"evidence_link": "javascript:x"}, 409, "evidence_link"),
        ({"stage": "none"}, 422, "stage"),
        ({"quantity": -1}, 422, "quantity"),
        ({"cost_yen": 2**63}, 422, "cost_yen"),
        ({"is_internal": "yes"}, 422, "is_internal"),
        ({"colour": "red"}, 422, "colour"),
    ],
)  # fmt: skip
def test_stages_that_can_not_be_are_told_field_by_field(wrong: dict[str, Any], status: int, field: str) -> None:
    answer = send(secret_of("officer"), "/implementations", GIVEN | wrong)
    assert answer.status_code == status, answer.content
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "message_en", "fields"}
    assert field in [each["field"] for each in error["fields"]]
    assert not StageChange.objects.exists()


def test_a_key_records_for_its_own_area_alone_and_a_day_once() -> None:
    for persona in ("neighbour", "bureau", "adviser"):
        assert send(secret_of(persona), "/implementations", GIVEN).status_code == 403
    assert send("", "/implementations", GIVEN).status_code == 401
    assert send(secret_of("prefecture"), "/implementations", GIVEN).status_code == 201
    twice = send(secret_of("officer"), "/implementations", GIVEN | {"stage": "running"})
    assert (twice.status_code, twice.json()["error"]["fields"][0]["field"]) == (409, "at")


@pytest.mark.parametrize(
    ("path", "tables"),
    [
        ("/solutions/telework/places?as_of=2021-08-15&kind=town", ["stage-counts"]),
        ("/solutions/telework/places?block=kinki", ["stage-counts"]),
        ("/follow-up/?as_of=2021-08-15", ["kpi-values", "forecasts", "remedies", "stage-counts"]),
        ("/en/kpis/open-data/forecast?as_of=2018-12-31", ["forecasts"]),
    ],
)
def test_a_pages_tables_come_as_files_narrowed_as_the_page(path: str, tables: list[str], client: Client) -> None:
    some_records(500)
    page = client.get(path).content.decode()
    found = [each.replace("&amp;", "&") for each in re.findall(r'href="(/api/v1/[^"]*)"', page)]
    assert [urlsplit(each).path for each in found] == [f"/api/v1/{table}.csv" for table in tables]
    for each in found:
        asked = parse_qs(urlsplit(each).query)
        assert asked.get("as_of") == parse_qs(urlsplit(path).query).get("as_of")
        assert asked["header"] == ["en" if path.startswith("/en/") else "ja"]
        assert client.get(each).status_code == 200
    if "block=kinki" in path:
        rows = client.get(found[0]).content.decode("utf-8-sig").splitlines()
        assert len(rows) == 1 + Area.objects.filter(kind=Kind.PREFECTURE, block="kinki").count()
