"""How many areas stand at which stage as of a day, and how that came about: read from the roll-ups, exact to the day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, Value
from django.db.models.functions import Coalesce

from itoguchi.areas.models import Area
from itoguchi.core.remembered import remembered
from itoguchi.roadmap.models import Level, Solution, Stage, at_or_beyond


@dataclass(frozen=True, slots=True)
class Tally:
    """Areas of one place by the stage of one solution; `areas` is how many there are at all, answered or not."""

    areas: int
    stages: Mapping[Stage, int] = field(default_factory=dict)
    quantities: Mapping[Stage, Decimal] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        """Areas with a record."""
        return sum(self.stages.values())

    @property
    def unanswered(self) -> int:
        """Areas without a record: 未回答."""
        return self.areas - self.answered

    @property
    def not_applicable(self) -> int:
        return self.stages.get(Stage.NOT_APPLICABLE, 0)

    @property
    def denominator(self) -> int:
        """All areas but those for which the solution is out of the question; the unanswered count as not yet there."""
        return self.areas - self.not_applicable

    def reached(self, stage: Stage) -> int:
        """Areas at the stage or beyond."""
        return sum(self.stages.get(each, 0) for each in at_or_beyond(stage))

    def share(self, stage: Stage) -> Decimal | None:
        """Percent of the denominator at the stage or beyond, to one decimal; None of nobody."""
        return share_of(self.reached(stage), self.denominator)

    @property
    def running(self) -> int:
        """Areas that have it: 実装 and beyond."""
        return self.reached(Stage.RUNNING)

    @property
    def running_share(self) -> Decimal | None:
        return self.share(Stage.RUNNING)

    @property
    def by_stage(self) -> list[int]:
        """Areas at every stage, in the order of the stages."""
        return [self.stages.get(stage, 0) for stage in Stage]

    def quantity(self, stage: Stage) -> Decimal:
        """Sum of the quantities of areas at the stage or beyond."""
        return sum((self.quantities.get(each, Decimal(0)) for each in at_or_beyond(stage)), Decimal(0))


def total(tallies: Iterable[Tally]) -> Tally:
    """Several places taken as one.

    >>> total([Tally(3, {Stage.RUNNING: 1}), Tally(2, {Stage.RUNNING: 1})]).running_share
    Decimal('40')
    """
    given = list(tallies)
    stages: dict[Stage, int] = defaultdict(int)
    quantities: dict[Stage, Decimal] = defaultdict(Decimal)
    for each in given:
        for stage, number in each.stages.items():
            stages[stage] += number
        for stage, quantity in each.quantities.items():
            quantities[stage] += quantity
    return Tally(sum(each.areas for each in given), dict(stages), dict(quantities))


def share_of(part: int, whole: int) -> Decimal | None:
    """Percent to one decimal, halves up as offices round; None where there is nothing to be a part of.

    >>> share_of(1, 16), share_of(0, 0)
    (Decimal('6.3'), None)
    """
    return Decimal((2000 * part + whole) // (2 * whole)) / 10 if whole else None


def end_of_quarter(day: date) -> date:
    """Last day of its quarter.

    >>> end_of_quarter(date(2026, 11, 24)), end_of_quarter(date(2026, 3, 31))
    (datetime.date(2026, 12, 31), datetime.date(2026, 3, 31))
    """
    month = (day.month - 1) // 3 * 3 + 4
    return date(day.year + month // 13, (month - 1) % 12 + 1, 1) - timedelta(days=1)


_OF_SOLUTIONS = "AND solution_id = ANY(%(solutions)s)"
_OF_PLACES = "place = ANY(%(places)s) AND kind = ANY(%(kinds)s)"
# As an equality, so that the index hands the rows over in the order they are added up in.
_OF_ONE_PLACE = "place = (%(places)s::text[])[1] AND kind = (%(kinds)s::text[])[1]"
# What came in the quarter after the day, taken back: a look into an index that finds nothing when the day is today
# (nothing to come is ever recorded).
_TAKEN_BACK = """
    FROM roadmap_stagechange late
    JOIN roadmap_implementation use ON use.id = late.implementation_id
    JOIN areas_area area ON area.id = use.area_id
    JOIN areas_area prefecture ON prefecture.id = COALESCE(area.prefecture_id, area.id)
    LEFT JOIN LATERAL (
        SELECT stage, COALESCE(quantity, 0) AS quantity FROM roadmap_stagechange
        WHERE implementation_id = late.implementation_id AND at < late.at ORDER BY at DESC LIMIT 1
    ) was ON true
    CROSS JOIN LATERAL (VALUES
        (late.stage, -1, -COALESCE(late.quantity, 0)), (was.stage, 1, was.quantity)
    ) AS moves (stage, areas, quantity)
    CROSS JOIN LATERAL (VALUES
        ('nation', ''), ('block', area.block_id), ('prefecture', prefecture.code)
    ) AS found (level, place)
    WHERE late.at > %(day)s AND late.at <= %(quarter)s AND moves.stage IS NOT NULL AND found.level = %(level)s
        AND found.place = ANY(%(places)s) {of_solutions}
        AND ('' = ANY(%(kinds)s) OR area.kind = ANY(%(kinds)s))
