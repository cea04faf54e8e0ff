"""Watch: a scheme that moves is told once to who has a need it fits or saved a search that finds it, with why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.core.actions import save_search
from itoguchi.core.models import Mail
from itoguchi.core.watched import Watched
from itoguchi.roadmap.actions import send_digests, tune_watch
from itoguchi.roadmap.models import Told
from itoguchi.roadmap.queries import watched_by
from itoguchi.support.actions import (
    RateFacts,
    WindowFacts,
    YearFacts,
    close_need,
    end_scheme,
    facts_of,
    keep_scheme,
    keep_year,
)
from itoguchi.support.actions.schemes import TOKYO
from itoguchi.support.models import Scheme
from itoguchi.support.queries import openly_wanted
from tests.core.test_mail import use
from tests.support.factories import TAMBA, WORRY, a_need, an_open_scheme

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
LONG_AGO = timedelta(days=400)


@pytest.fixture
def today() -> date:
    return timezone.localdate()


def made_long_ago(*schemes: Scheme) -> None:
    """As if the journal knew of them for more than a year."""
    then = timezone.now() - LONG_AGO
    keys = [each.key for each in schemes]
    for name, narrow in (
        ("schemes.Scheme", {"pgh_obj_id__in": keys}),
        ("schemes.SchemeYear", {"scheme__in": keys}),
        ("schemes.Rate", {}),
        ("schemes.Window", {}),
    ):
        model: Any = __import__("itoguchi.support.models", fromlist=["x"]).__dict__[name.partition(".")[2]]
        model.pgh_event_model.objects.filter(**narrow).update(pgh_created_at=then)


def open_between(scheme: Scheme, opens: date, closes: date) -> None:
    """One window, known for long."""
    at = time(9)
    window = WindowFacts(opens_at=datetime.combine(opens, at, TOKYO), closes_at=datetime.combine(closes, at, TOKYO))
    keep_year(scheme, YearFacts(fiscal_year=opens.year, source="試験", windows=(window,)), by=None)
    made_long_ago(scheme)


def of_schemes(account: Account, day: date) -> list[Watched]:
    return [each for each in watched_by(account, day) if each.topic == "schemes"]


def keys(account: Account, day: date) -> list[str]:
    return [each.key for each in of_schemes(account, day)]


def test_a_window_that_opens_is_told_to_areas_that_may_use_it_and_have_such_a_need(
    officer: Account, neighbour: Account, prefecture: Account, today: date
) -> None:
    scheme = an_open_scheme("monkeys", "primary-industry", rule={"kind": ["city"]})
    open_between(scheme, today + timedelta(days=3), today + timedelta(days=60))
    a_need(field="primary-industry")
    assert keys(officer, today) == []
    day = today + timedelta(days=3)
    [told] = of_schemes(officer, day)
    assert told.key == f"scheme monkeys opens {day}"
    assert "受付が始まりました" in told.why
    assert WORRY[:5] in told.why
    assert "使えます" in told.why
    assert told.path == "/schemes/monkeys"
    assert keys(neighbour, day) == keys(prefecture, day) == []
    assert keys(officer, day + timedelta(days=40)) == []


def test_who_may_not_use_it_or_needs_something_else_is_not_told(officer: Account, today: date) -> None:
    for key, field, rule in (("towns", "primary-industry", {"kind": ["town"]}), ("other", "tourism", {})):
        scheme = an_open_scheme(key, field, rule=rule)
        open_between(scheme, today - timedelta(days=1), today + timedelta(days=60))
    need = a_need(field="primary-industry", on=today - timedelta(days=30))
    assert keys(officer, today) == []
    fitting = an_open_scheme("fits", "primary-industry")
    open_between(fitting, today - timedelta(days=1), today + timedelta(days=60))
    assert keys(officer, today) == [f"scheme fits opens {today - timedelta(days=1)}"]
    close_need(need, "試した", by=None, today=today)
    assert keys(officer, today) == []


def test_closing_soon_is_told_within_two_weeks(officer: Account, today: date) -> None:
    scheme = an_open_scheme("monkeys", "primary-industry")
    open_between(scheme, today - timedelta(days=60), today + timedelta(days=20))
    a_need(field="primary-industry")
    assert keys(officer, today) == keys(officer, today + timedelta(days=5)) == []
    [told] = of_schemes(officer, today + timedelta(days=6))
    assert told.key == f"scheme monkeys closes {today + timedelta(days=20)}"
    assert "あと14日" in told.why
    assert "今日" in of_schemes(officer, today + timedelta(days=20))[0].why
    assert keys(officer, today + timedelta(days=21)) == []
    end_scheme(scheme, today, by=None, why="終わり")
    assert keys(officer, today + timedelta(days=6)) == []


def test_a_rate_window_or_rule_that_changes_is_told_and_nothing_else(officer: Account, today: date) -> None:
    scheme = an_open_scheme("monkeys", "primary-industry")
    open_between(scheme, today - timedelta(days=60), today + timedelta(days=60))
    a_need(field="primary-industry", on=today - timedelta(days=90))
    assert keys(officer, today) == []
    facts = facts_of(scheme)
    keep_scheme("monkeys", replace(facts, summary="言い直した"), by=None)
    assert keys(officer, today) == []
    keep_scheme("monkeys", replace(facts, rule={"kind": ["city"]}), by=None)
    [rule] = of_schemes(officer, today)
    assert "使える条件が" in rule.why
    year = YearFacts(
        fiscal_year=(today - timedelta(days=60)).year, source="試験", rates=(RateFacts(rate=Fraction(1, 2)),)
    )
    keep_year(scheme, year, by=None)
    said = [each.why for each in of_schemes(officer, today)]
    assert len(said) == 3
    assert any("補助率や上限が" in why for why in said)
    assert any("受付期間が" in why for why in said)
    made_long_ago(scheme)
    assert keys(officer, today) == []


def test_a_scheme_entered_today_is_one_thing(officer: Account, today: date) -> None:
    a_need(field="primary-industry")
    an_open_scheme("monkeys", "primary-industry", days=40)
    assert keys(officer, today) == ["scheme monkeys new"]


def test_a_worry_without_a_field_is_met_by_two_shared_words(officer: Account, today: date) -> None:
    scheme = an_open_scheme("monkeys")
    keep_scheme("monkeys", replace(facts_of(scheme), summary="畑を荒らす猿の見回り"), by=None)
    an_open_scheme("snow")
    a_need()
    assert keys(officer, today) == ["scheme monkeys closes " + str(today + timedelta(days=12)), "scheme monkeys new"]


def test_who_wrote_a_need_down_is_told_too_and_hidden_needs_stay_hidden(
    bureau: Account, neighbour: Account, today: date
) -> None:
    an_open_scheme("monkeys", "primary-industry", days=40)
    need = a_need(field="primary-industry")
    assert keys(bureau, today) == []
    need.entered_by = bureau
    need.save()
    assert keys(bureau, today) == ["scheme monkeys new"]
    need.entered_by = neighbour
    need.save()
    assert keys(neighbour, today) == []


def test_a_saved_search_of_schemes_tells_of_what_it_finds(partner: Account, today: date) -> None:
    old = an_open_scheme("old", "tourism", days=40)
    made_long_ago(old)
    now = timezone.now() - timedelta(minutes=1)
    saved = save_search("/schemes/", {"field": "tourism", "link": "dead", "kind": "grant"}, by=partner, now=now)
    assert saved.question == {"field": "tourism", "kind": "grant"}
    an_open_scheme("farms", "primary-industry", days=40)
    assert watched_by(partner, today) == []
    an_open_scheme("trips", "tourism", days=40)
    [told] = watched_by(partner, today)
    assert (told.topic, told.key) == ("searches", "scheme trips new")
    assert saved.name in told.why
    saved.tells = False
    saved.save()
    assert watched_by(partner, today) == []


def test_what_fits_a_need_and_a_saved_search_is_one_entry_of_one_digest(
    officer: Account, today: date, settings: Any
) -> None:
    use(settings, "smtp://127.0.0.1:9")
    officer.email = "officer@example.jp"
    officer.save()
    now = timezone.now() - timedelta(minutes=1)
    a_need(field="primary-industry")
    a_need(text="畑が荒れている", field="primary-industry")
    save_search("/schemes/", {"field": "primary-industry"}, by=officer, now=now)
    an_open_scheme("monkeys", "primary-industry", days=40)
    assert [each.key for each in watched_by(officer, today)] == ["scheme monkeys new"]
    monday = today + timedelta(days=-today.weekday() % 7)
    assert send_digests(monday) == 1
    assert Mail.objects.get().body.count("試験の支援 monkeys") == 1
    assert Told.objects.get().key == "scheme monkeys new"
    assert send_digests(monday + timedelta(days=7)) == 0
    tune_watch(officer, topics=["searches"], every="week")
    assert [each.topic for each in watched_by(officer, today)] == ["searches"]


def test_the_page_of_what_to_look_at_costs_a_dozen_queries_when_nothing_moves(
    client_of: ClientOf, officer: Account, django_assert_max_num_queries: Any
) -> None:
    client = client_of("officer")
    with django_assert_max_num_queries(24):  # nothing is remembered inside a test's transaction
        client.get("/follow-up/watch")
    for persona in ("officer", "chief", "bureau", "prefecture", "partner", "adviser", "funder"):
        client = client_of(persona)
        with django_assert_max_num_queries(12):
            client.get("/follow-up/duties")


def test_only_open_needs_make_an_area_wanted(today: date) -> None:
    first = a_need(solutions=["telework"], is_internal=False, on=today - timedelta(days=9))
    a_need(solutions=["telework"], is_internal=False)
    a_need("282227", solutions=["telework"])
    assert openly_wanted("telework", today) == {first.area_id: today - timedelta(days=9)}
    assert openly_wanted("telework", today - timedelta(days=10)) == {}
    assert openly_wanted("ehr", today) == {}
    assert first.area.code == TAMBA
