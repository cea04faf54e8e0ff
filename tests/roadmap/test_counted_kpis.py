"""KPIs that add up from records equal a recount on every level; a late one asks for a remedy, and shows what it brought."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area, Kind
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.actions import RemedyFacts
from itoguchi.roadmap.models import Kpi, Level, Remedy, Stage, StandingChange, State, Target, Unit
from itoguchi.roadmap.queries import SizeClass
from tests.roadmap.factories import put, put_at_random
from tests.roadmap.test_counts import recount

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
YEAR_LATER = date(2027, 11, 24)
ClientOf = Callable[[str], Client]


def a_kpi(
    counting: Kpi.Counting, stage: Stage = Stage.RUNNING, kinds: tuple[str, ...] = (), *, target: int = 90
) -> Kpi:
    kpi = Kpi.objects.get(key="l-alert")
    kpi.name, kpi.unit, kpi.source = "Lアラートを使う団体", Unit.PERCENT, "試験"
    kpi.counting, kpi.from_stage, kpi.kinds = counting, stage, list(kinds)
    if counting != Kpi.Counting.SHARE:
        kpi.unit = Unit.AREAS
    kpi.save()
    Target.objects.create(kpi=kpi, order=1, value=target, unit=kpi.unit, by=date(2028, 3, 31))
    return kpi


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    counting=st.sampled_from([Kpi.Counting.SHARE, Kpi.Counting.NUMBER, Kpi.Counting.QUANTITY]),
    stage=st.sampled_from(list(Stage)[:6]),
    kinds=st.sampled_from([(), (Kind.TOWN, Kind.VILLAGE), (Kind.CITY,), (Kind.PREFECTURE,)]),
    day=st.dates(date(2016, 12, 9), TODAY),
)
def test_values_on_every_level_equal_a_recount(
    seed: int, counting: Kpi.Counting, stage: Stage, kinds: tuple[str, ...], day: date
) -> None:
    with transaction.atomic():
        put_at_random(random.Random(seed), 800)
        kpi = a_kpi(counting, stage, kinds)
        counted = recount(day, kinds)
        areas = list(Area.objects.filter(kind__in=kinds) if kinds else Area.objects.all())
        for level in Level:
            for (_key, place), value in queries.values_of([kpi], day, level).items():
                stages, quantities = counted[level.value, place, "l-alert"]
                beyond = list(Stage)[list(Stage).index(stage) : 6]
                reached = sum(stages[each] for each in beyond)
                there = (
                    sum(
                        place in ("", area.block_id, (area.prefecture or area).code) if level != Level.NATION else True
                        for area in areas
                    )
                    - stages[Stage.NOT_APPLICABLE]
                )
                if counting == Kpi.Counting.SHARE:
                    assert value.value == (None if not there else round_half_up(reached, there))
                elif counting == Kpi.Counting.NUMBER:
                    assert value.value == reached
                else:
                    assert value.value == sum((quantities[each] for each in beyond), Decimal(0))
        transaction.set_rollback(True)


def round_half_up(part: int, whole: int) -> Decimal:
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), rounding="ROUND_HALF_UP")


def test_a_counted_kpi_has_a_stage_and_a_solution() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Kpi.objects.filter(key="l-alert").update(counting="share")


def test_its_series_comes_from_the_records_and_published_values_stay() -> None:
    for number, area in enumerate(Area.objects.all()[:40]):
        put(area, "l-alert", "running", date(2020, 1, 1) + timedelta(days=60 * number))
    kpi = a_kpi(Kpi.Counting.SHARE)
    [found] = queries.with_counted_readings(queries.kpis(TODAY).filter(pk=kpi.pk).select_related("solution"), TODAY)
    assert found.newest is not None
    assert (found.newest.at, found.newest.value, found.newest.count) == (TODAY, Decimal("2.2"), 40)
    assert found.denominator == 1788
    assert found.published_readings == []
    standing = queries.standings([found], TODAY)[kpi.key]
    assert standing.state == State.LATE
    assert standing.outlook is not None


def test_nobody_s_answer_is_no_value() -> None:
    kpi = a_kpi(Kpi.Counting.SHARE)
    [found] = queries.with_counted_readings(queries.kpis(TODAY).filter(pk=kpi.pk).select_related("solution"), TODAY)
    assert found.newest is None


def a_late_kpi() -> Kpi:
    for number, area in enumerate(Area.objects.all()[:40]):
        put(area, "l-alert", "running", date(2020, 1, 1) + timedelta(days=60 * number))
    return a_kpi(Kpi.Counting.SHARE)


REMEDY = RemedyFacts(
    text="ひな形を配り、12町を訪ねる",
    by_whom="近畿総合通信局",
    due_on=date(2027, 3, 31),
    expected=Decimal(5),
    expected_on=date(2027, 9, 30),
    bears_on="/recommendations/first-1",
)


def test_a_late_kpi_is_asked_about_until_a_remedy_is_recorded(coordinator: Account, bureau: Account) -> None:
    kpi = a_late_kpi()
    assert queries.followed(TODAY)[0].kpi == kpi
    assert queries.followed(TODAY)[0].is_unanswered
    with pytest.raises(PermissionDenied):
        actions.record_remedy(kpi, REMEDY, by=bureau, today=TODAY)
    actions.record_remedy(kpi, REMEDY, by=coordinator, today=TODAY)
    found = next(each for each in queries.followed(TODAY) if each.kpi == kpi)
    assert not found.is_unanswered
    assert found.since is not None
    assert found.expectations[0].actual is None


def test_a_year_later_expected_stands_beside_actual() -> None:
    kpi = a_late_kpi()
    actions.record_remedy(kpi, REMEDY, by=None, today=TODAY)
    for area in Area.objects.all()[40:100]:
        put(area, "l-alert", "running", date(2027, 6, 1))
    [expectation] = next(each for each in queries.followed(date(2027, 11, 24)) if each.kpi == kpi).expectations
    assert expectation.actual is not None
    assert (expectation.actual.at, expectation.actual.value, expectation.is_met) == (
        date(2027, 9, 30),
        Decimal("5.6"),
        True,
    )


def test_what_is_late_asks_again_when_what_was_done_is_over() -> None:
    kpi = a_late_kpi()
    actions.record_remedy(kpi, REMEDY, by=None, today=TODAY)
    found = {day: next(each for each in queries.followed(day) if each.kpi == kpi) for day in (TODAY, YEAR_LATER)}
    assert [each.is_unanswered for each in found.values()] == [False, True]
    [expectation] = found[YEAR_LATER].expectations
    assert (expectation.is_met, expectation.is_open) == (False, False)


def a_size(low: int | None, reached: int, not_yet: int) -> SizeClass:
    return SizeClass(low, None, reached + not_yet, reached, not_yet)


def test_the_size_that_explains_most_of_a_lag_is_named_with_what_is_missing() -> None:
    nation = [a_size(0, 10, 90), a_size(5_000, 20, 30), a_size(10_000, 70, 30)]  # 100 of 250: 40 %
    found, share = queries.most_behind(nation, nation)
    assert found is not None
    assert (found.size, found.missing, found.percent, share) == (nation[0], 30, 100, Decimal("40.0"))
    found, _share = queries.most_behind([a_size(0, 1, 9), a_size(5_000, 1, 4)], nation)
    assert found is not None
    assert (found.size.low, found.missing, found.percent) == (0, 3, 75)
    assert queries.most_behind([a_size(0, 8, 2)], nation) == (None, Decimal("40.0"))
    assert queries.most_behind([], []) == (None, None)


def test_the_page_names_the_places_furthest_behind_and_never_a_day_to_come(client_of: ClientOf) -> None:
    a_late_kpi()
    client = client_of("visitor")
    page = client.get("/solutions/l-alert/places")
    lagging = [tally.running_share for _place, _url, tally in page.context["lagging"]]
    assert len(lagging) == 3
    assert lagging == sorted(lagging)
    assert client.get("/solutions/l-alert/places?block=hokkaido").context["lagging"] == []
    for path in ("/follow-up/", "/kpis/l-alert", "/solutions/l-alert/places"):
        ahead = client.get(f"{path}?as_of=2999-01-01")
        assert ahead.status_code == 400
        assert "まだ来ていない日です" in ahead.content.decode()
        assert ahead.context["as_of"] == timezone.localdate()


def test_remedies_are_for_kpis_that_are_late_and_for_days_to_come() -> None:
    with pytest.raises(ValidationError, match="遅れでも未達でも"):
        actions.record_remedy(Kpi.objects.get(key="ehr"), REMEDY, by=None, today=date(2017, 4, 1))
    kpi = a_late_kpi()
    past = RemedyFacts(text="x", by_whom="x", due_on=date(2026, 1, 1))
    with pytest.raises(ValidationError, match="過ぎた日"):
        actions.record_remedy(kpi, past, by=None, today=TODAY)
    bad = RemedyFacts(text="x", by_whom="x", due_on=TODAY, meeting="https://example.jp")
    with pytest.raises(ValidationError):
        actions.record_remedy(kpi, bad, by=None, today=TODAY)
    assert not Remedy.objects.exists()


def test_the_worker_notes_a_standing_once() -> None:
    a_late_kpi()
    first = actions.note_standings(TODAY)
    assert {each.kpi_id for each in first} >= {"l-alert"}
    assert actions.note_standings(TODAY + timedelta(days=1)) == []
    assert StandingChange.objects.count() == len(first)


def test_the_coordinator_goes_from_a_late_kpi_to_its_places_and_a_remedy(client_of: ClientOf) -> None:
    a_late_kpi()
    client = client_of("coordinator")
    page = client.get("/follow-up/").content.decode()
    assert "/solutions/l-alert/places" in page
    assert "/follow-up/l-alert/remedy" in page
    assert "人口" in client.get("/solutions/l-alert/places?block=hokkaido").content.decode()
    said = {"text": "訪問する", "by_whom": "事務局", "due_on": "2031-03-31"}
    assert client.post("/follow-up/l-alert/remedy", said).status_code == 302
    assert "訪問する" in client_of("visitor").get("/follow-up/").content.decode()
    assert "/remedy" not in client_of("visitor").get("/follow-up/").content.decode()


def test_the_places_of_a_late_kpi_cost_a_handful_of_queries(
    client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    a_late_kpi()
    client = client_of("coordinator")
    with django_assert_max_num_queries(12):
        assert client.get("/solutions/l-alert/places?block=kinki").status_code == 200
