"""An office that lets nobody publish alone: each outward act waits for a second person, and so does lifting the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.access import needs_second_person
from itoguchi.accounts.actions import (
    ask_to_end_rule,
    decide_on_rule,
    grant_membership,
    make_token,
    open_account,
    require_approval,
)
from itoguchi.accounts.models import Account, ApprovalRule, Role
from itoguchi.accounts.queries import holder_of
from itoguchi.areas.models import Area
from itoguchi.core.imports import ImportRefused
from itoguchi.outreach import actions, queries
from itoguchi.outreach.actions import Facts
from itoguchi.outreach.event_list import Given
from itoguchi.outreach.files import bring_in
from itoguchi.outreach.models import Briefing

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
AHEAD = TODAY + timedelta(days=30)
State = Briefing.State
Clients = Callable[[str], Client]


@pytest.fixture
def second(bureau: Account) -> Account:
    """A second officer of the bureau of Kinki."""
    account = open_account(sign_in_name="second", name="見本 九", password=None, by=None)
    grant_membership(account, role=Role.BUREAU, block=bureau.terms[0].block, valid_from=date(2020, 4, 1), by=None)
    return account


@pytest.fixture
def rule(bureau: Account, second: Account) -> ApprovalRule:
    return require_approval(bureau.terms[0], since=TODAY, today=TODAY, by=bureau)


def kyoto(day: date = AHEAD, **more: Any) -> Facts:
    area = Area.objects.get(code="260002")
    return Facts(day=day, place="京都府", title="京都の説明会", prefecture=area, prefectures=frozenset({area}), **more)


def planned(day: date = AHEAD) -> Briefing:
    return actions.plan_briefing(kyoto(day), by=None)


def now(briefing: Briefing) -> Briefing:
    return queries.with_drafts().get(pk=briefing.pk)


def decide(briefing: Briefing, deed: str, by: Account, remark: str = "") -> None:
    waiting = queries.waiting_approval(briefing)
    assert waiting
    actions.decide_on_draft(briefing, waiting, deed=deed, by=by, today=TODAY, remark=remark)


def test_one_person_alone_can_not_be_bound_to_a_second(bureau: Account) -> None:
    with pytest.raises(ValidationError, match="二人目のアカウント"):
        require_approval(bureau.terms[0], since=TODAY, today=TODAY, by=bureau)
    assert not needs_second_person(bureau)


def test_only_the_office_and_the_secretariat_set_the_rule(
    bureau: Account, second: Account, officer: Account, coordinator: Account
) -> None:
    with pytest.raises(PermissionDenied):
        require_approval(bureau.terms[0], since=TODAY, today=TODAY, by=officer)
    with pytest.raises(PermissionDenied):
        require_approval(coordinator.terms[0], since=TODAY, today=TODAY, by=bureau)
    with pytest.raises(ValidationError, match="今日からあと"):
        require_approval(bureau.terms[0], since=TODAY - timedelta(days=1), today=TODAY, by=bureau)
    rule = require_approval(bureau.terms[0], since=TODAY + timedelta(days=2), today=TODAY, by=coordinator)
    with pytest.raises(ValidationError, match="すでにあります"):
        require_approval(bureau.terms[0], since=TODAY, today=TODAY, by=bureau)
    days = [needs_second_person(second, TODAY + timedelta(days=after)) for after in (1, 2)]
    assert days == [False, True]
    assert not rule.stands_on(TODAY)


def test_no_outward_act_is_done_alone(rule: ApprovalRule, bureau: Account, coordinator: Account) -> None:
    past, ahead = planned(TODAY), planned()
    deeds: list[Callable[[], Any]] = [
        lambda: actions.plan_briefing(kyoto(), by=bureau, today=TODAY),
        lambda: actions.plan_briefing(kyoto(TODAY), by=bureau, today=TODAY, state=State.HELD),
        lambda: actions.change_briefing(ahead, replace(kyoto(), title="別"), by=bureau),
        lambda: actions.hold_briefing(past, today=TODAY, by=bureau),
        lambda: actions.cancel_briefing(ahead, by=bureau, why="会場の都合"),
    ]
    for deed in deeds:
        with pytest.raises(PermissionDenied, match="承認を求めてください"):
            deed()
    assert {now(past).state, now(ahead).state, now(ahead).title} == {"planned", "京都の説明会"}
    actions.change_briefing(ahead, replace(kyoto(), title="事務局が直した"), by=coordinator)  # no rule of its own


def test_neither_a_file_nor_a_key_goes_around_it(rule: ApprovalRule, bureau: Account) -> None:
    given = Given(row=2, briefing=None, facts=kyoto(), state=State.PLANNED)
    with pytest.raises(ImportRefused) as refused:
        bring_in([given], name="x.csv", sha256="0" * 64, size=1, why="x", by=bureau, today=TODAY)
    assert "承認を求めてください" in str(refused.value.problems[0].message)
    _token, secret = make_token(bureau.terms[0], name="x", last_day=TODAY, today=TODAY, by=bureau)
    held = holder_of(secret, TODAY)
    assert held
    with pytest.raises(PermissionDenied):
        actions.plan_briefing(kyoto(), by=held[0], today=TODAY)


def test_what_was_asked_for_is_done_as_it_was_asked(rule: ApprovalRule, bureau: Account, second: Account) -> None:
    briefing = planned()
    asked = replace(kyoto(AHEAD + timedelta(days=1)), title="直した題名", notes="※注記", place="京都市")
    actions.change_briefing(briefing, asked, by=bureau, why="会場が変わったため", asks=True)
    assert now(briefing).title == "京都の説明会"
    with pytest.raises(ValidationError, match="承認を待つ間"):
        actions.cancel_briefing(briefing, by=second, why="x", asks=True)
    with pytest.raises(PermissionDenied, match="自分の起案"):
        decide(briefing, "approve", bureau)
    assert [(each.pk, approval.drafter) for each, approval in queries.waiting_deeds(second)] == [(briefing.pk, bureau)]
    decide(briefing, "approve", second)
    assert actions.facts_of(now(briefing)) == asked
    assert queries.waiting_deeds(second) == []


def test_holding_and_calling_off_wait_too(rule: ApprovalRule, bureau: Account, second: Account) -> None:
    past, ahead = planned(TODAY), planned()
    actions.hold_briefing(past, today=TODAY, day=TODAY - timedelta(days=1), by=bureau, asks=True)
    actions.cancel_briefing(ahead, by=bureau, why="台風のため", asks=True)
    decide(past, "approve", second)
    decide(ahead, "send_back", second, "延期できませんか")
    assert (now(past).state, now(past).day) == ("held", TODAY - timedelta(days=1))
    assert now(ahead).state == "planned"
    actions.cancel_briefing(ahead, by=bureau, why="延期もできないため", asks=True)
    decide(ahead, "approve", second)
    assert now(ahead).state == "cancelled"


def test_one_that_took_place_is_recorded_through_two_people(
    rule: ApprovalRule, bureau: Account, second: Account
) -> None:
    draft = actions.plan_briefing(kyoto(TODAY), by=bureau, today=TODAY, state=State.DRAFT, then=State.HELD)
    decide(draft, "send_back", second, "会場を書いてください")
    with pytest.raises(ValidationError, match="まだ来ていない日"):
        actions.change_briefing(draft, kyoto(AHEAD), by=bureau, today=TODAY)
    actions.change_briefing(draft, replace(kyoto(TODAY), place="京都市"), by=bureau, today=TODAY)
    decide(draft, "approve", second)
    assert (now(draft).state, now(draft).place) == ("held", "京都市")


def test_what_changed_meanwhile_is_not_written_over(rule: ApprovalRule, bureau: Account, second: Account) -> None:
    briefing = planned()
    actions.change_briefing(briefing, replace(kyoto(), title="別"), by=bureau, asks=True)
    Briefing.objects.filter(pk=briefing.pk).update(place="大阪府")
    with pytest.raises(ValidationError, match="起案のあとに"):
        decide(briefing, "approve", second)
    assert now(briefing).title == "京都の説明会"
    decide(briefing, "send_back", second, "起案し直してください")


def test_the_rule_is_not_lifted_alone(
    rule: ApprovalRule, bureau: Account, second: Account, officer: Account, coordinator: Account
) -> None:
    with pytest.raises(ValidationError, match="やめる理由"):
        ask_to_end_rule(rule, why=" ", by=bureau)
    with pytest.raises(PermissionDenied):
        ask_to_end_rule(rule, why="x", by=officer)
    ask_to_end_rule(rule, why="担当者が一人になるため", by=bureau)
    with pytest.raises(PermissionDenied, match="自分の起案"):
        decide_on_rule(rule, deed="approve", today=TODAY, by=bureau)
    with pytest.raises(PermissionDenied):
        decide_on_rule(rule, deed="approve", today=TODAY, by=officer)
    assert needs_second_person(bureau)
    decide_on_rule(rule, deed="send_back", remark="まだ早い", today=TODAY, by=second)
    assert needs_second_person(bureau)
    ask_to_end_rule(rule, why="担当者が一人になるため", by=bureau)
    decide_on_rule(rule, deed="approve", today=TODAY, by=coordinator)
    assert not needs_second_person(bureau)
    with pytest.raises(ValidationError, match="すでに終わって"):
        ask_to_end_rule(rule, why="x", by=bureau)


def test_the_pages_offer_asking_alone_and_show_what_would_change(
    rule: ApprovalRule, bureau: Account, second: Account, client_of: Clients, django_assert_max_num_queries: Any
) -> None:
    briefing, drafter, approver = planned(), client_of("bureau"), Client()
    approver.force_login(second)
    for path, alone in (
        ("/briefings/plan", "予定として公開する"),
        (f"{briefing.address}/change", "保存する"),
        (f"{briefing.address}/cancel", '<button class="btn danger">'),
    ):
        page = drafter.get(path).content.decode()
        assert "承認を求める</button>" in page
        assert alone not in page
    typed = {
        "day": AHEAD.isoformat(), "prefecture": "260002", "place": "宇治市", "title": "京都の説明会",
        "prefectures": ["260002"], "why": "会場が変わったため",
    }  # fmt: skip
    assert drafter.post(f"{briefing.address}/change", typed).status_code == 403
    assert (
        "承認を求めました"
        in drafter.post(f"{briefing.address}/change", typed | {"deed": "ask"}, follow=True).content.decode()
    )
    assert "宇治市" not in client_of("visitor").get(briefing.address).content.decode()
    with django_assert_max_num_queries(12):
        assert "記録の変更" in approver.get("/briefings/drafts").content.decode()
    page = approver.get(briefing.address).content.decode()
    assert "承認すると、こう変わります" in page
    assert "宇治市" in page
    waiting = queries.waiting_approval(briefing)
    assert waiting
    said = approver.post(f"{briefing.address}/decide", {"deed": "approve", "approval": waiting.pk}, follow=True)
    assert "起案のとおりに行いました" in said.content.decode()
    assert now(briefing).place == "宇治市"


def test_the_page_of_the_rule(bureau: Account, second: Account, client_of: Clients) -> None:
    client, page = client_of("bureau"), "/account/approval-rules"
    answer = client.post(page, {"office": "block-kinki", "since": TODAY.isoformat()}, follow=True)
    assert "別の担当者の承認が必要です" in answer.content.decode()
    pk = ApprovalRule.objects.get().pk
    assert (
        "自分の起案は承認できません"
        in client.post(f"{page}/{pk}", {"deed": "ask", "why": "一人になるため"}, follow=True).content.decode()
    )
    assert (
        "自分の起案は承認できません" in client.post(f"{page}/{pk}", {"deed": "approve"}, follow=True).content.decode()
    )
    other = Client()
    other.force_login(second)
    assert "一人になるため" in other.get(page).content.decode()
    assert "この決まりは終わりました" in other.post(f"{page}/{pk}", {"deed": "approve"}, follow=True).content.decode()
    assert not needs_second_person(bureau)
