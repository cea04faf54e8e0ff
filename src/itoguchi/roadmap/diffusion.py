"""How a KPI is likely to go on: from its readings to the engine `diffusion`, and back to days and counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from math import ceil
from typing import NamedTuple

import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg

from itoguchi.areas.models import Area
from itoguchi.areas.queries import peers_of_all
from itoguchi.core.remembered import remembered
from itoguchi.engines import diffusion as engine
from itoguchi.engines.diffusion.places import Places, Rates
from itoguchi.roadmap.models import Kpi, Reading, Stage, StageChange, Target, Unit, at_or_beyond

FEWEST = 3  # readings with a count that a forecast needs
YEARS = 5
END_OF_YEAR = 3  # month
Counts = tuple[tuple[date, int], ...]
LOW, HIGH = engine.LEVELS.index(0.1), engine.LEVELS.index(0.9)


@dataclass(frozen=True, slots=True)
class Expected:
    """The count expected on a day: median, and the ends of the interval that holds it eight times of ten."""

    day: date
    low: int
    median: int
    high: int
    population: int

    @property
    def shares(self) -> tuple[float, float, float]:
        """The three in percent of the population."""
        return (
            100 * self.low / self.population,
            100 * self.median / self.population,
            100 * self.high / self.population,
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """What would have been expected on the day of a reading from the readings up to a year or more before it."""

    known_until: date
    expected: Expected
    count: int

    @property
    def held(self) -> bool:
        return self.expected.low <= self.count <= self.expected.high


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a KPI is likely to go on after its newest reading; what speaks of a target is None without one ahead.

    `rates` say how fast areas follow others, None where it is not counted from their records.
    """

    known: int
    last: date
    last_count: int
    days: tuple[Expected, ...]
    pace: float
    goal: int | None
    by: date | None
    probability: float | None
    on_target_day: Expected | None
    reached_by: date | None
    pace_needed: float | None
    rates: Rates | None


class Counted(NamedTuple):
    """From which records a KPI is counted; no `kinds`: areas of every kind."""

    solution: str
    stage: Stage
    kinds: tuple[str, ...]


class Asked(NamedTuple):
    """A population, its counts in order of days, the target in force, and the records behind, if they are."""

    population: int
    counts: Counts
    by: date | None
    goal: int | None
    records: Counted | None


def goal_of(kpi: Kpi, target: Target) -> int | None:
    """The count that a target asks for; None where its unit cannot be counted."""
    if target.unit == Unit.PERCENT and kpi.denominator:
        return ceil(target.value * kpi.denominator / 100)
    return int(target.value) if target.unit == kpi.count_unit else None


def outlooks_of(kpis: Iterable[Kpi]) -> dict[str, Outlook]:
    """The outlooks of KPIs by key, from their targets and readings as far as they were asked for.

    A KPI without population or with counts of fewer than three days has none (1 query when remembered; else up to 5
    for each that is counted from records).
    """
    asked = {kpi.key: _asked_of(kpi) for kpi in kpis}
    enough = tuple((key, given) for key, given in asked.items() if given)
    return _outlooks(enough) if enough else {}


def trials_of(kpi: Kpi) -> tuple[Trial, ...]:
    """How such outlooks fared before (1 query when remembered)."""
    asked = _asked_of(kpi)
    return _trials(asked) if asked else ()


def _asked_of(kpi: Kpi) -> Asked | None:
    """What is forecast, as values alone."""
    counts = {each.when.last_day: each.count for each in _in_order(kpi) if each.count is not None}
    if not kpi.denominator or len(counts) < FEWEST or max(counts.values()) > kpi.denominator:
        return None
    target = kpi.target
    goal = goal_of(kpi, target) if target else None
    by = target.when.last_day if target else None
    records = None
    if kpi.is_counted and kpi.solution_id:
        records = Counted(kpi.solution_id, Stage(kpi.from_stage), tuple(kpi.kinds))
    return Asked(kpi.denominator, tuple(counts.items()), by, goal, records)


def _in_order(kpi: Kpi) -> list[Reading]:
    return sorted(kpi.readings.all(), key=lambda each: each.when)


@cache
def _forecaster() -> engine.Forecaster:
    return engine.Forecaster()


@remembered(most=128, of=("areas", "roadmap"))
def _outlooks(asked: tuple[tuple[str, Asked], ...]) -> dict[str, Outlook]:
    return {key: _outlook(given, _places(given)) for key, given in asked}


