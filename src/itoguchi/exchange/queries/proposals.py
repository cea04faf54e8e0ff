"""Proposals as each reader sees them, and the points of all raters side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from itoguchi.exchange.access import organisations_of, proposals_open_to
from itoguchi.exchange.models import Criterion, Problem, Proposal, Rater, Rating

if TYPE_CHECKING:
    from itoguchi.accounts.access import User


def proposals_seen_by(user: User) -> QuerySet[Proposal]:
    """Proposals that the user may see, the first to come first."""
    return (
        Proposal.objects.filter(proposals_open_to(user))
        .select_related("organisation", "problem__need__area__prefecture", "problem__need__area__block", "by", "file")
        .defer("file__content")
        .order_by("submitted_at", "pk")
    )


def own_proposals(problem: Problem, user: User) -> list[Proposal]:
    """What the user's organisations propose for a problem, withdrawn or not (1 query, none for who has no organisation)."""
    own = organisations_of(user)
    return list(problem.proposals.filter(organisation__in=own).select_related("organisation")) if own else []


def rater_of(problem: Problem, user: User) -> Rater | None:
    """The user as one who was asked to rate (1 query; none for visitors)."""
    return problem.raters.filter(account=user.pk).first() if user.pk else None


def points_of(rater: Rater) -> dict[tuple[str, int], Rating]:
    """What somebody gave so far, by proposal and criterion (1 query)."""
    return {(str(each.proposal_id), each.criterion_id): each for each in rater.ratings.all()}


def who_still_rates(problem: Problem) -> list[Rater]:
    """Raters who have neither finished nor stepped back (1 query)."""
    waiting = problem.raters.filter(finished_at=None).exclude(declares=Rater.Declares.CONFLICT)
    return list(waiting.select_related("account"))


@dataclass(frozen=True, slots=True)
class Compared:
    """One proposal beside the others: its place, weighted mean of 5, spread, and the mean by criterion.

    `mean` is of the raters' own weighted means; `low` and `high` are the least and the greatest of them.
    """

    place: int
    proposal: Proposal
    mean: Decimal
    low: Decimal
    high: Decimal
    by_criterion: Mapping[int, Decimal]
    by_rater: Mapping[int, Decimal]


def weighted(points: Mapping[int, int], criteria: Sequence[Criterion]) -> Fraction:
    """Mean of one rater's points by the weights of the criteria."""
    return Fraction(sum(points[each.pk] * each.weight for each in criteria), sum(each.weight for each in criteria))


def _rounded(value: Fraction) -> Decimal:
    return Decimal(round(value * 100)) / 100


def compared(problem: Problem) -> list[Compared]:
    """All proposals with the points of those who finished, the best first; equal means share a place (3 queries, 2 with criteria at hand)."""
    criteria = list(problem.criteria.all())
    given: dict[tuple[str, int], dict[int, int]] = {}
    rows = Rating.objects.filter(rater__problem=problem, rater__declares=Rater.Declares.FREE)
    rows = rows.exclude(rater__finished_at=None)
    for proposal, rater, criterion, points in rows.values_list("proposal", "rater", "criterion", "points"):
        given.setdefault((str(proposal), rater), {})[criterion] = points
    found = []
    for each in problem.proposals.filter(is_withdrawn=False).select_related("organisation"):
        of_raters = {rater: points for (key, rater), points in given.items() if key == str(each.pk)}
        if not of_raters:
            continue
        means = {rater: weighted(points, criteria) for rater, points in of_raters.items()}
        by_criterion = {
            criterion.pk: _rounded(Fraction(sum(points[criterion.pk] for points in of_raters.values()), len(of_raters)))
            for criterion in criteria
        }
        found.append((sum(means.values(), Fraction()) / len(means), means, by_criterion, each))
    found.sort(key=lambda row: (-row[0], row[3].submitted_at))
    return [
        Compared(
            place=1 + sum(other[0] > mean for other in found),
            proposal=each,
            mean=_rounded(mean),
            low=_rounded(min(means.values())),
            high=_rounded(max(means.values())),
            by_criterion=by_criterion,
            by_rater={rater: _rounded(value) for rater, value in means.items()},
        )
        for mean, means, by_criterion, each in found
    ]
