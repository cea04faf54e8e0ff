"""Proposing while a problem is open, putting a proposal in the place of the one before, withdrawing it; and opening them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.queries import memberships_on
from itoguchi.core.actions import drop_file
from itoguchi.core.journal import journal
from itoguchi.core.templatetags.core import day as written
from itoguchi.core.wording import say
from itoguchi.exchange.access import can_answer_for
from itoguchi.exchange.actions.problems import locked_problem, save
from itoguchi.exchange.actions.questions import NOT_ANSWERING, must_not_own
from itoguchi.exchange.models import Problem, Proposal, Rater
from itoguchi.exchange.queries.problems import clock

if TYPE_CHECKING:
    from datetime import datetime

    from itoguchi.accounts.models import Account, Organisation
    from itoguchi.core.models import FrozenFile

TIED = _("提案した組織に属しているため、外れました。")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalFacts:
    """What is proposed; `file` None leaves the one that is there."""

    title: str
    text: str
    cost_yen: int | None = None
    file: FrozenFile | None = None


@transaction.atomic
def propose(problem: Problem, facts: ProposalFacts, *, organisation: Organisation, by: Account) -> Proposal:
    """Propose in the name of an organisation, or put this in the place of what it proposed before, whose file is dropped.

    Raises PermissionDenied for who does not work there, ValidationError once the database's clock is past the deadline.
    """
    if not can_answer_for(by, organisation):
        raise PermissionDenied(NOT_ANSWERING)
    must_not_own(problem, by)
    rows = problem.proposals.select_for_update(of=("self",)).select_related("file")
    known = rows.filter(organisation=organisation).first()
    proposal = known or Proposal(problem=problem, organisation=organisation)
    replaced = proposal.file if facts.file else None
    proposal.title, proposal.text, proposal.cost_yen = facts.title.strip(), facts.text.strip(), facts.cost_yen
    proposal.file, proposal.by, proposal.is_withdrawn = facts.file or proposal.file, by, False
    _in_time(proposal, by=by, why=str(_("提案の差替え") if known else _("提案")))
    if replaced:  # it was sealed: nobody else has seen it
        drop_file(replaced)
    return proposal


def withdraw_proposal(proposal: Proposal, *, by: Account) -> Proposal:
    """Take a proposal back before the deadline; nobody else ever hears of it."""
    if not can_answer_for(by, proposal.organisation_id):
        raise PermissionDenied(NOT_ANSWERING)
    proposal.is_withdrawn, proposal.by = True, by
    _in_time(proposal, by=by, why=str(_("提案の取下げ")))
    return proposal


def _in_time(proposal: Proposal, *, by: Account, why: str) -> None:
    """Write it, unless its problem takes none any more: the trigger `in_time` looks at the clock when the row is written."""
    problem = Problem.objects.get(pk=proposal.problem_id)
    now = clock()
    if problem.state != Problem.State.PUBLISHED or now >= problem.closes_at:
        raise ValidationError(_too_late(problem.closes_at, now))
    proposal.full_clean(exclude={"submitted_at"})
    try:
        with transaction.atomic(), journal(by=by, why=why):
            proposal.save()
    except IntegrityError as refused:
        if "one_proposal_of_an_organisation" in str(refused):
            raise ValidationError(_("同じ組織の方が、いま提案しました。ページを開き直してください。")) from refused
        raise ValidationError(_too_late(problem.closes_at, clock())) from refused
    proposal.refresh_from_db()


def _too_late(closes_at: datetime, now: datetime) -> Any:
    def moment(at: datetime) -> str:
        here = timezone.localtime(at)
        return f"{written(here)} {here:%H:%M:%S}"

    return say(
        _("提案の締切（%(closes)s）を過ぎたため、受け付けていません。いまの時刻：%(now)s"),
        closes=moment(closes_at),
        now=moment(now),
    )


@transaction.atomic
def open_proposals(problem: Problem, *, by: Account | None) -> Problem:
    """Open the seal, once, after the deadline; raters who belong to an organisation that proposed step back by that.

    The lock waits for proposals that are being written, so that what is opened is all there is. Without any the problem
    ends. Raises PermissionDenied, ValidationError before the deadline.
    """
    locked = locked_problem(problem, by)
    now = clock()
    if locked.state != Problem.State.PUBLISHED:
        raise ValidationError(_("提案は、すでに開けられたか、集められていません。"))
    if now < locked.closes_at:
        raise ValidationError(_("提案を開けられるのは、締切のあとです。"))
    locked.opened_at, locked.state = now, Problem.State.OPENED
    proposing = set(locked.proposals.filter(is_withdrawn=False).values_list("organisation", flat=True))
    if not proposing:
        locked.state, locked.result = Problem.State.ENDED, str(_("提案がありませんでした。"))
    save(locked, by=by, why=str(_("提案の開封")))
    tied = memberships_on(timezone.localdate(now)).filter(organisation__in=proposing).values("account")
    with journal(by=by, why=str(_("提案の開封"))):
        for each in Rater.objects.filter(problem=locked, account__in=tied):
            each.declares, each.why = Rater.Declares.CONFLICT, str(TIED)
            each.save()
    return locked
