"""Drafter and approver: a second person decides, once."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.core import actions, queries
from itoguchi.core.journal import history_of
from itoguchi.core.models import Approval

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(coordinator: Account) -> Approval:
    return actions.draft_approval("publish_status_report", "/reports/2017-03-24", by=coordinator, reason="月例")


def test_a_second_person_approves(draft: Approval, bureau: Account) -> None:
    decided = actions.approve(draft, by=bureau, remark="よい")
    assert (decided.state, decided.approver, decided.remark) == (Approval.State.APPROVED, bureau, "よい")
    assert decided.decided_at is not None
    assert [change.what for change in history_of(decided)] == ["変更", "登録"]


def test_nobody_approves_their_own_draft(draft: Approval, coordinator: Account) -> None:
    with pytest.raises(PermissionDenied, match="自分の起案"):
        actions.approve(draft, by=coordinator)
    with pytest.raises(IntegrityError, match="drafter_is_not_approver"), transaction.atomic():
        Approval.objects.filter(pk=draft.pk).update(state="approved", approver=coordinator, decided_at=timezone.now())


def test_what_is_decided_stays_decided(draft: Approval, bureau: Account, prefecture: Account) -> None:
    actions.approve(draft, by=bureau)
    with pytest.raises(ValidationError, match="すでに決裁"):
        actions.send_back(draft, by=prefecture, remark="遅い")


def test_sending_back_needs_a_reason(draft: Approval, bureau: Account) -> None:
    with pytest.raises(ValidationError):
        actions.send_back(draft, by=bureau, remark=" ")
    assert actions.send_back(draft, by=bureau, remark="数が違う").state == Approval.State.RETURNED


def test_one_open_draft_for_one_deed_and_subject(draft: Approval, bureau: Account) -> None:
    with pytest.raises(ValidationError, match="承認待ちがすでに"):
        actions.draft_approval("publish_status_report", "/reports/2017-03-24", by=bureau)
    actions.withdraw_approval(draft, by=draft.drafter)
    actions.draft_approval("publish_status_report", "/reports/2017-03-24", by=bureau)


def test_only_the_drafter_withdraws(draft: Approval, bureau: Account) -> None:
    with pytest.raises(PermissionDenied):
        actions.withdraw_approval(draft, by=bureau)


def test_drafts_wait_for_others_only(draft: Approval, coordinator: Account, bureau: Account) -> None:
    assert list(queries.approvals_waiting_for(bureau)) == [draft]
    assert list(queries.approvals_waiting_for(coordinator)) == []
