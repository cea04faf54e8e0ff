"""Asking people to rate, declaring what stands in the way, giving points, and choosing with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.queries import memberships_on
from itoguchi.core.journal import journal
from itoguchi.core.wording import say
from itoguchi.exchange.access import can_see_ratings
from itoguchi.exchange.actions.problems import locked_problem, save
from itoguchi.exchange.actions.proposals import TIED
from itoguchi.exchange.models import MOST_POINTS, Choice, Problem, Proposal, Rater, Rating
from itoguchi.exchange.queries.problems import clock
from itoguchi.exchange.queries.proposals import who_still_rates

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

LEAST_RATERS = 2
NOT_RATING = _("評価できるのは、頼まれた評価者だけです。")
STEPPED_BACK = _("利害関係があるため、この課題の提案と評価は見られません。")
BEFORE = {Problem.State.DRAFT, Problem.State.PUBLISHED, Problem.State.OPENED}


@transaction.atomic
def appoint_rater(problem: Problem, account: Account, *, by: Account | None) -> Rater:
    """Ask somebody to rate, until a proposal is chosen; who belongs to an organisation that proposed is refused."""
    locked = locked_problem(problem, by)
    if locked.state not in BEFORE:
        raise ValidationError(_("評価者を頼めるのは、選ぶ前だけです。"))
    rater = Rater(problem=locked, account=account)
    if locked.state == Problem.State.OPENED and _is_tied(rater):
        raise ValidationError(_("提案した組織に属する方には頼めません。"))
    rater.full_clean()
    with journal(by=by, why=str(_("評価者の依頼"))):
        rater.save()
    return rater


@transaction.atomic
def declare_free(problem: Problem, *, by: Account) -> Rater:
    """Say that nothing is in the way of rating; only then the proposals are shown.

    Raises PermissionDenied for who was not asked or stepped back, ValidationError for who belongs to who proposed.
    """
    rater = _locked_rater(problem, by)
    if rater.declares == Rater.Declares.FREE:
        return rater
    if _is_tied(rater):
        raise ValidationError(TIED)
    rater.declares = Rater.Declares.FREE
    return _save(rater, by=by, why=str(_("利害関係なしの申告")))


@transaction.atomic
def declare_conflict(problem: Problem, why: str, *, by: Account) -> Rater:
    """Step back, for good: points given so far no longer count. Raises PermissionDenied, ValidationError without a reason."""
    rater = _locked_rater(problem, by)
    if rater.finished_at:
        raise ValidationError(_("評価を終えています。取り消すには、団体の担当者に知らせてください。"))
    rater.declares, rater.why = Rater.Declares.CONFLICT, why.strip()
    _save(rater, by=by, why=str(_("利害関係ありの申告")))
    with journal(by=by, why=str(_("利害関係ありの申告"))):
        rater.ratings.all().delete()
    return rater


@transaction.atomic
def rate(proposal: Proposal, points: Mapping[int, tuple[int, str]], *, by: Account) -> None:
    """Give points with reasons by criterion. Raises PermissionDenied, ValidationError for a criterion left out."""
    rater = _locked_rater(proposal.problem, by)
    _must_be_rating(rater)
    criteria = list(rater.problem.criteria.all())
    if {each.pk for each in criteria} != set(points):
        raise ValidationError(_("すべての観点に点をつけてください。"))
    known = {each.criterion_id: each for each in rater.ratings.filter(proposal=proposal)}
    with journal(by=by, why=str(_("提案の評価"))):
        for each in criteria:
            row = known.get(each.pk) or Rating(rater=rater, proposal=proposal, criterion=each)
            row.points, row.why = points[each.pk][0], points[each.pk][1].strip()
            if not 1 <= row.points <= MOST_POINTS:
                raise ValidationError(say(_("点は1から%(most)sまでです。"), most=MOST_POINTS))
            row.full_clean()
            row.save()


@transaction.atomic
def finish_rating(problem: Problem, *, by: Account) -> Rater:
    """Hand the points in; from then on they stay. Raises ValidationError while a proposal is without points."""
    rater = _locked_rater(problem, by)
    _must_be_rating(rater)
    open_proposals = rater.problem.proposals.filter(is_withdrawn=False).exclude(ratings__rater=rater)
    if open_proposals.exists():
        raise ValidationError(_("まだ点をつけていない提案があります。"))
    rater.finished_at = clock()
    return _save(rater, by=by, why=str(_("評価の提出")))


@transaction.atomic
def choose(proposal: Proposal, why: str, *, by: Account) -> Choice:
    """Choose one proposal to talk about, with a reason, once at least two raters have handed in and nobody still rates."""
    locked = _chooses(proposal.problem, by)
    finished = locked.raters.exclude(finished_at=None).count()
    if waiting := who_still_rates(locked):
        names = "、".join(str(each.account) for each in waiting)
        raise ValidationError(say(_("まだ評価を終えていない方がいます：%(names)s"), names=names))
    if finished < LEAST_RATERS:
        raise ValidationError(say(_("%(least)s人以上の評価がそろってから選んでください。"), least=LEAST_RATERS))
    if not locked.proposals.filter(pk=proposal.pk, is_withdrawn=False).exists():
        raise ValidationError(_("この課題の提案を選んでください。"))
    choice = Choice(problem=locked, proposal=proposal, why=why.strip(), by=by)
    choice.full_clean(exclude={"chosen_at"})
    locked.state = Problem.State.CHOSEN
    with journal(by=by, why=str(_("提案の選定"))):
        choice.save()
    save(locked, by=by, why=str(_("提案の選定")))
    return choice


@transaction.atomic
def choose_none(problem: Problem, why: str, *, by: Account) -> Problem:
    """End a problem whose proposals do not answer it, with a reason that everybody reads."""
    locked = _chooses(problem, by)
    if not why.strip():
        raise ValidationError({"why": _("理由を書いてください。")})
    locked.state, locked.result = Problem.State.ENDED, why.strip()
    return save(locked, by=by, why=why)


def _chooses(problem: Problem, by: Account) -> Problem:
    """The problem, locked, for an officer who may choose now."""
    locked = locked_problem(problem, by)
    if locked.state != Problem.State.OPENED:
        raise ValidationError(_("選べるのは、提案を開けたあと、一度だけです。"))
    if not can_see_ratings(by, locked):
        raise PermissionDenied(STEPPED_BACK)
    return locked


def _locked_rater(problem: Problem, by: Account) -> Rater:
    found = Rater.objects.select_for_update(of=("self",)).select_related("problem", "account")
    rater = found.filter(problem=problem, account=by).first()
    if rater is None:
        raise PermissionDenied(NOT_RATING)
    if rater.declares == Rater.Declares.CONFLICT:
        raise PermissionDenied(STEPPED_BACK)
    return rater


def _must_be_rating(rater: Rater) -> None:
    if rater.declares != Rater.Declares.FREE:
        raise ValidationError(_("先に、利害関係を申告してください。"))
    if rater.finished_at or rater.problem.state != Problem.State.OPENED:
        raise ValidationError(_("評価は終わっています。"))


def _is_tied(rater: Rater) -> bool:
    """Whether who rates belongs to an organisation that proposed; before the opening that is told to nobody."""
    if rater.problem.opened_at is None:
        return False
    proposing = rater.problem.proposals.filter(is_withdrawn=False).values("organisation")
    today = timezone.localdate()
    return memberships_on(today).filter(account=rater.account_id, organisation__in=proposing).exists()


def _save(rater: Rater, *, by: Account, why: str) -> Rater:
    rater.full_clean()
    with journal(by=by, why=why):
        rater.save()
    return rater
