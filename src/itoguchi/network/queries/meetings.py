"""What people ask of meetings: which were held up to a day, their papers, and who the sources name."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from itoguchi.core.events import Event
from itoguchi.network.access import VISITOR, meetings_visible_to, papers_visible_to, seats_of
from itoguchi.network.models import AgendaItem, Body, Example, Meeting, Member, NamedBody, Paper, Presentation

if TYPE_CHECKING:
    from itoguchi.accounts.access import User

DAY_OF_SOURCE = date(2017, 3, 24)  # of the secretariat's document that the first records were read from
STATUS: dict[str, str] = {
    Meeting.State.PREPARING: "TENTATIVE",
    Meeting.State.CANCELLED: "CANCELLED",
}  # on calendars, else CONFIRMED


def meetings(user: User = VISITOR) -> QuerySet[Meeting]:
    """The meetings that a user may see by day, with body, agenda and presentations in their order (3 queries)."""
    items = AgendaItem.objects.order_by("order").prefetch_related(
        Prefetch("presentations", Presentation.objects.order_by("order"))
    )
    return meetings_visible_to(user).select_related("body").prefetch_related(Prefetch("agenda", items))


def held_until(day: date) -> QuerySet[Meeting]:
    """Meetings held up to a day, that day included, with body and agenda (2 queries)."""
    held = meetings_visible_to(VISITOR).filter(held_on__lte=day, state=Meeting.State.HELD)
    agenda = Prefetch("agenda", AgendaItem.objects.order_by("order"))
    return held.order_by("held_on", "body__order", "number").select_related("body").prefetch_related(agenda)


def meetings_until(day: date) -> list[Meeting]:
    """The same with who presented what (3 queries)."""
    return list(meetings().filter(held_on__lte=day, state=Meeting.State.HELD))


def with_journal(user: User) -> QuerySet[Any]:
    """Meetings that a user may see, each with whether the user `sits` in its body, and `held_by` (1 query).

    `held_by`: the number of the entry of the journal that says it was held, None where none does.
    """
    events: Any = Meeting.pgh_event_model  # type: ignore[attr-defined]
    held = events.objects.filter(pgh_obj=OuterRef("pk"), state=Meeting.State.HELD).order_by("pgh_id")
    return (
        meetings_visible_to(user)
        .select_related("body")
        .annotate(
            sits=Exists(seats_of(user).filter(body=OuterRef("body"))), held_by=Subquery(held.values("pgh_id")[:1])
        )
    )


def coming_meetings(user: User, day: date) -> QuerySet[Any]:
    """Meetings that were called, and those in preparation that the user may see: the next first (1 query).

    Those whose day `has_passed` though nobody wrote down that they were held come last.
    """
    shown = meetings_visible_to(user).filter(state__in=[Meeting.State.CALLED, Meeting.State.PREPARING])
    has_passed = Case(When(held_on__lt=day, then=Value(1)), default=Value(0), output_field=IntegerField())
    return shown.annotate(has_passed=has_passed).select_related("body").order_by("has_passed", "held_on", "body__order")


def event_of(meeting: Meeting, changed: tuple[datetime, int], site: str) -> Event:
    """A meeting on a calendar; `changed` as `last_changes` gives it. Papers are not named there, whoever asks."""
    return Event(
        uid=f"{meeting.address.strip('/')}@itoguchi",
        start=meeting.starts_at or meeting.held_on,
        end=meeting.ends_at,
        summary=f"{meeting.body.name} 第{meeting.number}回会合",
        location=meeting.place,
        description="\n".join(item.text for item in meeting.agenda.all()),
        url=site + meeting.address,
        status=STATUS.get(meeting.state, "CONFIRMED"),
        changed_at=changed[0],
        changes=changed[1],
    )


def bodies() -> list[Body]:
    """The bodies in their order (1 query)."""
    return list(Body.objects.all())


def bodies_until(day: date) -> QuerySet[Any]:
    """The bodies in their order, each with `met`: how often it had met by a day (1 query)."""
    held = Meeting.objects.filter(body=OuterRef("pk"), held_on__lte=day, state=Meeting.State.HELD).order_by()
    counted = held.values("body").annotate(number=Count("pk")).values("number")
    return Body.objects.annotate(met=Coalesce(Subquery(counted), 0)).select_related("block")


def national_bodies() -> list[Body]:
    """The bodies of the whole nation that have met, whenever that was (1 query)."""
    has_met = Exists(Meeting.objects.filter(body=OuterRef("pk"), state=Meeting.State.HELD))
    return list(Body.objects.filter(has_met, block=None))


def neighbours_of(meeting: Meeting) -> tuple[Meeting | None, Meeting | None]:
    """The public meetings of the same body before and after one (1 query)."""
    beside = (
        meetings_visible_to(VISITOR)
        .select_related("body")
        .filter(body=meeting.body_id, number__in=[meeting.number - 1, meeting.number + 1])
    )
    by_number = {each.number: each for each in beside}
    return by_number.get(meeting.number - 1), by_number.get(meeting.number + 1)


def papers_until(day: date) -> list[Paper]:
    """Papers that everybody may see, of meetings held up to a day (1 query)."""
    found = papers_visible_to(VISITOR).select_related("meeting__body")
    return list(found.filter(meeting__held_on__lte=day, since__lte=day))


def members_as_of(day: date) -> list[Member]:
    """Members whom a source of up to that day names, by body and in the source's order (1 query)."""
    found = Member.objects.select_related("body").filter(Q(until=None) | Q(until__gte=day), since__lte=day)
    return list(found.order_by("body__order", "order"))


def named_bodies_as_of(day: date) -> list[NamedBody]:
    """National and regional bodies that carry the threads, as named up to a day (1 query)."""
    return list(NamedBody.objects.filter(since__lte=day))


def examples_as_of(day: date) -> list[Example]:
    """Examples of new efforts shown up to a day (1 query)."""
    return list(Example.objects.select_related("body").filter(since__lte=day))
