"""Who may do what, said as sentences; a role counts on the days of its membership only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itoguchi.accounts.models import Account, Membership, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from itoguchi.areas.models import Area, Block

    User = Account | AnonymousUser


def roles_of(user: User) -> list[Membership]:
    """Memberships of today; none for visitors and closed accounts (1 query a request)."""
    return user.roles_today if isinstance(user, Account) and user.is_active else []


def has_role(user: User, role: Role) -> bool:
    """Whether the user has this role today, for whomever."""
    return any(each.role == role for each in roles_of(user))


def is_coordinator(user: User) -> bool:
    """Whether the user belongs to the national secretariat."""
    return has_role(user, Role.COORDINATOR)


def works_for_area(user: User, area: Area) -> bool:
    """Whether the user is an officer of this municipality or prefecture."""
    return any(each.area_id == area.pk for each in roles_of(user))


def works_for_block(user: User, block: Block) -> bool:
    """Whether the user belongs to the bureau of this block."""
    return any(each.block_id == block.pk for each in roles_of(user))


def can_manage_accounts(user: User) -> bool:
    """Open and close accounts, give and end roles, see the list of people and organisations."""
    return user.has_perm("accounts.manage")
