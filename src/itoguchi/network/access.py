"""Who may put meetings and what was done about clauses on record, and who may write, read and answer opinions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from itoguchi.accounts.access import memberships_of, works_for_block
from itoguchi.accounts.models import Role
from itoguchi.network.models import Opinion

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.areas.models import Area, Block

PUBLIC = Q(moderation=Opinion.Moderation.PASSED, may_be_public=True)  # as `Opinion.is_public`


def can_enter(user: User) -> bool:
    """The secretariat's entry; what roles carry the right is the room accounts' to say."""
    return user.has_perm("network.enter")


def can_tend_opinions(user: User) -> bool:
    """Look citizens' comments through, sort, merge and answer opinions, and write down what they changed."""
    return user.has_perm("network.enter")


def can_write_opinions(user: User) -> bool:
    """Write down opinions that were heard: the secretariat, bureaus, and officers of areas; whose, the next says."""
    return can_tend_opinions(user) or any(each.area_id or each.block_id for each in memberships_of(user))


def can_write_opinion_of(user: User, area: Area | None, block: Block | None) -> bool:
    """Write down what this area, or somebody in this block, said: its own officers, its bureau, the secretariat."""
    if can_tend_opinions(user):
        return True
    if area is not None:
        return any(each.area_id == area.pk for each in memberships_of(user)) or works_for_block(user, area.block)
    return block is not None and works_for_block(user, block)


def opinions_open_to(user: User) -> Q:
    """Which opinions the user may read: public ones, and those of own areas and blocks; the secretariat reads all.

    What a citizen sent is the secretariat's alone until it is public.
    """
    if can_tend_opinions(user):
        return Q(pk__isnull=False)
    terms = memberships_of(user)
    areas = [each.area_id for each in terms if each.area_id]
    blocks = [each.block_id for each in terms if each.block_id and each.role == Role.BUREAU]
    own = Q(area__in=areas) | Q(area__prefecture__in=areas) | Q(area__block__in=blocks) | Q(block__in=blocks)
    return PUBLIC | (own & ~Q(origin=Opinion.Origin.CITIZEN)) if terms else PUBLIC
