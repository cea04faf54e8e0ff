"""Where next: which areas are readiest for a solution, and which solutions a block should push first, with reasons.

The rule is that of docs/follow-up.md §8; the order is checked against what happened since a year before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
from django.db.models import Count, Exists, OuterRef, QuerySet

from itoguchi.areas.models import Area, Kind
from itoguchi.areas.queries import peers_of_all
from itoguchi.core.remembered import remembered
from itoguchi.roadmap.access import Scope, scope_of
from itoguchi.roadmap.models import LADDER, Implementation, Solution, Stage, StageChange, at_or_beyond
from itoguchi.roadmap.queries.aims import in_force
from itoguchi.roadmap.queries.counts import share_of

if TYPE_CHECKING:
    from itoguchi.accounts.access import User

RUNS = at_or_beyond(Stage.RUNNING)
ON_THE_WAY = LADDER[: LADDER.index(Stage.RUNNING)]
YEAR = timedelta(days=365)
PACE_OVER = 2 * YEAR
FAST = 5  # so many solutions brought to running within two years count in full
FIRST = 100  # whose fate is looked at a year later


# Areas (by their keys) that want a solution, as everybody may know, and since when: the higher room that keeps needs
# hands them down, so that this room knows none.
Needs = Callable[[str, date], Mapping[int, date]]
_needs: list[Needs] = []


def offer_needs(source: Needs) -> None:
    """A room offers which areas want a solution (by its key) as of a day (called once, when the app is ready)."""
    if source not in _needs:
        _needs.append(source)


@dataclass(frozen=True, slots=True)
class Ready:
    """An area that does not run a solution yet, and how ready it is, from 0 to 1, with what speaks for it."""

    area: Area
    score: float
    stage: Stage | None
    since: date | None
    neighbours: int
    running_neighbours: int
    peers: int
    running_peers: int
    pace: int
    needs_since: date | None


@dataclass(frozen=True, slots=True)
class Fared:
    """Of those ranked first a year before, and of the others: how many were there, and how many run it now."""

    first: int
    first_running: int
    others: int
    others_running: int

    @property
    def first_share(self) -> Decimal | None:
        return share_of(self.first_running, self.first)

    @property
    def others_share(self) -> Decimal | None:
        return share_of(self.others_running, self.others)


@dataclass(frozen=True, slots=True)
class Push:
    """One solution in one block: how many run it, how many would if each did as the areas like it, who is on the way."""

    solution: Solution
    areas: int
    running: int
    expected: float
    on_the_way: int

    @property
    def lag(self) -> float:
        """Areas that would be expected to run it and don't; below 0 where the block is ahead."""
        return self.expected - self.running

    @property
    def share(self) -> Decimal | None:
        return share_of(self.running, self.areas)

    @property
    def expected_share(self) -> Decimal | None:
        return share_of(round(self.expected), self.areas)


def readiest(solution: Solution, day: date, user: User) -> list[Ready]:
    """Municipalities that don't run a solution as of a day, the readiest first (1 query when remembered, else 9).

    Only what the user may see is used; areas with a record that is hidden from the user are left out.
    """
    return _readiest(solution.key, day, scope_of(user))


@remembered(most=16)
def _readiest(solution: str, day: date, scope: Scope) -> list[Ready]:
    municipalities = Area.objects.exclude(kind=Kind.PREFECTURE).select_related("prefecture", "block").order_by("code")
    areas = {area.pk: area for area in municipalities}
    open_to = scope.implementations("implementation__")
    newest = _newest(day).filter(implementation__solution=solution)
    stages = {
        row[0]: (Stage(row[1]), row[2])
        for row in newest.filter(open_to).values_list("implementation__area", "stage", "at")
    }
    hidden = set(
        Implementation.objects.filter(solution=solution).exclude(scope.implementations()).values_list("area", flat=True)
    )
    running = {area for area, (stage, _since) in stages.items() if stage in RUNS}
    neighbours = _neighbours()
    pace = dict(
        StageChange.objects.filter(open_to, stage__in=RUNS, at__gt=day - PACE_OVER, at__lte=day)
        .order_by()
        .values_list("implementation__area")
        .annotate(Count("implementation", distinct=True))
    )
    by_code = {area.code: area.pk for area in areas.values()}
    peers = peers_of_all()
    needs: dict[int, date] = {}
    for source in _needs:
        for pk, heard in source(solution, day).items():
            needs[pk] = min(heard, needs.get(pk, heard))
    found = []
    for pk, area in areas.items():
        stage, since = stages.get(pk, (None, None))
        if pk in running or pk in hidden or stage == Stage.NOT_APPLICABLE:
            continue
        near = neighbours.get(pk, ())
        alike = [by_code[code] for code in peers.get(area.code, ())]
        ready = (len(near), sum(each in running for each in near), len(alike), sum(each in running for each in alike))
        score = _score(stage, *ready, pace.get(pk, 0), has_need=pk in needs)
        found.append(Ready(area, score, stage, since, *ready, pace.get(pk, 0), needs.get(pk)))
    return sorted(found, key=lambda each: (-each.score, each.area.code))


