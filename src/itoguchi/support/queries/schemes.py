"""What people ask of schemes: which there are, which can be asked for now, who may use one, what holds of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.utils import timezone

from itoguchi.areas.models import Area
from itoguchi.core.calendar import fiscal_year
from itoguchi.core.queries import search
from itoguchi.roadmap.models import Field, Solution
from itoguchi.support.access import needs_open_to
from itoguchi.support.matching import Match, Reason, Standings, State, said_of, states_for
from itoguchi.support.models import Mark, Need, Rate, Scheme, SchemeYear, Step, Window
from itoguchi.support.queries.uses import Array, used_by_year, whole_lists
from itoguchi.support.wording import reason_of

if TYPE_CHECKING:
    from itoguchi.accounts.access import User

MOST_FOUND = 500  # schemes that words may find


def schemes(day: date) -> QuerySet[Scheme]:
    """Schemes that have not ended by a day, by name, each with its years and windows (3 queries)."""
    years = SchemeYear.objects.prefetch_related("windows")
    return Scheme.objects.exclude(ended_on__lte=day).prefetch_related(Prefetch("years", years))


def open_schemes(now: datetime) -> QuerySet[Scheme]:
    """Those of them that can be asked for at a moment."""
    windows = Window.objects.filter(not_closed(now), Q(opens_at=None) | Q(opens_at__lte=now))
    return schemes(timezone.localdate(now)).filter(Exists(windows.filter(year__scheme=OuterRef("pk"))))


def scheme_in_full(key: str) -> Scheme | None:
    """A scheme with everything that stands on its page (9 queries)."""
    years = SchemeYear.objects.prefetch_related("rates", "windows")
    return (
        Scheme.objects.select_related("organisation")
        .prefetch_related("fields", "solutions", "steps", "excludes", Prefetch("years", years))
        .filter(key=key)
        .first()
    )


def scheme_on_page(key: str) -> Scheme | None:
    """The same in 5 queries; `in_fields`, `in_solutions`, `not_with` and `comes_after` are lists of [key, name].

    `used` and `listed` are lists of [fiscal year, number of areas that used it] and [fiscal year, source of a whole list].
    """
    return _for_page().filter(key=key).first()


@cache
def _for_page() -> QuerySet[Scheme]:
    """Built once: what it asks for is the same for every scheme. Rows of one scheme need not be sorted by its name."""
    rates, windows = Rate.objects.order_by("order"), Window.objects.order_by("closes_at", "opens_at")
    years = SchemeYear.objects.order_by("-fiscal_year")
    return (
        Scheme.objects.select_related("organisation", "link_check")
        .prefetch_related(
            Prefetch("steps", Step.objects.order_by("order")),
            Prefetch("years", years.prefetch_related(Prefetch("rates", rates), Prefetch("windows", windows))),
        )
        .annotate(
            in_fields=_names(Field, "order", schemes=OuterRef("pk")),
            in_solutions=_names(Solution, "order", schemes=OuterRef("pk")),
            not_with=_names(Scheme, "name", excludes=OuterRef("pk")),
            comes_after=_names(Scheme, "name", before=OuterRef("pk")),
            used=used_by_year(OuterRef("pk")),
            listed=whole_lists(OuterRef("pk")),
        )
        .order_by()
    )


def _names(model: type[Field | Solution | Scheme], order: str, **of: OuterRef) -> ArraySubquery:
    rows = model._default_manager.filter(**of).order_by(order)
    return ArraySubquery(rows.values(said=Array(F("key"), F("name"))))


def listed_schemes(now: datetime) -> QuerySet[Scheme]:
    """Schemes that have not ended, each with the window that closes next (`next_window`, `opens_at`, `closes_at`, `has_time`).

    `has_window` tells whether any is on record. The newest year that tells rates or a ceiling, else the newest, comes along
    with its rates (3 queries).
    """
    of_scheme = Window.objects.filter(year__scheme=OuterRef("pk"))
    ahead = of_scheme.filter(not_closed(now)).order_by(F("closes_at").asc(nulls_last=True), "pk")
    told = Case(When(Q(max_yen__gt=0) | Exists(Rate.objects.filter(year=OuterRef("pk"))), then=0), default=1)
    newest = (
        SchemeYear.objects.filter(fiscal_year__lte=fiscal_year(now.date()) + 1)
        .order_by("scheme_id", told, "-fiscal_year")
        .distinct("scheme_id")
    )
    return (
        Scheme.objects.exclude(ended_on__lte=timezone.localdate(now))
        .defer("extra", "detail")
        .annotate(
            next_window=Subquery(ahead.values("pk")[:1]),
            opens_at=Subquery(ahead.values("opens_at")[:1]),
            closes_at=Subquery(ahead.values("closes_at")[:1]),
            has_time=Subquery(ahead.values("has_time")[:1]),
            has_window=Exists(of_scheme),
        )
        .prefetch_related(Prefetch("years", newest.prefetch_related("rates")))
    )


def not_closed(now: datetime) -> Q:
    """A window whose end is not known is taken to be over after its fiscal year."""
    return Q(closes_at__gte=now) | Q(closes_at=None, year__fiscal_year__gte=fiscal_year(timezone.localdate(now)))


def in_state(found: QuerySet[Scheme], state: str, now: datetime) -> QuerySet[Scheme]:
    """Those of the schemes that are `open` at a moment, `coming`, `closed`, or of which no window is known (`unknown`)."""
    of_scheme = Window.objects.filter(year__scheme=OuterRef("pk"))
    is_open = Exists(of_scheme.filter(not_closed(now), Q(opens_at=None) | Q(opens_at__lte=now)))
    is_coming = Exists(of_scheme.filter(opens_at__gt=now))
    match state:
        case "open":
            return found.filter(is_open)
        case "coming":
            return found.filter(is_coming & ~is_open)
        case "closed":
            return found.filter(Exists(of_scheme) & ~is_coming & ~is_open)
    return found.filter(~Exists(of_scheme))


def said_by(words: str) -> list[str]:
    """Keys of the schemes that answer words best (1 query while the records are the same, else 3)."""
    hits = search(words, top=MOST_FOUND, room="support").hits
    return [hit.document.id.partition("/")[2] for hit in hits]


def narrowed(
    rows: QuerySet[Scheme], question: Mapping[str, str], *, area: Area | None, now: datetime
) -> QuerySet[Scheme]:
    """Those of some schemes that a question to the list finds: its words and choices, as the list's address names them.

    `mine` asks whether `area` may use it (3 queries more), `q` the search index (1 more).
    """
    for name, column in (("kind", "kind"), ("level", "level"), ("field", "fields"), ("solution", "solutions")):
        if value := question.get(name):
            rows = rows.filter(**{column: value})
    if words := question.get("q"):
        rows = rows.filter(pk__in=said_by(words))
    if when := question.get("when"):
        rows = in_state(rows, when, now)
    if area and (mine := question.get("mine")):
        states = states_of_all(rows, area, timezone.localdate(now))
        rows = rows.filter(pk__in=[key for key, state in states.items() if state == mine])
    return rows


def states_of_all(found: QuerySet[Scheme], area: Area, day: date) -> dict[str, State]:
    """Key of every scheme found → whether an area may use it (3 queries)."""
    return states_for(Scheme.objects.filter(pk__in=found.order_by().values("pk")).only("key", "rule"), area, day)


@dataclass(frozen=True, slots=True)
class AreaLine:
    """An area beside a scheme: whether it may use it, what first stands in its way, its open needs of this kind."""

    area: Area
    state: State
    gap: Reason | None
    needs: tuple[Need, ...]


def needs_beside(scheme: Scheme, user: User) -> QuerySet[Need]:
    """The open needs in a scheme's fields or solutions that the user may read."""
    in_mind = Need.solutions.through.objects.filter(solution__in=scheme.solutions.values("pk"))
    return Need.objects.filter(
        needs_open_to(user),
        Q(field__in=scheme.fields.values("pk")) | Q(pk__in=in_mind.values("need")),
        state__in=(Need.State.OPEN, Need.State.ANSWERED),
    )


def areas_beside(standings: Standings, areas: Iterable[Area], user: User) -> list[AreaLine]:
    """The areas given as they stand to a scheme, with the open needs in its fields or solutions that the user may read.

    1 query, however many areas.
    """
    given = list(areas)
    needs: dict[int, list[Need]] = {}
    for need in needs_beside(standings.scheme, user).filter(area__in=given):
        needs.setdefault(need.area_id, []).append(need)
    return [
        AreaLine(each, standings.states[each.code], standings.gap(each.code), tuple(needs.get(each.pk, ())))
        for each in given
    ]


def marks_of(scheme: Scheme) -> list[Mark]:
    """Who found a scheme useful for a need, or not, for who keeps it (1 query)."""
    return list(scheme.marks.select_related("need__area", "by").order_by("-is_useful", "pk"))


def match_as_data(match: Match) -> dict[str, Any]:
    """A match for machines, its reasons and gaps also in words of the language of the moment."""
    data = said_of(match)
    for name, rows in (("reasons", match.reasons), ("gaps", match.gaps)):
        for said, reason in zip(data[name], rows, strict=True):
            said["text"] = reason_of(reason)
    return data
