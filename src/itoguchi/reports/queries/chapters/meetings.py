"""Chapter on the meetings of the task force: when, with which items, who presented what."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.dateformat import format  # noqa: A004, Django's, which knows the language
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itoguchi.core.documents import Entry, Listing, Paragraph, Run, Section, compose, place_of, words
from itoguchi.network.models import Body, Meeting
from itoguchi.reports.queries.chapter import Chapter, in_words
from itoguchi.reports.queries.figures import Figure, Item, Record, shown_day
from itoguchi.reports.queries.sources import Sources

# Ids of figures that belong to a body, by the body's key; a new body gets its own id.
ID_OF_BODY = {"task-force": "task-force-meetings", "literacy-subcommittee": "subcommittee-meetings"}

SOURCE = "タスクフォース及び人材・リテラシー分科会における検討状況について（平成29年3月24日、事務局）"


def meetings(sources: Sources) -> Chapter:
    """The meetings of every body but the subcommittees, which have a chapter of their own."""
    parts = [meetings_of(sources, body) for body in sources.bodies if body.kind != Body.Kind.SUBCOMMITTEE]
    source = Paragraph(words(_("はじめの記録の出典："), Run(SOURCE, is_japanese=True)), "note")
    return Chapter(
        blocks=(source,) if sources.meetings else (),
        sections=tuple(section for section, _figure in parts),
        figures=tuple(figure for _section, figure in parts),
    )


def meetings_of(sources: Sources, body: Body) -> tuple[Section, Figure]:
    """A body's meetings as a section, and the figure that counts them."""
    held = [each for each in sources.meetings if each.body_id == body.pk]
    rows = [record_of(each) for each in held]
    figure = Figure(
        id=id_of_body(body),
        label=_("%(kind)sの会合") % {"kind": body.get_kind_display()},
        value=len(held),
        unit=pgettext("meetings", "回"),
        definition=_("この日までに開催された、%(kind)s（%(body)s）の会合の回数。")
        % {"kind": body.get_kind_display(), "body": body.name},
        as_of=sources.as_of,
        items=tuple(Item(str(meeting), meeting.address, (row,)) for meeting, row in zip(held, rows, strict=True)),
    )
    text = _("%(day)sまでに%(count)s回開催。") if held else _("%(day)sまでの開催の記録はない（%(count)s回）。")
    said = Paragraph(compose(text, day=shown_day(sources.as_of), count=in_words(figure)))
    entries = tuple(
        Entry(
            words(
                Run(str(meeting), to=meeting.address, is_bold=True),
                _("（%(day)s(%(weekday)s)開催）")
                % {"day": shown_day(meeting.held_on), "weekday": format(meeting.held_on, "D")},
                sources.mark(row),
            ),
            (
                *_agenda(meeting),
                *(Entry(words(_("結果："), Run(line, is_japanese=True))) for line in meeting.result_lines),
            ),
            key=place_of(meeting.address),
        )
        for meeting, row in zip(held, rows, strict=True)
    )
    blocks = (said, Listing(entries)) if entries else (said,)
    return Section(f"meetings-{body.key}", body.name, blocks, is_japanese=True), figure


def id_of_body(body: Body) -> str:
    """Id of the figure that counts a body's meetings."""
    return ID_OF_BODY.get(body.key, f"{body.key}-meetings")


def record_of(meeting: Meeting) -> Record:
    """A meeting as a row behind a figure, with its agenda and presentations."""
    lines = []
    for item in meeting.agenda.all():
        lines.append(item.text)
        lines += [f"{each.speaker}「{each.title}」" for each in item.presentations.all()]
    says = {"day": meeting.held_on.isoformat()}
    says |= {"agenda": "\n".join(lines), "results": meeting.results}
    return Record(meeting.address, meeting.held_on, f"{meeting.body.name} {meeting.number}", says, is_japanese=True)


def _agenda(meeting: Meeting) -> Iterable[Entry]:
    for item in meeting.agenda.all():
        below = tuple(
            Entry(words(Run(f"{each.speaker}「{each.title}」", is_japanese=True))) for each in item.presentations.all()
        )
        yield Entry(words(Run(item.text, is_japanese=True)), below)