def _score(
    stage: Stage | None,
    neighbours: int,
    running_neighbours: int,
    peers: int,
    running_peers: int,
    pace: int,
    *,
    has_need: bool,
) -> float:
    """The mean of five parts, each from 0 to 1, the stage counting twice (docs/follow-up.md §8)."""
    step = (ON_THE_WAY.index(stage) + 1) / len(ON_THE_WAY) if stage in ON_THE_WAY else 0.0
    parts = (
        step,
        step,
        running_neighbours / neighbours if neighbours else 0.0,
        running_peers / peers if peers else 0.0,
        min(pace / FAST, 1.0),
        float(has_need),
    )
    return sum(parts) / len(parts)


def fared(solution: Solution, day: date, user: User) -> Fared | None:
    """What became within a year of the areas ranked first; None before there was a year to look at.

    1 query when remembered, else 11.
    """
    return _fared(solution.key, day, scope_of(user))


@remembered(most=16)
def _fared(solution: str, day: date, scope: Scope) -> Fared | None:
    before = _readiest(solution, day - YEAR, scope)
    if not any(each.score for each in before):
        return None
    now = set(
        _newest(day)
        .filter(scope.implementations("implementation__"), implementation__solution=solution, stage__in=RUNS)
        .values_list("implementation__area", flat=True)
    )
    first, others = before[:FIRST], before[FIRST:]
    return Fared(
        len(first),
        sum(each.area.pk in now for each in first),
        len(others),
        sum(each.area.pk in now for each in others),
    )


@remembered(most=64)
def to_push(block: str, day: date) -> tuple[Push, ...]:
    """The solutions of a block, those first in which it lags most behind the areas like its own (4 queries).

    Empty where no figures tell which areas are alike; an area without any like it is expected to stay as it is.
    """
    rows = Area.objects.exclude(kind=Kind.PREFECTURE).order_by("code").values_list("pk", "code", "block")
    place = {pk: number for number, (pk, _code, _block) in enumerate(rows)}
    at = {code: number for number, (_pk, code, _block) in enumerate(rows)}
    solutions = list(Solution.objects.filter(in_force(day)).select_related("field"))
    column = {each.key: number for number, each in enumerate(solutions)}
    stages = np.full((len(place), len(solutions)), "", dtype="<U14")
    for area, key, stage in _newest(day).values_list("implementation__area", "implementation__solution", "stage"):
        if area in place and key in column:
            stages[place[area], column[key]] = stage
    runs = np.isin(stages, [stage.value for stage in RUNS])
    inside = np.array([own == block for _pk, _code, own in rows])
    alike = peers_of_all()
    if not any(alike.values()):
        return ()
    expected = runs.astype(float)
    for code, number in at.items():
        if inside[number] and alike.get(code):
            expected[number] = runs[[at[each] for each in alike[code]]].mean(axis=0)
    concerned = inside[:, None] & (stages != Stage.NOT_APPLICABLE.value)
    on_the_way = np.isin(stages, [stage.value for stage in ON_THE_WAY])
    found = [
        Push(
            each,
            int(concerned[:, number].sum()),
            int((runs & concerned)[:, number].sum()),
            float((expected * concerned)[:, number].sum()),
            int((on_the_way & concerned)[:, number].sum()),
        )
        for number, each in enumerate(solutions)
    ]
    return tuple(sorted(found, key=lambda each: (-each.lag, -each.on_the_way, each.solution.order)))


def _newest(day: date) -> QuerySet[StageChange]:
    """The change in force on a day of every implementation."""
    later = StageChange.objects.filter(implementation=OuterRef("implementation"), at__lte=day, at__gt=OuterRef("at"))
    return StageChange.objects.filter(~Exists(later), at__lte=day).order_by()


def _neighbours() -> dict[int, list[int]]:
    """Area → the areas beside it (1 query)."""
    found: dict[int, list[int]] = {}
    for one, other in Area.neighbours.through.objects.values_list("from_area", "to_area"):
        found.setdefault(one, []).append(other)
    return found
