"""Chapters on people: the subcommittee with its questions, examples and meetings, and the members that sources name."""

from __future__ import annotations

from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itoguchi.core.documents import Entry, Grid, Listing, Paragraph, Row, Run, Section, place_of, words
from itoguchi.network.models import Body, Example, Member
from itoguchi.network.queries import examples_as_of
from itoguchi.reports.queries.chapter import Chapter
from itoguchi.reports.queries.chapters.meetings import id_of_body, meetings_of
from itoguchi.reports.queries.figures import Figure, Record, counted, figure_as_of, shown_day
from itoguchi.reports.queries.sources import Sources


def subcommittees(sources: Sources) -> Chapter:
    """Each subcommittee: why it meets, what it asks, examples of new efforts, its meetings."""
    examples = examples_as_of(sources.as_of)
    rows = [record_of_example(each) for each in examples]
    sections, figures = [], []
    for body in sources.bodies:
        if body.kind == Body.Kind.SUBCOMMITTEE:
            section, figure = meetings_of(sources, body)
            about = [Paragraph(words(Run(body.purpose, is_japanese=True)))] if body.purpose else []
            questions = Listing(tuple(Entry(words(Run(line, is_japanese=True))) for line in body.question_lines))
            if body.questions and section.blocks[1:]:
                about.append(Paragraph(words(Run(_("主な検討課題"), is_bold=True))))
                section = Section(
                    section.key, section.title, (*about, questions, *section.blocks), is_japanese=section.is_japanese
                )
            sections.append(section)
            figures.append(figure)
    if examples:
        entries = []
        for heading, group in groupby(zip(examples, rows, strict=True), lambda pair: pair[0].heading):
            below = tuple(
                Entry(
                    words(
                        Run(each.title, is_japanese=True),
                        Run(f"：{each.text}" if each.text else "", is_japanese=True),
                        sources.mark(row),
                    ),
                    key=place_of(each.address),
                )
                for each, row in group
            )
            entries.append(Entry(words(Run(heading, is_japanese=True, is_bold=True)), below))
        sections.append(Section("examples", _("IoT時代における新たな取組の例"), (Listing(tuple(entries)),)))
    figures.append(
        figure_as_of(sources.as_of)(
            "examples",
            _("新たな取組の例"),
            pgettext("unit", "件"),
            _("この日までの分科会の資料にある、IoT時代における新たな取組の例の数。"),
            counted(rows),
        )
    )
    return Chapter(sections=tuple(sections), figures=tuple(figures))


def record_of_example(example: Example) -> Record:
    """An example as a row behind a figure."""
    says = {"heading": example.heading, "text": example.text}
    return Record(example.address, example.since, example.title, says, is_japanese=True)


def members(sources: Sources) -> Chapter:
    """The members of each body whom sources name."""
    sections, figures = [], []
    for body in sources.bodies:
        found = [each for each in sources.members if each.body_id == body.pk]
        rows = [record_of_member(each) for each in found]
        figures.append(_figure(body, rows, sources))
        if found:
            grid = Grid(
                _("資料に名のある構成員（%(day)sまで）") % {"day": shown_day(sources.as_of)},
                (_("氏名"), _("役割"), _("分野・所属・役職")),
                tuple(
                    Row(
                        (
                            words(Run(each.name, is_japanese=True), sources.mark(row)),
                            words(each.get_role_display()),
                            words(Run(_place(each), is_japanese=True)),
                        ),
                        key=place_of(each.address),
                    )
                    for each, row in zip(found, rows, strict=True)
                ),
                (2.5, 1.5, 6),
            )
            sections.append(Section(f"members-of-{body.key}", body.name, (grid,), is_japanese=True))
    note = Paragraph(
        words(
            _(
                "資料に名のある人だけを、資料の順に示す。タスクフォースの構成員の一覧は資料になく、名の書き方は資料のとおり"
                "（姓だけのものがある）。"
            )
        ),
        "note",
    )
    return Chapter(blocks=(note,), sections=tuple(sections), figures=tuple(figures))


def _figure(body: Body, rows: list[Record], sources: Sources) -> Figure:
    return figure_as_of(sources.as_of)(
        id_of_body(body).replace("meetings", "members"),
        _("%(kind)sの構成員（資料に名のある人）") % {"kind": body.get_kind_display()},
        pgettext("unit", "人"),
        _("この日までの資料に名がある、%(body)sの構成員の数。構成員すべての数とは限らない。") % {"body": body.name},
        counted(rows),
    )


def _place(member: Member) -> str:
    return " ".join(filter(None, (member.field, member.affiliation, member.post))) or "—"


def record_of_member(member: Member) -> Record:
    """A member as a row behind a figure."""
    says = {"role": member.role, "field": member.field, "affiliation": f"{member.affiliation} {member.post}".strip()}
    return Record(member.address, member.since, member.name, says, is_japanese=True)
