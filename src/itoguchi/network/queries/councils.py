"""The three standing lists of a block's council: the state of the block, the solutions it pushes, issues with countermeasures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Value

from itoguchi.areas.models import Area
from itoguchi.core.remembered import remembered
from itoguchi.network.access import PUBLIC
from itoguchi.network.models import Countermeasure, Opinion, Priority, Strand, issues_first
from itoguchi.network.queries.opinions import with_state
from itoguchi.roadmap.models import Field, Level, Solution, Stage, at_or_beyond
from itoguchi.roadmap.queries import in_force, share_of, tallies

RUNS = at_or_beyond(Stage.RUNNING)
ON_THE_WAY = (Stage.INTERESTED, Stage.CONSIDERING, Stage.PLANNED, Stage.TRIAL)


@dataclass(frozen=True, slots=True)
class FieldState:
    """A field in a block: how many of its solutions are used by how many areas, each area and solution counted once."""

    field: Field
    areas: int
    places: int  # areas × solutions
    running: int
    on_the_way: int

    @property
    def share(self) -> Decimal | None:
        """Running ones of all, in percent."""
        return share_of(self.running, self.places)


@remembered(most=32, of=("areas", "roadmap"))
def state_of_block(block: str, day: date) -> tuple[FieldState, ...]:
    """How far the areas of a block have come in each field on a day (3 queries, then remembered)."""
    in_it = Q(solutions__in=Solution.objects.filter(in_force(day)))
    keys = ArrayAgg("solutions", filter=in_it, default=Value([]))
    fields: list[Any] = list(Field.objects.filter(in_force(day)).annotate(keys=keys))
    known = [Solution(key=key) for field in fields for key in field.keys]
    counted = tallies(day, level=Level.BLOCK, place=block, solutions=known)
    found = []
    for field in fields:
        of_field = [counted[block, key] for key in field.keys]
        found.append(
            FieldState(
                field,
                max((each.areas for each in of_field), default=0),
                sum(each.areas for each in of_field),
                sum(each.stages.get(stage, 0) for each in of_field for stage in RUNS),
                sum(each.stages.get(stage, 0) for each in of_field for stage in ON_THE_WAY),
            )
        )
    return tuple(found)


@remembered(most=32, of=("network", "roadmap"))
def priorities_of(strand: Strand, day: date) -> list[Priority]:
    """The solutions that a block pushes on a day, those chosen first at the top (1 query, then remembered)."""
    rows = strand.priorities.filter(Q(until=None) | Q(until__gt=day), since__lte=day)
    return list(rows.select_related("solution__field").order_by("since", "pk"))


def issues_of(strand: Strand, day: date) -> QuerySet[Opinion]:
    """Public opinions of a block up to a day that are not merged into others (1 query)."""
    of_block = Q(block=strand.block_id) | Q(block=None, area__block=strand.block_id)
    return with_state(day).filter(PUBLIC, of_block, merged_into=None).select_related("field")


def issues_with_measures(strand: Strand, day: date, most: int = 20, *, first: int = 0) -> list[Opinion]:
    """Issues that are open, or about which its council does something, each with `measures` up to a day (2 queries).

    First those about which something is done, then issues before other opinions, each the newest first; `first` are left
    out. Of a block with many, as few are looked at as are shown.
    """
    noted = Countermeasure.objects.filter(noted_on__lte=day)
    public = Opinion.objects.filter(PUBLIC, said_on__lte=day, merged_into=None)
    still_open = public.filter(Q(answered_on=None) | Q(answered_on__gt=day)).order_by(*issues_first()).values("pk")
    areas = Area.objects.filter(block=strand.block_id).order_by().values("pk")
    of_block = still_open.filter(block=strand.block_id)[: first + most]
    of_its_areas = still_open.filter(block=None, area__in=areas)[: first + most]
    taken = noted.filter(strand=strand).order_by().values("issue")
    rows = (
        public.filter(pk__in=taken.union(of_block, of_its_areas))
        .annotate(is_taken=Exists(noted.filter(issue=OuterRef("pk"))))
        .order_by("-is_taken", *issues_first())
    )
    with_who = Prefetch(
        "countermeasures", noted.select_related("taken_by__area", "taken_by__organisation"), to_attr="measures"
    )
    return list(rows.select_related("field").defer("text", "answer").prefetch_related(with_who)[first : first + most])
