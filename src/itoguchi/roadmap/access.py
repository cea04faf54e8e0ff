"""Who may write the roadmap down; everybody may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itoguchi.accounts.access import User


def can_record_readings(user: User) -> bool:
    """Record how far a KPI has come."""
    return user.has_perm("roadmap.record")
