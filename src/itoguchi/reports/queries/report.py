"""The status report as of a day: its chapters, all of its figures, and the document that files are written from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from itoguchi.core.documents import Document, Section
from itoguchi.core.remembered import remembered
from itoguchi.network.models import Meeting
from itoguchi.network.queries import national_bodies
from itoguchi.outreach.models import Briefing
from itoguchi.outreach.queries import coverage
from itoguchi.reports.queries.chapter import listed
from itoguchi.reports.queries.chapters import KINDS, Kind
from itoguchi.reports.queries.chapters.meetings import id_of_body
from itoguchi.reports.queries.figures import Figure, Record, shown_day
from itoguchi.reports.queries.sources import Before, Sources


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What is known now about a day: chapters as sections, and all figures by id in the order of the report."""

    as_of: date
    sections: tuple[Section, ...]
    figures: dict[str, Figure]

    @property
    def is_empty(self) -> bool:
        """Nothing had happened yet: no figure counts anything but what is still to come."""
        return not any(row.day for figure in self.figures.values() for row in figure.rows)

    @property
    def records(self) -> dict[str, Record]:
        """Every row behind any figure, by address."""
        return {row.address: row for figure in self.figures.values() for row in figure.rows}

    def number_of(self, key: str) -> int:
        """Number of a figure in the report, from 1."""
        return list(self.figures).index(key) + 1


def status_report(as_of: date, *, before: Before | None = None) -> StatusReport:
    """The report as of a day, in the language of the moment; rows are marked against what was published before."""
    return report_from(Sources(as_of, before))


def report_from(sources: Sources) -> StatusReport:
    """The report of some records, in the language of the moment: the same records do for every language."""
    built = [chapter_of(kind, sources) for kind in KINDS]
    return StatusReport(
        sources.as_of,
        tuple(section for section, _figures in built),
        {figure.id: figure for _section, figures in built for figure in figures},
    )


def chapter_of(kind: Kind, sources: Sources) -> tuple[Section, tuple[Figure, ...]]:
    """One chapter under its numbered heading, with the list of its figures at the end."""
    chapter = kind.build(sources)
    sections = chapter.sections
    if chapter.figures:
        sections = (*sections, listed(chapter.figures, sources, key=kind.key))
    number = KINDS.index(kind) + 1
    return Section(f"chapter-{kind.key}", f"{number}. {kind.title}", chapter.blocks, sections), chapter.figures


def figure_of(as_of: date, key: str) -> Figure | None:
    """One figure, building no more chapters than it takes to find it."""
    sources = Sources(as_of)
    likely = [kind for kind in KINDS if key in kind.figures] or [kind for kind in KINDS if not kind.figures]
    for kind in likely:
        for figure in kind.build(sources).figures:
            if figure.id == key:
                return figure
    return None


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure at the head of the report, without the rows behind it."""

    id: str
    label: str
    value: int
    unit: str


@remembered(most=32)
def key_figures(as_of: date) -> list[KeyFigure]:
    """How often and how far, as of a day (7 queries, 1 when remembered)."""
    done = coverage(as_of)
    met = dict(
        Meeting.objects.filter(state=Meeting.State.HELD, held_on__lte=as_of)
        .order_by()
        .values_list("body")
        .annotate(times=models.Count("pk"))
    )
    return [
        KeyFigure("briefings", _("説明会等"), done.briefings, pgettext("briefings", "回")),
        KeyFigure("prefectures", _("説明会を実施した都道府県"), done.prefectures, pgettext("unit", "都道府県")),
        KeyFigure("blocks", _("説明会を実施した地域ブロック"), done.blocks, pgettext("unit", "地域ブロック")),
        *(
            KeyFigure(
                id_of_body(body),
                _("%(kind)sの会合") % {"kind": body.get_kind_display()},
                met.get(body.pk, 0),
                pgettext("meetings", "回"),
            )
            for body in national_bodies()
        ),
    ]


def title_of(as_of: date) -> str:
    """What the report is called, on every page and in every file."""
    return _("状況報告（%(day)s時点）") % {"day": shown_day(as_of)}


def document_of(report: StatusReport) -> Document:
    """The whole report for files."""
    return Document(
        title=title_of(report.as_of),
        lead=_("%(day)sまでのことを、いま知られている記録から。数を選ぶと、定義と、もとの記録が開きます。")
        % {"day": shown_day(report.as_of)},
        foot=_("糸口 %(title)s") % {"title": title_of(report.as_of)},
        language=get_language() or "ja",
        contents=_("目次"),
        sections=report.sections,
    )


def ledger(report: StatusReport) -> list[dict[str, Any]]:
    """What `figures.json` holds: every figure, in order of id."""
    return [figure.as_data() for _id, figure in sorted(report.figures.items())]


def newest_day_until(day: date) -> date | None:
    """The last day up to `day` on which a briefing or meeting took place (2 queries)."""
    held = (
        Briefing.objects.filter(state=Briefing.State.HELD, day__lte=day).order_by("-day").values_list("day", flat=True)
    )
    met = (
        Meeting.objects.filter(state=Meeting.State.HELD, held_on__lte=day)
        .order_by("-held_on")
        .values_list("held_on", flat=True)
    )
    return max([*held[:1], *met[:1]], default=None)
