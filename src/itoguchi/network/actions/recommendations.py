"""What people do with clauses: record what was done, by whom, and by when the rest is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.network.models import Action, Clause

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What is said of something done about a clause."""

    day: date
    text: str
    state: str
    owner: str = ""
    source: str = ""
    due_on: date | None = None
    evidence: str = ""


@transaction.atomic
def record_action(clause: Clause, facts: ActionFacts, *, by: Account, why: str = "") -> Action:
    """Put on record what was done about a clause; from its day on, its state is the clause's."""
    with journal(by=by, why=why):
        action = Action(clause=clause)
        _write_action(action, facts)
    return action


@transaction.atomic
def correct_action(action: Action, facts: ActionFacts, *, by: Account, why: str) -> Action:
    """Correct what is on record of an action."""
    locked = Action.objects.select_for_update().get(pk=action.pk)
    if not why.strip():
        raise ValidationError({"why": _("なぜ直すのかを書いてください。")})
    with journal(by=by, why=why):
        _write_action(locked, facts)
    return locked


@transaction.atomic
def take_back_action(action: Action, *, by: Account, why: str) -> None:
    """Take an action off the record that was entered by mistake; the journal keeps it."""
    if not why.strip():
        raise ValidationError({"why": _("なぜ取り消すのかを書いてください。")})
    with journal(by=by, why=why):
        action.delete()


@transaction.atomic
def assign_clause(clause: Clause, *, owner: str, due_on: date | None, by: Account | None, why: str = "") -> Clause:
    """Say whose a clause is and by when it is due, as long as no action says otherwise."""
    locked = Clause.objects.select_for_update().get(pk=clause.pk)
    locked.owner, locked.due_on = owner.strip(), due_on
    locked.full_clean()
    with journal(by=by, why=why):
        locked.save()
    return locked


def _write_action(action: Action, facts: ActionFacts) -> None:
    action.day, action.text, action.state = facts.day, facts.text, facts.state
    action.owner, action.source, action.is_derived = facts.owner, facts.source, False
    action.due_on, action.evidence = facts.due_on, facts.evidence
    action.full_clean()
    action.save()
