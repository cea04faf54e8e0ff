"""Who may open problems, ask, propose, rate and choose, and who sees which proposal: before the opening its organisation alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from itoguchi.accounts.access import memberships_of, works_for_area
from itoguchi.accounts.models import Role
from itoguchi.exchange.models import Problem, Proposal, Rater

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.accounts.models import Organisation
    from itoguchi.areas.models import Area
    from itoguchi.exchange.models import Offer

# A ministry runs the platform and answers to all: it proposes nothing.
ANSWERING = frozenset({Role.PARTNER, Role.ADVISER, Role.FUNDER})


def can_open_problems_of(user: User, area: Area) -> bool:
    """Open the needs of this area as problems, answer, open, choose and agree: its own officers alone."""
    return works_for_area(user, area)


def organisations_of(user: User) -> list[int]:
    """Keys of the organisations for which the user may ask, propose and offer."""
    terms = memberships_of(user)
    return sorted({each.organisation_id for each in terms if each.role in ANSWERING and each.organisation_id})


def can_answer_for(user: User, organisation: Organisation | int) -> bool:
    """Ask, propose and offer in the name of this organisation."""
    key = organisation if isinstance(organisation, int) else organisation.pk
    return key in organisations_of(user)


def can_change_offer(user: User, offer: Offer) -> bool:
    """Put an offer right or end it: who works for its organisation."""
    return can_answer_for(user, offer.organisation_id)


def problems_open_to(user: User) -> Q:
    """Which problems the user may read: those that were published, and drafts of own areas."""
    areas = [each.area_id for each in memberships_of(user) if each.area_id]
    return Q(published_at__isnull=False) | Q(need__area__in=areas)


def proposals_open_to(user: User) -> Q:
    """Which proposals the user may see.

    Sealed, those of own organisations alone. Opened, also those to own areas, and to a problem one rates with nothing
    in the way; an organisation of their own that proposed too is in the way. Who is asked to rate sees none before saying so, and who stepped back none, whatever other role they have.
    """
    areas = [each.area_id for each in memberships_of(user) if each.area_id]
    own = Q(organisation__in=organisations_of(user))
    if user.pk is None:
        return own
    asked = Rater.objects.filter(problem=OuterRef("problem"), account=user.pk)
    opened = Q(problem__opened_at__lte=Now(), is_withdrawn=False)
    free = Q(Exists(asked.filter(declares=Rater.Declares.FREE)))
    competes = Proposal.objects.filter(
        problem=OuterRef("problem"), is_withdrawn=False, organisation__in=organisations_of(user)
    )
    of_area = Q(problem__need__area__in=areas) & ~Q(Exists(asked)) & ~Q(Exists(competes))
    return own | (opened & (free | of_area))


def can_see_ratings(user: User, problem: Problem) -> bool:
    """Set proposals and points side by side: officers of the area who have not stepped back and rate nothing more."""
    if not can_open_problems_of(user, problem.need.area):
        return False
    if problem.proposals.filter(is_withdrawn=False, organisation__in=organisations_of(user)).exists():
        return False
    asked = problem.raters.filter(account=user.pk).first()
    return asked is None or asked.finished_at is not None
