"""Who may write cases and reference models, look at them before all, and reuse them; everybody reads what is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from itoguchi.accounts.access import memberships_of, works_for_area, works_for_block
from itoguchi.accounts.models import Role
from itoguchi.cases.models import State

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.areas.models import Area
    from itoguchi.cases.models import Case, ReferenceModel


def can_keep_cases(user: User) -> bool:
    """Write cases and models for any area, and look at all of them: the secretariat."""
    return user.has_perm("cases.keep")


def can_write_for(user: User, area: Area | None) -> bool:
    """Write cases and models of this area, check them again, and reuse models for it: its officers, the secretariat.

    What no area offers is the secretariat's alone.
    """
    return can_keep_cases(user) or (area is not None and works_for_area(user, area))


def can_review(user: User, record: Case | ReferenceModel) -> bool:
    """Say whether it may be published: the bureau of its block, the secretariat (never who asked, see core's approvals)."""
    return can_keep_cases(user) or (record.area is not None and works_for_block(user, record.area.block))


def open_to(user: User, path: str = "") -> Q:
    """Which cases or models the user may read: published ones, and all of areas that are theirs.

    `path` leads from the rows asked for to the case or model, e.g. "model__".
    """
    if can_keep_cases(user):
        return Q(**{f"{path}pk__isnull": False})
    terms = memberships_of(user)
    areas = [each.area_id for each in terms if each.area_id]
    blocks = [each.block_id for each in terms if each.block_id and each.role == Role.BUREAU]
    of_areas, of_prefectures, of_blocks = (f"{path}area{end}__in" for end in ("", "__prefecture", "__block"))
    own = Q(**{of_areas: areas}) | Q(**{of_prefectures: areas}) | Q(**{of_blocks: blocks})
    return Q(**{f"{path}state": State.PUBLISHED}) | own


def reuses_open_to(user: User) -> Q:
    """Whose reuses the user may see by name: open ones, and those of areas that are theirs."""
    if can_keep_cases(user):
        return Q(pk__isnull=False)
    areas = [each.area_id for each in memberships_of(user) if each.area_id]
    return Q(is_internal=False) | Q(area__in=areas)
