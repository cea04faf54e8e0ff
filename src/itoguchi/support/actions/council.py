"""What people do with the calendar of a council: say when it meets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.core.wording import say
from itoguchi.support.access import can_keep_sessions_of
from itoguchi.support.models import CouncilSession

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.areas.models import Area


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """A session that a council holds every year; the days of the next one, where they are known."""

    month: int
    name: str
    is_first_budget: bool = False
    opens_on: date | None = None
    closes_on: date | None = None


@transaction.atomic
def keep_sessions(
    area: Area, sessions: Sequence[SessionFacts], *, by: Account | None, why: str = ""
) -> list[CouncilSession]:
    """Write down when a council meets, as given and no other times; nothing given is the usual pattern again.

    Raises PermissionDenied without the right, ValidationError for days that can't be or two sessions of one month.
    """
    if by and not can_keep_sessions_of(by, area):
        raise PermissionDenied(
            say(_("%(area)sの議会の会期を書けるのは、その団体の担当者と事務局だけです。"), area=area)
        )
    months = [each.month for each in sessions]
    if len(set(months)) < len(months):
        raise ValidationError(_("同じ月の会期は一つにしてください。"))
    if sessions and not any(each.is_first_budget for each in sessions):
        raise ValidationError(_("当初予算を議決する会期を、一つ選んでください（ふつうは3月定例会）。"))
    kept = []
    with journal(by=by, why=why):
        area.council_sessions.exclude(month__in=months).delete()
        known = {each.month: each for each in area.council_sessions.select_for_update()}
        for facts in sessions:
            row = known.get(facts.month) or CouncilSession(area=area, month=facts.month)
            row.name = facts.name.strip()
            for name in ("is_first_budget", "opens_on", "closes_on"):
                setattr(row, name, getattr(facts, name))
            row.full_clean()
            row.save()
            kept.append(row)
    return kept
