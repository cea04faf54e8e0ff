"""Cases: written by the area, looked at by a second person, checked every year, ended (§ docs/cases.md)."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.areas import sample as areas
from itoguchi.areas.models import Area
from itoguchi.cases import actions, queries
from itoguchi.cases.models import Case, State
from itoguchi.core.duties import duties_of
from itoguchi.core.journal import history_of
from itoguchi.core.matters import matter_of
from itoguchi.core.models import SearchEntry
from tests.cases.factories import TAMBA, a_case, a_figure, cost, facts_of_case, published
from tests.personas import account_of

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def area(code: str = TAMBA) -> Area:
    return Area.objects.get(code=code)


def seen(who: Any) -> set[int]:
    return {each.pk for each in queries.cases_seen_by(who)}


def test_the_areas_officers_and_the_secretariat_write_a_case(officer: Account, coordinator: Account) -> None:  # §1
    for each in (officer, coordinator):
        made = actions.record_case(area(), facts_of_case(), by=each, today=TODAY)
        assert made.state == State.DRAFT
    for name in ("neighbour", "prefecture", "bureau", "adviser", "partner"):
        with pytest.raises(PermissionDenied):
            actions.record_case(area(), facts_of_case(), by=account_of(name), today=TODAY)
    assert history_of(made)[0].why == "事例の記録"


def test_a_draft_is_seen_by_the_area_above_it_and_nobody_else(officer: Account) -> None:  # §2
    draft = actions.record_case(area(), facts_of_case(), by=officer, today=TODAY)
    may = {"officer", "chief", "prefecture", "bureau", "coordinator"}
    for name in (*may, "neighbour", "adviser", "partner", "funder"):
        assert (draft.pk in seen(account_of(name))) == (name in may), name
    assert draft.pk not in seen(AnonymousUser())


def test_a_second_person_looks_before_others_read(officer: Account, chief: Account, bureau: Account) -> None:  # §3
    case = actions.record_case(area(), facts_of_case(), by=officer, today=TODAY)
    approval = actions.ask_for_review(case, by=officer, reason="見てください")
    with pytest.raises(ValidationError):
        actions.change_case(case, facts_of_case(title="x"), by=officer, today=TODAY)
    with pytest.raises(PermissionDenied):
        actions.decide_on(case, deed="approve", by=chief, today=TODAY)
    Account.objects.filter(pk=bureau.pk).update(email="b@example.jp")
    assert matter_of(approval).deciders == [bureau]
    with pytest.raises(ValidationError):
        actions.decide_on(case, deed="send_back", by=bureau, today=TODAY, remark=" ")
    case = actions.decide_on(case, deed="send_back", by=bureau, today=TODAY, remark="根拠を")
    assert case.state == State.RETURNED
    told = [each.why for each in queries.watched(officer, TODAY)]
    assert told == ["差し戻されました：根拠を"]
    actions.change_case(case, facts_of_case(title="直した"), by=officer, today=TODAY)
    actions.ask_for_review(case, by=officer)
    assert [each.path for each in queries.watched(bureau, TODAY)] == [case.address]
    case = actions.decide_on(case, deed="approve", by=bureau, today=TODAY)
    assert (case.state, case.published_on) == (State.PUBLISHED, TODAY)
    assert case.pk in seen(AnonymousUser())
    assert SearchEntry.objects.get(room="cases").title == "直した"


def test_nobody_publishes_what_they_asked_for(coordinator: Account, approver: Account) -> None:
    case = actions.record_case(area(), facts_of_case(), by=coordinator, today=TODAY)
    actions.ask_for_review(case, by=coordinator)
    with pytest.raises(PermissionDenied):
        actions.decide_on(case, deed="approve", by=coordinator, today=TODAY)
    assert actions.decide_on(case, deed="approve", by=approver, today=TODAY).state == State.PUBLISHED


def test_a_request_is_withdrawn_by_who_made_it(officer: Account, chief: Account) -> None:
    case = actions.record_case(area(), facts_of_case(), by=officer, today=TODAY)
    actions.ask_for_review(case, by=officer)
    with pytest.raises(PermissionDenied):
        actions.decide_on(case, deed="withdraw", by=chief, today=TODAY)
    assert actions.decide_on(case, deed="withdraw", by=officer, today=TODAY).state == State.DRAFT
    with pytest.raises(ValidationError):
        actions.decide_on(case, deed="withdraw", by=officer, today=TODAY)


def test_what_is_opened_anew_or_ended_is_read_by_nobody_else(officer: Account) -> None:  # §4
    case = a_case()
    with pytest.raises(ValidationError):
        actions.reopen(case, by=officer, why=" ")
    case = actions.reopen(case, by=officer, why="書き足すため")
    assert case.pk not in seen(AnonymousUser())
    assert not SearchEntry.objects.filter(room="cases").exists()
    case = published(case)
    assert actions.end(case, by=officer, why="古い").state == State.ENDED
    assert case.pk not in seen(AnonymousUser())


def test_a_year_later_somebody_says_whether_it_still_holds(officer: Account) -> None:  # §5
    last_year = TODAY - timedelta(days=370)
    case = a_case(on=last_year, costs=(cost(2026, 100),), figures=(a_figure(),))
    due = [each for each in duties_of(officer.terms[0], TODAY) if each.path == f"{case.address}/check"]
    assert [each.due for each in due] == [last_year + timedelta(days=365)]
    assert [each.path for each in queries.watched(officer, TODAY)] == [f"{case.address}/check"]
    with pytest.raises(ValidationError):
        actions.check_case(case, holds=False, by=officer, today=TODAY)
    with pytest.raises(PermissionDenied):
        actions.check_case(case, holds=True, by=account_of("neighbour"), today=TODAY)
    actions.check_case(
        case,
        holds=True,
        by=officer,
        today=TODAY,
        costs=(cost(2026, 100), cost(2027, 50)),
        figures=(a_figure(after="95"),),
    )
    case = queries.case_in_full(Case.objects.all()).get()
    assert (case.still_holds, case.checked_on, case.check_due) == (True, TODAY, TODAY + timedelta(days=365))
    assert queries.total_of(case) == 150
    assert [str(each.after) for each in case.figures.all()] == ["95.000"]
    assert queries.watched(officer, TODAY) == []


def test_a_draft_is_not_checked(officer: Account) -> None:
    with pytest.raises(ValidationError):
        actions.check_case(a_case(is_published=False), holds=True, by=officer, today=TODAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"figures": (a_figure(after_on=a_figure().before_on),)},
        {"figures": (a_figure(before_on=None),)},
        {"figures": (a_figure(after_on=TODAY + timedelta(days=7)),)},
        {"costs": (cost(2026, -1),)},
        {"title": ""},
        {"worry": "x" * 4001},
        {"evidence": ""},
    ],
)
def test_it_refuses_what_does_not_add_up(officer: Account, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        actions.record_case(area(), facts_of_case(**wrong), by=officer, today=TODAY)


def test_cases_of_areas_like_ones_own_come_first() -> None:  # §6
    areas.load_sample(random.Random(1), TODAY)
    far, own = a_case("011002"), a_case()
    places = queries.places_of(TAMBA)
    assert places[TAMBA] == 0
    assert len(places) == 21
    like = a_case(next(code for code, place in places.items() if place == 3))
    rows = queries.by_likeness(queries.cases_seen_by(AnonymousUser()), places)
    assert {each.pk: each.likeness for each in rows} == {far.pk: None, own.pk: 0, like.pk: 3}
    assert queries.places_of("280003") == {}
    assert [each.pk for each in queries.cases_to_add([own], AnonymousUser(), places)] == [like.pk, far.pk]
    assert [each.pk for each in queries.cases_in_full([far.pk, own.pk, far.pk, 999], AnonymousUser())] == [
        far.pk,
        own.pk,
    ]
