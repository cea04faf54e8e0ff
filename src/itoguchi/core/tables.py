"""The table of every list page: sort, filter, page, download, and cards on a phone. Works without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any
from urllib.parse import urlencode

from django.db.models import Expression, F, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from itoguchi.core import exports
from itoguchi.core.maps import escaped

PAGE_SIZE = 50
CODES = {"code", "codes"}  # keys of the columns of area codes, which no line end cuts


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `value(row)` for screen and file, `order` the fields, or makers of expressions, it sorts by (none: it can't)."""

    key: str
    label: Any
    value: Callable[[Any], Any]
    order: tuple[str | Callable[[], Expression], ...] = ()  # made anew, since a query changes its expressions
    link: Callable[[Any], str] | None = None
    is_number: bool = False
    show: Callable[[Any], str] | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """One choice above the table; `narrow(rows, value)` is called only with one of `choices` or free text.

    `is_japanese`: the labels of the choices have no English.
    """

    key: str
    label: Any
    narrow: Callable[[QuerySet[Any], str], QuerySet[Any]]
    choices: Sequence[tuple[str, Any]] = ()
    is_japanese: bool = False


@dataclass
class Table:
    """A queryset seen through columns and filters, as the address of the page says."""

    request: HttpRequest
    rows: QuerySet[Any]
    columns: Sequence[Column]
    title: Any
    name: str
    filters: Sequence[Filter] = ()
    order: str = ""
    empty: Any = ""
    page_size: int = PAGE_SIZE
    prepare: Callable[[list[Any]], Iterable[Any]] = field(default=iter)

    def asked(self, key: str) -> str:
        return self.request.GET.get(key, "").strip()

    @cached_property
    def chosen(self) -> list[dict[str, Any]]:
        """Filters with what is chosen in each; a value that is no choice counts as not chosen."""
        chosen = []
        for each in self.filters:
            value = self.asked(each.key)[:100].replace("\x00", "")
            if each.choices and value not in {str(choice) for choice, _ in each.choices}:
                value = ""
            chosen.append({"filter": each, "value": value})
        return chosen

    @property
    def is_narrowed(self) -> bool:
        return any(each["value"] for each in self.chosen)

    @cached_property
    def narrowed(self) -> QuerySet[Any]:
        rows = self.rows
        for each in self.chosen:
            if each["value"]:
                rows = each["filter"].narrow(rows, each["value"])
        return rows.order_by(*self._order_fields)

    @cached_property
    def sorted_by(self) -> tuple[str, bool]:
        """Key of the column sorted by and whether it goes down."""
        asked = self.asked("sort") or self.order
        key = asked.removeprefix("-")
        if key not in {column.key for column in self.columns if column.order}:
            asked, key = self.order, self.order.removeprefix("-")
        return key, asked.startswith("-")

    @property
    def _order_fields(self) -> list[Any]:
        key, down = self.sorted_by
        order = next((column.order for column in self.columns if column.key == key), ())
        fields = [self._named(each) if isinstance(each, str) else each() for each in order]
        return [each.desc(nulls_last=True) if down else each.asc(nulls_last=True) for each in fields] + ["pk"]

    def _named(self, name: str) -> Expression | F:
        """What a name sorts by; of what is worked out a cast, since a bare number would be the place of a column."""
        known = self.rows.query.annotations.get(name)
        return F(name) if known is None else Cast(F(name), known.output_field)

    @cached_property
    def count(self) -> int:
        return self.narrowed.count()

    @cached_property
    def pages(self) -> int:
        return max(1, ceil(self.count / self.page_size))

    @cached_property
    def page(self) -> int:
        asked = self.asked("page")
        return min(max(1, int(asked)), self.pages) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1

    @cached_property
    def page_rows(self) -> list[Any]:
        first = (self.page - 1) * self.page_size
        last = first + self.page_size
        if not self.is_narrowed and not self.rows.query.annotations:
            return list(self.prepare(list(self.narrowed[first:last])))
        shown = self.narrowed.values("pk")[first:last]  # the database sorts keys, and works out what is shown alone
        return list(self.prepare(list(self.rows.filter(pk__in=shown).order_by(*self._order_fields))))

    def address(self, **changes: str | int) -> str:
        """Query string of this table with something changed; nothing chosen leaves nothing behind."""
        now: dict[str, str | int] = {each["filter"].key: each["value"] for each in self.chosen}
        now |= {"sort": self.asked("sort"), "page": ""} | changes
        return "?" + urlencode({key: value for key, value in now.items() if value != ""})

    @property
    def head(self) -> SafeString:
        """The header cells, with links that sort."""
        key, down = self.sorted_by
        cells = []
        for column in self.columns:
            number = mark_safe(' class="n"') if column.is_number else ""
            if not column.order:
                cells.append(format_html('<th scope="col"{}>{}</th>', number, column.label))
                continue
            here = column.key == key
            turn = f"-{column.key}" if here and not down else column.key
            sort = mark_safe(f' aria-sort="{"descending" if down else "ascending"}"') if here else ""
            cells.append(
                format_html(
                    '<th scope="col"{}{}><a href="{}">{}</a></th>', number, sort, self.address(sort=turn), column.label
                )
            )
        return mark_safe("".join(cells))  # every part is escaped by format_html

    @property
    def body(self) -> SafeString:
        """The rows of this page: the first cell is the row's header; each cell names its column for the phone."""
        cells = []
        for place, column in enumerate(self.columns):
            tag, scope = ("td", "") if place else ("th", ' scope="row"')
            look = ' class="n"' if column.is_number else ' class="code"' if column.key in CODES else ""
            label = escaped(column.label)
            cells.append((column, f'<{tag}{scope}{look} data-label="{label}">', f"</{tag}>"))
        parts = []
        for row in self.page_rows:
            parts.append("<tr>")
            for column, start, end in cells:
                shown = escaped(column.show(row) if column.show else column.value(row))
                if column.link and (target := column.link(row)):
                    shown = f'<a href="{escaped(target)}">{shown}</a>'
                parts += (start, shown, end)
            parts.append("</tr>")
        return mark_safe("".join(parts))  # every part is escaped above

    @property
    def page_links(self) -> list[tuple[int, str, bool]]:
        """Numbers with addresses, and whether pages were left out before: the ends and the neighbours of this page."""
        wanted = {1, 2, self.page - 1, self.page, self.page + 1, self.pages - 1, self.pages}
        numbers = [number for number in sorted(wanted) if 1 <= number <= self.pages]
        return [
            (number, self.address(page=number), number > before + 1)
            for before, number in zip([0, *numbers], numbers, strict=False)
        ]

    @property
    def downloads(self) -> list[tuple[str, str]]:
        return [
            ("CSV", self.address(format="csv")),
            ("CSV (Shift_JIS)", self.address(format="csv", encoding="cp932")),
            ("Excel", self.address(format="xlsx")),
            ("JSON", self.address(format="json")),
        ]

    def download(self) -> HttpResponse | None:
        """The whole narrowed table as a file when the address asks for one, else None."""
        kind = self.asked("format")
        if kind not in {"csv", "xlsx", "json"}:
            return None
        rows = self.prepare(list(self.narrowed))
        table = exports.Table(
            columns=[(column.key, str(column.label)) for column in self.columns],
            rows=[[column.value(row) for column in self.columns] for row in rows],
            title=str(self.title),
        )
        encoding = "cp932" if self.asked("encoding") == "cp932" else "utf-8-sig"
        return exports.download(table, format=kind, encoding=encoding, filename=self.name)
