"""Events as iCalendar files (RFC 5545), which people's own calendars subscribe to, and read back without loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from icalendar import Calendar
from icalendar import Event as Component

from itoguchi.core.imports.problems import ImportRefused, Problem, refuse
from itoguchi.core.wording import say

PRODUCT = "-//Itoguchi//itoguchi//JA"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
CONTENT_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing on a calendar. `uid` never changes; `start` is a day or a moment; `more` are X- properties by name.

    `changed_at` is when the record last changed and `changes` how often: a calendar takes what is newer.
    """

    uid: str
    start: date | datetime
    summary: str
    end: date | datetime | None = None  # first day after, or the moment it ends
    location: str = ""
    description: str = ""
    url: str = ""
    status: str = "CONFIRMED"  # or TENTATIVE, CANCELLED
    changed_at: datetime = NEVER
    changes: int = 0
    more: Mapping[str, str] = field(default_factory=dict)


def write_calendar(name: str, events: Iterable[Event]) -> bytes:
    """The calendar as an .ics file; same events, same bytes."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Asia/Tokyo")
    for event in events:
        calendar.add_component(_component(event))
    return bytes(calendar.to_ical())


def _component(event: Event) -> Component:
    component = Component()
    component.add("uid", event.uid)
    component.add("dtstamp", event.changed_at.astimezone(UTC).replace(microsecond=0))
    component.add("sequence", event.changes)
    component.add("dtstart", event.start)
    component.add("dtend", event.end or _end_of(event.start))
    component.add("summary", event.summary)
    for name in ("location", "description", "url"):
        if value := getattr(event, name):
            component.add(name, value)
    component.add("status", event.status)
    if not isinstance(event.start, datetime):
        component.add("transp", "TRANSPARENT")  # a whole day does not block the reader's own
    for name, value in sorted(event.more.items()):
        component.add(name, value)
    return component


def _end_of(start: date | datetime) -> date | datetime:
    return start + (timedelta(hours=1) if isinstance(start, datetime) else timedelta(days=1))


def calendar_response(name: str, events: Iterable[Event], *, filename: str) -> HttpResponse:
    """The calendar as an answer that programs subscribe to."""
    response = HttpResponse(write_calendar(name, events), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'inline; filename="{filename}.ics"'
    return response


def read_calendar(data: bytes, name: str) -> list[Event]:
    """Events of an .ics file in their order; raises ImportRefused, naming each event that can't be read."""
    try:
        calendar = Calendar.from_ical(data)
    except ValueError:
        refuse(
            say(_("「%(name)s」はカレンダーのファイル（iCalendar、.ics）として読めません。"), name=name),
            _("カレンダーから書き出した .ics のファイルを選んでください。"),
        )
    events: list[Event] = []
    problems: list[Problem] = []
    for number, component in enumerate(calendar.walk("VEVENT"), start=1):
        try:
            events.append(_event(component))
        except (KeyError, AttributeError, ValueError):
            problems.append(
                Problem(
                    number,
                    "VEVENT",
                    _("予定を読めません。"),
                    _("UID・開始日（DTSTART）・題名（SUMMARY）のある予定にしてください。"),
                )
            )
    if problems:
        raise ImportRefused(problems)
    if not events:
        refuse(say(_("「%(name)s」に予定がありません。"), name=name), _("予定のある .ics のファイルを選んでください。"))
    return events


def _event(component: Any) -> Event:
    end = component.get("dtend")
    stamp = component.get("dtstamp")
    return Event(
        uid=str(component["uid"]),
        start=component["dtstart"].dt,
        summary=str(component["summary"]),
        end=end.dt if end is not None else None,
        location=str(component.get("location", "")),
        description=str(component.get("description", "")),
        url=str(component.get("url", "")),
        status=str(component.get("status", "CONFIRMED")),
        changed_at=stamp.dt if stamp is not None else NEVER,
        changes=int(component.get("sequence", 0)),
        more={key: str(value) for key, value in component.items() if key.upper().startswith("X-")},
    )
