"""Saying where an organisation is and how large, and keeping and ending what it offers to areas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.actions import keep_search_entries
from itoguchi.core.journal import journal
from itoguchi.exchange.access import can_answer_for, can_change_offer
from itoguchi.exchange.actions.problems import entry_of_offer, index_exchange
from itoguchi.exchange.models import Offer, Profile

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account, Organisation
    from itoguchi.areas.models import Area
    from itoguchi.roadmap.models import Field, Solution

NOT_OFFERING = _("提供を書けるのは、その参加組織の担当者だけです。")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFacts:
    """Everything that is said of an offer; no prefectures: anywhere."""

    kind: Offer.Kind
    title: str
    text: str
    fields: frozenset[Field] = frozenset()
    solutions: frozenset[Solution] = frozenset()
    prefectures: frozenset[Area] = frozenset()


@transaction.atomic
def keep_profile(organisation: Organisation, *, seat: Area, size: Profile.Size, by: Account | None) -> Profile:
    """Say where an organisation is and how large. Raises PermissionDenied for others than its own people."""
    if by and not can_answer_for(by, organisation):
        raise PermissionDenied(NOT_OFFERING)
    profile = Profile.objects.filter(organisation=organisation).first() or Profile(organisation=organisation)
    profile.seat, profile.size = seat, size
    profile.full_clean()
    with journal(by=by, why=str(_("組織の紹介"))):
        profile.save()
    return profile


@transaction.atomic
def keep_offer(
    organisation: Organisation, facts: OfferFacts, *, by: Account | None, today: date, offer: Offer | None = None
) -> Offer:
    """Offer something from today on, or put an offer right. Raises PermissionDenied, ValidationError for one that ended."""
    if by and not can_answer_for(by, organisation):
        raise PermissionDenied(NOT_OFFERING)
    if offer is not None and offer.ended_on:
        raise ValidationError(_("やめた提供は直せません。新しく書いてください。"))
    kept = offer or Offer(organisation=organisation, since=today)
    kept.kind, kept.title, kept.text = facts.kind, facts.title.strip(), facts.text.strip()
    kept.full_clean()
    with journal(by=by, why=str(_("提供"))):
        kept.save()
        kept.fields.set(facts.fields)
        kept.solutions.set(facts.solutions)
        kept.prefectures.set(facts.prefectures)
    keep_search_entries("exchange", [entry_of_offer(kept)])
    return kept


@transaction.atomic
def end_offer(offer: Offer, *, by: Account | None, today: date) -> Offer:
    """Offer something no more. Raises PermissionDenied."""
    if by and not can_change_offer(by, offer):
        raise PermissionDenied(NOT_OFFERING)
    offer.ended_on = today
    with journal(by=by, why=str(_("提供をやめる"))):
        offer.save()
    index_exchange()
    return offer
