"""What somebody should look at among plans, by their roles, each with why: approvals asked for, comments, things due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from itoguchi.accounts.access import memberships_of
from itoguchi.core.models import Approval
from itoguchi.core.remembered import remembered
from itoguchi.core.templatetags.core import day as written
from itoguchi.core.watched import Watched
from itoguchi.plans.content import Heading
from itoguchi.plans.models import Comment, Plan, PlanAction
from itoguchi.plans.queries.plans import APPROVE

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

TOPIC = "plans"
SOON = timedelta(days=14)
NEWS_FOR = timedelta(days=92)  # so long an answer is news


def watched(account: Account, day: date) -> list[Watched]:
    """What concerns the account in the plans of its areas, and answers to what it said (5 queries, then remembered)."""
    areas = {each.area_id for each in memberships_of(account, day)} - {None}
    return _watched(account.pk, tuple(sorted(areas)), day)


@remembered(most=256, of=("accounts", "areas", "core", "plans"))
def _watched(account: int, areas: tuple[int, ...], day: date) -> list[Watched]:
    of_areas = [*_approvals(account, areas), *_comments(areas), *_due(areas, day)] if areas else []
    return [*of_areas, *_answers(account, day)]


def _approvals(account: int, areas: tuple[int, ...]) -> Iterator[Watched]:
    """Drafts of colleagues that wait for a decision."""
    asked = {each.address: each for each in Plan.objects.filter(area__in=areas, state=Plan.State.ASKED)}
    waiting = Approval.objects.filter(deed=APPROVE, subject__in=asked, state=Approval.State.DRAFTED)
    for each in waiting.exclude(drafter=account).select_related("drafter").order_by("pk"):
        why = _("%(who)sさんが承認を求めています。") % {"who": each.drafter}
        yield Watched(TOPIC, f"plan approval {each.pk}", asked[each.subject].title, why, each.subject)


def _comments(areas: tuple[int, ...]) -> Iterator[Watched]:
    """Comments that wait for an answer."""
    for each in Comment.objects.filter(plan__area__in=areas, state=Comment.State.OPEN).select_related("plan", "by"):
        why = _("「%(section)s」に%(who)sさんの意見があります。") % {
            "section": Heading(each.section).label,
            "who": each.by,
        }
        yield Watched(TOPIC, f"plan comment {each.pk}", each.plan.title, why, f"{each.plan.address}#{each.section}")


def _due(areas: tuple[int, ...], day: date) -> Iterator[Watched]:
    """What approved plans want done soon, or wanted done already."""
    due = PlanAction.objects.filter(plan__area__in=areas, plan__state=Plan.State.APPROVED, done_on=None)
    for each in due.filter(by__lte=day + SOON).select_related("plan"):
        is_late = each.by < day
        why = (_("期限（%(by)s）を過ぎました。") if is_late else _("期限は%(by)sです。")) % {"by": written(each.by)}
        key = f"plan action {each.pk} {each.by.isoformat()} {'late' if is_late else 'due'}"
        yield Watched(TOPIC, key, f"{each.plan.title}：{each.what}", why, f"{each.plan.address}#schedule")


def _answers(account: int, day: date) -> Iterator[Watched]:
    """What was answered to the account's own comments."""
    answered = Comment.objects.filter(
        by=account, state=Comment.State.ANSWERED, answered_on__gt=day - NEWS_FOR, answered_on__lte=day
    )
    for each in answered.select_related("plan"):
        why = _("あなたの意見に回答がありました。よければ解決にしてください。")
        yield Watched(TOPIC, f"plan answer {each.pk}", each.plan.title, why, f"{each.plan.address}#{each.section}")
