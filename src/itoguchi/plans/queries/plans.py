"""What people ask of plans: which there are, what one says and said, who decides on it, and what it would add to the records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Role
from itoguchi.accounts.queries import reachable
from itoguchi.core.duties import Duty
from itoguchi.core.matters import Matter
from itoguchi.core.models import Approval
from itoguchi.core.remembered import remembered
from itoguchi.core.wording import say
from itoguchi.plans.access import can_plan_for, plans_open_to
from itoguchi.plans.content import Aim, Content, Heading, Step, content_from
from itoguchi.plans.models import Comment, CopiedPart, Plan, PlanVersion
from itoguchi.plans.queries.copies import copied, copies_of
from itoguchi.plans.queries.documents import lines_of
from itoguchi.roadmap.models import Solution, Stage, StageChange, at_or_beyond
from itoguchi.roadmap.queries import stages_as_of

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.accounts.models import Membership
    from itoguchi.areas.models import Area

APPROVE = "approve_plan"


def plans_seen_by(user: User) -> QuerySet[Plan]:
    """Plans that the user may read, with area and need; the newest first (1 query)."""
    return Plan.objects.filter(plans_open_to(user)).select_related(
        "area__prefecture", "area__block", "need", "approved", "begun_by"
    )


def plans_by_area(area: Area, user: User) -> QuerySet[Plan]:
    """Those of one area."""
    return plans_seen_by(user).filter(area=area)


def solutions_of_plans() -> QuerySet[Solution]:
    """Solutions that some plan is about."""
    return Solution.objects.filter(plans__isnull=False).distinct()


def versions_of(plan: Plan) -> list[PlanVersion]:
    """All versions, the newest first, with who saved each (1 query)."""
    return list(plan.versions.select_related("by").order_by("-number"))


def latest_of(plan: Plan) -> PlanVersion:
    """The newest version (1 query)."""
    return plan.versions.select_related("by").order_by("-number")[0]


def content_of(plan: Plan, said: Content, copies: Sequence[CopiedPart] | None = None) -> Content:
    """What the plan says now: texts and money as `said`, KPIs, things to do and copied parts as they stand (3 queries).

    `copies` are the plan's, where they are at hand.
    """
    rows = copies_of(plan) if copies is None else copies
    return replace(
        said,
        aims=tuple(
            Aim(kpi=each.kpi_id, name=str(each.kpi), unit=each.kpi.unit, target=each.target, by=each.by)
            for each in plan.kpis.select_related("kpi__solution")
        ),
        steps=tuple(Step(what=each.what, by=each.by, is_done=each.done_on is not None) for each in plan.actions.all()),
        copies=tuple(copied(each) for each in rows if each.removed_on is None),
    )


def content_open_to_all(plan: Plan) -> Content | None:
    """What everybody reads: the version that was approved; None where none was, or the plan is internal."""
    return content_from(plan.approved.content) if plan.approved and not plan.is_internal else None


def comments_of(plan: Plan) -> list[Comment]:
    """Comments, the oldest first, with who said them and who answered (1 query)."""
    return list(plan.comments.select_related("by", "answered_by"))


def approval_of(plan: Plan) -> Approval | None:
    """The newest request for approval, whatever became of it (1 query)."""
    asked = Approval.objects.filter(deed=APPROVE, subject=plan.address)
    return asked.select_related("drafter", "approver").order_by("-pk").first()


@dataclass(frozen=True, slots=True)
class Difference:
    """A section that says something else in two versions."""

    key: str
    label: str
    old: str
    new: str


def differences(old: Content, new: Content) -> list[Difference]:
    """The sections whose words or figures differ, in their order."""
    found = []
    for key in Heading:
        before, after = (_written(each, key) for each in (old, new))
        if before != after:
            found.append(Difference(key.value, str(key.label), before, after))
    return found


def _written(content: Content, key: Heading) -> str:
    """A section with its table, line by line."""
    return "\n".join(lines_of(content, key))


@dataclass(frozen=True, slots=True)
class Feed:
    """What a plan would add to the records of one solution; `why_not` says why nothing."""

    solution: Solution
    now: StageChange | None
    why_not: Any


def feeds_of(plan: Plan, day: date) -> list[Feed]:
    """For each solution of the plan whether its stage 計画 would be written down (2 queries)."""
    now = stages_as_of(day, [plan.area])
    found = []
    for solution in plan.solutions.all():
        change: StageChange | None = now.get((plan.area_id, solution.pk))
        why_not: Any = ""
        if change and change.stage in at_or_beyond(Stage.PLANNED):
            why_not = say(_("すでに「%(stage)s」と記録されています。"), stage=change.get_stage_display())
        elif change and change.at == day:
            why_not = _("今日の段階がすでに記録されています。実装の記録の側で直してください。")
        found.append(Feed(solution, change, why_not))
    return found


def matter_of(approval: Approval) -> Matter | None:
    """A plan is decided by a colleague of the same area (3 queries)."""
    if approval.deed != APPROVE:
        return None
    plan = Plan.objects.select_related("area").get(pk=int(approval.subject.rpartition("/")[2]))
    able = [each for each in reachable(timezone.localdate(), Role.values) if can_plan_for(each, plan.area)]
    return Matter(say(_("実装計画「%(title)s」の承認"), title=plan.title), able)


_NEXT: Mapping[str, object] = {
    Plan.State.DRAFT: _("空欄を埋め、承認を求める"),
    Plan.State.RETURNED: _("差し戻された理由を読み、直して、もう一度承認を求める"),
    Plan.State.ASKED: _("決裁する、または決裁を待つ"),
}


def duties(membership: Membership, day: date) -> Iterable[Duty]:
    """Plans of its area that are not approved yet, and things to do of those that are (2 queries, then remembered)."""
    return [] if membership.area_id is None else _duties(membership.area_id, day)


@remembered(most=256, of=("plans",))
def _duties(area: int, day: date) -> list[Duty]:
    own = Plan.objects.filter(area=area, begun_on__lte=day)
    being_written = own.exclude(state=Plan.State.APPROVED).order_by("begun_on", "pk")
    found = [Duty(_("実装計画"), each.title, each.address, _NEXT[each.state]) for each in being_written]
    carried_out = own.filter(state=Plan.State.APPROVED, actions__done_on=None, actions__isnull=False)
    for pk, title, what, by in carried_out.order_by("actions__by", "pk").values_list(
        "pk", "title", "actions__what", "actions__by"
    ):
        found.append(Duty(_("計画ですること"), f"{title}：{what}", f"/plans/{pk}", _("終えたら、印をつける"), by))
    return found
