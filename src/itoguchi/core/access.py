"""Who may edit what core keeps for all rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itoguchi.accounts.access import User


def can_edit_synonyms(user: User) -> bool:
    """Say which words mean the same when somebody searches."""
    return user.has_perm("core.edit_synonyms")
