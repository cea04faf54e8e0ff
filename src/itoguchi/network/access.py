"""Who may put meetings and what was done about clauses on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from itoguchi.accounts.models import Account


def can_enter(user: Account | AnonymousUser) -> bool:
    """The secretariat's entry; what roles carry the right is the room accounts' to say."""
    return user.has_perm("network.enter")
