"""What people ask of local governments: which one is meant, what is known of it, who is beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from itoguchi.areas.models import Area, AreaName, Block, Kind, Shape, Statistic, shown_value
from itoguchi.areas.peers import WEIGHTS, PeerArea, PeerGroup, peers_of, peers_of_all
from itoguchi.core import queries as core
from itoguchi.core.maps import Box
from itoguchi.core.models import ImportedFile, SearchEntry

__all__ = ["WEIGHTS", "PeerArea", "PeerGroup", "peers_of", "peers_of_all"]  # beside what stands below


@dataclass(frozen=True, slots=True)
class StatisticChange:
    """One entry of the journal about one figure of an area."""

    at: datetime
    label: str
    measure: str
    year: int
    value: str
    file: ImportedFile | None


def find_areas(text: str, *, limit: int = 20) -> list[SearchEntry]:
    """Areas whose code, present or former name, kana or romaji is or begins with `text` (1 query)."""
    return core.find(text, room="areas", limit=limit)


def area_of_code(code: str) -> Area | None:
    """The area that has or last had this code, with its prefecture and block (1 or 2 queries)."""
    areas = Area.objects.select_related("prefecture", "block")
    if area := areas.filter(code=code).first():
        return area
    return areas.filter(names__code=code).order_by(Lower("names__period")).last()


def names_of(area: Area) -> list[AreaName]:
    """Names and codes of an area through time, newest first."""
    return list(area.names.order_by(F("period").desc()))


def name_on(area: Area, day: date) -> AreaName | None:
    """What the area was called on a day; None when nothing is known of that day."""
    return area.names.filter(period__contains=day).first()


def prefectures() -> QuerySet[Area]:
    """The 47 prefectures in order of code, with no more than lists show."""
    shown = ("code", "kind", "name", "name_en", "block__order", "block__name", "block__name_en")
    return Area.objects.filter(kind=Kind.PREFECTURE).select_related("block").only(*shown)


def prefectures_of(block: Block) -> QuerySet[Any]:
    """The prefectures of a block in order of code, each with its `municipality_count` (1 query)."""
    return prefectures().filter(block=block).annotate(municipality_count=Count("municipalities"))


def municipalities() -> QuerySet[Area]:
    """The municipalities of today."""
    return Area.objects.exclude(kind=Kind.PREFECTURE)


def named(areas: QuerySet[Area]) -> QuerySet[Area]:
    """The same with no more than lists show: code, kind, names of area and prefecture."""
    return areas.select_related("prefecture").only(
        "code", "kind", "name", "name_en", "prefecture__code", "prefecture__name", "prefecture__name_en"
    )


def newest_value(measure: Statistic.Measure) -> Subquery:
    """An area's newest value of a measure: what areas are put in order by."""
    figures = Statistic.objects.filter(area=OuterRef("pk"), measure=measure)
    return Subquery(figures.order_by("-year").values("value")[:1])


@dataclass(frozen=True, slots=True)
class AreaLine:
    """An area with its newest (year, value) of each measure on record."""

    area: Area
    newest: dict[str, tuple[int, Decimal]]


def with_newest_statistics(areas: Sequence[Area], *, measures: Collection[str]) -> list[AreaLine]:
    """The areas in the order given, each with its newest figures of these measures (1 query)."""
    newest: dict[int, dict[str, tuple[int, Decimal]]] = {area.pk: {} for area in areas}
    figures = (
        Statistic.objects.filter(area__in=newest, measure__in=measures)
        .order_by("area_id", "measure", "-year")
        .distinct("area_id", "measure")
    )
    for area, measure, year, value in figures.values_list("area_id", "measure", "year", "value"):
        newest[area][measure] = (year, value)
    return [AreaLine(area, newest[area.pk]) for area in areas]


@dataclass(frozen=True, slots=True)
class NationCount:
    """How many local governments there are, by level."""

    municipalities: int
    prefectures: int
    blocks: int

    @property
    def areas(self) -> int:
        return self.municipalities + self.prefectures


def nation_count() -> NationCount:
    """Counted from the records (2 queries)."""
    counted = Area.objects.aggregate(
        prefectures=Count("pk", filter=Q(kind=Kind.PREFECTURE)),
        municipalities=Count("pk", filter=~Q(kind=Kind.PREFECTURE)),
    )
    return NationCount(counted["municipalities"], counted["prefectures"], Block.objects.count())


def count_by_kind(areas: Iterable[Area]) -> list[tuple[Kind, int]]:
    """(kind, number) in the order of kinds, only those present."""
    kinds = [area.kind for area in areas]
    return [(kind, kinds.count(kind)) for kind in Kind if kind in kinds]


