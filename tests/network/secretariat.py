"""A body with members, meetings and papers for tests of its secretariat's work, by way of the actions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Block
from itoguchi.network import actions
from itoguchi.network.models import Body, Meeting, Member, Paper, Summary
from tests.personas import account_of

LONG_AGO = date(2016, 4, 1)
WORDS = "合言葉の資料"


def a_body(key: str = "kinki-council", *, block: str | None = "kinki", kind: str = Body.Kind.COUNCIL) -> Body:
    """The council of a block, kept by its bureau too."""
    known = Body.objects.filter(key=key).first()
    facts = actions.BodyFacts(
        kind=kind, name="見本 近畿情報通信懇談会", block=Block.objects.get(key=block) if block else None
    )
    return known or actions.keep_body(key, facts, by=None)


def a_member(name: str, *, kana: str = "", body: Body | None = None, account: str | None = None, **more: Any) -> Member:
    """Somebody who sits in the body, with the account of a persona where one is named."""
    seat: Account | None = account_of(account) if account else None
    facts = actions.MemberFacts(
        name=name, kana=kana, role=Member.Role.MEMBER, since=more.pop("since", LONG_AGO), account=seat, **more
    )
    return actions.seat_member(body or a_body(), facts, by=None)


def meeting_facts(body: Body, number: int = 1, **more: Any) -> actions.MeetingFacts:
    """A meeting next week, with one item."""
    day = more.pop("held_on", timezone.localdate() + timedelta(days=7))
    agenda = more.pop("agenda", (("情報共有について", (("谷川構成員", "地域のIoT"),)),))
    return actions.MeetingFacts(body, number, day, agenda, **more)


def a_meeting(
    number: int = 1, *, state: str = Meeting.State.PREPARING, body: Body | None = None, **more: Any
) -> Meeting:
    """A meeting of the body in a state; one that was held took place yesterday."""
    seat = body or a_body()
    today = timezone.localdate()
    if state in {Meeting.State.HELD, Meeting.State.CANCELLED}:
        more.setdefault("held_on", today - timedelta(days=1))
    meeting = actions.prepare_meeting(meeting_facts(seat, number, **more), by=None)
    if state != Meeting.State.PREPARING:
        meeting = actions.call_meeting(meeting, by=None)
    if state == Meeting.State.HELD:
        meeting = actions.hold_meeting(meeting, by=None, today=today)
    if state == Meeting.State.CANCELLED:
        meeting = actions.cancel_meeting(meeting, by=None, why="台風のため")
    return meeting


def a_paper(
    meeting: Meeting,
    words: str = WORDS,
    *,
    access: str = Paper.Access.OPEN,
    embargo_until: datetime | None = None,
    file: Any = None,
    published: bool = True,
) -> Paper:
    """A paper whose title, text and file carry words of its own."""
    facts = actions.PaperFacts(
        title=f"{words}の題名",
        number=f"資料1-{meeting.papers.count() + 1}",
        provider="事務局",
        text=f"{words}の内容",
        access=access,
        embargo_until=embargo_until,
        file=file,
    )
    paper = actions.add_paper(meeting, facts, by=None, today=timezone.localdate())
    return actions.publish_paper(paper, by=None, now=timezone.now()) if published else paper


def a_summary(meeting: Meeting | None = None, *, days: int = 7) -> Summary:
    """A summary whose statements are to be confirmed within some days."""
    held = meeting or a_meeting(state=Meeting.State.HELD)
    return actions.begin_summary(held, confirm_by=timezone.localdate() + timedelta(days=days), by=None)
