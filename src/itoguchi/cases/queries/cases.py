"""What people ask of cases: which there are, those of areas like one's own first, and several side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery, Sum, Value, When

from itoguchi.areas.queries import WEIGHTS, peers_of
from itoguchi.cases.access import open_to
from itoguchi.cases.models import Case, CaseCheck, CaseCost, CaseFigure, State
from itoguchi.core.remembered import remembered
from itoguchi.exchange.models import Agreement
from itoguchi.exchange.queries import problems_seen_by
from itoguchi.roadmap.models import Solution

if TYPE_CHECKING:
    from itoguchi.accounts.access import User

MOST_COMPARED = 4
OFFERED = 50
_TOTAL = CaseCost.objects.filter(case=OuterRef("pk")).order_by().values("case").annotate(sum=Sum("yen")).values("sum")


@cache
def _on_lists() -> QuerySet[Any]:
    """Built once, since every list of cases and every page of one begins with it."""
    rows = Case.objects.annotate(total_yen=Subquery(_TOTAL))
    return rows.select_related("area__prefecture", "area__block", "solution__field", "problem")


def cases_seen_by(user: User) -> QuerySet[Any]:
    """Cases that the user may read, each with area, solution and `total_yen` of all its years (1 query)."""
    return _on_lists().filter(open_to(user))


def agreements_seen_by(user: User) -> QuerySet[Agreement]:
    """What was agreed about problems that the user may read, each with its implementation and who was chosen (1 query)."""
    rows = Agreement.objects.filter(choice__problem__in=problems_seen_by(user).values("pk"))
    return rows.select_related(
        "choice__problem__need__area",
        "choice__proposal__organisation",
        "implementation__area",
        "implementation__solution",
    )


@remembered(most=256, of=("areas",))
def places_of(code: str) -> dict[str, int]:
    """Code → place among the 20 municipalities most like one, itself at 0; nothing for prefectures (2 queries)."""
    try:
        peers = peers_of(code, tuple(sorted(WEIGHTS.items()))).peers
    except KeyError:
        return {}
    return {code: 0} | {each.code: place for place, each in enumerate(peers, start=1)}


def by_likeness(rows: QuerySet[Any], places: Mapping[str, int]) -> QuerySet[Any]:
    """The same with `likeness`: the place of the case's area among those like one's own; none for all others."""
    whens = [When(area__code=code, then=Value(place)) for code, place in places.items()]
    place = models.Case(*whens, default=None, output_field=models.IntegerField())
    found: QuerySet[Any] = rows.annotate(likeness=place)
    return found


def nearest(rows: QuerySet[Any], places: Mapping[str, int]) -> QuerySet[Any]:
    """Cases of areas like one's own first, the likest before, then the newest."""
    return by_likeness(rows, places).order_by(models.F("likeness").asc(nulls_last=True), "-published_on", "pk")


def case_in_full(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Cases with all that their pages say (5 queries more)."""
    rows = rows.select_related("written_by", "evidence_file").defer("evidence_file__content")
    checks = CaseCheck.objects.select_related("by").order_by("-on", "-pk")
    return rows.prefetch_related(  # in the order of their own columns: the case's would be joined for it
        Prefetch("figures", CaseFigure.objects.order_by("pk")),
        Prefetch("costs", CaseCost.objects.order_by("year", "pk")),
        Prefetch("checks", checks),
        "partners",
        "schemes",
    )


def cases_in_full(keys: Sequence[int], user: User) -> list[Any]:
    """Cases side by side, in the order they were asked for, four at most (5 queries)."""
    rows = cases_seen_by(user).prefetch_related("figures", "costs", "partners", "schemes")
    found = rows.in_bulk(list(dict.fromkeys(keys))[:MOST_COMPARED])
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def cases_to_add(beside: Sequence[Case], user: User, places: Mapping[str, int]) -> list[Any]:
    """Published cases that may be put beside some: of the same solutions, those of areas like one's own first (1 query)."""
    rows = cases_seen_by(user).filter(state=State.PUBLISHED).exclude(pk__in=[each.pk for each in beside])
    if beside:
        rows = rows.filter(solution__in=[each.solution_id for each in beside])
    return list(nearest(rows, places)[:OFFERED])


def total_of(case: Case) -> int | None:
    """What it cost, all years together; None where nothing was said."""
    known = [each.yen for each in case.costs.all()]
    return sum(known) if known else None


def solutions_with_cases() -> QuerySet[Solution]:
    """Solutions that some case is about."""
    return Solution.objects.filter(pk__in=Case.objects.values("solution"))