def kinds_in(block: Block) -> list[tuple[Kind, int]]:
    """(kind, number) of the municipalities of a block, in the order of kinds (1 query)."""
    of_block = Area.objects.filter(block=block).exclude(kind=Kind.PREFECTURE).order_by()
    counted = dict(of_block.values_list("kind").annotate(Count("pk")))
    return [(kind, counted[kind]) for kind in Kind if kind in counted]


def blocks_with_counts() -> list[Block]:
    """The blocks with `prefecture_count` and `municipality_count`, in their order (1 query)."""
    return list(
        Block.objects.annotate(
            prefecture_count=Count("areas", filter=Q(areas__kind=Kind.PREFECTURE)),
            municipality_count=Count("areas", filter=~Q(areas__kind=Kind.PREFECTURE)),
        ).order_by("order")
    )


class Outline(NamedTuple):
    """The line around an area or block and the box around that."""

    path: str
    box: Box


def outlines_of(level: Shape.Level, codes: Iterable[str]) -> dict[str, Outline]:
    """Outlines of a level by code (1 query)."""
    return _outlines(Shape.objects.filter(level=level, code__in=list(codes)))


def outlines_in(prefecture: Area) -> dict[str, Outline]:
    """Outlines of all municipalities of a prefecture by code (1 query)."""
    return _outlines(Shape.objects.filter(level=Shape.Level.MUNICIPALITY, code__startswith=prefecture.code[:2]))


def _outlines(shapes: QuerySet[Shape]) -> dict[str, Outline]:
    return {
        code: Outline(path, (min_x, min_y, max_x, max_y))
        for code, path, min_x, min_y, max_x, max_y in shapes.values_list(
            "code", "path", "min_x", "min_y", "max_x", "max_y"
        )
    }


def statistics_of(area: Area) -> list[Statistic]:
    """All figures of an area with their files, in the order of measures, newest year first (1 query)."""
    order = list(Statistic.Measure)
    figures = area.statistics.select_related("file").order_by("-year")
    return sorted(figures, key=lambda figure: order.index(Statistic.Measure(figure.measure)))


def history_of_statistics(area: Area, *, limit: int = 50) -> list[StatisticChange]:
    """Who brought which figure of an area in, newest first (2 queries)."""
    events = Statistic.pgh_event_model.objects.filter(area=area).select_related("pgh_context", "file")  # type: ignore[attr-defined]
    return [
        StatisticChange(
            event.pgh_created_at,
            event.pgh_label,
            event.get_measure_display(),
            event.year,
            shown_value(event.measure, event.value),
            event.file,
        )
        for event in events.order_by("-pgh_created_at", "-pgh_id")[:limit]
    ]


def municipalities_named(*, english: bool) -> list[tuple[str, str]]:
    """(code, name) of every municipality (1 query)."""
    return list(Area.objects.exclude(kind=Kind.PREFECTURE).values_list("code", "name_en" if english else "name"))


def newest_values(measure: Statistic.Measure) -> tuple[int | None, dict[str, Decimal]]:
    """Newest year that has values of a measure for municipalities, and the values by code (2 queries)."""
    values = Statistic.objects.filter(measure=measure).exclude(area__kind=Kind.PREFECTURE)
    year = values.order_by("-year").values_list("year", flat=True).first()
    if year is None:
        return None, {}
    return year, dict(values.filter(year=year).values_list("area__code", "value"))


def areas_by_code() -> dict[str, Area]:
    """Every code that is or was in use → its area (2 queries)."""
    areas = {area.pk: area for area in Area.objects.only("pk", "code", "name")}
    named = {code: areas[pk] for code, pk in AreaName.objects.order_by("period").values_list("code", "area_id")}
    return named | {area.code: area for area in areas.values()}


def names_by_area() -> dict[int, set[str]]:
    """Every name an area has or had (1 query)."""
    names: dict[int, set[str]] = {}
    for pk, name in AreaName.objects.values_list("area_id", "name"):
        names.setdefault(pk, set()).add(name)
    return names


def file_with_rows(pk: int) -> tuple[ImportedFile, QuerySet[Statistic]] | None:
    """An imported file and the figures that still come from it."""
    file = ImportedFile.objects.select_related("imported_by").filter(pk=pk).first()
    return (file, Statistic.objects.filter(file=file).select_related("area__prefecture")) if file else None


def imported_files() -> QuerySet[ImportedFile]:
    """Files that brought statistics in, newest first."""
    return ImportedFile.objects.filter(pk__in=Statistic.objects.values("file")).select_related("imported_by")
