"""Problems in every phase for tests, by way of the actions; only the past has to be told to the database's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pgtrigger
from django.utils import timezone

from itoguchi.accounts.actions import grant_membership, keep_organisation, open_account
from itoguchi.accounts.models import Account, Organisation, Role
from itoguchi.areas.models import Area
from itoguchi.exchange.actions import (
    OfferFacts,
    ProblemFacts,
    ProposalFacts,
    appoint_rater,
    choose,
    declare_free,
    finish_rating,
    keep_offer,
    keep_profile,
    open_need,
    open_proposals,
    propose,
    publish_problem,
    rate,
)
from itoguchi.exchange.models import Choice, Offer, Problem, Profile, Proposal, Rater
from itoguchi.roadmap.models import Field, Solution
from tests.personas import SINCE, account_of
from tests.support.factories import TAMBA, a_need

DAY = timedelta(days=1)


def a_firm(name: str = "rival", *, seat: str = "", size: str = "small") -> tuple[Organisation, Account]:
    """A company with somebody who works for it."""
    organisation = keep_organisation(Organisation(name=f"試験 {name}", kind=Organisation.Kind.COMPANY), by=None)
    account = open_account(sign_in_name=name, name=f"試験 {name}", password=None, by=None)
    grant_membership(account, role=Role.PARTNER, organisation=organisation, valid_from=SINCE, by=None)
    if seat:
        keep_profile(organisation, seat=Area.objects.get(code=seat), size=Profile.Size(size), by=None)
    return organisation, account


def firm_of(account: Account) -> Organisation:
    """The organisation that somebody works for."""
    return Organisation.objects.get(memberships__account=account)


def facts(**more: Any) -> ProblemFacts:
    """What a town says of its problem: questions for five days, proposals for ten."""
    now: datetime = timezone.now()
    usual: dict[str, Any] = {
        "title": "猿の見回り",
        "wanted": "猿が来たら知らせてほしい",
        "site": "山あいの畑。携帯の電波が弱い",
        "asks_until": now + 5 * DAY,
        "closes_at": now + 10 * DAY,
        "criteria": (("効果", 3), ("費用", 1)),
    }
    return ProblemFacts(**(usual | more))


def a_draft(code: str = TAMBA, need: dict[str, Any] | None = None, **more: Any) -> Problem:
    """A problem that is being written."""
    return open_need(a_need(code, **({"is_internal": False} | (need or {}))), facts(**more), by=None)


def a_problem(code: str = TAMBA, **more: Any) -> Problem:
    """A published problem that takes questions and proposals."""
    return publish_problem(a_draft(code, **more), by=None)


def let_time_pass(problem: Problem, *, asks: bool = True) -> Problem:
    """As if the deadline had been a minute ago: the trigger that holds it is put to sleep for that."""
    past = timezone.now() - timedelta(minutes=1)
    with pgtrigger.ignore("exchange.Problem:moments_stay"):
        Problem.objects.filter(pk=problem.pk).update(closes_at=past, **({"asks_until": past} if asks else {}))
    problem.refresh_from_db()
    return problem


def a_proposal(problem: Problem, by: Account, **more: Any) -> Proposal:
    """What somebody's organisation proposes."""
    said = ProposalFacts(**({"title": "罠の通知", "text": "罠に通信機をつける"} | more))
    return propose(problem, said, organisation=firm_of(by), by=by)


def opened(problem: Problem) -> Problem:
    """The problem with its deadline past and its proposals opened."""
    return open_proposals(let_time_pass(problem), by=None)


def points(problem: Problem, *given: int) -> dict[int, tuple[int, str]]:
    """Points by criterion, in their order."""
    return {each.pk: (one, "") for each, one in zip(problem.criteria.all(), given, strict=True)}


def a_rater(problem: Problem, persona: str, *, free: bool = True) -> Rater:
    """A persona asked to rate, who has declared that nothing is in the way."""
    rater = appoint_rater(problem, account_of(persona), by=None)
    return declare_free(problem, by=account_of(persona)) if free else rater


def rated(problem: Problem, given: dict[str, dict[str, tuple[int, ...]]]) -> None:
    """Raters by persona, each with points for proposals by their keys, handed in."""
    for persona, of_proposals in given.items():
        a_rater(problem, persona)
        for key, some in of_proposals.items():
            proposal = Proposal.objects.get(pk=key)
            rate(proposal, points(problem, *some), by=account_of(persona))
        finish_rating(problem, by=account_of(persona))


def a_choice(code: str = TAMBA) -> Choice:
    """A problem of the persona `officer` whose proposal by `partner` was chosen."""
    problem = a_problem(code)
    proposal = a_proposal(problem, account_of("partner"))
    opened(problem)
    rated(problem, {name: {str(proposal.pk): (4, 4)} for name in ("adviser", "chief")})
    return choose(proposal, "効果が大きい", by=account_of("officer"))


def an_offer(organisation: Organisation, title: str = "罠の貸出し", **more: Any) -> Offer:
    """A standing offer; fields, solutions and prefectures by key."""
    for name, model, key in (
        ("fields", Field, "key"),
        ("solutions", Solution, "key"),
        ("prefectures", Area, "code"),
    ):
        more[name] = frozenset(model.objects.filter(**{f"{key}__in": more.get(name, ())}))  # type: ignore[attr-defined]
    said = OfferFacts(**({"kind": Offer.Kind.LEND, "title": title, "text": "罠と通信機を貸す"} | more))
    return keep_offer(organisation, said, by=None, today=timezone.localdate())
