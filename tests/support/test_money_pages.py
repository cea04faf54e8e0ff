"""Pages of money and dates: what the address says is reckoned and kept nowhere; few queries, both languages, refusals in place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from itoguchi.core.calendar import fiscal_year
from itoguchi.support.actions import keep_scheme
from itoguchi.support.forms.money import read_yen
from itoguchi.support.forms.schemes import SchemeForm
from itoguchi.support.models import CouncilSession, Scheme
from tests.outreach.test_pages import japanese_left, main_of
from tests.support.factories import TAMBA, a_need
from tests.support.test_money import a_grant

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
YEAR = fiscal_year(timezone.localdate())
COST = f"area={TAMBA}&kind=equipment&year={YEAR}&yen=10000000"
CALENDAR, COUNCIL, SHEET = (f"/areas/{TAMBA}/{name}" for name in ("calendar", "council", "finance-sheet"))


def text_of(response: Any) -> str:
    return str(response.content.decode())


def a_scheme(key: str = "half", **more: Any) -> Scheme:
    """Open for the days around today, with terms of this fiscal year."""
    scheme = a_grant(key, **({"years": (YEAR,), "most": 4_000_000} | more))
    window = scheme.years.get().windows.get()
    window.opens_at, window.closes_at = (timezone.now() + timedelta(days=days) for days in (-5, 20))
    window.save()
    return scheme


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("5000000", 5_000_000), ("５，０００円", 5_000), ("500万", 5_000_000), ("1.5億円", 150_000_000), ("千", None),
        ("300万〜500万", (3_000_000, 5_000_000)), ("300万から500万", (3_000_000, 5_000_000)), ("3000-3000", (3000, 3000)),
        ("不明", "unknown"), ("?", "unknown"), ("5〜3", None), ("1〜2〜3", None), ("-5", None), ("1.5", None), ("", None),
        ("99兆", None), ("99999999999999", None), ("1e9", None),
    ],
)  # fmt: skip
def test_sums_are_read_as_people_write_them(written: str, read: Any) -> None:
    if read is None:
        with pytest.raises(ValidationError):
            read_yen(written)
    else:
        assert read_yen(written) == (None if read == "unknown" else read)


def test_a_visitor_sees_who_pays_and_what_binds_and_nothing_is_kept(client: Client) -> None:
    a_scheme()
    said = text_of(client.get(f"/money?{COST}"))
    assert "6,000,000円" in said
    assert "試験の支援 half" in said
    assert "上限。これがなければ、自己負担は1,000,000円減ります。" in said
    assert f"/areas/{TAMBA}/calendar?scheme=half" in said
    english = client.get(f"/en/money?{COST}")
    assert japanese_left(main_of(text_of(english))) == []


def test_a_range_is_shown_where_something_is_unknown(client: Client) -> None:
    a_scheme(most=None)
    said = text_of(client.get(f"/money?{COST}"))
    assert "5,000,000円〜10,000,000円" in said
    assert "上限が公表・登録されていません" in said
    assert "以上" in text_of(client.get(f"/money?{COST}&kind=labour&year={YEAR}&yen=不明"))


def test_costs_that_nothing_carries_name_the_limit(client: Client) -> None:
    a_scheme()
    said = text_of(client.get(f"/money?{COST}&most_own=500万"))
    assert "すぐに用意する額が1,000,000円足りません" in said
    assert "試験の支援 halfの" in said


def test_rows_that_cannot_be_read_are_named_beside_them(client: Client) -> None:
    for query in ("kind=x&year=2027&yen=1", "kind=equipment&year=abc&yen=1", "kind=equipment&year=2027&yen=たくさん",
                  "kind=equipment&year=2027", "kind=equipment&year=2027&yen=1&most_own=x", "kind=equipment&year=%00&yen=%001"):  # fmt: skip
        answer = client.get(f"/money?area={TAMBA}&{query}")
        assert answer.status_code == 400, query
        assert "errorlist" in text_of(answer)


def test_areas_by_word_one_is_taken_several_are_asked_none_is_told(client: Client) -> None:
    assert "丹波篠山市の自己負担" in text_of(client.get(f"/money?area={quote('丹波篠山')}"))
    several = text_of(client.get(f"/money?area={quote('那珂川町')}&kind=equipment&year=2027&yen=5"))
    assert several.count("yen=5") >= 2
    assert "あてはまる自治体がありません" in text_of(client.get("/money?area=どこにもない"))
    assert client.get("/money?need=abc").status_code == 404


def test_an_internal_need_is_not_there_for_others(client_of: ClientOf) -> None:
    need = a_need(size_yen=5_000_000)
    assert client_of("neighbour").get(f"/money?need={need.pk}").status_code == 404
    said = text_of(client_of("officer").get(f"/money?need={need.pk}"))
    assert "丹波篠山市の自己負担" in said


def test_the_calendar_says_in_time_or_too_late_and_for_what_not(client: Client) -> None:
    scheme = a_scheme()
    said = text_of(client.get(f"{CALENDAR}?scheme={scheme.pk}&start={YEAR + 3}-07-01"))
    assert "間に合います" in said
    assert "標準（推定）" in said
    assert "<svg" in said
    late = text_of(client.get(f"{CALENDAR}?start=2020-04-01"))
    assert "間に合わないものがあります" in late
    assert "その日程を見る" in late
    assert client.get(f"{CALENDAR}?start=2020-02-31").status_code == 400
    assert client.get("/areas/999999/calendar").status_code == 404
    assert client.get(f"{CALENDAR}?scheme=nowhere").status_code == 200


def test_the_calendar_goes_into_ones_own(client: Client) -> None:
    answer = client.get(f"{CALENDAR}.ics?start=2031-04-01")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [str(each["summary"]) for each in events] == [
        "予算要求（当初予算）（目安）", "3月定例会（当初予算の議決）（目安）", "事業の開始",
    ]  # fmt: skip
    assert [str(each["status"]) for each in events] == ["TENTATIVE", "TENTATIVE", "CONFIRMED"]


def test_an_officer_writes_the_sessions_of_the_own_council(client_of: ClientOf) -> None:
    client = client_of("officer")
    data = {"sessions-TOTAL_FORMS": "2", "sessions-INITIAL_FORMS": "0", "why": "議会事務局に聞いた",
            "sessions-0-month": "2", "sessions-0-is_first_budget": "on", "sessions-0-opens_on": "2031-02-24",
            "sessions-0-closes_on": "令和13年3月20日", "sessions-1-month": "9", "sessions-1-name": "秋の議会"}  # fmt: skip
    said = text_of(client.post(COUNCIL, data, follow=True))
    assert "この団体の担当者が登録した会期です" in said
    assert "秋の議会" in said
    assert CouncilSession.objects.get(month=2).closes_on == date(2031, 3, 20)
    assert "議会事務局に聞いた" in text_of(client.get(COUNCIL))
    for wrong in ({"sessions-0-month": ""}, {"sessions-0-closes_on": ""}, {"sessions-1-month": "2"}, {"sessions-0-month": "13"},
                  {"sessions-0-is_first_budget": ""}):  # fmt: skip
        answer = client.post(COUNCIL, data | wrong)
        assert answer.status_code == 422, wrong
        assert "errorlist" in text_of(answer), wrong
    assert client_of("neighbour").get(COUNCIL).status_code == 403


def test_the_sheet_says_what_why_cost_money_dates_and_risks(client: Client) -> None:
    a_scheme()
    said = text_of(client.get(f"{SHEET}?{COST}&what=猿対策&why=人手がない&start={YEAR + 2}-04-01"))
    for part in (
        "猿対策",
        "人手がない",
        "6,000,000円",
        "10,000,000円",
        "試験の支援 half",
        "3月定例会",
        "採択されなければ",
    ):
        assert part in said
    assert client.get(f"{SHEET}?start=x").status_code == 400
    assert "費用が書かれていません" in text_of(client.get(SHEET))
    assert client.get(f"/en{SHEET}?{COST}").status_code == 200


def test_programs_ask_the_same(client: Client) -> None:
    scheme = a_scheme()
    found = client.get(
        f"/api/v1/money?area={TAMBA}&cost=equipment:{YEAR}:9000000,operation:{YEAR}:1000000&scheme={scheme.pk}"
    ).json()
    assert (found["low"], found["high"]) == (6_000_000, 6_000_000)
    assert found["best"]["shares"] == [{"scheme": "half", "kind": "equipment", "year": YEAR, "yen": 4_000_000}]
    for query, status in ((f"cost=x:{YEAR}:1", 404), (f"cost=equipment:{YEAR}:5-3", 409), ("cost=equipment:0001:1", 409),
                          ("cost=abc", 422), ("scheme=nowhere", 404)):  # fmt: skip
        assert client.get(f"/api/v1/money?area={TAMBA}&{query}").status_code == status, query
    assert client.get("/api/v1/money?area=999999").status_code == 404


def test_the_pages_of_a_need_and_a_scheme_lead_here(client: Client) -> None:
    scheme, need = a_scheme(), a_need(is_internal=False)
    assert f"/money?need={need.pk}" in text_of(client.get(f"/needs/{need.pk}"))
    said = text_of(client.get(f"/schemes/{scheme.pk}?area={TAMBA}"))
    assert f"/money?scheme={scheme.pk}&amp;area={TAMBA}" in said
    assert f"{CALENDAR}?scheme={scheme.pk}" in said


def test_an_editor_says_what_excludes_what_pays_first_and_the_unit() -> None:
    scheme = a_scheme()
    data = {"key": "topped", "name": "x", "kind": "grant", "level": "national", "provider": "x", "source": "x", "joined": "all",
            "excludes": "half\n", "after": "nowhere\x00", "unit_yen": "1000", "least_own_percent": "10"}  # fmt: skip
    assert "after" in SchemeForm(data).errors
    form = SchemeForm(data | {"after": "half"})
    assert form.is_valid()
    made = keep_scheme("topped", form.facts({}), by=None)
    assert (made.excludes.get(), made.after.get()) == (scheme, scheme)
    assert (made.unit_yen, made.least_own_percent) == (1000, 10)
    with pytest.raises(ValidationError):
        keep_scheme("half", form.facts({}), by=None)