@remembered(most=32, of=("areas", "roadmap"))
def _trials(asked: Asked) -> tuple[Trial, ...]:
    """From every reading on that had two before it, the next reading that came a year or more later.

    Of a KPI that is counted every quarter, from the ends of fiscal years.
    """
    counts, found = asked.counts, []
    for known in range(FEWEST, len(counts)):
        until = counts[known - 1][0]
        later = next(((day, count) for day, count in counts[known:] if (day - until).days >= 365), None)
        if later and (asked.records is None or until.month == END_OF_YEAR):
            past = asked._replace(counts=counts[:known])
            found.append(Trial(until, _one_day(past, _places(past), later[0]), later[1]))
    return tuple(found)


@lru_cache(maxsize=256)
def _one_day(asked: Asked, places: Places | None, day: date) -> Expected:
    return _expected(asked.population, _forecast(asked, [day], places=places))[0]


def _places(asked: Asked) -> Places | None:
    """Which areas had come so far on the last day, beside which others and like which (4 queries)."""
    if asked.records is None:
        return None
    last, there = asked.counts[-1][0], at_or_beyond(asked.records.stage)
    since: dict[int, date | None] = {}
    left_out: set[int] = set()
    changes = StageChange.objects.filter(implementation__solution=asked.records.solution, at__lte=last)
    for area, at, stage in changes.order_by("at").values_list("implementation__area", "at", "stage"):
        since[area] = (since.get(area) or at) if stage in there else None
        (left_out.add if stage == Stage.NOT_APPLICABLE else left_out.discard)(area)
    rows = [row for row in _areas_beside(tuple(asked.records.kinds)) if row[0] not in left_out]
    if len(rows) != asked.population:
        return None  # a record changed meanwhile
    at_key = {pk: place for place, (pk, _code, _beside) in enumerate(rows)}
    at_code = {code: place for place, (_pk, code, _beside) in enumerate(rows)}
    peers = peers_of_all()
    return Places(
        tuple(since.get(pk) for pk, _code, _beside in rows),
        tuple(tuple(at_key[each] for each in beside if each in at_key) for _pk, _code, beside in rows),
        tuple(tuple(at_code[each] for each in peers.get(code, ()) if each in at_code) for _pk, code, _beside in rows),
    )


@remembered(of=("areas",))
def _areas_beside(kinds: tuple[str, ...]) -> list[tuple[int, str, list[int]]]:
    """Key, code and neighbours' keys of the areas of some kinds, or of all (1 query)."""
    areas = Area.objects.order_by("code")
    if kinds:
        areas = areas.filter(kind__in=kinds)
    return list(areas.annotate(beside=ArrayAgg("neighbours")).values_list("pk", "code", "beside"))


@lru_cache(maxsize=256)
def _outlook(asked: Asked, places: Places | None) -> Outlook:
    counts, by, goal = asked.counts, asked.by, asked.goal
    last, last_count = counts[-1]
    is_ahead = by is not None and 0 < (by - last).days < 365 * engine.FARTHEST and last_count < (goal or 0)
    target = engine.Target(goal, by) if is_ahead and goal and by else None
    at = sorted({*_ends_of_fiscal_years(last), *([by] if target and by else [])})
    found = _forecast(asked, at, target, places)
    expected = _expected(asked.population, found)
    recent = next(((day, n) for day, n in reversed(counts) if (last - day).days >= 365), counts[0])
    years_left = (by - last).days / engine.YEAR if target and by else None
    return Outlook(
        known=len(counts),
        last=last,
        last_count=last_count,
        days=expected,
        pace=(last_count - recent[1]) / ((last - recent[0]).days / engine.YEAR),
        goal=goal if target else None,
        by=by if target else None,
        probability=found.probability,
        on_target_day=next((each for each in expected if target and each.day == by), None),
        reached_by=found.reached_by.get(0.5),
        pace_needed=(goal - last_count) / years_left if goal and years_left else None,
        rates=found.rates,
    )


def _forecast(
    asked: Asked, at: list[date], target: engine.Target | None = None, places: Places | None = None
) -> engine.Forecast:
    days, values = zip(*asked.counts, strict=True)
    series = engine.Series(asked.population, days, values)
    return _forecaster().forecast(series, at, np.random.default_rng(1), target, places)


def _expected(population: int, found: engine.Forecast) -> tuple[Expected, ...]:
    rows = zip(found.days, found.quantiles.round().astype(int).tolist(), strict=True)
    middle = engine.LEVELS.index(0.5)
    return tuple(Expected(day, row[LOW], row[middle], row[HIGH], population) for day, row in rows)


def _ends_of_fiscal_years(last: date) -> list[date]:
    first = last.year if last < date(last.year, 3, 31) else last.year + 1
    return [date(first + number, 3, 31) for number in range(YEARS)]
