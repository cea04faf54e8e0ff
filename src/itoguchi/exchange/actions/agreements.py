"""Talking with who was chosen, and agreeing: the implementation of the roadmap is written by that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.calendar import DatedTo, Precision
from itoguchi.core.journal import journal
from itoguchi.exchange.access import can_answer_for, can_open_problems_of
from itoguchi.exchange.actions.problems import NOT_YOURS, locked_problem, save
from itoguchi.exchange.models import Agreement, Choice, Problem, Talk
from itoguchi.roadmap.actions import StageFacts, record_stage
from itoguchi.roadmap.models import Solution, Stage

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementFacts:
    """What was agreed, and as which stage of which solution it goes on record."""

    text: str
    solution: Solution
    stage: Stage = Stage.PLANNED
    agreed_on: date
    cost_yen: int | None = None


@transaction.atomic
def note_talk(choice: Choice, text: str, *, day: date, by: Account, today: date) -> Talk:
    """Write down what was spoken about: the area's officers and the organisation that was chosen."""
    area = choice.problem.need.area
    if not (can_open_problems_of(by, area) or can_answer_for(by, choice.proposal.organisation_id)):
        raise PermissionDenied(NOT_YOURS)
    if choice.ended_on or choice.problem.state != Problem.State.CHOSEN:
        raise ValidationError(_("協議は終わっています。"))
    if day > today:
        raise ValidationError({"day": _("まだ来ていない日です。")})
    talk = Talk(choice=choice, day=day, text=text.strip(), by=by)
    talk.full_clean()
    with journal(by=by, why=str(_("協議の記録"))):
        talk.save()
    return talk


@transaction.atomic
def end_talks(choice: Choice, why: str, *, by: Account, today: date) -> Choice:
    """Say that talks led to nothing, and why; another proposal may be chosen then."""
    locked = locked_problem(choice.problem, by)
    ended = Choice.objects.get(pk=choice.pk)
    if locked.state != Problem.State.CHOSEN or ended.ended_on:
        raise ValidationError(_("協議は終わっています。"))
    ended.ended_on, ended.ended_why = today, why.strip()
    ended.full_clean()
    with journal(by=by, why=why):
        ended.save()
    locked.state = Problem.State.OPENED
    save(locked, by=by, why=why)
    return ended


@transaction.atomic
def agree(choice: Choice, facts: AgreementFacts, *, by: Account, today: date) -> Agreement:
    """Keep what was agreed and write the stage into the area's records, with the problem as evidence.

    Raises PermissionDenied, ValidationError for a day to come or a stage that the records refuse.
    """
    locked = locked_problem(choice.problem, by)
    if locked.state != Problem.State.CHOSEN or choice.ended_on:
        raise ValidationError(_("協議は終わっています。"))
    if facts.agreed_on > today:
        raise ValidationError({"agreed_on": _("まだ来ていない日です。")})
    why = str(_("課題の合意による"))
    with journal(by=by, why=why):
        change = record_stage(
            locked.need.area,
            facts.solution,
            StageFacts(
                stage=facts.stage,
                at=DatedTo(facts.agreed_on, Precision.DAY),
                cost_yen=facts.cost_yen,
                note=f"「{locked.title}」の合意による（{choice.proposal.organisation.name}）。"[:500],
                evidence_link=f"{settings.ADDRESS}{locked.address}",
            ),
            by=by,
            today=today,
            why=why,
        )
        agreement = Agreement(
            choice=choice,
            agreed_on=facts.agreed_on,
            text=facts.text.strip(),
            cost_yen=facts.cost_yen,
            implementation=change.implementation,
            by=by,
        )
        agreement.full_clean()
        agreement.save()
    locked.state = Problem.State.AGREED
    save(locked, by=by, why=why)
    return agreement
