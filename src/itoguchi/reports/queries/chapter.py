"""What a chapter gives to the report: its parts, its figures, and the ways in which both are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from itoguchi.core.documents import Block, Grid, Paragraph, Row, Run, Section, Words, words
from itoguchi.reports.queries.figures import Figure, Item, shown_day, shown_value
from itoguchi.reports.queries.sources import Sources


@dataclass(frozen=True, slots=True)
class Chapter:
    """Blocks under the chapter's own heading, then its sections, then its figures."""

    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    figures: tuple[Figure, ...] = field(default=())


def in_words(figure: Figure) -> Run:
    """A figure within a sentence, leading to what is behind it."""
    return Run(shown_value(figure.value), to=f"#figure-{figure.id}", is_figure=True)


def listed(figures: Sequence[Figure], sources: Sources, *, key: str) -> Section:
    """The figures of a chapter, each with its definition and the rows behind it."""
    rows = tuple(
        Row(
            (
                words(figure.label),
                words(
                    in_words(figure),
                    f" {figure.unit}" if figure.unit and figure.value is not None else "",
                    sources.mark_of_value(figure),
                ),
                words(figure.definition),
                _names(figure.items),
            ),
            key=f"figure-{figure.id}",
        )
        for figure in figures
    )
    columns = (_("数値"), _("値"), _("定義"), _("数えたもの"))
    as_of = Paragraph(words(_("時点：%(day)s") % {"day": shown_day(figures[0].as_of)}), "note")
    grid = Grid(_("この章の数値と、数えたもの"), columns, rows, (2.2, 1.9, 4, 4), frozenset({1}))
    return Section(f"{key}-figures", _("この章の数値"), (as_of, grid), in_contents=False)


def _names(items: Sequence[Item]) -> Words:
    """Names of the things counted, each leading to its row; things of one name are told apart by their day."""
    names = [item.name for item in items]
    parts: list[str | Run] = []
    for item in items:
        if parts:
            parts.append(_("、"))
        day = item.records[0].day if item.records else None
        name = f"{item.name}（{day.isoformat()}）" if day and names.count(item.name) > 1 else item.name
        parts.append(Run(name, to=item.records[0].address if item.records else "", is_japanese=item.is_japanese))
    return words(*parts) if parts else words(_("なし"))
