"""What people ask of associations that carry a thread: which areas each reaches, which clauses are its own, who it is here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, QuerySet

from itoguchi.areas.models import Area, Kind
from itoguchi.core.remembered import remembered
from itoguchi.network.models import NamedBody, ThreadMember
from itoguchi.network.queries.recommendations import clauses_with_standing
from itoguchi.network.queries.threads import on_day

Counted = list[tuple[Kind, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The areas that are reached: by kind how many, through one body or, without one, through none that is named."""

    kinds: Counted
    body: NamedBody | None = None

    @property
    def number(self) -> int:
        return sum(number for _, number in self.kinds)


def named_bodies() -> QuerySet[NamedBody]:
    """All of them in the source's order, each with its thread and organisation (1 query)."""
    return NamedBody.objects.select_related("strand__thread", "strand__field", "strand__block", "organisation")


@remembered(most=64, of=("network", "areas", "accounts"))
def reaches_of(strand: str) -> list[Reach]:
    """Which areas each body of a thread, by its key, reaches; last those whom none of them does (2 queries, 1 without bodies)."""
    return _reaches(list(named_bodies().filter(strand=strand)))


def reach_of(body: NamedBody) -> Reach:
    """Which areas it reaches (1 query)."""
    return _reaches([body])[0]


def _reaches(bodies: list[NamedBody]) -> list[Reach]:
    if not any(each.reaches for each in bodies):
        return [Reach(kinds=[], body=each) for each in bodies]
    counted = dict(Area.objects.order_by().values_list("kind").annotate(Count("pk")))
    there = [(kind, counted[kind]) for kind in Kind if kind in counted]
    found = [Reach(body=each, kinds=[row for row in there if row[0] in each.reaches]) for each in bodies]
    reached = {kind for each in bodies for kind in each.reaches}
    return [*found, Reach(kinds=[row for row in there if row[0] not in reached])]


def clauses_owned_by(body: NamedBody, day: date) -> list[Any]:
    """Clauses that name it as whose they are on a day, as `clauses_with_standing` (2 queries)."""
    named = reduce(or_, (Q(owner_now__contains=each) for each in body.names))
    return list(clauses_with_standing(day).filter(named))


def bodies_named_in(owner: str) -> list[NamedBody]:
    """The bodies that stand in the words of whose a clause is (1 query, none without words)."""
    return [each for each in named_bodies() if any(name in owner for name in each.names)] if owner else []


def part_of(body: NamedBody, day: date) -> ThreadMember | None:
    """Its organisation as it takes part in the thread on a day (1 query, none where nobody is named)."""
    if body.organisation_id is None or body.strand_id is None:
        return None
    return ThreadMember.objects.filter(on_day(day), strand=body.strand_id, organisation=body.organisation_id).first()
