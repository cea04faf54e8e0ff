"""What people ask of the record of who used a scheme: in which years who, and of which years it is whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, F, Func, QuerySet, TextField
from django.db.models.functions import Cast

from itoguchi.support.models import Scheme, Use, UseList


class Array(Func):
    """Several texts of a row as one list."""

    template = "ARRAY[%(expressions)s]"
    output_field = ArrayField(TextField())


@dataclass(frozen=True, slots=True)
class UseYear:
    """A fiscal year of a scheme: how many areas are on record to have used it, and the source of a whole list ("": not whole)."""

    fiscal_year: int
    areas: int
    whole_by: str


def uses_of(scheme: Scheme) -> QuerySet[Use]:
    """Who used a scheme in which fiscal year."""
    return Use.objects.filter(scheme=scheme).select_related("area__prefecture")


def used_by_year(scheme: Any) -> ArraySubquery:
    """Of a scheme [fiscal year, number of areas], for who asks for schemes."""
    rows = Use.objects.filter(scheme=scheme).order_by().values("fiscal_year").annotate(areas=Count("pk"))
    return ArraySubquery(rows.values(said=Array(*(Cast(F(name), TextField()) for name in ("fiscal_year", "areas")))))


def whole_lists(scheme: Any) -> ArraySubquery:
    """Of a scheme [fiscal year, source of its whole list], for who asks for schemes."""
    rows = UseList.objects.filter(scheme=scheme).order_by()
    return ArraySubquery(rows.values(said=Array(Cast(F("fiscal_year"), TextField()), F("source"))))


def use_years(scheme: Any) -> list[UseYear]:
    """The fiscal years of a scheme of which anything is on record, the newest first (2 queries unless `used` and `listed` are there)."""
    if not hasattr(scheme, "used"):
        counts = scheme.uses.order_by().values("fiscal_year").annotate(areas=Count("pk"))
        return _years(counts.values_list("fiscal_year", "areas"), scheme.use_lists.values_list("fiscal_year", "source"))
    return _years(scheme.used, scheme.listed)


def _years(used: Iterable[Any], listed: Iterable[Any]) -> list[UseYear]:
    counts = {int(year): int(areas) for year, areas in used}
    whole = {int(year): source for year, source in listed}
    return [UseYear(year, counts.get(year, 0), whole.get(year, "")) for year in sorted({*counts, *whole}, reverse=True)]
