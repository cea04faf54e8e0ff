"""Who may write a plan, say something to it and see it; everybody may read open plans that are approved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from itoguchi.accounts.access import has_role, memberships_of, works_for_area, works_for_block
from itoguchi.accounts.models import Role
from itoguchi.plans.models import Plan

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.areas.models import Area


def can_plan_for(user: User, area: Area) -> bool:
    """Begin and write plans of this area, answer comments, and decide on drafts of colleagues: its own officers alone."""
    return works_for_area(user, area)


def can_comment_on(user: User, plan: Plan) -> bool:
    """Say something to a plan, whatever its state: its prefecture, its bureau, the secretariat, advisers asked for it."""
    area = plan.area
    if user.has_perm("support.keep") or works_for_block(user, area.block):
        return True
    if area.prefecture_id and any(each.area_id == area.prefecture_id for each in memberships_of(user)):
        return True
    return has_role(user, Role.ADVISER) and plan.advisers.filter(pk=user.pk).exists()


def can_see_draft(user: User, plan: Plan) -> bool:
    """See it while it is written, with comments and versions: who writes it and who may comment on it."""
    return can_plan_for(user, plan.area) or can_comment_on(user, plan)


def plans_open_to(user: User) -> Q:
    """Which plans the user may read: approved open ones, and all of areas that are theirs or that they were asked about."""
    if user.has_perm("support.keep"):
        return Q(pk__isnull=False)
    terms = memberships_of(user)
    areas = [each.area_id for each in terms if each.area_id]
    blocks = [each.block_id for each in terms if each.block_id and each.role == Role.BUREAU]
    found = Q(is_internal=False, approved__isnull=False)
    found |= Q(area__in=areas) | Q(area__prefecture__in=areas) | Q(area__block__in=blocks)
    if has_role(user, Role.ADVISER):
        asked = Plan.advisers.through._default_manager.filter(account=user.pk)
        found |= Q(pk__in=asked.values("plan"))  # no join, so that no plan is found twice
    return found
