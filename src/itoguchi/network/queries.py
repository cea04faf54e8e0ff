"""What people ask of meetings: which were held up to a day, with agenda and presentations."""

from __future__ import annotations

from datetime import date

from django.db.models import Prefetch, QuerySet

from itoguchi.network.models import AgendaItem, Body, Meeting, Presentation

DAY_OF_SOURCE = date(2017, 3, 24)  # of the secretariat's document that the first records were read from


def meetings() -> QuerySet[Meeting]:
    """All meetings by day, with body, agenda and presentations in their order (3 queries)."""
    items = AgendaItem.objects.order_by("order").prefetch_related(
        Prefetch("presentations", Presentation.objects.order_by("order"))
    )
    return Meeting.objects.select_related("body").prefetch_related(Prefetch("agenda", items))


def meetings_until(day: date) -> list[Meeting]:
    """Meetings held up to a day, that day included (3 queries)."""
    return list(meetings().filter(held_on__lte=day))


def bodies() -> list[Body]:
    """The bodies in their order (1 query)."""
    return list(Body.objects.all())


def neighbours_of(meeting: Meeting) -> tuple[Meeting | None, Meeting | None]:
    """The meetings of the same body before and after one (1 query)."""
    beside = Meeting.objects.select_related("body").filter(
        body=meeting.body_id, number__in=[meeting.number - 1, meeting.number + 1]
    )
    by_number = {each.number: each for each in beside}
    return by_number.get(meeting.number - 1), by_number.get(meeting.number + 1)
