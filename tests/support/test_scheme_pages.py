"""Pages of schemes: list, one scheme, who may, forms; few queries, both languages, refusals beside their fields."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from itoguchi.accounts.models import Account
from itoguchi.areas import sample
from itoguchi.areas.models import Area
from itoguchi.core.journal import history_of
from itoguchi.roadmap.models import Solution
from itoguchi.support.actions import (
    NeedFacts,
    RateFacts,
    SchemeFacts,
    WindowFacts,
    YearFacts,
    index_schemes,
    keep_scheme,
    keep_year,
    mark_scheme,
    record_need,
)
from itoguchi.support.forms.rules import condition_said, rows_of, rule_said
from itoguchi.support.models import Need, Scheme, SchemeYear, Window
from tests.outreach.test_pages import japanese_left

pytestmark = pytest.mark.django_db

RULE = {"all": [{"applicant": ["area"]}, {"any": [{"fiscal_strength": {"at_most": 0.1}}, {"disadvantaged": True}]}]}


@pytest.fixture
def figures() -> None:
    sample.load_sample(random.Random(1), date(2026, 11, 24))


def facts(**more: Any) -> SchemeFacts:
    return SchemeFacts(
        **({"name": "猿を追う補助金", "kind": Scheme.Kind.GRANT, "provider": "試験省", "source": "試験の要領"} | more)
    )


def a_scheme(key: str = "monkeys", *, closes_in: int | None = 12, **more: Any) -> Scheme:
    """A scheme whose window closes at five in so many days."""
    scheme = keep_scheme(key, facts(**more), by=None)
    now = timezone.localtime()
    windows: tuple[WindowFacts, ...] = ()
    if closes_in is not None:
        closes = (now + timedelta(days=closes_in)).replace(hour=17, minute=0, second=0, microsecond=0)
        windows = (WindowFacts(opens_at=closes - timedelta(days=30), closes_at=closes, has_time=True),)
    keep_year(
        scheme,
        YearFacts(
            fiscal_year=now.year,
            source="x",
            max_yen=20_000_000,
            rates=(RateFacts(rate=Fraction(2, 3)),),
            windows=windows,
        ),
        by=None,
    )
    return scheme


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_list_says_rate_ceiling_and_the_days_left(client: Client) -> None:
    a_scheme()
    a_scheme("closed", name="終わった補助金", closes_in=-3)
    a_scheme("silent", name="黙った補助金", closes_in=None)
    closes = timezone.localtime() + timedelta(days=12)
    said = text_of(client.get("/schemes/").content.decode())
    assert "あと12日、" in said
    assert f"{closes.month}月{closes.day}日17時まで" in said
    assert "2/3、上限 20,000,000円" in said
    assert "受付終了" in said
    assert "公表なし" in said
    assert "試験の要領" in said


def test_words_and_filters_narrow_the_list(client: Client) -> None:
    a_scheme(summary="獣害を減らす", solutions=frozenset({Solution.objects.get(pk="telework")}))
    index_schemes()
    for query, is_there in (
        ("q=獣害", True),
        ("q=どこにもない言葉zzz", False),
        ("kind=grant", True),
        ("kind=loan", False),
        ("level=private", False),
        ("when=open", True),
        ("when=closed", False),
        ("solution=telework", True),
        ("solution=ehr", False),
    ):
        page = client.get(f"/schemes/?{query}").content.decode()
        assert ("猿を追う補助金" in page) == is_there, query
        assert is_there or 'href="/schemes/"' in page


def test_an_officer_sees_whether_the_own_area_may(figures: None, client_of: Callable[[str], Client]) -> None:
    a_scheme(rule={"fiscal_strength": {"at_most": 0.1}})
    a_scheme("open-to-all", name="だれでも", rule={"all": []})
    client = client_of("officer")
    page = text_of(client.get("/schemes/").content.decode())
    assert "✗ 使えない" in page
    assert "✓ 使える" in page
    found = client.get("/schemes/?mine=yes").content.decode()
    assert "だれでも" in found
    assert "猿を追う補助金" not in found


def many(count: int) -> None:
    """So many schemes with a year and a window each."""
    now = timezone.now()
    Scheme.objects.bulk_create(
        [Scheme(key=f"s{n}", name=f"s{n}", kind="grant", provider="x", source="x", rule=RULE) for n in range(count)]
    )
    years = SchemeYear.objects.bulk_create(
        [SchemeYear(scheme_id=f"s{n}", fiscal_year=now.year, source="x") for n in range(count)]
    )
    Window.objects.bulk_create(
        [Window(year=year, closes_at=now + timedelta(days=n % 300)) for n, year in enumerate(years)]
    )


def test_the_list_of_five_thousand_takes_few_queries(
    figures: None, client_of: Callable[[str], Client], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many(5000)
    client = client_of("officer")
    client.get("/schemes/")
    for query in ("", "?mine=unknown", "?when=open&kind=grant"):
        with django_assert_max_num_queries(12):
            assert client.get(f"/schemes/{query}").status_code == 200


@pytest.mark.parametrize("path", ["", "/areas", "/areas?state=no&block=kinki"])
@pytest.mark.parametrize("persona", ["visitor", "officer", "coordinator"])
def test_the_pages_of_a_scheme_take_few_queries(
    persona: str,
    path: str,
    figures: None,
    client_of: Callable[[str], Client],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    a_scheme(rule={"all": [{"prefecture": ["280003"]}, {"kind": ["city"]}]})
    client = client_of(persona)
    client.get("/schemes/monkeys")
    with django_assert_max_num_queries(12):
        assert client.get(f"/schemes/monkeys{path}").status_code == 200


def test_the_page_says_each_condition_with_its_gap_and_what_to_enter(figures: None, client: Client) -> None:
    a_scheme(rule=RULE, who="市町村", detail="一行目\n\n二行目", papers=("申請書",), steps=(("交付決定", 6),))
    page = text_of(client.get("/schemes/monkeys?area=282219").content.decode())
    assert "申請者が地方公共団体、かつ（財政力指数が0.10以下、または条件不利地域である）" in page
    assert re.search(r"財政力指数は0\.\d\d（条件：0\.10以下）", page)
    assert "申請者を書くと判定できます。" in page
    for said in ("申請書", "例年6月", "2/3", "あと12日", "試験の要領", "市町村"):
        assert said in page


def test_an_area_is_found_by_its_name(client: Client) -> None:
    a_scheme()
    assert client.get("/schemes/monkeys", {"area": "たんばささやま"}).status_code == 302
    assert "どこにもない" in client.get("/schemes/monkeys", {"area": "どこにもない"}).content.decode()
    assert 'href="?area=' in client.get("/schemes/monkeys", {"area": "府中市"}).content.decode()


def test_areas_that_may_are_counted_and_listed_with_the_first_gap(figures: None, client: Client) -> None:
    a_scheme(rule={"all": [{"prefecture": ["280003"]}, {"kind": ["city"]}]})
    page = text_of(client.get("/schemes/monkeys/areas?state=yes").content.decode())
    assert "丹波篠山市" in text_of(client.get("/schemes/monkeys/areas?state=yes&prefecture=280003").content.decode())
    assert "条件：都道府県が兵庫県" in text_of(
        client.get("/schemes/monkeys/areas?state=no&prefecture=270008").content.decode()
    )
    assert "✓ 使える" in page
    rows = client.get("/schemes/monkeys/areas?format=csv&state=yes").content.decode("utf-8-sig").splitlines()
    assert 20 < len(rows) < 60


def test_internal_needs_beside_an_area_are_shown_to_who_may_see_them(client_of: Callable[[str], Client]) -> None:
    model = Solution.objects.get(pk="telework")
    a_scheme(solutions=frozenset({model}))
    area = Area.objects.get(code="282219")
    record_need(area, NeedFacts(title="x", text="x", solutions=frozenset({model})), by=None, today=timezone.localdate())
    query = "/schemes/monkeys/areas?prefecture=280003"
    assert "1件" in text_of(client_of("officer").get(query).content.decode())
    assert "1件" not in text_of(client_of("visitor").get(query).content.decode())
    for persona, found in (("officer", ["282219"]), ("visitor", [])):
        answer = client_of(persona).get("/schemes/monkeys/areas?need=yes&format=json")
        assert [row["code"] for row in answer.json()["rows"]] == found


def the_form(**more: str) -> dict[str, str]:
    return {
        "name": "新しい補助金", "kind": "grant", "level": "national", "provider": "試験省", "source": "要領",
        "joined": "all", "version": "new", "rows-TOTAL_FORMS": "4", "rows-INITIAL_FORMS": "0",
    } | more  # fmt: skip


ROWS = {
    "rows-0-fact": "kind", "rows-0-relation": "in", "rows-0-value": "町、村",
    "rows-1-fact": "fiscal_strength", "rows-1-relation": "at_most", "rows-1-value": "0.8", "rows-1-in_group": "on",
    "rows-2-fact": "disadvantaged", "rows-2-relation": "yes", "rows-2-in_group": "on",
    "rows-3-fact": "used_within_years", "rows-3-value": "5 ict", "rows-3-is_not": "on",
}  # fmt: skip


def test_a_rule_is_entered_in_rows_and_read_back(client_of: Callable[[str], Client]) -> None:
    client = client_of("coordinator")
    answer = client.post("/schemes/new", the_form(key="fresh", say="1", **ROWS))
    assert "団体の種類が町・村、かつ（財政力指数が0.80以下、または条件不利地域である）" in text_of(
        answer.content.decode()
    )
    assert client.post("/schemes/new", the_form(key="fresh", **ROWS)).status_code == 302
    scheme = Scheme.objects.get(key="fresh")
    assert scheme.rule == {
        "all": [
            {"kind": ["town", "village"]},
            {"any": [{"fiscal_strength": {"at_most": 0.8}}, {"disadvantaged": True}]},
            {"not": {"used_within_years": {"years": 5, "of": "ict"}}},
        ]
    }
    page = client.get("/schemes/fresh/edit").content.decode()
    assert 'value="町、村"' in page
    assert "5 ict" in page


def test_problems_of_a_rule_stand_in_their_row(client_of: Callable[[str], Client]) -> None:
    client = client_of("coordinator")
    for row, says in (
        ({"rows-1-fact": "population", "rows-1-relation": "at_most", "rows-1-value": "多い"}, "数ではありません"),
        ({"rows-1-fact": "kind", "rows-1-relation": "in", "rows-1-value": "郡"}, "「郡」はありません"),
        ({"rows-1-value": "5"}, "何についての条件か"),
        ({"rule": '{"moon": true}'}, "という条件はありません"),
        ({"rule": "[1"}, "JSONとして読めません"),
        ({"rule": '{"disadvantaged": true}', "rows-1-fact": "disadvantaged", "rows-1-relation": "yes"}, "どちらか一方"),
    ):
        answer = client.post("/schemes/new", the_form(key="fresh", **row))
        assert answer.status_code == 422, row
        assert says in text_of(answer.content.decode()), row
    clash = {"rows-0-fact": "population", "rows-0-relation": "at_most", "rows-0-value": "5"}
    clash |= {"rows-1-fact": "population", "rows-1-relation": "at_least", "rows-1-value": "10"}
    assert "両立しない" in client.post("/schemes/new", the_form(key="fresh", **clash)).content.decode()
    within = {
        "joined": "any",
        "has_more": "on",
        "rows-1-fact": "population",
        "rows-1-relation": "below",
        "rows-1-value": "0",
    }
    answer = client.post(
        "/schemes/new", the_form(key="fresh", **{"rows-0-fact": "disadvantaged", "rows-0-relation": "yes"}, **within)
    )
    assert [bool(each.errors) for each in answer.context["rows"]][:2] == [False, True]
    assert not Scheme.objects.filter(key="fresh").exists()


def test_a_change_asks_why_and_is_refused_when_somebody_was_quicker(
    client_of: Callable[[str], Client], coordinator: Account
) -> None:
    scheme = a_scheme()
    client = client_of("coordinator")
    version = re.search(r'name="version" value="([^"]+)"', client.get("/schemes/monkeys/edit").content.decode())[1]  # type: ignore[index]
    assert client.post("/schemes/monkeys/edit", the_form(version=version)).status_code == 422
    keep_scheme("monkeys", facts(name="先に直した"), by=coordinator, why="x")
    answer = client.post("/schemes/monkeys/edit", the_form(version=version, why="改定"))
    assert answer.status_code == 422
    assert "ほかの方がこの記録を変えました" in answer.content.decode()
    version = re.search(r'name="version" value="([^"]+)"', answer.content.decode())[1]  # type: ignore[index]
    assert client.post("/schemes/monkeys/edit", the_form(version=version, why="改定")).status_code == 302
    assert history_of(scheme)[0].why == "改定"


def test_saving_a_form_as_it_came_changes_nothing(client_of: Callable[[str], Client]) -> None:
    client = client_of("coordinator")
    for scheme in Scheme.objects.all():
        before = scheme.rule
        page = client.get(f"/schemes/{scheme.key}/edit")
        form, rows = page.context["form"], page.context["rows"]
        sent = {f.html_name: f.value() for f in form if f.value() is not None and f.value() is not False} | {"why": "x"}
        for each in (rows.management_form, *rows):
            sent |= {f.html_name: f.value() for f in each if f.value() is not None and f.value() is not False}
        answer = client.post(f"/schemes/{scheme.key}/edit", sent)
        assert answer.status_code == 302, (scheme.key, answer.context["form"].errors, answer.context["rows"].errors)
        scheme.refresh_from_db()
        assert scheme.rule == before


def test_a_year_is_written_with_rates_and_windows_to_their_hour(client_of: Callable[[str], Client]) -> None:
    scheme = a_scheme(closes_in=None)
    client = client_of("coordinator")
    said = {
        "source": "要領", "version": "new",
        "rates-TOTAL_FORMS": "2", "rates-INITIAL_FORMS": "0", "windows-TOTAL_FORMS": "1", "windows-INITIAL_FORMS": "0",
        "rates-0-rate": "2/3", "rates-0-fact": "disadvantaged", "rates-0-relation": "yes",
        "rates-1-rate": "定額", "rates-1-max_yen": "5000000",
        "windows-0-opens_on": "令和9年4月1日", "windows-0-closes_on": "2027-05-20", "windows-0-closes_time": "17時",
    }  # fmt: skip
    assert client.post("/schemes/monkeys/years/2027", said).status_code == 302
    year = scheme.years.get(fiscal_year=2027)
    assert [(str(each), each.rule) for each in year.rates.all()] == [("2/3", {"disadvantaged": True}), ("定額", {})]
    assert timezone.localtime(year.windows.get().closes_at) == timezone.make_aware(datetime(2027, 5, 20, 17))
    page = client.get("/schemes/monkeys/years/2027").content.decode()
    assert 'value="17:00"' in page
    for wrong, says in (
        ({"rates-0-rate": "6/5"}, "100 %"),
        ({"windows-0-opens_on": "2027-06-01"}, "受付開始より後"),
        ({"asked": "1", "chosen": "2"}, "申請の数以下"),
        ({"windows-0-closes_time": "25時"}, "17:00"),
    ):
        version = re.search(r'name="version" value="([^"]+)"', page)[1]  # type: ignore[index]
        answer = client.post("/schemes/monkeys/years/2027", said | {"version": version, "why": "x"} | wrong)
        assert answer.status_code == 422, wrong
        assert says in text_of(answer.content.decode()), wrong


def test_a_scheme_is_ended_with_a_reason_and_stays_readable(client_of: Callable[[str], Client]) -> None:
    a_scheme()
    client = client_of("coordinator")
    assert client.post("/schemes/monkeys/end", {"day": "2026-04-01"}).status_code == 422
    assert client.post("/schemes/monkeys/end", {"day": "2026-04-01", "why": "事業の終了"}).status_code == 302
    assert "猿を追う補助金" not in client.get("/schemes/").content.decode()
    assert "終わりました" in client.get("/schemes/monkeys").content.decode()


def test_the_secretariat_sees_what_was_useful(client_of: Callable[[str], Client], officer: Account) -> None:
    scheme = a_scheme()
    area = Area.objects.get(code="282219")
    need = record_need(area, NeedFacts(title="x", text="x"), by=None, today=timezone.localdate())
    mark_scheme(need, scheme, is_useful=True, by=officer, why="採択された")
    assert Need.objects.exists()
    assert "採択された" in client_of("coordinator").get("/schemes/monkeys").content.decode()
    assert "採択された" not in client_of("officer").get("/schemes/monkeys").content.decode()


def test_a_window_goes_into_a_calendar(client: Client) -> None:
    a_scheme()
    data = client.get("/schemes/monkeys/calendar.ics").content.decode()
    assert data.count("BEGIN:VEVENT") == 1
    assert client.get("/schemes/nowhere/calendar.ics").status_code == 404


@pytest.mark.parametrize(
    "path", ["", "?q=x", "monkeys", "monkeys?area=282219", "monkeys/areas", "monkeys/history", "public-wifi"]
)
def test_the_pages_speak_english(path: str, client: Client) -> None:
    a_scheme(name_en="Chasing monkeys", rule=RULE)
    page = client.get(f"/en/schemes/{path}").content.decode()
    assert japanese_left(page[page.index("<main") : page.index("<footer")]) == []


def test_script_never_reaches_a_page(client_of: Callable[[str], Client]) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    a_scheme(
        name=evil, summary=evil, detail=evil, who=evil, contact=evil, papers=(evil,), steps=((evil, 6),), source=evil
    )
    client = client_of("coordinator")
    for path in (
        "",
        "monkeys",
        "monkeys/areas",
        "monkeys/history",
        "monkeys/edit",
        "monkeys/end",
        "monkeys/years/2026",
    ):
        page = client.get(f"/schemes/{path}").content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


conditions = st.one_of(
    st.builds(
        lambda kinds: {"kind": kinds}, st.lists(st.sampled_from(["town", "village", "city"]), min_size=1, unique=True)
    ),
    st.builds(
        lambda r, n: {"population": {r: n}},
        st.sampled_from(["at_least", "above", "at_most", "below"]),
        st.integers(0, 10**7),
    ),
    st.builds(lambda yes: {"disadvantaged": yes}, st.booleans()),
    st.builds(lambda years: {"used_within_years": years}, st.integers(1, 20)),
)
signed = st.one_of(conditions, conditions.map(lambda each: {"not": each}))


@given(
    st.lists(st.one_of(signed, st.lists(signed, min_size=1, max_size=3)), min_size=1, max_size=4),
    st.sampled_from(["all", "any"]),
)
@settings(max_examples=100, deadline=None)
def test_what_rows_can_say_comes_back_the_same(parts: list[Any], joined: str) -> None:
    other = "any" if joined == "all" else "all"
    rule = {joined: [{other: part} if isinstance(part, list) else part for part in parts]}
    found = rows_of(rule)
    if found is not None:
        said = [({"not": _of(row)} if row["is_not"] else _of(row), row) for row in found[1]]
        assert rule_said(found[0], said) == rule
    elif sum(isinstance(part, list) for part in parts) < 2:
        assert len(parts) == 1  # one condition in a list of its own: rows would say it without the list


def _of(row: dict[str, Any]) -> dict[str, Any]:
    return condition_said(row["fact"], row["relation"], row["value"])
