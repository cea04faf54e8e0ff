"""KPIs that add up from the areas' own records: their values at every level, and their series."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from itoguchi.areas.models import Area, Kind, Statistic
from itoguchi.areas.queries import newest_value
from itoguchi.core.calendar import Precision
from itoguchi.core.remembered import remembered
from itoguchi.roadmap.models import (
    Implementation,
    Kpi,
    Level,
    Reading,
    Solution,
    Stage,
    StageChange,
    Unit,
    at_or_beyond,
)
from itoguchi.roadmap.queries.counts import PastTally, Tally, areas_by_place, history, share_of, tallies


@dataclass(frozen=True, slots=True)
class Value:
    """What a KPI comes to in one place: the value, the areas (or quantity) behind it, and what the share leaves out."""

    value: Decimal | None
    count: Decimal
    tally: Tally


def value_of(kpi: Kpi, tally: Tally) -> Value:
    """The value by the KPI's own definition."""
    stage = Stage(kpi.from_stage)
    if kpi.counting == Kpi.Counting.QUANTITY:
        quantity = tally.quantity(stage)
        return Value(quantity, quantity, tally)
    reached = Decimal(tally.reached(stage))
    return Value(tally.share(stage) if kpi.counting == Kpi.Counting.SHARE else reached, reached, tally)


def values_of(
    kpis: Iterable[Kpi], day: date, level: Level, *, place: str | None = None
) -> dict[tuple[str, str], Value]:
    """(KPI's key, place) → value of those that are counted as of a day, for every place of a level or one of them
    (2 queries for each set of kinds).
    """
    found: dict[tuple[str, str], Value] = {}
    for kinds, counted in _by_kinds(kpis).items():
        solutions = [_solution(kpi) for kpi in counted]
        there = tallies(day, level=level, place=place, kinds=kinds, solutions=solutions)
        found |= {
            (kpi.key, where): value_of(kpi, tally)
            for (where, solution), tally in there.items()
            for kpi in counted
            if kpi.solution_id == solution
        }
    return found


def _by_kinds(kpis: Iterable[Kpi]) -> dict[tuple[str, ...], list[Kpi]]:
    """Those that are counted, by the kinds of areas that they count."""
    groups: dict[tuple[str, ...], list[Kpi]] = {}
    for kpi in kpis:
        if kpi.is_counted:
            groups.setdefault(tuple(kpi.kinds), []).append(kpi)
    return groups


def with_counted_readings(kpis: Iterable[Kpi], day: date) -> list[Kpi]:
    """The same KPIs; those that are counted have a reading of every quarter since their first record and of the day.

    Readings that were published before it was counted stay in the database and are `published_readings` (no query
    where nothing is counted, else 2 for each set of kinds, 1 when remembered).
    """
    given = list(kpis)
    for kinds, counted in _by_kinds(given).items():
        past, nobody = tallied(kinds, day), Tally(areas_by_place(Level.NATION, kinds).get("", 0))
        for kpi in counted:
            _put(kpi, past.get(_solution(kpi).key) or [PastTally(day, nobody)])
    return given


@remembered(most=64, of=("areas", "roadmap"))
def tallied(kinds: tuple[str, ...], day: date) -> dict[str, list[PastTally]]:
    """Solution's key → tallies of the nation at the end of every quarter since its first record, and on the day
    (1 or 2 queries; what it gives is shared and not to be changed).
    """
    return history(day, kinds=kinds)


def _put(kpi: Kpi, past: Sequence[PastTally]) -> None:
    readings = []
    for each in past:
        day, tally = each.day, each.tally
        found = value_of(kpi, tally)
        if found.value is None or not tally.answered:
            continue  # nobody has answered: no value, rather than nought
        count = None if kpi.counting == Kpi.Counting.QUANTITY else int(found.count)
        readings.append(
            Reading(
                kpi=kpi,
                at=day,
                at_precision=Precision.DAY.value,
                value=found.value,
                count=count,
                source=_("団体の記録"),
            )
        )
    cache: dict[str, Any] = kpi.__dict__.setdefault("_prefetched_objects_cache", {})
    kpi.published_readings = list(cache.get("readings", ()))  # type: ignore[attr-defined]
    cache["readings"] = readings
    if kpi.counting != Kpi.Counting.QUANTITY:
        kpi.denominator, kpi.count_unit = past[-1].tally.denominator, Unit.AREAS


def _solution(kpi: Kpi) -> Solution:
    if kpi.solution is None:  # the constraint counted_kpi_has_stage_and_solution does not let it be
        raise ValueError("a counted KPI without a solution")
    return kpi.solution


SIZES = (5_000, 10_000, 30_000, 100_000, 300_000)


@dataclass(frozen=True, slots=True)
class SizeClass:
    """Municipalities of one size: from `low` people to fewer than `high` (None: no bound, or size unknown for both)."""

    low: int | None
    high: int | None
    areas: int
    reached: int
    not_yet: int

    @property
    def share(self) -> Decimal | None:
        """Percent of those for which the solution is no question that have come so far."""
        return share_of(self.reached, self.reached + self.not_yet)


def changes_of_each(solution: str, day: date, seen: Q | None = None) -> QuerySet[StageChange]:
    """For a row of areas: the stages of its one record of a solution up to a day, newest first; only of records `seen`."""
    record = Implementation.objects.filter(seen or Q(), area=OuterRef(OuterRef("pk")), solution=solution)
    return StageChange.objects.filter(implementation=Subquery(record.values("pk")), at__lte=day).order_by("-at")


@remembered(most=256, of=("areas", "roadmap"))
def by_size(solution: str, stage: Stage, day: date, block: str) -> tuple[SizeClass, ...]:
    """How far municipalities of each size have come with a solution, in one block or ("") the nation (2 queries)."""
    areas = Area.objects.exclude(kind=Kind.PREFECTURE)
    if block:
        areas = areas.filter(block=block)
    rows = areas.annotate(
        stage=Subquery(changes_of_each(solution, day).values("stage")[:1]),
        people=newest_value(Statistic.Measure.POPULATION),
    ).values_list("people", "stage")
    there = at_or_beyond(stage)
    found = []
    for low, high in [*zip((0, *SIZES), (*SIZES, None), strict=True), (None, None)]:
        of_size = [
            stage
            for people, stage in rows
            if (people is None if low is None else people is not None and low <= people < (high or people + 1))
        ]
        reached = sum(stage in there for stage in of_size)
        left_out = of_size.count(Stage.NOT_APPLICABLE)
        if of_size:
            found.append(SizeClass(low, high, len(of_size), reached, len(of_size) - reached - left_out))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Behind:
    """The size of municipality that explains most of a lag: how many of it are missing, of how many missing in all."""

    size: SizeClass
    missing: int
    percent: int


def most_behind(sizes: Sequence[SizeClass], nation: Sequence[SizeClass]) -> tuple[Behind | None, Decimal | None]:
    """What explains most of a place's lag behind the nation's municipalities, and their share (no query).

    Of each size so many are missing as would have come so far at the nation's share (docs/follow-up.md §5); where none
    is, nothing is said.
    """
    whole = sum(each.reached + each.not_yet for each in nation)
    there = sum(each.reached for each in nation)
    missing = [
        (max(there * (each.reached + each.not_yet) / whole - each.reached, 0.0) if whole else 0.0) for each in sizes
    ]
    most = max(range(len(sizes)), key=lambda number: missing[number], default=0)
    if not sizes or missing[most] < 1:
        return None, share_of(there, whole)
    found = Behind(sizes[most], round(missing[most]), round(100 * missing[most] / sum(missing)))
    return found, share_of(there, whole)
