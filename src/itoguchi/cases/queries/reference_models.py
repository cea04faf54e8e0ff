"""What people ask of reference models: which there are, who uses one, and what came of it, all counted from records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from itoguchi.areas.models import Area, Statistic
from itoguchi.areas.queries import with_newest_statistics
from itoguchi.cases.access import open_to, reuses_open_to
from itoguchi.cases.models import Case, CaseFigure, ModelMeasure, Outcome, ReferenceModel, Reuse, State
from itoguchi.cases.queries.cases import by_likeness
from itoguchi.core.remembered import remembered
from itoguchi.support.queries import SIZES

if TYPE_CHECKING:
    from itoguchi.accounts.access import User

QUARTILES = 4  # values from which the middle half is told
_RUNNING = Reuse.objects.filter(model=OuterRef("pk"), state=Reuse.State.USING).order_by().values("model")
_USING = _RUNNING.annotate(number=Count("pk")).values("number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How some values lie: how many, the middle one, the least and the most, and from four on the middle half."""

    n: int
    median: Decimal
    low: Decimal
    high: Decimal
    lower: Decimal | None = None
    upper: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record behind a figure: of which area, its values with their days, and where it stands."""

    area: Area
    value: Decimal
    path: str
    is_case: bool
    before: Decimal | None = None
    after: Decimal | None = None
    before_on: date | None = None
    after_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the areas found in one measure: the changes (after − before), and how they lie; none where nobody reported."""

    measure: ModelMeasure
    lines: tuple[Line, ...]
    spread: Spread | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Areas that use a model (of them `internal` without name), that reported what came of it, and that withdrew."""

    using: int
    internal: int
    reported: int
    withdrawn: int


def spread_of(values: Iterable[Decimal]) -> Spread | None:
    """How values lie, in any order; None of none.

    >>> found = spread_of(map(Decimal, [5, 1, 2, 4, 3]))
    >>> found.n, str(found.median), str(found.low), str(found.high), str(found.lower), str(found.upper)
    (5, '3', '1', '5', '2', '4')
    >>> spread_of([Decimal(1), Decimal(2)]).median, spread_of([])
    (Decimal('1.5'), None)
    """
    known = sorted(values)
    if not known:
        return None
    lower, upper = None, None
    if len(known) >= QUARTILES:
        lower, _middle, upper = quantiles(known, n=4, method="inclusive")
    return Spread(n=len(known), median=median(known), low=known[0], high=known[-1], lower=lower, upper=upper)


def models_seen_by(user: User) -> QuerySet[Any]:
    """Reference models that the user may read, each with `using`: how many areas use it now (1 query)."""
    rows: Any = ReferenceModel.objects.filter(open_to(user)).annotate(using=Coalesce(Subquery(_USING), 0))
    found: QuerySet[Any] = rows.select_related("area__prefecture", "area__block", "solution__field")
    return found


def published_models(
    user: User, solutions: Iterable[str] = (), places: Mapping[str, int] | None = None
) -> QuerySet[Any]:
    """Those that can be copied: of some solutions first, then those of areas like one's own (`places`), then the most used."""
    wanted = list(solutions)
    rows = models_seen_by(user).filter(state=State.PUBLISHED).annotate(suits=Q(solution__in=wanted))
    found: QuerySet[Any] = by_likeness(rows, places or {}).order_by(
        "-suits", F("likeness").asc(nulls_last=True), "-using", "key"
    )
    return found


def counts_of(model: ReferenceModel) -> Counts:
    """How many areas use it, reported and withdrew; an area that withdrew and began anew counts as using (1 query)."""
    using = Q(state=Reuse.State.USING)
    found = model.reuses.aggregate(
        using=Count("pk", filter=using),
        internal=Count("pk", filter=using & Q(is_internal=True)),
        reported=Count("pk", filter=using & Q(reported_on__isnull=False)),
        withdrawn=Count("pk", filter=Q(state=Reuse.State.WITHDRAWN)),
    )
    return Counts(**found)


