"""Opinions, and members and things of threads, for tests, by way of the actions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from itoguchi.accounts.models import Organisation
from itoguchi.areas.models import Area, Block
from itoguchi.network.actions import (
    ChangeFacts,
    CommentFacts,
    OpinionFacts,
    PeriodFacts,
    ThingFacts,
    ThreadMemberFacts,
    admit,
    bring_in_opinions,
    decide,
    keep_period,
    moderate_opinions,
    put_in_thread,
    record_change,
    send_comment,
)
from itoguchi.network.models import Change, Clause, CommentPeriod, Meeting, Opinion, Strand, ThreadItem, ThreadMember
from itoguchi.network.queries import strands, words_of
from itoguchi.roadmap.models import Field

MIE = "/briefings/2017-02-16-mie"
REMARK = "小さな町では担当が一人しかいない。横の糸に、近くの町どうしが相談できる窓口を入れてほしい。"


def facts_of_opinion(text: str = REMARK, *, on: date | None = None, **more: Any) -> OpinionFacts:
    """Facts of an opinion; field, block and area by key."""
    for name, model, key in (("field", Field, "key"), ("block", Block, "key"), ("area", Area, "code")):
        if isinstance(more.get(name), str):
            more[name] = model.objects.get(**{key: more[name]})
    return OpinionFacts(text=text, said_on=on or timezone.localdate(), **more)


def an_opinion(text: str = REMARK, **more: Any) -> Opinion:
    """An opinion heard today, public unless said otherwise."""
    today = timezone.localdate()
    return bring_in_opinions([facts_of_opinion(text, **more)], by=None, today=today)[0]


def a_period(slug: str = "2026-roadmap", *, begins: datetime | None = None, days: int = 30) -> CommentPeriod:
    """A comment period that began an hour ago, unless said otherwise."""
    opens = begins or timezone.now() - timedelta(hours=1)
    facts = PeriodFacts(
        title="ロードマップの改定案についての意見募集",
        about="ロードマップの次の版について、ご意見をお寄せください。",
        opens_at=opens,
        closes_at=opens + timedelta(days=days),
    )
    return keep_period(slug, facts, by=None)


def a_comment(text: str = REMARK, *, period: CommentPeriod | None = None, passes: bool = False, **more: Any) -> Opinion:
    """What a citizen sent just now, looked through or not."""
    into = period or CommentPeriod.objects.first() or a_period()
    opinion = send_comment(into, CommentFacts(text=text, **more), now=timezone.now())
    if passes:
        (opinion,) = moderate_opinions([opinion], passes=True, by=None, today=timezone.localdate())
    return opinion


def a_change(*opinions: Opinion, slug: str = "first-1-2") -> Change:
    """What a decision about opinions changed in a clause."""
    decision = decide(Meeting.objects.get(slug="task-force-4"), "相談の窓口を加える。", opinions, by=None)
    clause = Clause.objects.get(slug=slug)
    facts = ChangeFacts(reason="担当の少ない団体の声", clause=clause, after=f"{words_of(clause)}窓口を置く。")
    return record_change(decision, facts, by=None, today=timezone.localdate())


def a_strand(key: str = "diagonal-kinki") -> Strand:
    """A thread where it runs, as the reference data has it."""
    return strands().get(pk=key)


def an_organisation(name: str = "試験電機", kind: str = "company") -> Organisation:
    """An organisation of a name."""
    return Organisation.objects.get_or_create(name=name, defaults={"kind": kind})[0]


def a_thread_member(key: str = "diagonal-kinki", *, of: str | Organisation = "282219", **more: Any) -> ThreadMember:
    """An area (by its code) or organisation that takes part since last year."""
    since = more.pop("since", timezone.localdate() - timedelta(days=365))
    until = more.pop("until", None)
    who = {"organisation": of} if isinstance(of, Organisation) else {"area": Area.objects.get(code=of)}
    return admit(a_strand(key), ThreadMemberFacts(**who, **more), valid_from=since, valid_to=until, by=None)


def a_thing(key: str = "diagonal-kinki", *, title: str = "資料", **more: Any) -> ThreadItem:
    """Something put in a thread today."""
    on = more.pop("on", timezone.localdate())
    return put_in_thread(a_strand(key), ThingFacts(on=on, title=title, **more), by=None)
