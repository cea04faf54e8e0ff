"""Who may keep schemes, write needs and see them; everybody may read schemes and open needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from itoguchi.accounts.access import memberships_of, works_for_block
from itoguchi.accounts.models import Role

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.areas.models import Area
    from itoguchi.support.models import Need, Scheme


def can_keep_schemes(user: User) -> bool:
    """Enter, change, import and end schemes of any level."""
    return user.has_perm("support.keep")


def can_change_scheme(user: User, scheme: Scheme) -> bool:
    """Put a scheme right: who keeps all of them, and members of the organisation that gives it."""
    own = {each.organisation_id for each in memberships_of(user)} - {None}
    return can_keep_schemes(user) or scheme.organisation_id in own


def can_record_use(user: User, scheme: Scheme, area: Area) -> bool:
    """Say that an area used a scheme: who may put the scheme right, and the area's own officers."""
    return can_change_scheme(user, scheme) or any(each.area_id == area.pk for each in memberships_of(user))


def can_write_needs_of(user: User, area: Area) -> bool:
    """Write down what this area needs: its own officers, its prefecture's, its bureau's, the secretariat."""
    if user.has_perm("support.keep"):
        return True
    own = any(each.area_id in {area.pk, area.prefecture_id} - {None} for each in memberships_of(user))
    return own or works_for_block(user, area.block)


def can_keep_sessions_of(user: User, area: Area) -> bool:
    """Say when an area's council meets: its own officers, the secretariat."""
    return user.has_perm("support.keep") or any(each.area_id == area.pk for each in memberships_of(user))


def can_answer_need(user: User, need: Need) -> bool:
    """Answer a need: the secretariat and the bureau of its block."""
    return user.has_perm("support.keep") or works_for_block(user, need.area.block)


def can_see_unmet(user: User) -> bool:
    """See which needs no scheme serves, of all areas together: the secretariat and the bureaux."""
    return user.has_perm("support.keep") or any(each.role == Role.BUREAU for each in memberships_of(user))


def needs_open_to(user: User, path: str = "") -> Q:
    """Which needs the user may read: open ones, and internal ones of areas that are theirs.

    `path` leads from the rows asked for to the need, e.g. "need__".
    """
    if user.has_perm("support.keep"):
        return Q(**{f"{path}pk__isnull": False})
    terms = memberships_of(user)
    areas = [each.area_id for each in terms if each.area_id]
    blocks = [each.block_id for each in terms if each.block_id and each.role == Role.BUREAU]
    of_areas, of_prefectures, of_blocks = (f"{path}area{end}__in" for end in ("", "__prefecture", "__block"))
    own = Q(**{of_areas: areas}) | Q(**{of_prefectures: areas}) | Q(**{of_blocks: blocks})
    return Q(**{f"{path}is_internal": False}) | own
