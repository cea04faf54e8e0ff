"""Back from a start and a window: council, budget, papers, prefecture, consortium; too late, and what it is not too late for."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area
from itoguchi.core.journal import history_of
from itoguchi.support.actions import (
    SchemeFacts,
    SessionFacts,
    WindowFacts,
    YearFacts,
    keep_scheme,
    keep_sessions,
    keep_year,
)
from itoguchi.support.actions.schemes import TOKYO
from itoguchi.support.models import CouncilSession, Scheme, Window
from itoguchi.support.queries import BackPlan, DatedStep, back_plan, sessions_of
from tests.personas import account_of
from tests.support.factories import TAMBA

pytestmark = pytest.mark.django_db

APRIL = date(2027, 4, 1)


@pytest.fixture
def tamba() -> Area:
    return Area.objects.get(code=TAMBA)


def a_window(*days: tuple[date | None, date | None], **facts: object) -> Window:
    """The first window of a scheme that has these."""
    said = {"name": "試験の支援", "kind": Scheme.Kind.GRANT, "provider": "試験省", "source": "試験"} | facts
    scheme = keep_scheme("dated", SchemeFacts(**said), by=None)  # type: ignore[arg-type]
    windows = tuple(
        WindowFacts(
            opens_at=datetime.combine(opens, time(9), TOKYO) if opens else None,
            closes_at=datetime.combine(closes, time(17), TOKYO) if closes else None,
        )
        for opens, closes in days
    )
    year = keep_year(scheme, YearFacts(fiscal_year=2026, source="試験", windows=windows), by=None)
    return year.windows.order_by("pk")[0]


def step(plan: BackPlan, key: str) -> DatedStep:
    return next(each for each in plan.steps if each.key == key)


def test_april_is_decided_in_march_and_asked_for_in_autumn(tamba: Area) -> None:
    plan = back_plan(tamba, None, APRIL, date(2026, 11, 27))
    assert [each.key for each in plan.steps] == ["budget", "council", "start"]
    budget, council = step(plan, "budget"), step(plan, "council")
    assert (budget.begins, budget.ends, budget.when) == (
        date(2026, 10, 1),
        date(2026, 11, 30),
        "令和8年10月〜令和8年11月",
    )
    assert (council.label, council.when) == ("3月定例会（当初予算の議決）", "令和9年3月")
    assert council.is_usual
    assert council.is_month
    assert not plan.too_late
    assert plan.earliest == APRIL


def test_a_start_in_summer_needs_a_supplementary_budget_of_june(tamba: Area) -> None:
    plan = back_plan(tamba, None, date(2027, 7, 1), date(2026, 11, 27))
    assert step(plan, "council").label == "6月定例会（補正予算の議決）"
    assert step(plan, "budget").when == "令和9年5月"


def test_after_the_autumn_april_is_too_late_and_june_is_not(tamba: Area) -> None:
    plan = back_plan(tamba, None, APRIL, date(2026, 12, 1))
    assert plan.too_late
    assert step(plan, "budget").is_late
    assert plan.earliest == date(2027, 7, 1)
    assert plan.session is not None
    assert plan.session.name == "3月定例会"


def test_a_start_that_is_past_is_too_late(tamba: Area) -> None:
    plan = back_plan(tamba, None, date(2026, 4, 1), date(2026, 11, 27))
    assert plan.too_late
    assert step(plan, "start").is_late
    assert step(plan, "council").when == "令和8年3月"
    assert back_plan(tamba, None, date(2020, 4, 1), date(2026, 11, 27)).session is not None
    assert plan.earliest == date(2027, 1, 1)  # the session of December can still be asked


def test_own_sessions_replace_the_usual_ones_and_known_days_are_days(tamba: Area) -> None:
    keep_sessions(
        tamba,
        [
            SessionFacts(
                month=2, name="2月定例会", is_first_budget=True, opens_on=date(2027, 2, 24), closes_on=date(2027, 3, 23)
            ),
            SessionFacts(month=9, name="9月定例会"),
        ],
        by=account_of("officer"),
        why="試験",
    )
    plan = back_plan(tamba, None, APRIL, date(2026, 11, 27))
    council = step(plan, "council")
    assert (council.when, council.is_month, council.is_usual) == ("令和9年2月24日〜令和9年3月23日", False, False)
    assert [(each.name, each.is_usual) for each in plan.sessions] == [
        ("2月定例会", False), ("9月定例会", False), ("2月定例会", False),
    ]  # fmt: skip
    assert history_of(CouncilSession.objects.get(month=9))[0].why == "試験"
    keep_sessions(tamba, [], by=None)
    assert sessions_of(tamba)[1]


def test_who_may_write_sessions_and_what_is_refused(tamba: Area) -> None:
    march = SessionFacts(month=3, name="3月定例会", is_first_budget=True)
    for name in ("neighbour", "prefecture", "adviser"):
        with pytest.raises(PermissionDenied):
            keep_sessions(tamba, [march], by=account_of(name))
    by: Account = account_of("officer")
    for wrong in (
        [march, march],
        [SessionFacts(month=3, name="3月定例会")],
        [SessionFacts(month=13, name="x", is_first_budget=True)],
        [SessionFacts(month=3, name="x", is_first_budget=True, opens_on=date(2027, 3, 2), closes_on=date(2027, 3, 1))],
        [SessionFacts(month=3, name="x", is_first_budget=True, opens_on=date(2027, 3, 2))],
    ):
        with pytest.raises(ValidationError):
            keep_sessions(tamba, wrong, by=by)
    assert not CouncilSession.objects.exists()


def test_papers_consortium_prefecture_and_decision_come_from_the_scheme(tamba: Area) -> None:
    window = a_window(
        (date(2027, 1, 10), date(2027, 2, 15)),
        rule={"all": [{"applicant": ["consortium"]}, {"members": ["area", "company"]}]},
        steps=(("都道府県を経由して提出", None), ("交付決定", 3)),
    )
    plan = back_plan(tamba, window, APRIL, date(2026, 11, 27), scheme=window.year.scheme)
    assert not plan.too_late
    assert plan.fits == window
    assert step(plan, "papers").ends == date(2027, 2, 15)
    assert step(plan, "consortium").ends == date(2027, 2, 15)
    assert step(plan, "prefecture").ends == date(2027, 2, 1)
    assert step(plan, "prefecture").is_usual
    assert step(plan, "decision").when == "令和9年3月"
    assert [each.ends for each in plan.steps] == sorted(each.ends for each in plan.steps)


def test_a_start_before_the_grant_is_decided_is_too_late(tamba: Area) -> None:
    window = a_window((date(2027, 4, 1), date(2027, 5, 31)), steps=(("交付決定", 8),))
    plan = back_plan(tamba, window, date(2027, 7, 1), date(2026, 11, 27), scheme=window.year.scheme)
    assert step(plan, "decision").is_late
    assert plan.too_late
    assert (plan.fits, plan.earliest) == (window, date(2027, 10, 1))


def test_a_closed_window_is_too_late_and_the_next_one_is_named(tamba: Area) -> None:
    closed = a_window((date(2026, 9, 1), date(2026, 10, 1)), (date(2027, 1, 10), date(2027, 2, 15)))
    plan = back_plan(tamba, closed, APRIL, date(2026, 11, 27), scheme=closed.year.scheme)
    assert plan.too_late
    assert step(plan, "papers").is_late
    assert plan.fits is not None
    assert plan.fits != closed
    assert plan.earliest == APRIL


def test_where_no_window_is_left_none_fits(tamba: Area) -> None:
    closed = a_window((None, date(2026, 10, 1)))
    plan = back_plan(tamba, closed, APRIL, date(2026, 11, 27), scheme=closed.year.scheme)
    assert plan.too_late
    assert plan.fits is None
    assert plan.earliest == APRIL


def test_a_window_without_end_counts_to_its_fiscal_year(tamba: Area) -> None:
    window = a_window((date(2026, 10, 1), None))
    plan = back_plan(tamba, window, APRIL, date(2026, 11, 27), scheme=window.year.scheme)
    assert step(plan, "papers").ends == date(2027, 3, 31)
    assert not plan.too_late
    assert "公表されていません" in step(plan, "papers").why
