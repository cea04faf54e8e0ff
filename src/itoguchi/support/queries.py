"""What people ask of support: schemes with their years, which suit a need, who may use one, which needs are open."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from itoguchi.support.access import needs_open_to
from itoguchi.support.matching import Asked, Match, Reason, State, Timing, Verdict, explain, said_of, who_may
from itoguchi.support.matching import match as match_schemes
from itoguchi.support.models import Need, Scheme, SchemeYear, Window
from itoguchi.support.wording import reason_of, sentence_of

if TYPE_CHECKING:
    from itoguchi.accounts.access import User

__all__ = [
    "Asked",
    "Match",
    "Reason",
    "State",
    "Timing",
    "Verdict",
    "explain",
    "match_as_data",
    "match_schemes",
    "needs_visible_to",
    "open_schemes",
    "reason_of",
    "scheme_in_full",
    "schemes",
    "sentence_of",
    "who_may",
]


def schemes(day: date) -> QuerySet[Scheme]:
    """Schemes that have not ended by a day, by name, each with its years and windows (3 queries)."""
    years = SchemeYear.objects.prefetch_related("windows")
    return Scheme.objects.exclude(ended_on__lte=day).prefetch_related(Prefetch("years", years))


def open_schemes(now: datetime) -> QuerySet[Scheme]:
    """Those of them that can be asked for at a moment."""
    windows = Window.objects.filter(
        Q(opens_at=None) | Q(opens_at__lte=now), closes_at__gte=now, year__scheme=OuterRef("pk")
    )
    return schemes(now.date()).filter(Exists(windows))


def scheme_in_full(key: str) -> Scheme | None:
    """A scheme with everything that stands on its page (9 queries)."""
    years = SchemeYear.objects.prefetch_related("rates", "windows")
    return (
        Scheme.objects.select_related("organisation")
        .prefetch_related("fields", "solutions", "steps", "excludes", Prefetch("years", years))
        .filter(key=key)
        .first()
    )


def needs_visible_to(user: User) -> QuerySet[Need]:
    """Needs that the user may read, newest first; what was merged stands with the other."""
    needs = Need.objects.exclude(state=Need.State.MERGED).select_related("area__prefecture", "field")
    return needs.filter(needs_open_to(user))


def match_as_data(match: Match) -> dict[str, Any]:
    """A match for machines, its reasons and gaps also in words of the language of the moment."""
    data = said_of(match)
    for name, rows in (("reasons", match.reasons), ("gaps", match.gaps)):
        for said, reason in zip(data[name], rows, strict=True):
            said["text"] = reason_of(reason)
    return data
