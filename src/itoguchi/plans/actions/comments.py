"""What is said to a plan: comments on a section, the area's answer, and that a comment is settled."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.plans.access import can_comment_on, can_plan_for
from itoguchi.plans.content import Heading
from itoguchi.plans.models import Comment, Plan

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

NOT_YOURS = _("計画に意見を書けるのは、都道府県・総合通信局等・事務局と、意見を頼まれた専門家だけです。")


@transaction.atomic
def comment_on(plan: Plan, section: str, text: str, *, by: Account, today: date) -> Comment:
    """Say something to one section. Raises PermissionDenied without the right, ValidationError."""
    if not can_comment_on(by, plan):
        raise PermissionDenied(NOT_YOURS)
    if section not in Heading.values:
        raise ValidationError(_("この項目はありません。"))
    made = Comment(plan=plan, section=section, text=text.strip(), by=by, said_on=today)
    made.full_clean()
    with journal(by=by, why=str(_("計画への意見"))):
        made.save()
    return made


@transaction.atomic
def answer_comment(comment: Comment, answer: str, *, by: Account, today: date) -> Comment:
    """Answer for the area, or put the answer right. Raises PermissionDenied, ValidationError when it is settled."""
    locked = _locked(comment)
    if not can_plan_for(by, locked.plan.area):
        raise PermissionDenied(_("意見に答えられるのは、その団体の担当者だけです。"))
    if locked.state == Comment.State.RESOLVED:
        raise ValidationError(_("この意見は解決しています。"))
    locked.answer, locked.answered_by, locked.answered_on = answer.strip(), by, today
    locked.state = Comment.State.ANSWERED
    locked.full_clean()
    with journal(by=by, why=str(_("計画への意見に回答"))):
        locked.save()
    return locked


@transaction.atomic
def resolve_comment(comment: Comment, *, by: Account) -> Comment:
    """Say that it is settled: who wrote it, or the area once it has answered. Raises PermissionDenied, ValidationError."""
    locked = _locked(comment)
    is_own, is_area = locked.by_id == by.pk, can_plan_for(by, locked.plan.area)
    if not (is_own or is_area):
        raise PermissionDenied(_("解決にできるのは、意見を書いた人とその団体の担当者だけです。"))
    if not is_own and locked.state == Comment.State.OPEN:
        raise ValidationError(_("先に回答してください。"))
    locked.state = Comment.State.RESOLVED
    with journal(by=by, why=str(_("計画への意見の解決"))):
        locked.save()
    return locked


def _locked(comment: Comment) -> Comment:
    return Comment.objects.select_for_update(of=("self",)).select_related("plan__area").get(pk=comment.pk)
