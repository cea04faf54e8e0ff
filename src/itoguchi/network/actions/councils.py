"""What the council of a block does: choose the solutions it pushes, with reasons, and say who does what about an issue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.network.access import can_run
from itoguchi.network.actions.threads import NOT_RUNNING
from itoguchi.network.models import Countermeasure, Opinion, Priority, Strand, ThreadMember
from itoguchi.network.queries.councils import issues_of

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.roadmap.models import Solution

NOT_OF_BLOCK = _("この一覧は、地域ブロックの糸だけが持ちます。")


@transaction.atomic
def choose_priority(strand: Strand, solution: Solution, *, reason: str, since: date, by: Account | None) -> Priority:
    """Say that a block pushes a solution, and why. Raises PermissionDenied, ValidationError for one chosen already."""
    _must_run(strand, by)
    priority = Priority(strand=strand, solution=solution, reason=reason.strip(), since=since)
    priority.full_clean()
    with journal(by=by, why=reason):
        priority.save()
    return priority


@transaction.atomic
def end_priority(priority: Priority, *, until: date, by: Account | None, why: str) -> Priority:
    """Push a solution no more after a day; that it was pushed stays. Raises PermissionDenied, ValidationError."""
    _must_run(priority.strand, by)
    if not why.strip():
        raise ValidationError({"why": _("わけを書いてください。")})
    locked = Priority.objects.select_for_update().get(pk=priority.pk)
    locked.until = max(until, locked.since)
    locked.full_clean()
    with journal(by=by, why=why):
        locked.save()
    return locked


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureFacts:
    """What is done about an issue, by which member and by when."""

    text: str
    taken_by: ThreadMember | None = None
    due_on: date | None = None
    done_on: date | None = None


@transaction.atomic
def take_countermeasure(
    strand: Strand,
    issue: Opinion,
    facts: MeasureFacts,
    *,
    by: Account | None,
    today: date,
    measure: Countermeasure | None = None,
    why: str = "",
) -> Countermeasure:
    """Write down what is done about an issue of the block and who takes it, or say anew what is done (`measure`).

    Raises PermissionDenied, ValidationError for an issue of elsewhere, or somebody who takes no part.
    """
    _must_run(strand, by)
    if measure is None and not issues_of(strand, today).filter(pk=issue.pk).exists():
        raise ValidationError({"issue": _("この地域の、公開された課題を選んでください。")})
    if facts.taken_by and (
        facts.taken_by.strand_id != strand.pk or facts.taken_by.state != ThreadMember.State.APPROVED
    ):
        raise ValidationError({"taken_by": _("この糸の構成員を選んでください。")})
    kept = measure or Countermeasure(strand=strand, issue=issue, noted_on=today)
    kept.text, kept.taken_by, kept.due_on, kept.done_on = (
        facts.text.strip(),
        facts.taken_by,
        facts.due_on,
        facts.done_on,
    )
    kept.full_clean()
    with journal(by=by, why=why):
        kept.save()
    return kept


def _must_run(strand: Strand, by: Account | None) -> None:
    if strand.block_id is None:
        raise ValidationError(NOT_OF_BLOCK)
    if by and not can_run(by, strand):
        raise PermissionDenied(NOT_RUNNING)
