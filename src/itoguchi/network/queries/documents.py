"""次第, 議事要旨 and 新旧対照表 as papers: as on the page, in PDF, Word and slides, as the reader may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from itoguchi.core.calendar import format_date
from itoguchi.core.documents import Block, Document, Entry, Grid, Listing, Paragraph, Row, Run, Section, Words, words
from itoguchi.core.templatetags.core import day as shown_day
from itoguchi.network.models import Attendance, Body, Decision, Meeting, Member, Opinion, Paper, Statement, Summary
from itoguchi.network.queries.changes import ChangedDocument, ChangedRow, Parts
from itoguchi.network.queries.secretariat import standing_of


def agenda_document(meeting: Meeting, papers: Sequence[Paper]) -> Document:
    """次第 in Japanese, as it is laid on the table; `papers` are those that the reader may see."""
    with override("ja"):
        sections = [_when(meeting), Section("items", _("議事"), (_items(meeting),), is_japanese=True)]
        if papers:
            listed = tuple(Entry(words(each.name)) for each in papers)
            sections.append(Section("papers", _("配付資料"), (Listing(listed),), is_japanese=True))
        return _document(meeting, _("次第"), sections)


def summary_document(
    summary: Summary,
    statements: Sequence[Statement],
    attendance: Sequence[tuple[Member, Attendance | None]],
    decisions: Sequence[str],
    *,
    today: date,
) -> Document:
    """議事要旨 in Japanese: who came, what was on, what each said and how far it is confirmed, what was decided."""
    with override("ja"):
        meeting = summary.meeting
        sections = [_when(meeting)]
        if any(each for _member, each in attendance):
            sections.append(Section("attendance", _("出席者"), (_who_came(attendance),), is_japanese=True))
        sections.append(Section("items", _("議事"), (_items(meeting),), is_japanese=True))
        sections.append(Section("statements", _("発言"), _what_was_said(summary, statements, today), is_japanese=True))
        if decisions:
            listed = tuple(Entry(words(each)) for each in decisions)
            sections.append(Section("decisions", _("決まったこと"), (Listing(listed),), is_japanese=True))
        return _document(meeting, _("議事要旨"), sections)


def decisions_document(body: Body, decisions: Sequence[Decision], *, today: date) -> Document:
    """What a body decided over its whole series, in Japanese, meeting by meeting."""
    with override("ja"):
        rows = [
            Row((words(f"第{each.meeting.number}回"), words(format_date(each.meeting.held_on, "ja")), words(each.text)))
            for each in decisions
        ]
        columns = (_("会合"), _("開催日"), _("決まったこと"))
        title = f"{body.name}　{_('決まったことの一覧')}"
        block: Block = (
            Grid(title, columns, tuple(rows), (12, 20, 68))
            if rows
            else Paragraph(words(_("決まったことの記録はまだありません。")))
        )
        lead = _("時点：%(day)s") % {"day": format_date(today, "ja")}
        section = Section("decisions", _("決まったこと"), (block,), is_japanese=True)
        return Document(title=title, lead=lead, foot=title, language="ja", contents="", sections=(section,))


VOICES_NAMED = 20  # of those merged into one opinion


def changes_document(shown: ChangedDocument, rows: Sequence[ChangedRow], *, today: date) -> Document:
    """新旧対照表 in the reader's language: row by row old and new, what differs in bold, why, and the opinions behind it."""
    title = _("意見で変わったこと（新旧対照表）")
    lead = _("時点：%(day)s。旧と新で違うところは、太字で示しています。") % {"day": shown_day(today)}
    grid = Grid(
        _("新旧対照表"),
        (_("項目"), _("旧"), _("新"), _("理由と、もとの意見")),
        tuple(
            Row((words(Run(each.name, is_japanese=True)), _parts(each.old), _parts(each.new), _grounds(each)))
            for each in rows
        ),
        (13, 29, 29, 29),
    )
    section = Section("changes", shown.name, (grid,), is_japanese=True)
    language = get_language() or "ja"
    foot = f"{title} {shown.name}"
    return Document(title=title, lead=lead, foot=foot, language=language, contents="", sections=(section,))


def _parts(text: Parts) -> Words:
    found = words(*(Run(said, is_japanese=True, is_bold=differs) for said, differs in text))
    return found or words("—")


