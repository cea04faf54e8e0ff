"""What people ask of schemes: with their years, open ones, one in full, and a match for machines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from itoguchi.support.matching import Match, said_of
from itoguchi.support.models import Scheme, SchemeYear, Window
from itoguchi.support.wording import reason_of


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


def match_as_data(match: Match) -> dict[str, Any]:
    """A match for machines, its reasons and gaps also in words of the language of the moment."""
    data = said_of(match)
    for name, rows in (("reasons", match.reasons), ("gaps", match.gaps)):
        for said, reason in zip(data[name], rows, strict=True):
            said["text"] = reason_of(reason)
    return data
