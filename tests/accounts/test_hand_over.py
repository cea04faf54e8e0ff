"""A role passes to a successor: proposed by who leaves, accepted by somebody else, with what is open in its hands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from itoguchi.accounts import actions, queries
from itoguchi.accounts.access import memberships_of
from itoguchi.accounts.models import Account, HandOver, Membership, Role
from itoguchi.areas.models import Area
from itoguchi.core.duties import duties_of
from itoguchi.core.journal import history_of
from itoguchi.outreach.actions import Facts, decide_on_draft, hold_briefing, plan_briefing
from itoguchi.outreach.models import Briefing
from itoguchi.outreach.queries import waiting_approval

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
DAY = timedelta(days=1)
NOW = timezone.now()


def account(sign_in_name: str, **role: Any) -> Account:
    made = actions.open_account(sign_in_name=sign_in_name, name=f"見本 {sign_in_name}", password=None, by=None)
    if role:
        actions.grant_membership(made, **role, valid_from=date(2020, 4, 1), by=None)
    return made


@pytest.fixture
def newcomer() -> Account:
    return account("newcomer")


@pytest.fixture
def colleague(bureau: Account) -> Account:
    return account("colleague", role=Role.BUREAU, block=bureau.terms[0].block)


def proposed(by: Account, successor: Account | None, last_day: date | None = None, **more: Any) -> HandOver:
    day = last_day or TODAY
    return actions.propose_hand_over(by.terms[0], successor=successor, last_day=day, today=TODAY, by=by, **more)


def accepted(by: Account, successor: Account, colleague: Account, last_day: date | None = None) -> HandOver:
    return actions.accept_hand_over(proposed(by, successor, last_day), today=TODAY, at=NOW, by=colleague)


def fresh(known: Account) -> Account:
    return Account.objects.get(pk=known.pk)


def roles_on(known: Account, day: date) -> list[str]:
    return [each.role for each in memberships_of(fresh(known), day)]


def kyoto(day: date) -> Facts:
    area = Area.objects.get(code="260002")
    return Facts(day=day, place="京都府", title="京都の説明会", prefecture=area, prefectures=frozenset({area}))


def test_a_proposal_gives_nobody_anything(bureau: Account, newcomer: Account, colleague: Account) -> None:
    proposed(bureau, newcomer)
    assert roles_on(newcomer, TODAY + DAY) == []
    assert roles_on(bureau, TODAY + DAY) == ["bureau"]
    with pytest.raises(ValidationError, match="すでに提案"):
        proposed(bureau, colleague)


def test_the_role_passes_on_the_day_after_the_last(bureau: Account, newcomer: Account, colleague: Account) -> None:
    done = accepted(bureau, newcomer, colleague, TODAY + 2 * DAY)
    assert [roles_on(bureau, TODAY + after * DAY) for after in (2, 3)] == [["bureau"], []]
    assert [roles_on(newcomer, TODAY + after * DAY) for after in (2, 3)] == [[], ["bureau"]]
    change = history_of(done.membership)[0]
    assert (change.who, change.why) == (str(colleague), "引継ぎの承認")


def test_who_leaves_and_who_comes_do_not_decide(bureau: Account, newcomer: Account, officer: Account) -> None:
    found = proposed(bureau, newcomer)
    for stranger in (bureau, newcomer, officer):
        with pytest.raises(PermissionDenied):
            actions.accept_hand_over(found, today=TODAY, at=NOW, by=fresh(stranger))
        with pytest.raises(PermissionDenied):
            actions.refuse_hand_over(found, remark="x", at=NOW, by=fresh(stranger))
    with pytest.raises(PermissionDenied):
        actions.propose_hand_over(bureau.terms[0], successor=newcomer, last_day=TODAY, today=TODAY, by=officer)


@pytest.mark.parametrize("last_day", [TODAY - DAY, TODAY + 30 * DAY])
def test_the_last_day_lies_in_the_rest_of_the_term(bureau: Account, newcomer: Account, last_day: date) -> None:
    Membership.objects.filter(account=bureau).update(valid_to=TODAY + 10 * DAY)
    with pytest.raises(ValidationError, match="役割の期間の中"):
        proposed(fresh(bureau), newcomer, last_day)


def test_a_late_decision_is_refused_with_the_next_step(bureau: Account, newcomer: Account, colleague: Account) -> None:
    found = proposed(bureau, newcomer)
    with pytest.raises(ValidationError, match="提案し直して"):
        actions.accept_hand_over(found, today=TODAY + DAY, at=NOW, by=colleague)


def test_somebody_without_an_account_is_let_in_by_the_secretariat(
    bureau: Account, colleague: Account, coordinator: Account, newcomer: Account
) -> None:
    found = proposed(bureau, None, newcomer_name="新任 一子", newcomer_email="new@example.jp")
    with pytest.raises(PermissionDenied):
        actions.accept_hand_over(found, successor=newcomer, today=TODAY, at=NOW, by=colleague)
    with pytest.raises(ValidationError, match="後任のアカウント"):
        actions.accept_hand_over(found, today=TODAY, at=NOW, by=coordinator)
    actions.accept_hand_over(found, successor=newcomer, today=TODAY, at=NOW, by=coordinator)
    assert roles_on(newcomer, TODAY + DAY) == ["bureau"]


def test_a_colleague_who_takes_over_keeps_the_own_role(bureau: Account, colleague: Account) -> None:
    done = accepted(bureau, colleague, colleague)
    assert done.given is None
    assert roles_on(colleague, TODAY + DAY) == ["bureau"]
    assert roles_on(bureau, TODAY + DAY) == []


def test_the_last_of_the_secretariat_hands_over_without_locking_anybody_out(
    coordinator: Account, approver: Account, newcomer: Account
) -> None:
    actions.end_membership(approver.terms[0], on=TODAY, by=coordinator)
    accepted(coordinator, newcomer, fresh(approver))
    assert roles_on(newcomer, TODAY + DAY) == ["coordinator"]


def test_it_is_taken_back_until_the_last_day(bureau: Account, newcomer: Account, colleague: Account) -> None:
    actions.withdraw_hand_over(proposed(bureau, newcomer), today=TODAY, at=NOW, by=bureau)
    done = accepted(bureau, newcomer, colleague)
    with pytest.raises(PermissionDenied):
        actions.withdraw_hand_over(done, today=TODAY, at=NOW, by=newcomer)
    with pytest.raises(ValidationError, match="取り消せません"):
        actions.withdraw_hand_over(done, today=TODAY + DAY, at=NOW, by=colleague)
    actions.withdraw_hand_over(done, today=TODAY, at=NOW, by=colleague)
    assert roles_on(newcomer, TODAY + DAY) == []
    assert roles_on(bureau, TODAY + DAY) == ["bureau"]
    with pytest.raises(ValidationError, match="すでに終わって"):
        actions.withdraw_hand_over(done, today=TODAY, at=NOW, by=bureau)


def test_a_refusal_says_why(bureau: Account, newcomer: Account, colleague: Account) -> None:
    found = proposed(bureau, newcomer)
    with pytest.raises(ValidationError, match="見送る理由"):
        actions.refuse_hand_over(found, remark=" ", at=NOW, by=colleague)
    actions.refuse_hand_over(found, remark="後任は別の方です", at=NOW, by=colleague)
    with pytest.raises(ValidationError, match="すでに決まって"):
        actions.accept_hand_over(found, today=TODAY, at=NOW, by=colleague)
    proposed(bureau, colleague)  # in another way


def time_passes(days: int) -> None:
    """The same as if the hand-over had been accepted some days ago."""
    ago = timedelta(days=days)
    for each in HandOver.objects.all():
        HandOver.objects.filter(pk=each.pk).update(last_day=each.last_day - ago)
        Membership.objects.filter(pk=each.membership_id).update(valid_to=each.last_day - ago)
        Membership.objects.filter(pk=each.given_id).update(valid_from=each.last_day - ago + DAY)


def test_in_april_the_successor_finds_the_open_work_and_goes_on_with_it(
    bureau: Account, colleague: Account, newcomer: Account, django_assert_max_num_queries: Any
) -> None:
    past = plan_briefing(kyoto(TODAY - DAY), by=None)
    draft = plan_briefing(kyoto(TODAY + 9 * DAY), by=bureau, state=Briefing.State.DRAFT)
    leaver, helper, comer = Client(), Client(), Client()
    leaver.force_login(bureau)
    helper.force_login(colleague)
    with django_assert_max_num_queries(12):
        page = leaver.get("/account/hand-over").content.decode()
    panel = f"/account/hand-over/roles/{bureau.terms[0].pk}"
    assert panel in page
    assert helper.get(panel).status_code == 404
    with django_assert_max_num_queries(12):
        page = leaver.get(panel).content.decode()
    assert "承認を待つ起案" in page
    assert "開催日を過ぎた予定" in page
    typed = {
        "membership": bureau.terms[0].pk, "successor": "newcomer", "last_day": TODAY.isoformat(),
        "note": "京都の会場は来週まで仮押さえ",
    }  # fmt: skip
    assert leaver.post("/account/hand-over", typed).status_code == 302
    found = HandOver.objects.get()
    address = f"/account/hand-over/{found.pk}"
    assert f'href="{address}"' in helper.get("/account/hand-over").content.decode()
    assert "引き継ぎました" in helper.post(f"{address}/decide", {"deed": "accept"}, follow=True).content.decode()

    time_passes(1)
    comer.force_login(fresh(newcomer))
    with django_assert_max_num_queries(12):
        page = comer.get(address).content.decode()
    assert "京都の会場は来週まで仮押さえ" in page
    assert "承認を待つ起案" in page
    assert "引き継いだ仕事" in comer.get("/account/").content.decode()
    duty = found.duties.get(what="開催日を過ぎた予定")
    comer.post(f"/account/hand-over/duties/{duty.pk}", {"deed": "done"})
    assert found.duties.filter(done_at=None).get().title == draft.title

    with pytest.raises(PermissionDenied):
        hold_briefing(past, today=TODAY, by=fresh(bureau))
    assert leaver.post(f"{past.address}/hold", {"day": TODAY.isoformat()}).status_code == 403
    assert comer.post(f"{past.address}/hold", {"day": past.day.isoformat()}).status_code == 302
    assert Briefing.objects.get(pk=past.pk).state == "held"
    waiting = waiting_approval(draft)
    assert waiting
    with pytest.raises(PermissionDenied, match="起案者だけ"):
        decide_on_draft(draft, waiting, deed="withdraw", by=colleague, today=TODAY)
    decide_on_draft(draft, waiting, deed="withdraw", by=fresh(newcomer), today=TODAY)
    held_by_newcomer = fresh(newcomer).terms[0]
    assert "差し戻された起案・取り下げた起案" in [str(each.what) for each in duties_of(held_by_newcomer, TODAY)]
    assert queries.predecessors_of(fresh(bureau), TODAY) == set()


def test_strangers_see_nothing_of_it(bureau: Account, newcomer: Account, client_of: Callable[[str], Client]) -> None:
    address = f"/account/hand-over/{proposed(bureau, newcomer, note='秘密の申し送り').pk}"
    for persona in ("officer", "prefecture", "adviser"):
        assert client_of(persona).get(address).status_code == 404
        assert client_of(persona).post(f"{address}/decide", {"deed": "accept"}).status_code == 404
        assert "秘密の申し送り" not in client_of(persona).get("/account/hand-over").content.decode()
    assert client_of("coordinator").get(address).status_code == 200
    assert client_of("officer").post("/account/hand-over/duties/1", {"deed": "done"}).status_code == 404