def _grounds(row: ChangedRow) -> Words:
    """Why it was changed, which meeting decided so, and what was said, with the answer and all that was merged into it."""
    meeting = row.change.decision.meeting
    decided = _("%(meeting)s（%(day)s）の対応") % {"meeting": meeting, "day": shown_day(meeting.held_on)}
    said: list[str | Run | Words] = [Run(row.change.reason, is_japanese=True), f"\n{decided}"]
    for opinion, voices in row.opinions:
        said += [f"\n・{_('意見 %(number)s') % {'number': opinion.pk}} ", _voice(opinion)]
        if opinion.verdict:
            said += ["\n　", Run(str(opinion.get_verdict_display()), is_bold=True), "："]
            said.append(Run(opinion.answer, is_japanese=True))
        for each in voices.shown[:VOICES_NAMED]:
            said += [f"\n　・{_('意見 %(number)s') % {'number': each.pk}} ", _voice(each)]
        more = voices.number - VOICES_NAMED
        said += [f"\n　・{_('ほかに統合した意見 %(number)s件') % {'number': more}}"] if more > 0 else []
        said += _untold("　", voices.hidden)
    return words(*said, *_untold("", row.hidden))


def _voice(opinion: Opinion) -> Words:
    where = f"（{opinion.get_origin_display()} · {shown_day(opinion.said_on)}）"
    return words(Run(opinion.title, is_japanese=True), where)


def _untold(indent: str, number: int) -> list[str | Run | Words]:
    return [f"\n{indent}・{_('公開していない意見 %(number)s件') % {'number': number}}"] if number else []


def _document(meeting: Meeting, kind: str, sections: Sequence[Section]) -> Document:
    title = f"{meeting.body.name} 第{meeting.number}回会合　{kind}"
    lead = meeting.get_state_display() if meeting.state != Meeting.State.HELD else ""
    return Document(title=title, lead=lead, foot=title, language="ja", contents="", sections=tuple(sections))


def _when(meeting: Meeting) -> Section:
    day = format_date(meeting.held_on, "ja")
    if meeting.starts_at:
        clock = f"{timezone.localtime(meeting.starts_at):%H:%M}"
        until = f"{timezone.localtime(meeting.ends_at):%H:%M}" if meeting.ends_at else ""
        day = f"{day}　{clock}～{until}"
    if meeting.state == Meeting.State.PREPARING:
        day += _("（仮）")
    lines: list[Block] = [Paragraph(words(_("日時："), day))]
    if meeting.place:
        lines.append(Paragraph(words(_("場所："), meeting.place)))
    return Section("when", _("日時・場所"), tuple(lines), is_japanese=True)


def _items(meeting: Meeting) -> Listing:
    return Listing(
        tuple(
            Entry(
                words(item.text),
                tuple(Entry(words(f"{each.speaker}「{each.title}」")) for each in item.presentations.all()),
            )
            for item in meeting.agenda.all()
        ),
        is_ordered=True,
    )


def _who_came(attendance: Sequence[tuple[Member, Attendance | None]]) -> Grid:
    rows = []
    for member, each in attendance:
        how = str(each.get_how_display()) if each else _("未記録")
        how += f"（{each.proxy}）" if each and each.proxy else ""
        post = " ".join(filter(None, (member.affiliation or member.field, member.post)))
        rows.append(Row((words(member.name), words(post or "—"), words(str(member.get_role_display())), words(how))))
    columns = (_("氏名"), _("所属・役職"), _("役割"), _("出欠"))
    return Grid(_("構成員の出欠（五十音順）"), columns, tuple(rows), (20, 45, 13, 22))


def _what_was_said(summary: Summary, statements: Sequence[Statement], today: date) -> tuple[Block, ...]:
    said: list[Block] = []
    for each in statements:
        said.append(Paragraph(words("○", Run(each.speaker, is_bold=True), f"　{each.text}")))
        said.append(Paragraph(words(standing_of(each, summary, today)), "note"))
    if summary.reason:
        said.append(Paragraph(words(_("確認を待たずに出した理由："), summary.reason), "note"))
    return tuple(said) or (Paragraph(words(_("発言の記録はまだありません。"))),)
