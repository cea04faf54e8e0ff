"""What pages read of how many areas stand where equals a recount of the records: on every day, level and kind."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from itoguchi.areas.models import Area, Kind
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.models import Implementation, Level, Solution, Stage, StageChange, StageCount
from tests.roadmap.factories import put, put_at_random

pytestmark = pytest.mark.django_db
DAYS = (date(2016, 12, 9), date(2017, 3, 31), date(2019, 8, 15), date(2022, 1, 1), date(2026, 11, 24))


def recount(
    day: date, kinds: tuple[str, ...] = ()
) -> dict[tuple[str, str, str], tuple[Counter[Any], dict[Any, Decimal]]]:
    """(level, place, solution) → areas and quantities by stage: one record after another."""
    areas = {area.pk: area for area in Area.objects.select_related("prefecture")}
    now: dict[tuple[int, str], StageChange] = {}
    for change in StageChange.objects.filter(at__lte=day).select_related("implementation").order_by("at"):
        now[change.implementation.area_id, change.implementation.solution_id] = change
    counted: dict[Any, tuple[Counter[Any], dict[Any, Decimal]]] = defaultdict(lambda: (Counter(), defaultdict(Decimal)))
    for (pk, solution), change in now.items():
        area = areas[pk]
        if kinds and area.kind not in kinds:
            continue
        prefecture = area.prefecture or area
        for level, place in (("nation", ""), ("block", area.block_id), ("prefecture", prefecture.code)):
            stages, quantities = counted[level, place, solution]
            stages[change.stage] += 1
            quantities[change.stage] += change.quantity or 0
    return counted


def assert_equal_a_recount(day: date, kinds: tuple[str, ...] = ()) -> None:
    counted = recount(day, kinds)
    areas = Area.objects.filter(kind__in=kinds) if kinds else Area.objects.all()
    for level in Level:
        for (place, solution), tally in queries.tallies(day, level=level, kinds=kinds).items():
            stages, quantities = counted[level.value, place, solution]
            assert dict(tally.stages) == {stage: number for stage, number in stages.items() if number}
            assert dict(tally.quantities) == {stage: number for stage, number in quantities.items() if number}
            if level == Level.NATION:
                assert tally.areas == areas.count()


def change_at_random(rng: random.Random, times: int) -> None:
    """Correct, delete, add; an area now and then becomes a city."""
    for _ in range(times):
        changes = StageChange.objects.order_by("pk")
        one = changes[rng.randrange(changes.count())]
        match rng.randrange(4):
            case 0:
                one.stage, one.quantity = rng.choice(list(Stage)), Decimal(rng.randrange(9))
                one.save()
            case 1:
                one.delete()
            case 2:
                free = one.at + timedelta(days=rng.randrange(1, 400))
                if not one.implementation.changes.filter(at=free).exists():
                    one.at = free
                    one.save()
            case 3:
                day = date(2016, 12, 9) + timedelta(days=rng.randrange(3600))
                if not one.implementation.changes.filter(at=day).exists():
                    StageChange.objects.create(implementation=one.implementation, at=day, stage=rng.choice(list(Stage)))


@pytest.mark.parametrize("seed", [1, 2])
def test_roll_ups_equal_a_recount_after_any_writes(seed: int) -> None:
    rng = random.Random(seed)
    put_at_random(rng, 3000)
    change_at_random(rng, 150)
    for day in (*DAYS, date(2016, 12, 9) + timedelta(days=rng.randrange(3600))):
        assert_equal_a_recount(day)
    assert_equal_a_recount(DAYS[2], kinds=(Kind.TOWN, Kind.VILLAGE))
    assert actions.rebuild_counts() == 0


def test_ten_thousand_random_changes_leave_the_roll_ups_exact() -> None:
    rng = random.Random(3)
    put_at_random(rng, 10_000)
    StageChange.objects.filter(pk__in=rng.sample(list(StageChange.objects.values_list("pk", flat=True)), 2000)).delete()
    StageChange.objects.filter(stage=Stage.TRIAL).update(stage=Stage.RUNNING, quantity=7)
    change_at_random(rng, 50)
    for day in DAYS[1:]:
        assert_equal_a_recount(day)
    call_command("rebuild_counts")
    for day in DAYS[1:]:
        assert_equal_a_recount(day)


def test_a_town_that_becomes_a_city_is_counted_with_cities() -> None:
    town = Area.objects.filter(kind=Kind.TOWN)[0]
    put(town, "telework", "running", date(2020, 1, 1))
    Area.objects.filter(pk=town.pk).update(kind=Kind.CITY)
    assert_equal_a_recount(date(2026, 1, 1), kinds=(Kind.CITY,))
    assert_equal_a_recount(date(2026, 1, 1), kinds=(Kind.TOWN,))


def test_an_area_that_goes_with_its_records_leaves_no_count() -> None:
    put("282219", "telework", "running", date(2020, 1, 1))
    Implementation.objects.all().delete()
    assert actions.rebuild_counts() == 0
    assert not StageCount.objects.exclude(areas=0).exists()


def test_rebuilding_says_when_the_roll_ups_stood_wrong() -> None:
    put("282219", "telework", "running", date(2020, 1, 1))
    StageCount.objects.filter(level=Level.NATION).update(areas=2)
    with pytest.raises(CommandError, match="2 "):
        call_command("rebuild_counts")
    assert_equal_a_recount(date(2026, 1, 1))


def test_history_is_the_count_at_the_end_of_every_quarter_and_on_the_day() -> None:
    put_at_random(random.Random(4), 1500)
    found = queries.history(date(2026, 11, 24))
    assert len(found) == Solution.objects.count()
    quarters = found["telework"]
    assert [each.day for each in quarters[-2:]] == [date(2026, 9, 30), date(2026, 11, 24)]
    assert [each.day for each in quarters] == sorted({each.day for each in quarters})
    for each in [*quarters[:: len(quarters) // 4], quarters[-1]]:
        stages = recount(each.day)["nation", "", "telework"][0]
        assert {stage: n for stage, n in each.tally.stages.items() if n} == {
            stage: n for stage, n in stages.items() if n
        }


def test_a_tally_says_what_it_leaves_out() -> None:
    for code, stage in (("282219", "running"), ("282235", "shared"), ("280003", "not-applicable"), ("010006", "trial")):
        put(code, "telework", stage, date(2020, 1, 1), quantity=2)
    tally = queries.tallies(date(2020, 1, 1))["", "telework"]
    assert (tally.areas, tally.unanswered, tally.not_applicable, tally.denominator) == (1788, 1784, 1, 1787)
    assert tally.reached(Stage.RUNNING) == 2
    assert tally.reached(Stage.INTERESTED) == 3
    assert tally.share(Stage.RUNNING) == Decimal("0.1")
    assert tally.quantity(Stage.RUNNING) == 4
    before = queries.tallies(date(2019, 12, 31))["", "telework"]
    assert before.unanswered == 1788
