"""Figures that say what they are, as of when, and from which rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itoguchi.core.calendar import format_date
from itoguchi.outreach.models import Rule


@dataclass(frozen=True, slots=True)
class Record:
    """A row behind a figure: where it stands, when it was, what it is called, by which rule it counts.

    `says` is everything the report tells of it, field by field and in no language: what is compared later.
    """

    address: str
    day: date | None
    title: str
    says: Mapping[str, str] = field(default_factory=dict)
    rule: Rule | None = None
    is_japanese: bool = False
    order: int = 0

    @property
    def told(self) -> dict[str, str]:
        """What is kept of it when the report is published."""
        return {"title": self.title, **self.says}


@dataclass(frozen=True, slots=True)
class Item:
    """One of the things that a figure counts (a prefecture, a meeting …), with the rows that put it there."""

    name: str
    address: str
    records: tuple[Record, ...]
    is_japanese: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number or day of the report that explains itself; `value` is None when nothing is on record."""

    id: str
    label: str
    value: int | date | None
    unit: str
    definition: str
    as_of: date
    items: tuple[Item, ...]
    rules: tuple[Rule, ...] = ()

    @property
    def rows(self) -> list[Record]:
        """The rows behind it, each once, in order of day."""
        rows = {record.address: record for item in self.items for record in item.records}
        return sorted(rows.values(), key=lambda row: (row.day or self.as_of, row.order, row.address))

    @property
    def records(self) -> list[str]:
        """Addresses of the rows behind it."""
        return [row.address for row in self.rows]

    @property
    def is_day(self) -> bool:
        return self.unit == ""

    @property
    def plain_value(self) -> int | str | None:
        """The value as files carry it."""
        return self.value.isoformat() if isinstance(self.value, date) else self.value

    def as_data(self) -> dict[str, Any]:
        """What `figures.json` says of it."""
        return {
            "id": self.id,
            "value": self.plain_value,
            "unit": self.unit,
            "definition": self.definition,
            "as_of": self.as_of.isoformat(),
            "records": self.records,
        }


def shown_day(day: date) -> str:
    """A day as people write it in the language of the moment."""
    return format_date(day, get_language() or "ja")


def shown_value(value: int | date | str | None) -> str:
    """A figure's value as people read it."""
    if value is None:
        return _("記録なし")
    return shown_day(value) if isinstance(value, date) else str(value)


def figure_as_of(as_of: date) -> Callable[..., Figure]:
    """A maker of figures of one day."""

    def figure(
        key: str,
        label: str,
        unit: str,
        definition: str,
        items: Iterable[Item],
        *,
        rules: tuple[Rule, ...] = (),
        value: date | None = None,
    ) -> Figure:
        """A figure that counts its items, unless it is a day; of `rules` it names those that its rows count by."""
        found = tuple(items)
        used = {record.rule for item in found for record in item.records}
        followed = tuple(rule for rule in rules if rule in used)
        return Figure(key, label, len(found) if unit else value, unit, definition, as_of, found, followed)

    return figure


def counted(records: Iterable[Record]) -> list[Item]:
    """Each row as a thing counted by itself."""
    return [Item(each.title, each.address, (each,), is_japanese=each.is_japanese) for each in records]
