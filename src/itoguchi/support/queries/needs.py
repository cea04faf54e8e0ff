"""What people ask of needs: which they may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from itoguchi.support.access import needs_open_to
from itoguchi.support.models import Need

if TYPE_CHECKING:
    from itoguchi.accounts.access import User


def needs_visible_to(user: User) -> QuerySet[Need]:
    """Needs that the user may read, newest first; what was merged stands with the other."""
    needs = Need.objects.exclude(state=Need.State.MERGED).select_related("area__prefecture", "field")
    return needs.filter(needs_open_to(user))
