"""Events as iCalendar files: read back unchanged, the same bytes each time, plain words for what can't be read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from ical.calendar_stream import IcsCalendarStream

from itoguchi.core.events import NEVER, Event, read_calendar, write_calendar
from itoguchi.core.imports import ImportRefused

DAY = Event(
    uid="briefings/2017-02-24-ishikawa@itoguchi",
    start=date(2017, 2, 24),
    summary="北陸地域ICT利活用セミナー, その1; 長い題名は一行七十五バイトで折り返されるので、折り返しをまたいでも元のとおりに読めること",
    end=date(2017, 2, 25),
    location="石川県",
    description="一行目\n二行目",
    url="https://example.jp/briefings/2017-02-24-ishikawa",
    status="TENTATIVE",
    changed_at=datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC),
    changes=3,
    more={"X-ITOGUCHI-COUNTS-FOR": "hokuriku"},
)
MOMENT = Event(
    uid="m", start=datetime(2016, 9, 29, 5, tzinfo=UTC), summary="会合", end=datetime(2016, 9, 29, 6, tzinfo=UTC)
)


def test_what_is_written_is_read_back_unchanged() -> None:
    assert read_calendar(write_calendar("説明会", [DAY, MOMENT]), "x.ics") == [DAY, MOMENT]


def test_the_same_events_are_the_same_bytes() -> None:
    assert write_calendar("説明会", [DAY, MOMENT]) == write_calendar("説明会", [DAY, MOMENT])


def test_another_parser_accepts_it() -> None:
    read = IcsCalendarStream.calendar_from_ics(write_calendar("説明会", [DAY, MOMENT]).decode())
    assert [event.summary for event in read.events] == [DAY.summary, MOMENT.summary]
    assert read.events[0].dtstart == DAY.start


def test_an_event_without_end_lasts_a_day() -> None:
    read = read_calendar(write_calendar("x", [Event(uid="a", start=date(2017, 1, 31), summary="x")]), "x.ics")
    assert read[0].end == date(2017, 2, 1)
    assert read[0].changed_at == NEVER


@pytest.mark.parametrize("data", [b"", b"hello", b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n", b"\xff\xfe\x00"])
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    with pytest.raises(ImportRefused):
        read_calendar(data, "x.ics")


def test_an_event_without_day_is_named_by_its_place() -> None:
    whole = write_calendar("x", [DAY, MOMENT])
    with pytest.raises(ImportRefused) as refused:
        read_calendar(whole.replace(b"DTSTART:20160929T050000Z\r\n", b""), "x.ics")
    assert [problem.row for problem in refused.value.problems] == [2]
