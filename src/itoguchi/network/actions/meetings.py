"""What people do with meetings: put them on record and correct what is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
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


def facts_of(meeting: Meeting) -> MeetingFacts:
    """What is said of a meeting now."""
    agenda = tuple(
        (item.text, tuple((each.speaker, each.title) for each in item.presentations.all()))
        for item in meeting.agenda.all()
    )
    return MeetingFacts(meeting.body, meeting.number, meeting.held_on, agenda, meeting.results, meeting.source)


def write_meeting(meeting: Meeting, facts: MeetingFacts) -> None:
    """Write a meeting; its agenda is written anew when it says something else."""
    known = facts_of(meeting).agenda if meeting.pk else None
    meeting.body, meeting.number, meeting.held_on = facts.body, facts.number, facts.held_on
    meeting.results, meeting.source = facts.results, facts.source
    meeting.save()
    if known == facts.agenda:
        return
    meeting.agenda.all().delete()
    for order, (text, presentations) in enumerate(facts.agenda, start=1):
        item = AgendaItem.objects.create(meeting=meeting, order=order, text=text)
        Presentation.objects.bulk_create(
            Presentation(item=item, order=place, speaker=speaker, title=title)
            for place, (speaker, title) in enumerate(presentations, start=1)
        )


@transaction.atomic
def enter_meeting(facts: MeetingFacts, *, by: Account, why: str = "") -> Meeting:
    """Put a new meeting on record; raises ValidationError for a number that its body already has."""
    _check(facts, None)
    meeting = Meeting(slug=f"{facts.body.key}-{facts.number}")
    with journal(by=by, why=why):
        write_meeting(meeting, facts)
    index_network()
    return meeting


@transaction.atomic
def correct_meeting(meeting: Meeting, facts: MeetingFacts, *, by: Account, why: str) -> Meeting:
    """Correct what is on record of a meeting; its address stays what it was."""
    locked = Meeting.objects.select_for_update().get(pk=meeting.pk)
    _check(facts, locked)
    if not why.strip():
        raise ValidationError({"why": _("なぜ直すのかを書いてください。")})
    with journal(by=by, why=why):
        write_meeting(locked, facts)
    index_network()
    return locked


def _check(facts: MeetingFacts, known: Meeting | None) -> None:
    problems: dict[str, Any] = {}
    same = Meeting.objects.filter(body=facts.body, number=facts.number).first()
    if same is not None and same != known:
        problems["number"] = _("この会議体には、同じ回の会合がすでにあります。回を確かめてください。")
    if not facts.agenda:
        problems["agenda"] = _("議事を一つ以上書いてください。")
    if problems:
        raise ValidationError(problems)
