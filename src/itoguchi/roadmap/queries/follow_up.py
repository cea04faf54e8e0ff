"""What people ask of the follow-up: which KPIs are late with nothing done about it, what was expected and what came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch

from itoguchi.core.remembered import remembered
from itoguchi.roadmap.models import Kpi, Level, Reading, Remedy, Solution, StandingChange, shown_value
from itoguchi.roadmap.models.follow_up import ASKS
from itoguchi.roadmap.queries.aims import Standing, in_force, kpis, standings
from itoguchi.roadmap.queries.counted import tallied, with_counted_readings
from itoguchi.roadmap.queries.counts import Tally, areas_by_place


@dataclass(frozen=True, slots=True)
class Expectation:
    """A remedy, what it was expected to bring, and the KPI's value when that was due (None before there is one)."""

    remedy: Remedy
    expected: str
    actual: Reading | None
    is_met: bool | None
    is_open: bool
    """Whether it is not done yet, or what it brings is still to come."""


@dataclass(frozen=True, slots=True)
class Followed:
    """One KPI as of a day: how it stands, since when, and what is done about it."""

    kpi: Kpi
    standing: Standing
    since: StandingChange | None
    expectations: tuple[Expectation, ...]

    @property
    def asks(self) -> bool:
        """Whether it is late or missed."""
        return self.standing.state in ASKS

    @property
    def is_unanswered(self) -> bool:
        """Whether it is late or missed, and nothing is under way about it."""
        return self.asks and not any(each.is_open for each in self.expectations)


@remembered(most=16, of=("areas", "roadmap"))
def followed(day: date) -> list[Followed]:
    """Every KPI published by a day: unanswered ones first, then by what most needs to be done.

    1 query when remembered, else up to 12; what it gives is shared and not to be changed.
    """
    found = kpis(day).exclude(name="").select_related("solution__since")
    there = [kpi for kpi in found if kpi.known_since is None or kpi.known_since <= day]
    known = {kpi.key: kpi for kpi in with_counted_readings(there, day)}
    changes = (
        StandingChange.objects.filter(kpi__in=known, day__lte=day)
        .order_by("kpi", "-day")
        .prefetch_related(Prefetch("remedies", Remedy.objects.filter(recorded_on__lte=day)))
    )
    of_kpi: dict[str, list[StandingChange]] = {}
    for change in changes:
        of_kpi.setdefault(change.kpi_id, []).append(change)
    rows = [
        _followed(known[key], standing, of_kpi.get(key, []), day)
        for key, standing in standings(known.values(), day).items()
    ]
    return sorted(rows, key=lambda each: not each.is_unanswered)


@remembered(most=16, of=("areas", "roadmap"))
def spread(day: date) -> list[tuple[Solution, Tally]]:
    """The solutions of the edition in force on a day, each with how far the nation has come (1 query when remembered)."""
    solutions = list(Solution.objects.filter(in_force(day)))
    past, nobody = tallied((), day), Tally(areas_by_place(Level.NATION).get("", 0))
    return [(each, past[each.key][-1].tally if each.key in past else nobody) for each in solutions]


def _followed(kpi: Kpi, standing: Standing, changes: list[StandingChange], day: date) -> Followed:
    newest = changes[0] if changes and changes[0].state == standing.state else None
    remedies = [each for change in changes for each in change.remedies.all()]
    return Followed(kpi, standing, newest, tuple(_expectation(kpi, each, day) for each in remedies))


def _expectation(kpi: Kpi, remedy: Remedy, day: date) -> Expectation:
    is_under_way = remedy.due_on >= day
    if remedy.expected is None or remedy.expected_on is None:
        return Expectation(remedy, "", None, None, is_under_way)
    due = remedy.expected_on
    actual = min(
        (each for each in kpi.readings.all() if each.when.last_day >= due), key=lambda each: each.at, default=None
    )
    is_met = None if actual is None else actual.value >= Decimal(remedy.expected)
    return Expectation(remedy, shown_value(remedy.expected, kpi.unit), actual, is_met, is_under_way or actual is None)
