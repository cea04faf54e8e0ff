"""Who may publish reports; everybody may read what is public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itoguchi.reports.models import PublishedReport

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from itoguchi.accounts.models import Account


def can_publish(user: Account | AnonymousUser) -> bool:
    """Draft, approve, return and correct reports; nobody decides on an own draft."""
    return user.has_perm("reports.publish")


def can_see_published(user: Account | AnonymousUser, report: PublishedReport) -> bool:
    """Public once approved; before and otherwise only for those who publish."""
    return report.is_public or can_publish(user)
