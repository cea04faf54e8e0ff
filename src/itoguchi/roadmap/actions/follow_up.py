"""What people do in the follow-up: note how KPIs stand, and record what is done where one is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from itoguchi.core.journal import journal
from itoguchi.roadmap.access import can_record_readings
from itoguchi.roadmap.models import Kpi, Remedy, StandingChange
from itoguchi.roadmap.queries import Followed, followed

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyFacts:
    """What is done, by whom, by when, and what it is expected to bring."""

    text: str
    by_whom: str
    due_on: date
    expected: Decimal | None = None
    expected_on: date | None = None
    bears_on: str = ""
    meeting: str = ""


@transaction.atomic
def note_standings(today: date) -> list[StandingChange]:
    """Write down which KPIs stand otherwise than when last looked at; returns them. The worker does so every day."""
    noted = []
    with journal(why=str(_("KPIの状況の確認"))), override("ja"):
        for each in followed(today):
            if each.since is None:
                noted.append(_note(each, today))
    return noted


@transaction.atomic
def record_remedy(kpi: Kpi, facts: RemedyFacts, *, by: Account | None, today: date) -> Remedy:
    """Say what is done about a KPI that is late or missed.

    Raises PermissionDenied without the right, ValidationError for a KPI that stands well, or facts that can't be.
    """
    if by and not can_record_readings(by):
        raise PermissionDenied(_("改善策を記録できるのは事務局だけです。"))
    found = next((each for each in followed(today) if each.kpi.key == kpi.key), None)
    if found is None or not found.asks:
        raise ValidationError(_("このKPIは、遅れでも未達でもありません。"))
    if facts.expected_on and facts.expected_on <= today:
        raise ValidationError({"expected_on": _("見込む時点は、これからの日にしてください。")})
    if facts.due_on < today:
        raise ValidationError({"due_on": _("過ぎた日です。これからの日にしてください。")})
    with journal(by=by, why=str(_("改善策の記録"))):
        with override("ja"):
            question = found.since or _note(found, today)
        remedy = Remedy(
            question=question,
            text=facts.text.strip(),
            by_whom=facts.by_whom.strip(),
            due_on=facts.due_on,
            expected=facts.expected,
            expected_on=facts.expected_on,
            bears_on=facts.bears_on.strip(),
            meeting=facts.meeting.strip(),
            recorded_on=today,
        )
        remedy.full_clean()
        remedy.save()
    return remedy


def _note(each: Followed, today: date) -> StandingChange:
    newest = each.kpi.newest
    change, _new = StandingChange.objects.update_or_create(
        kpi=each.kpi,
        day=today,
        defaults={
            "state": each.standing.state,
            "why": str(each.standing.why)[:300],
            "value": newest.value if newest else None,
        },
    )
    return change
