"""Chapter on the human resources plan: why, programmes, groups, lines and measures, in the words of the record."""

from __future__ import annotations

from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itoguchi.core.documents import Block, Entry, Grid, Listing, Paragraph, Row, Run, Section, place_of, words
from itoguchi.learning.models import Group, Measure, Plan, Programme
from itoguchi.learning.queries import measures_of, plan_in_force
from itoguchi.reports.queries.chapter import Chapter
from itoguchi.reports.queries.figures import Record, counted, figure_as_of, shown_day
from itoguchi.reports.queries.sources import Sources


def plan(sources: Sources) -> Chapter:
    """The plan in force on the day."""
    found = plan_in_force(sources.as_of)
    measures = list(measures_of(found)) if found else []
    programmes = list(dict.fromkeys(each.line.group.programme for each in measures))
    figure = figure_as_of(sources.as_of)
    rows = [record_of_measure(each, found) for each in measures if found]
    figures = (
        figure(
            "programmes",
            _("人材プランのプログラム"),
            pgettext("unit", "プログラム"),
            _("この日の人材プランにあるプログラムの数。"),
            counted(record_of_programme(each, found) for each in programmes if found),
        ),
        figure(
            "measures",
            _("人材プランの施策"),
            pgettext("unit", "施策"),
            _("この日の人材プランに名のある施策の数。資料は施策の並びを「等」で結んでおり、ほかにもありうる。"),
            counted(rows),
        ),
    )
    if found is None:
        text = _("%(day)sまでの人材プランの記録はない。") % {"day": shown_day(sources.as_of)}
        return Chapter(blocks=(Paragraph(words(text)),), figures=figures)
    marks = {row.address: sources.mark(row) for row in rows}
    issues = tuple(Entry(words(Run(each.text, is_japanese=True))) for each in found.issues.all())
    links = tuple(Entry(words(Run(each.text, is_japanese=True))) for each in found.links.all())
    blocks: tuple[Block, ...] = (
        *(Paragraph(words(Run(line, is_japanese=True))) for line in found.aim_lines),
        Paragraph(words(Run(_("課題"), is_bold=True))),
        Listing(issues),
    )
    sections = [
        _section(programme, [each for each in measures if each.line.group.programme == programme], marks)
        for programme in programmes
    ]
    sections.append(Section("plan-links", _("プログラムをつなぐもの"), (Listing(links),)))
    return Chapter(blocks=blocks, sections=tuple(sections), figures=figures)


def _section(programme: Programme, measures: list[Measure], marks: dict[str, tuple[Run, ...]]) -> Section:
    rows = []
    for line, group in groupby(measures, lambda each: each.line):
        texts: list[str | Run | tuple[Run, ...]] = []
        for each in group:
            texts += ["、" if texts else "", Run(each.text, is_japanese=True), marks[each.address]]
        texts.append(Run(" 等" if line.and_more else "", is_japanese=True))
        rows.append(
            Row(
                (
                    words(Run(line.name, is_japanese=True)),
                    words(*texts),
                    words(Run(_targets(line.group), is_japanese=True)),
                ),
                key=place_of(line.address),
            )
        )
    grid = Grid(
        _("施策と主要ターゲット"), (_("施策の柱"), _("施策"), _("まとまりと主要ターゲット")), tuple(rows), (2.4, 5, 4)
    )
    audiences = "、".join(programme.audiences)
    blocks: list[Block] = [Paragraph(words(Run(programme.axis, is_japanese=True))), grid]
    if audiences:
        blocks.append(Paragraph(words(Run(audiences, is_japanese=True)), "note"))
    return Section(place_of(programme.address), programme.name, tuple(blocks), is_japanese=True)


def _targets(group: Group) -> str:
    """Both wordings where the record words them twice."""
    shown = f"{group.name}\n【主要ターゲット：{group.shown_targets}】"
    return f"{shown}\n【主要ターゲット：{group.shown_targets_on_page}】" if group.is_worded_twice else shown


def record_of_measure(measure: Measure, plan: Plan) -> Record:
    """A measure as a row behind a figure."""
    says = {"line": measure.line.name, "group": measure.line.group.name, "programme": measure.line.group.programme.name}
    return Record(measure.address, plan.since, measure.text, says, is_japanese=True)


def record_of_programme(programme: Programme, plan: Plan) -> Record:
    """A programme as a row behind a figure."""
    return Record(programme.address, plan.since, programme.name, {"axis": programme.axis}, is_japanese=True)
