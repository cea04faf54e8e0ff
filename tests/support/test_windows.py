"""Windows without an end, and windows by their hour: what is open is open by every door."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from itoguchi.areas.models import Area
from itoguchi.core.calendar import fiscal_year
from itoguchi.plans.queries import sheet_of
from itoguchi.roadmap.models import Field
from itoguchi.support import queries
from itoguchi.support.actions import WindowFacts, YearFacts, keep_year
from itoguchi.support.actions.schemes import TOKYO
from itoguchi.support.models import Scheme
from itoguchi.support.queries import WHOLE_DAY, Asked, Hour, State, hour_of
from tests.support.factories import TAMBA, a_need
from tests.support.test_scheme_pages import a_scheme, text_of

pytestmark = pytest.mark.django_db

FIELD = "workstyle"
DAY = date(2026, 5, 20)
ASKED = Asked(text="猿を追う", fields=frozenset({FIELD}))


def at(hour: int, minute: int = 0, *, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute), TOKYO)


def a_scheme_with(year: int, *windows: WindowFacts) -> Scheme:
    fields = frozenset(Field.objects.filter(key=FIELD))
    scheme = a_scheme(closes_in=None, fields=fields, rule={"all": []})
    scheme.years.all().delete()
    keep_year(scheme, YearFacts(fiscal_year=year, source="x", windows=windows), by=None)
    return scheme


def timing(day: date, hour: Hour = WHOLE_DAY) -> Any:
    found = queries.match_schemes(Area.objects.get(code=TAMBA), ASKED, day, top=500, hour=hour)
    return next(each.timing for each in found if each.scheme == "monkeys")


def test_a_window_without_end_is_open_to_the_end_of_its_fiscal_year() -> None:
    a_scheme_with(2026, WindowFacts(opens_at=at(9)))
    need = a_need(field=FIELD, on=DAY)
    for day, state, served in (
        (DAY - timedelta(days=1), "coming", None),
        (DAY, "open", State.YES),
        (date(2027, 3, 31), "open", State.YES),
        (date(2027, 4, 1), "closed", None),
    ):
        found = timing(day)
        assert (found.state, found.window.closes) == (state, None), day
        assert Scheme.objects.get(key="monkeys") in queries.in_state(Scheme.objects.all(), state, at(12, day=day))
        if day >= DAY:
            standing = queries.standings(day)[need.pk].best
            assert (standing == State.YES) == (served == State.YES), day
    assert Scheme.objects.get(key="monkeys") in queries.open_schemes(at(12))


def test_pages_and_commands_tell_no_end_that_nobody_told(client: Client, tmp_path: Path) -> None:
    today = timezone.localdate()
    year = fiscal_year(today)
    scheme = a_scheme_with(year, WindowFacts(opens_at=at(0, day=today - timedelta(days=1))))
    need = a_need(field=FIELD, is_internal=False, on=today)
    for page in (f"/needs/{need.pk}", f"/first-step?area={TAMBA}&need={need.pk}"):
        assert "受付中（終わりは公表なし）" in text_of(client.get(page).content.decode()), page
    sheet = sheet_of(need.area, user=client.get("/").wsgi_request.user, day=today, need=need)
    (match,) = (each for each in sheet.may if each.scheme == scheme.key)
    assert (match.timing.window.opens, match.timing.window.closes) == (today - timedelta(days=1), None)  # type: ignore[union-attr]
    said = [each for each in sheet.actions if "猿を追う補助金" in each.what]
    assert [each.by for each in said] == [today + timedelta(days=14)]
    assert sheet.dates
    assert any(each.key == "papers" for each in sheet.dates.steps)
    start = date(year + 1, 1, 10)
    answer = client.get(f"/areas/{TAMBA}/calendar?scheme={scheme.key}&start={start}")
    assert "終わりは公表されていません" in text_of(answer.content.decode())
    (papers,) = (each for each in answer.context["plan"].steps if each.key == "papers")
    assert papers.ends == max(start, today) - timedelta(days=1)  # before the start, not the end of the fiscal year
    file = tmp_path / "need.json"
    file.write_text(json.dumps({"text": "猿を追う", "fields": [FIELD]}), encoding="utf-8")
    out = StringIO()
    call_command("match_schemes", area=TAMBA, need_file=str(file), json=True, top=500, stdout=out)
    (told,) = (each for each in json.loads(out.getvalue())["schemes"] if each["scheme"] == scheme.key)
    assert (told["window"]["state"], told["window"]["closes"], told["window"]["days"]) == ("open", None, None)
    answer = client.get(f"/api/v1/first-step?area={TAMBA}&need={need.pk}").json()
    assert [each["closes"] for each in answer["may"] if each["scheme"] == scheme.key] == [None]


def test_a_window_of_an_earlier_year_is_not_said_to_be_open(client: Client) -> None:
    year = fiscal_year(timezone.localdate()) - 1
    a_scheme_with(year, WindowFacts(opens_at=datetime(year, 5, 1, tzinfo=TOKYO)))
    page = text_of(client.get("/schemes/monkeys").content.decode())
    assert "受付中" not in page
    assert "受付終了（終わりの日は公表なし）" in page


def test_a_window_that_closed_at_noon_is_closed_a_minute_later() -> None:
    a_scheme_with(2026, WindowFacts(opens_at=at(9, day=date(2026, 5, 1)), closes_at=at(12), has_time=True))
    need = a_need(field=FIELD, on=DAY)
    for now, state in ((at(11, 59), "open"), (at(12), "open"), (at(12, 1), "closed")):
        hour = hour_of(DAY, now)
        assert timing(DAY, hour).state == state, now
        assert (queries.standings(DAY, hour)[need.pk].best == State.YES) == (state == "open"), now
    assert timing(DAY).state == "open"  # all of a day that is asked for counts
    assert hour_of(DAY - timedelta(days=1), at(12, 1)) == WHOLE_DAY


def test_a_window_that_opens_at_nine_does_not_count_at_eight() -> None:
    a_scheme_with(2026, WindowFacts(opens_at=at(9), closes_at=at(17, day=date(2026, 6, 30)), has_time=True))
    early = timing(DAY, hour_of(DAY, at(8)))
    assert (early.state, early.days, early.window.opens) == ("coming", 0, DAY)
    assert timing(DAY, hour_of(DAY, at(9))).state == "open"
    assert timing(DAY).state == "open"


def test_the_page_of_today_goes_by_the_clock_and_the_command_by_the_day_asked_for(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    a_scheme_with(2026, WindowFacts(opens_at=at(9, day=date(2026, 5, 1)), closes_at=at(12), has_time=True))
    need = a_need(field=FIELD, is_internal=False, on=DAY)
    monkeypatch.setattr(timezone, "now", lambda: at(12, 1))
    assert "受付は終わりました" in text_of(client.get(f"/needs/{need.pk}").content.decode())
    file = tmp_path / "need.json"
    file.write_text(json.dumps({"text": "猿を追う", "fields": [FIELD]}), encoding="utf-8")

    def state(**more: str) -> str:
        out = StringIO()
        call_command("match_schemes", area=TAMBA, need_file=str(file), json=True, top=500, stdout=out, **more)
        found = json.loads(out.getvalue())["schemes"]
        return next(str(each["window"]["state"]) for each in found if each["scheme"] == "monkeys")

    assert state() == "closed"
    assert state(as_of=DAY.isoformat()) == "open"


def test_the_count_of_unmet_needs_goes_by_the_clock(
    client_of: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_scheme_with(2026, WindowFacts(opens_at=at(9, day=date(2026, 5, 1)), closes_at=at(12), has_time=True))
    a_need(field=FIELD, on=DAY)
    client = client_of("coordinator")
    seen = []
    for now in (at(11), at(13)):
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        found = client.get("/needs/unmet").context["found"].all
        seen.append((found.yes, found.unmet))
    assert seen == [(1, 0), (0, 1)]
