"""What people do with meetings: prepare and call them, put them on record, correct what is there, call them off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.network.access import keeps_body
from itoguchi.network.actions.entries import index_network
from itoguchi.network.models import AgendaItem, Body, Meeting, Presentation

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """Everything that is entered of a meeting; an item is its text with (speaker, title) of each presentation."""

    body: Body
    number: int
    held_on: date
    agenda: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    results: str = ""
    source: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str = ""


NOT_KEEPING = _("会合を準備し記録できるのは、その会議体の事務局だけです。")


class SomebodyWroteError(ValidationError):
    """A meeting says something else than what the writer began from; `meeting` holds what it says now."""

    def __init__(self, meeting: Meeting) -> None:
        super().__init__(
            _("ほかの人が先に保存しました。二つをくらべて、残したい内容にしてから、もう一度保存してください。")
        )
        self.meeting = meeting


def must_keep(by: Account | None, body: Body) -> None:
    """Raises PermissionDenied for who does not belong to the secretariat of a body; nobody is the product itself."""
    if by is not None and not keeps_body(by, body):
        raise PermissionDenied(NOT_KEEPING)


def facts_of(meeting: Meeting) -> MeetingFacts:
    """What is said of a meeting now."""
    agenda = tuple(
        (item.text, tuple((each.speaker, each.title) for each in item.presentations.all()))
        for item in meeting.agenda.all()
    )
    return MeetingFacts(
        meeting.body,
        meeting.number,
        meeting.held_on,
        agenda,
        meeting.results,
        meeting.source,
        meeting.starts_at,
        meeting.ends_at,
        meeting.place,
    )


def write_meeting(meeting: Meeting, facts: MeetingFacts) -> None:
    """Write a meeting; its agenda is written anew when it says something else."""
    known = facts_of(meeting) if meeting.pk else None
    if known is not None and known != facts:
        meeting.version += 1
    meeting.body, meeting.number, meeting.held_on = facts.body, facts.number, facts.held_on
    meeting.results, meeting.source = facts.results, facts.source
    meeting.starts_at, meeting.ends_at, meeting.place = facts.starts_at, facts.ends_at, facts.place
    meeting.save()
    if known is not None and known.agenda == facts.agenda:
        return
    meeting.agenda.all().delete()
    for order, (text, presentations) in enumerate(facts.agenda, start=1):
        item = AgendaItem.objects.create(meeting=meeting, order=order, text=text)
        Presentation.objects.bulk_create(
            Presentation(item=item, order=place, speaker=speaker, title=title)
            for place, (speaker, title) in enumerate(presentations, start=1)
        )


@transaction.atomic
def enter_meeting(facts: MeetingFacts, *, by: Account | None, why: str = "") -> Meeting:
    """Put a new meeting on record; raises ValidationError for a number that its body already has."""
    must_keep(by, facts.body)
    _check(facts, None)
    meeting = Meeting(slug=f"{facts.body.key}-{facts.number}")
    with journal(by=by, why=why):
        write_meeting(meeting, facts)
    index_network()
    return meeting


@transaction.atomic
def prepare_meeting(facts: MeetingFacts, *, by: Account | None, why: str = "") -> Meeting:
    """Begin to prepare a meeting, whose day is provisional. Raises PermissionDenied, ValidationError as `enter_meeting`."""
    must_keep(by, facts.body)
    _check(facts, None)
    meeting = Meeting(slug=f"{facts.body.key}-{facts.number}", state=Meeting.State.PREPARING)
    with journal(by=by, why=why):
        write_meeting(meeting, facts)
    return meeting


@transaction.atomic
def correct_meeting(
    meeting: Meeting, facts: MeetingFacts, *, by: Account | None, why: str, seen: int | None = None
) -> Meeting:
    """Correct what is on record of a meeting; its address stays what it was. While it is prepared no reason is asked.

    `seen` is the version that the writer began from. Raises SomebodyWroteError when it says something else since (nothing is
    lost: both are there), PermissionDenied, ValidationError.
    """
    must_keep(by, meeting.body)
    must_keep(by, facts.body)
    locked = Meeting.objects.select_for_update(of=("self",)).select_related("body").get(pk=meeting.pk)
    if seen is not None and seen != locked.version and facts_of(locked) != facts:
        raise SomebodyWroteError(locked)
    _check(facts, locked)
    if not why.strip() and locked.state != Meeting.State.PREPARING:
        raise ValidationError({"why": _("なぜ直すのかを書いてください。")})
    with journal(by=by, why=why):
        write_meeting(locked, facts)
    index_network()
    return locked


@transaction.atomic
def call_meeting(meeting: Meeting, *, by: Account | None) -> Meeting:
    """Let everybody know of a meeting: from now on its day holds, and its agenda and open papers are public."""
    return _turn(meeting, {Meeting.State.PREPARING}, Meeting.State.CALLED, by=by, why=str(_("開催の案内")))


@transaction.atomic
def hold_meeting(meeting: Meeting, *, by: Account | None, today: date) -> Meeting:
    """Say that a meeting took place; it counts from then on. Raises ValidationError before its day."""
    if today < meeting.held_on:
        raise ValidationError(_("開催日より前に、開催済にはできません。"))
    return _turn(meeting, {Meeting.State.CALLED}, Meeting.State.HELD, by=by, why=str(_("開催")))


@transaction.atomic
def cancel_meeting(meeting: Meeting, *, by: Account | None, why: str) -> Meeting:
    """Call a meeting off; people's calendars are told."""
    if not why.strip():
        raise ValidationError({"why": _("なぜ中止するのかを書いてください。")})
    return _turn(meeting, {Meeting.State.CALLED}, Meeting.State.CANCELLED, by=by, why=why)


def _turn(meeting: Meeting, before: set[str], after: str, *, by: Account | None, why: str) -> Meeting:
    must_keep(by, meeting.body)
    locked = Meeting.objects.select_for_update(of=("self",)).select_related("body").get(pk=meeting.pk)
    if locked.state not in before:
        raise ValidationError(_("この会合は、もう先へ進んでいます。画面を開き直してください。"))
    locked.state = after
    locked.version += 1
    with journal(by=by, why=why):
        locked.save()
    index_network()
    return locked


def _check(facts: MeetingFacts, known: Meeting | None) -> None:
    problems: dict[str, Any] = {}
    same = Meeting.objects.filter(body=facts.body, number=facts.number).first()
    if same is not None and same != known:
        problems["number"] = _("この会議体には、同じ回の会合がすでにあります。回を確かめてください。")
    if not facts.agenda:
        problems["agenda"] = _("議事を一つ以上書いてください。")
    if facts.ends_at and (facts.starts_at is None or facts.ends_at <= facts.starts_at):
        problems["ends"] = _("終了は、開始より後にしてください。")
    if problems:
        raise ValidationError(problems)