def reuses_seen_by(user: User) -> QuerySet[Reuse]:
    """Reuses whose area the user may know, with area and model (1 query)."""
    return Reuse.objects.filter(reuses_open_to(user)).select_related("area__prefecture", "model__solution")


def reuses_of(model: ReferenceModel, user: User) -> QuerySet[Reuse]:
    """Those of one model, those in use first."""
    return reuses_seen_by(user).filter(model=model).order_by("state", "begun_on", "pk")


@remembered(most=256, of=("cases", "areas"))
def effects_of(model: ReferenceModel) -> list[Effect]:
    """What came of it, measure by measure: of its cases and of the reuses that go on (3 queries, 1 once known).

    An area whose case is packed and that reports a reuse as well counts once, as it reported.
    """
    measures = list(model.measures.all())
    lines: dict[int, dict[int, Line]] = {each.pk: {} for each in measures}
    by_name = {(each.name, each.unit): each.pk for each in measures}
    figures = CaseFigure.objects.filter(
        case__reference_models=model, case__state=State.PUBLISHED, before__isnull=False, after__isnull=False
    )
    for figure in figures.select_related("case__area__prefecture").order_by("pk"):
        if key := by_name.get((figure.name, figure.unit)):
            lines[key][figure.case.area_id] = _line(figure.case.area, figure, figure.case.address, is_case=True)
    running = Outcome.objects.filter(reuse__model=model, reuse__state=Reuse.State.USING)
    for each in running.select_related("reuse__area__prefecture").order_by("pk"):
        path = f"{model.address}/reuses?area={each.reuse.area.code}"
        lines[each.measure_id][each.reuse.area_id] = _line(each.reuse.area, each, path, is_case=False)
    return [
        Effect(measure=each, lines=found, spread=spread_of(line.value for line in found))
        for each in measures
        for found in [tuple(sorted(lines[each.pk].values(), key=lambda line: (-line.value, line.area.code)))]
    ]


def _line(area: Area, row: Any, path: str, *, is_case: bool) -> Line:
    days = {name: getattr(row, name) for name in ("before", "after", "before_on", "after_on")}
    return Line(area=area, value=row.after - row.before, path=path, is_case=is_case, **days)


@remembered(most=256, of=("cases", "areas"))
def costs_of(model: ReferenceModel) -> list[Line]:
    """What it cost in all: of its cases, all years together, and of the reuses that go on, as reported (2 queries, 1 once known)."""
    packed = Case.objects.filter(reference_models=model, state=State.PUBLISHED).annotate(total_yen=Sum("costs__yen"))
    found: dict[int, Line] = {}
    for case in packed.exclude(total_yen=None).select_related("area__prefecture").order_by("pk"):
        found[case.area_id] = Line(area=case.area, value=Decimal(case.total_yen), path=case.address, is_case=True)
    running = model.reuses.filter(state=Reuse.State.USING, cost_yen__isnull=False)
    for reuse in running.select_related("area__prefecture").order_by("pk"):
        path = f"{model.address}/reuses?area={reuse.area.code}"
        found[reuse.area_id] = Line(area=reuse.area, value=Decimal(reuse.cost_yen), path=path, is_case=False)
    return sorted(found.values(), key=lambda line: (line.value, line.area.code))


def costs_by_size(lines: Sequence[Line]) -> list[tuple[int | None, int | None, Spread]]:
    """Costs by population: (from, below, how they lie); areas without a population on record at the end (1 query)."""
    known = with_newest_statistics([each.area for each in lines], measures=[Statistic.Measure.POPULATION])
    people = {each.area.pk: each.newest.get(Statistic.Measure.POPULATION) for each in known}
    groups: dict[int | None, list[Decimal]] = {}
    for line in lines:
        value = people.get(line.area.pk)
        low = None if value is None else max(size for size in (0, *SIZES) if size <= value[1])
        groups.setdefault(low, []).append(line.value)
    order = (*(size for size in (0, *SIZES) if size in groups), *([None] if None in groups else []))
    found = []
    for low in order:
        spread = spread_of(groups[low])
        if spread:
            found.append((low, next((size for size in SIZES if low is not None and size > low), None), spread))
    return found