"""
_AS_OF = """
SELECT place, solution_id, stage, sum(areas)::bigint, sum(quantity) FROM (
    SELECT place, solution_id, stage, sum(areas) AS areas, COALESCE(sum(quantity) FILTER (WHERE quantity <> 0), 0) AS quantity
    FROM roadmap_stagecount WHERE level = %(level)s AND {of_places} AND quarter <= %(quarter)s {of_solutions}
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT found.place, use.solution_id, moves.stage, moves.areas, moves.quantity {taken_back}
) AS counted
GROUP BY place, solution_id, stage HAVING sum(areas) <> 0 OR sum(quantity) <> 0
"""


def tallies(
    day: date,
    *,
    level: Level = Level.NATION,
    place: str | None = None,
    kinds: Iterable[str] = (),
    solutions: Sequence[Solution] | None = None,
) -> dict[tuple[str, str], Tally]:
    """(place, solution's key) → tally as of a day, for every place of the level and every solution (2 or 3 queries).

    `place` keeps to one place, `kinds` to areas of these kinds; without `solutions`, all are asked for.
    """
    wanted = list(kinds)
    there = areas_by_place(level, tuple(wanted))
    places = list(there) if place is None else [place]
    given: dict[str, Any] = {
        "level": level.value,
        "places": places,
        "kinds": wanted or [""],
        "day": day,
        "quarter": end_of_quarter(day),
        "solutions": [each.key for each in solutions or ()],
    }
    stages: dict[tuple[str, str], dict[Stage, int]] = defaultdict(dict)
    quantities: dict[tuple[str, str], dict[Stage, Decimal]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(as_of_sql(one=len(places) == len(given["kinds"]) == 1, by_solution=solutions is not None), given)
        for where, solution, stage, areas, quantity in cursor:
            if areas:
                stages[where, solution][Stage(stage)] = areas
            if quantity:
                quantities[where, solution][Stage(stage)] = quantity
    keys = list(Solution.objects.values_list("key", flat=True)) if solutions is None else given["solutions"]
    return {
        (where, key): Tally(there.get(where, 0), stages.get((where, key), {}), quantities.get((where, key), {}))
        for where in places
        for key in keys
    }


def as_of_sql(*, one: bool, by_solution: bool) -> str:
    """The statement behind `tallies`: rows of (place, solution's key, stage, areas, quantity).

    `one`: `places` and `kinds` have one entry each.
    """
    return _AS_OF.format(
        of_places=_OF_ONE_PLACE if one else _OF_PLACES,
        of_solutions=_OF_SOLUTIONS if by_solution else "",
        taken_back=_taken_back(by_solution=by_solution),
    )


@remembered(of=("areas",))
def areas_by_place(level: Level, kinds: tuple[str, ...] = ()) -> dict[str, int]:
    """How many areas there are in every place of a level, a prefecture being one of its own areas (1 query)."""
    places: dict[Level, Any] = {
        Level.NATION: Value(""),
        Level.BLOCK: F("block_id"),
        Level.PREFECTURE: Coalesce("prefecture__code", "code"),
    }
    areas = (Area.objects.filter(kind__in=kinds) if kinds else Area.objects.all()).order_by()
    return dict(areas.values_list(places[level]).annotate(Count("pk")))


_HISTORY = """
SELECT solution_id, quarter, stage, areas, quantity FROM roadmap_stagecount
WHERE level = %(level)s AND place = ANY(%(places)s) AND kind = ANY(%(kinds)s) AND quarter <= %(quarter)s {of_solutions}
UNION ALL
SELECT use.solution_id, %(quarter)s::date, moves.stage, moves.areas, moves.quantity {taken_back}
"""


def history_sql(*, by_solution: bool) -> str:
    """The statement behind `history`: rows of (solution's key, quarter, stage, areas, quantity), as they changed."""
    return _HISTORY.format(
        of_solutions=_OF_SOLUTIONS if by_solution else "", taken_back=_taken_back(by_solution=by_solution)
    )


def _taken_back(*, by_solution: bool) -> str:
    return _TAKEN_BACK.format(of_solutions=_OF_SOLUTIONS if by_solution else "")


@dataclass(frozen=True, slots=True)
class PastTally:
    """What there was on a day."""

    day: date
    tally: Tally


def history(
    until: date,
    *,
    level: Level = Level.NATION,
    place: str = "",
    kinds: Iterable[str] = (),
    solutions: Sequence[Solution] | None = None,
) -> dict[str, list[PastTally]]:
    """Solution's key → what there was at the end of every quarter from its first record on, and on the day itself;
    areas are counted as they are today (1 or 2 queries).
    """
    wanted = tuple(kinds)
    given: dict[str, Any] = {
        "level": level.value,
        "places": [place],
        "kinds": list(wanted) or [""],
        "day": until,
        "quarter": end_of_quarter(until),
        "solutions": [each.key for each in solutions or ()],
    }
    changes: dict[str, dict[date, list[tuple[Stage, int, Decimal]]]] = defaultdict(lambda: defaultdict(list))
    with connection.cursor() as cursor:
        cursor.execute(history_sql(by_solution=solutions is not None), given)
        for solution, quarter, stage, areas, quantity in cursor:
            changes[solution][min(quarter, until)].append((Stage(stage), areas, quantity))
    there = areas_by_place(level, wanted).get(place, 0)
    return {solution: list(_added_up(each, there, until)) for solution, each in changes.items()}


def _added_up(changes: Mapping[date, list[tuple[Stage, int, Decimal]]], areas: int, until: date) -> Iterator[PastTally]:
    stages: dict[Stage, int] = {}
    quantities: dict[Stage, Decimal] = {}
    day = min(changes)
    while True:
        for stage, number, quantity in changes.get(day, ()):
            stages[stage] = stages.get(stage, 0) + number
            quantities[stage] = quantities.get(stage, Decimal(0)) + quantity
        yield PastTally(day, Tally(areas, dict(stages), dict(quantities)))
        if day == until:
            return
        day = min(end_of_quarter(day + timedelta(days=1)), until)
