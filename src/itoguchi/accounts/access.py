"""Who may do what, said as sentences; a role counts on the days of its membership only."""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from itoguchi.accounts.models import OUTWARD_ROLES, Account, ApprovalRule, HandOver, Membership, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from itoguchi.areas.models import Area, Block

    User = Account | AnonymousUser


def memberships_of(user: User, day: date | None = None) -> list[Membership]:
    """Memberships that stand on `day` (today); none for visitors and closed accounts (1 query a request)."""
    return user.roles_on(day or timezone.localdate()) if isinstance(user, Account) else []


def memberships_that_write(account: Account) -> list[Membership]:
    """Today's memberships whose roles record or publish, with whom they are for: a program can write for these alone."""
    today = timezone.localdate()
    awake = {each.pk for each in account.roles_on(today)}
    return [each for each in account.terms if each.pk in awake and each.role in OUTWARD_ROLES]


def has_role(user: User, role: Role, day: date | None = None) -> bool:
    """Whether the user has this role on `day` (today), for whomever."""
    return any(each.role == role for each in memberships_of(user, day))


def is_coordinator(user: User, day: date | None = None) -> bool:
    """Whether the user belongs to the national secretariat."""
    return has_role(user, Role.COORDINATOR, day)


def works_for_area(user: User, area: Area, day: date | None = None) -> bool:
    """Whether the user is an officer of this municipality or prefecture itself, not of one above or beside it."""
    return any(each.area_id == area.pk for each in memberships_of(user, day))


def works_for_block(user: User, block: Block, day: date | None = None) -> bool:
    """Whether the user belongs to the bureau of this block."""
    return any(each.block_id == block.pk for each in memberships_of(user, day))


def can_see_accounts(user: User) -> bool:
    """See the lists of accounts and organisations, and one account with its roles and history."""
    return user.has_perm("accounts.see")


def can_manage_accounts(user: User) -> bool:
    """Open, change and close accounts, give new passwords, give and end roles, keep organisations."""
    return user.has_perm("accounts.manage")


def offices_acting_outward(user: User, day: date | None = None) -> list[Membership]:
    """The user's roles of `day` (today) with a right to publish."""
    return [each for each in memberships_of(user, day) if each.role in OUTWARD_ROLES]


def needs_second_person(user: User, day: date | None = None) -> bool:
    """Whether an office of the user lets nobody publish alone on `day` (today) (1 query)."""
    own = offices_acting_outward(user, day)
    if not own:
        return False
    on = day or timezone.localdate()
    standing = ApprovalRule.objects.filter(Q(until=None) | Q(until__gt=on), since__lte=on)
    return standing.filter(reduce(or_, (Q(**each.office) for each in own))).exists()


def can_keep_rule(user: User, office: Membership | ApprovalRule) -> bool:
    """Set and end the rule of an office: who publishes in it, and the secretariat for any."""
    own = [each.office for each in offices_acting_outward(user)]
    return can_manage_accounts(user) or office.office in own


def works_beside(user: User, membership: Membership, day: date | None = None) -> bool:
    """Whether the user holds the same role for the same body as this membership."""
    return any((each.role, each.office) == (membership.role, membership.office) for each in memberships_of(user, day))


def can_decide_hand_over(user: User, hand_over: HandOver) -> bool:
    """Accept or refuse it: a colleague of the same office or the secretariat, never the officer who leaves.

    Somebody without an account can only be let in by who opens accounts.
    """
    if hand_over.membership.account_id == user.pk:
        return False
    if can_manage_accounts(user):
        return True
    return hand_over.successor_id is not None and works_beside(user, hand_over.membership)


def can_see_hand_over(user: User, hand_over: HandOver) -> bool:
    """Read the note and what is open: the two it is between, colleagues and the secretariat."""
    between = {hand_over.membership.account_id, hand_over.successor_id}
    return user.pk in between or can_manage_accounts(user) or works_beside(user, hand_over.membership)
