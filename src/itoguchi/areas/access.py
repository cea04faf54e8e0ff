"""Who may do what with local governments' records; what roles may do is the room accounts' to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from itoguchi.accounts.models import Account


def can_import_statistics(user: Account | AnonymousUser) -> bool:
    """Only those to whom the room accounts gives the right."""
    return user.has_perm("areas.import_statistics")
