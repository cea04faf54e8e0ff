"""How a KPI is likely to go on: from its readings to the engine `diffusion`, and back to days and counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import ceil
from typing import NamedTuple

import numpy as np

from itoguchi.core.remembered import remembered
from itoguchi.engines import diffusion as engine
from itoguchi.roadmap.models import Kpi, Reading, Target, Unit

FEWEST = 3  # readings with a count that a forecast needs
YEARS = 5
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
    """How a KPI is likely to go on after its newest reading; what speaks of a target is None without one ahead."""

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
    trials: tuple[Trial, ...]

    @property
    def held(self) -> int:
        """How many trials ended inside their interval."""
        return sum(trial.held for trial in self.trials)


class Asked(NamedTuple):
    """A population, its counts in order of days, and the target in force."""

    population: int
    counts: Counts
    by: date | None
    goal: int | None


def goal_of(kpi: Kpi, target: Target) -> int | None:
    """The count that a target asks for; None where its unit cannot be counted."""
    if target.unit == Unit.PERCENT and kpi.denominator:
        return ceil(target.value * kpi.denominator / 100)
    return int(target.value) if target.unit == kpi.count_unit else None


def outlooks_of(kpis: Iterable[Kpi]) -> dict[str, Outlook]:
    """The outlooks of KPIs by key, from their targets and readings as far as they were asked for (1 query).

    A KPI without population or with counts of fewer than three days has none.
    """
    asked = {kpi.key: _asked_of(kpi) for kpi in kpis}
    enough = tuple((key, given) for key, given in asked.items() if given)
    return _outlooks(enough) if enough else {}


def _asked_of(kpi: Kpi) -> Asked | None:
    """What is forecast, as values alone."""
    counts = {each.when.last_day: each.count for each in _in_order(kpi) if each.count is not None}
    if not kpi.denominator or len(counts) < FEWEST or max(counts.values()) > kpi.denominator:
        return None
    target = kpi.target
    goal = goal_of(kpi, target) if target else None
    return Asked(kpi.denominator, tuple(counts.items()), target.when.last_day if target else None, goal)


def _in_order(kpi: Kpi) -> list[Reading]:
    return sorted(kpi.readings.all(), key=lambda each: each.when)


@cache
def _forecaster() -> engine.Forecaster:
    return engine.Forecaster()


@remembered(most=128)
def _outlooks(asked: tuple[tuple[str, Asked], ...]) -> dict[str, Outlook]:
    return {key: _outlook(*given) for key, given in asked}


def _outlook(population: int, counts: Counts, by: date | None, goal: int | None) -> Outlook:
    days, values = zip(*counts, strict=True)
    last = days[-1]
    is_ahead = by is not None and 0 < (by - last).days < 365 * engine.FARTHEST and values[-1] < (goal or 0)
    target = engine.Target(goal, by) if is_ahead and goal and by else None
    at = sorted({*_ends_of_fiscal_years(last), *([by] if target and by else [])})
    found = _forecast(population, counts, at, target)
    expected = _expected(population, found)
    recent = next(((day, n) for day, n in reversed(counts) if (last - day).days >= 365), counts[0])
    years_left = (by - last).days / engine.YEAR if target and by else None
    return Outlook(
        known=len(counts),
        last=last,
        last_count=values[-1],
        days=expected,
        pace=(values[-1] - recent[1]) / ((last - recent[0]).days / engine.YEAR),
        goal=goal if target else None,
        by=by if target else None,
        probability=found.probability,
        on_target_day=next((each for each in expected if target and each.day == by), None),
        reached_by=found.reached_by.get(0.5),
        pace_needed=(goal - values[-1]) / years_left if goal and years_left else None,
        trials=_trials(population, counts),
    )


def _forecast(population: int, counts: Counts, at: list[date], target: engine.Target | None = None) -> engine.Forecast:
    days, values = zip(*counts, strict=True)
    return _forecaster().forecast(engine.Series(population, days, values), at, np.random.default_rng(1), target)


def _expected(population: int, found: engine.Forecast) -> tuple[Expected, ...]:
    rows = zip(found.days, found.quantiles.round().astype(int).tolist(), strict=True)
    middle = engine.LEVELS.index(0.5)
    return tuple(Expected(day, row[LOW], row[middle], row[HIGH], population) for day, row in rows)


def _trials(population: int, counts: Counts) -> tuple[Trial, ...]:
    """From every reading on that had two before it, the next reading that came a year or more later."""
    found = []
    for known in range(FEWEST, len(counts)):
        until = counts[known - 1][0]
        later = next(((day, count) for day, count in counts[known:] if (day - until).days >= 365), None)
        if later:
            expected = _expected(population, _forecast(population, counts[:known], [later[0]]))[0]
            found.append(Trial(until, expected, later[1]))
    return tuple(found)


def _ends_of_fiscal_years(last: date) -> list[date]:
    first = last.year if last < date(last.year, 3, 31) else last.year + 1
    return [date(first + number, 3, 31) for number in range(YEARS)]
