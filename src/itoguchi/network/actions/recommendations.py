"""What people do with recommendations: write them down clause by clause, record what was done, by whom, and what is due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from unicodedata import normalize

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.network.access import can_enter
from itoguchi.network.actions.entries import index_network
from itoguchi.network.models import Action, Clause, Meeting, Recommendation
from itoguchi.network.queries.mentions import mentions_of_clause

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.network.models import Thread, Topic


NOT_WRITING_DOWN = _("提言と項目を記録できるのは、事務局の担当者だけです。")
WHY = _("なぜ直すのかを書いてください。")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationFacts:
    """What is said of a recommendation; it is in force from the day of the meeting that adopted it."""

    name: str
    meeting: Meeting
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseFacts:
    """One clause in the words of the recommendation; `number` is its own."""

    number: str
    heading: str
    text: str
    thread: Thread | None = None
    topic: Topic | None = None


@transaction.atomic
def keep_recommendation(
    key: str, facts: RecommendationFacts, *, by: Account, why: str = "", is_new: bool = False
) -> Recommendation:
    """Write down a recommendation that a meeting adopted, or put right what is said of one.

    Raises PermissionDenied, ValidationError for a key that is taken, a meeting that was not held, or without a reason.
    """
    if not can_enter(by):
        raise PermissionDenied(NOT_WRITING_DOWN)
    known = Recommendation.objects.select_for_update().filter(pk=key).first()
    if is_new and known:
        raise ValidationError({"key": _("この記号は使われています。")})
    if known and not why.strip():
        raise ValidationError({"why": WHY})
    if facts.meeting.state != Meeting.State.HELD:
        raise ValidationError({"meeting": _("開かれた会合を選んでください。")})
    row = known or Recommendation(key=key)
    row.name, row.source = facts.name.strip(), facts.source.strip()
    row.meeting, row.since = facts.meeting, facts.meeting.held_on
    row.full_clean(validate_unique=False)
    with journal(by=by, why=why):
        row.save()
    return row


@transaction.atomic
def keep_clause(
    recommendation: Recommendation, facts: ClauseFacts, *, by: Account, why: str = "", clause: Clause | None = None
) -> Clause:
    """Add a clause after the others, or put one right: of its words only what was copied wrongly, before anything changed them.

    Raises PermissionDenied, ValidationError for a number that is taken or has no figure, without a reason, or for words
    that a decision has changed since.
    """
    if not can_enter(by):
        raise PermissionDenied(NOT_WRITING_DOWN)
    others = Clause.objects.select_for_update().filter(recommendation=recommendation)
    row = others.get(pk=clause.pk) if clause else Clause(recommendation=recommendation)
    if clause and not why.strip():
        raise ValidationError({"why": WHY})
    if clause and facts.text.strip() != row.text and row.changes.exists():
        raise ValidationError(
            {"text": _("会合の対応で変わった文です。文は、対応で変えてください（新旧対照表に残ります）。")}
        )
    for name in ("number", "heading", "text"):
        setattr(row, name, getattr(facts, name).strip())
    row.thread, row.topic = facts.thread, facts.topic
    if clause is None:  # an address lasts, whatever becomes of the number
        row.slug = _slug_of(recommendation, row.number)
        row.order = 1 + max((each.order for each in others), default=0)
    row.full_clean()
    with journal(by=by, why=why):
        row.save()
    index_network()
    return row


@transaction.atomic
def drop_clause(clause: Clause, *, by: Account | None, why: str) -> None:
    """Take a clause away that was entered by mistake; the journal keeps its words.

    Raises PermissionDenied, ValidationError while something refers to it (`queries.mentions_of_clause`), or without a reason.
    """
    if by and not can_enter(by):
        raise PermissionDenied(NOT_WRITING_DOWN)
    locked = Clause.objects.select_for_update(of=("self",)).select_related("recommendation").get(pk=clause.pk)
    if mentions_of_clause(locked):
        raise ValidationError(_("この項目に結び付いたものがあります。"))
    if not why.strip():
        raise ValidationError({"why": _("なぜ消すのかを書いてください。")})
    with journal(by=by, why=why):
        locked.delete()
    index_network()


def _slug_of(recommendation: Recommendation, number: str) -> str:
    """The address of a clause: first-1-2 for 1(2) of the recommendation `first`."""
    parts = re.findall(r"[0-9a-z]+", normalize("NFKC", number).lower())
    slug = "-".join([recommendation.pk, *parts])[:40]
    if not parts or Clause.objects.filter(slug=slug).exists():
        raise ValidationError({"number": _("英数字を含む、まだ使われていない番号にしてください。例：1(2)")})
    return slug


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
