"""What exists where: the stage of every area with every solution as of a day, and how it came there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from statistics import median
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, Min, OuterRef, Prefetch, QuerySet, Subquery

from itoguchi.areas.models import Area
from itoguchi.roadmap.access import can_see_all_of, implementations_open_to
from itoguchi.roadmap.models import Implementation, Reading, Solution, Stage, StageChange, at_or_beyond
from itoguchi.roadmap.queries.aims import in_force
from itoguchi.roadmap.queries.counted import changes_of_each

if TYPE_CHECKING:
    from itoguchi.accounts.access import User


@dataclass(frozen=True, slots=True)
class Use:
    """One solution in one area as of a day; without a change it is not answered, or kept internal (`is_hidden`)."""

    solution: Solution
    change: StageChange | None
    is_hidden: bool = False

    @property
    def label(self) -> str:
        """What its stage is called; "" without one."""
        return str(Stage(self.change.stage).label) if self.change else ""


def first_day_of(solution: Solution) -> date:
    """The day from which the solution may be on record: its first edition's, or an earlier reading's (1 query)."""
    read = Reading.objects.filter(kpi__solution=solution).aggregate(first=Min("at"))["first"]
    published: date = solution.since.published
    return min(published, read or published)


def uses_of(area: Area, day: date, user: User) -> list[Use]:
    """Every solution of the roadmap with the stage of this area as of a day (2 queries)."""
    newest = StageChange.objects.filter(implementation__area=area, at__lte=day).order_by("implementation_id", "-at")
    found = {
        each.implementation.solution_id: each
        for each in newest.distinct("implementation_id").select_related("implementation")
    }
    sees_all = can_see_all_of(user, area)
    uses = []
    for solution in Solution.objects.filter(in_force(day)).select_related("field"):
        change = found.get(solution.key)
        if change is None or (change.implementation.is_internal and not sees_all):
            uses.append(Use(solution, None, is_hidden=change is not None))
        else:
            uses.append(Use(solution, change))
    return uses


def areas_with_stage(solution: Solution, day: date, user: User) -> QuerySet[Any]:
    """Every area with its `stage` of a solution as of a day, `since` when, and whether the record `is_hidden`."""
    newest = changes_of_each(solution.pk, day, implementations_open_to(user))
    hidden = Implementation.objects.filter(~implementations_open_to(user), area=OuterRef("pk"), solution=solution)
    return Area.objects.select_related("prefecture", "block").annotate(
        stage=Subquery(newest.values("stage")[:1]),
        since=Subquery(newest.values("at")[:1]),
        since_precision=Subquery(newest.values("at_precision")[:1]),
        is_hidden=Exists(hidden),
    )


def with_costs(found: QuerySet[Any], solution: Solution, day: date, user: User) -> QuerySet[Any]:
    """The same areas with `cost_yen`: what each last told that the solution cost; None where it told nothing."""
    told = changes_of_each(solution.pk, day, implementations_open_to(user)).filter(cost_yen__gt=0)
    costed: QuerySet[Any] = found.annotate(cost_yen=Subquery(told.values("cost_yen")[:1]))
    return costed


def open_changes(day: date | None = None) -> QuerySet[StageChange]:
    """Every stage change of the records that are open to everybody; as of a day, the one in force of each (1 query)."""
    found = StageChange.objects.filter(implementation__is_internal=False).select_related(
        "implementation__area", "implementation__joint_use"
    )
    if day is None:
        return found
    later = StageChange.objects.filter(implementation=OuterRef("implementation"), at__gt=OuterRef("at"), at__lte=day)
    return found.filter(~Exists(later), at__lte=day)


@dataclass(frozen=True, slots=True)
class AmongPeers:
    """One solution among the peers of an area: its own stage, and how many of them have it."""

    use: Use
    running: int
    answered: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where an area stands among its peers: each solution, and how many solutions it and they run."""

    solutions: tuple[AmongPeers, ...]
    own: int
    middle: float
    ahead: int


def among_peers(area: Area, peers: Sequence[Area], day: date, user: User) -> Position:
    """Where an area stands among its peers; the solutions that most of them run first (3 queries)."""
    newest = StageChange.objects.filter(implementation__area__in=list(peers), at__lte=day)
    rows = newest.order_by("implementation_id", "-at").distinct("implementation_id")
    stages = {row[:2]: row[2] for row in rows.values_list("implementation__area", "implementation__solution", "stage")}
    uses = uses_of(area, day, user)
    there = at_or_beyond(Stage.RUNNING)
    by_peer = dict.fromkeys([peer.pk for peer in peers], 0)
    found = []
    for use in uses:
        of_peers = [stages.get((peer.pk, use.solution.key)) for peer in peers]
        runs = [stage in there for stage in of_peers]
        found.append(AmongPeers(use, sum(runs), len(peers) - of_peers.count(None)))
        for peer, is_running in zip(peers, runs, strict=True):
            by_peer[peer.pk] += is_running
    own = sum(use.change is not None and use.change.stage in there for use in uses)
    return Position(
        tuple(sorted(found, key=lambda each: (-each.running, each.use.solution.order))),
        own,
        median(by_peer.values()) if by_peer else 0,
        sum(number > own for number in by_peer.values()),
    )


def implementation_of(area: Area, solution: Solution) -> Implementation | None:
    """The record of an area and a solution with all its changes, the newest first (2 queries)."""
    found = _recorded().filter(area=area, solution=solution).first()
    if found:
        found.area, found.solution = area, solution
    return found


@cache
def _recorded() -> QuerySet[Implementation]:
    """Built once: what is asked for is the same for every record."""
    newest_first = StageChange.objects.select_related("evidence_file").defer("evidence_file__content").order_by("-at")
    return (
        Implementation.objects.select_related("joint_use")
        .prefetch_related(Prefetch("changes", newest_first))
        .order_by()
    )


def partners_in(implementation: Implementation) -> list[Area]:
    """The other areas that share its implementation (1 query)."""
    if implementation.joint_use_id is None:
        return []
    return list(
        Area.objects.filter(implementations__joint_use=implementation.joint_use_id).exclude(pk=implementation.area_id)
    )


def stages_as_of(day: date, areas: Iterable[Area] | None = None) -> dict[tuple[int, str], StageChange]:
    """(area's key, solution's key) → the change in force on a day (1 query)."""
    changes = StageChange.objects.filter(at__lte=day)
    if areas is not None:
        changes = changes.filter(implementation__area__in=list(areas))
    newest = (
        changes.order_by("implementation_id", "-at")
        .distinct("implementation_id")
        .annotate(area=F("implementation__area_id"), solution=F("implementation__solution_id"))
    )
    return {(each.area, each.solution): each for each in newest}


def version_of(implementation: Implementation | None) -> str:
    """Which state of a record somebody looks at: it changes with every word of it."""
    if implementation is None:
        return ""
    facts = [implementation.section, implementation.is_internal, implementation.joint_use_id]
    rows = implementation.changes.order_by("at").values_list(
        "at", "at_precision", "stage", "quantity", "cost_yen", "note", "evidence_link", "evidence_file"
    )
    return sha256(repr((facts, list(rows))).encode()).hexdigest()[:16]


def is_known(stage: str) -> bool:
    """Whether a word of an address is a stage."""
    return stage in Stage.values
