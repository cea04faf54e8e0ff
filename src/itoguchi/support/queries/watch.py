"""What is new of schemes, and for whom: who has a need it fits, who saved a search that finds it, who keeps dead links.

The rules stand in docs/follow-up.md §9.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from pghistory.models import Context

from itoguchi.accounts.access import memberships_of
from itoguchi.areas.models import Area
from itoguchi.core.journal import LOADING
from itoguchi.core.remembered import remembered
from itoguchi.core.templatetags.core import day as written
from itoguchi.core.watched import Watched
from itoguchi.roadmap.models import Solution, Topic
from itoguchi.support.access import can_keep_schemes, needs_open_to
from itoguchi.support.matching import Asked, Match, State, match
from itoguchi.support.models import LinkCheck, Rate, Scheme, SchemeYear, Window
from itoguchi.support.queries.needs import ALIKE, needs_of_day
from itoguchi.support.queries.schemes import narrowed
from itoguchi.support.queries.uses import Array

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.core.models import SavedSearch

NEWS_FOR = timedelta(days=92)  # so long a change is news
OPENED_FOR = timedelta(days=31)  # so long an opening is
SOON = timedelta(days=14)  # before it closes


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened to a scheme; `at` is when, None where it lies ahead. `key` is the same as long as it is the same."""

    scheme: str
    key: str
    at: datetime | None
    says: str


@remembered(most=4)
def scheme_news(day: date) -> tuple[News, ...]:
    """What is new of the schemes that have not ended, as of a day, in the reader's language (9 queries)."""
    schemes = frozenset(Scheme.objects.exclude(ended_on__lte=day).values_list("key", flat=True))
    years = dict(SchemeYear.objects.values_list("pk", "scheme"))
    entered = {key: at for key, _number, at in _events(Scheme, day, pgh_label="insert")}
    found = [*_openings(day), *_changes(day, years)]
    # On the day it is entered everything about a scheme is new.
    told = [
        each for each in found if each.at is None or _day(each.at) > _day(entered.get(each.scheme, _begin(date.min)))
    ]
    told += [
        News(key, f"scheme {key} new", at, _("%(day)sに登録された支援メニューです。") % {"day": written(_day(at))})
        for key, at in entered.items()
    ]
    return tuple(sorted((each for each in told if each.scheme in schemes), key=lambda each: each.key))


def _day(at: datetime) -> date:
    return timezone.localdate(at) if at.year > 1 else date.min


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_current_timezone())


def _events(model: type[Any], day: date, **narrow: Any) -> list[tuple[Any, int, datetime]]:
    """(row's key, number, moment) of what the journal tells of a model in the days before, loading apart (1 query)."""
    return list(_journal(model, day).filter(**narrow).values_list("pgh_obj_id", "pgh_id", "pgh_created_at"))


def _journal(model: type[Any], day: date) -> QuerySet[Any]:
    """The events of the days in which a change is news, oldest first; loading the reference data is none."""
    of_loading = Context.objects.filter(metadata__door=LOADING)
    events: QuerySet[Any] = model.pgh_event_model.objects.exclude(pgh_context__in=of_loading).filter(
        pgh_created_at__gte=_begin(day - NEWS_FOR), pgh_created_at__lt=_begin(day + timedelta(days=1))
    )
    return events.order_by("pgh_id")


def _openings(day: date) -> Iterator[News]:
    """Windows that opened, and those that close soon (1 query)."""
    near = Q(opens_at__gte=_begin(day - OPENED_FOR), opens_at__lt=_begin(day + timedelta(days=1)))
    near |= Q(closes_at__gte=_begin(day), closes_at__lt=_begin(day + SOON + timedelta(days=1)))
    for window in Window.objects.filter(near).select_related("year").order_by("pk"):
        opens, closes = (timezone.localdate(at) if at else None for at in (window.opens_at, window.closes_at))
        key = window.year.scheme_id
        if opens and window.opens_at and day - OPENED_FOR <= opens <= day and (closes is None or day <= closes):
            said = _("%(day)sに受付が始まりました。") % {"day": written(opens)}
            if closes:
                said += _("締切は%(day)sです。") % {"day": written(closes)}
            yield News(key, f"scheme {key} opens {opens}", window.opens_at, said)
        if closes and day <= closes <= day + SOON and (opens is None or opens <= day):
            left = {"day": written(closes), "days": (closes - day).days}
            said = _("締切（%(day)s）まであと%(days)s日です。") if left["days"] else _("締切は今日（%(day)s）です。")
            yield News(key, f"scheme {key} closes {closes}", None, said % left)


def _changes(day: date, years: Mapping[int, str]) -> Iterator[News]:
    """The last change of each scheme's rule, rates and sizes, and windows (6 queries)."""
    newest: dict[tuple[str, str], tuple[int, datetime]] = {}
    for key, number, at in _differing(Scheme, day, ("rule",)):
        newest[key, "rule"] = number, at
    for year, number, at in (*_differing(SchemeYear, day, ("min_yen", "max_yen")), *_of_years(Rate, day)):
        if year in years:
            newest[years[year], "terms"] = max((number, at), newest.get((years[year], "terms"), (0, at)))
    for year, number, at in _of_years(Window, day):
        if year in years:
            newest[years[year], "windows"] = number, at
    says = {
        "rule": _("使える条件が%(day)sに変わりました。"),
        "terms": _("補助率や上限が%(day)sに変わりました。"),
        "windows": _("受付期間が%(day)sに変わりました。"),
    }
    for (key, what), (number, at) in newest.items():
        yield News(key, f"scheme {key} {what} {number}", at, says[what] % {"day": written(_day(at))})


def _differing(model: type[Any], day: date, names: tuple[str, ...]) -> Iterator[tuple[Any, int, datetime]]:
    """Changes in which one of the columns became another value (2 queries)."""
    changes = {number: at for _key, number, at in _events(model, day, pgh_label="update")}
    touched = model.pgh_event_model.objects.filter(pk__in=changes).values("pgh_obj_id")
    before: dict[Any, tuple[Any, ...]] = {}
    events = model.pgh_event_model.objects.filter(pgh_obj_id__in=touched).order_by("pgh_id")
    for key, number, *values in events.values_list("pgh_obj_id", "pgh_id", *names):
        if number in changes and key in before and before[key] != tuple(values):
            yield key, number, changes[number]
        before[key] = tuple(values)


def _of_years(model: type[Any], day: date) -> list[tuple[int, int, datetime]]:
    """(year's key, number, moment) of every change of rates or windows (1 query)."""
    return list(_journal(model, day).values_list("year", "pgh_id", "pgh_created_at"))


def watched(account: Account, day: date) -> Iterator[Watched]:
    """What an account should look at: schemes that move and fit a need of its area, or one it wrote down; dead links.

    3 queries when remembered; else those of `scheme_news`, and some 10 for each need.
    """
    yield from _of_needs(account, day)
    yield from _dead_links(account, day)


def _of_needs(account: Account, day: date) -> Iterator[Watched]:
    areas = [each.area_id for each in memberships_of(account, day) if each.area_id]
    own = needs_of_day(day).filter(needs_open_to(account)).filter(Q(area__in=areas) | Q(entered_by=account))
    needs = own.select_related("area__prefecture").annotate(wanted=ArraySubquery(_WANTED)).order_by("-heard_on", "pk")
    news: dict[str, list[News]] = {}
    for each in scheme_news(day) if needs else ():
        news.setdefault(each.scheme, []).append(each)
    if not news:
        return
    schemes = _schemes_in_news(day)
    states = {
        State.YES: _("登録された条件では、使えます"),
        State.UNKNOWN: _("使えるかどうかは、まだ分かりません"),
    }
    for need in needs:
        asked, fields = _asked(need)
        for found in match(need.area, asked, day, top=len(news), among=news.keys()):
            scheme = schemes.get(found.scheme)
            if scheme is None or found.eligible == State.NO or not _is_about(scheme, asked.solutions, fields, found):
                continue
            for each in news[found.scheme]:
                if each.at is None or _day(each.at) >= need.heard_on:
                    why = _("%(news)sニーズ「%(need)s」（%(area)s）に合います。%(state)s。") % {
                        "news": each.says,
                        "need": need.title,
                        "area": need.area,
                        "state": states[found.eligible],
                    }
                    yield Watched(Topic.SCHEMES, each.key, scheme.name, why, f"/schemes/{found.scheme}")


# Solutions in mind with their fields, as [solution, field].
_WANTED = Solution.objects.filter(needs=OuterRef("pk")).values(said=Array(F("key"), F("field")))


def _asked(need: Any) -> tuple[Asked, frozenset[str]]:
    """What is asked for a need, and its fields, also those of its solutions."""
    fields = frozenset({need.field_id, *(field for _solution, field in need.wanted)} - {None})
    asked = Asked(
        text=f"{need.title}\n{need.text}",
        fields=frozenset([need.field_id] if need.field_id else ()),
        solutions=frozenset(solution for solution, _field in need.wanted),
        size_yen=need.size_yen or None,
    )
    return asked, fields


@dataclass(frozen=True, slots=True)
class Tagged:
    """A scheme by its name, its solutions, and its fields, also those of its solutions."""

    name: str
    solutions: frozenset[str]
    fields: frozenset[str]


@remembered(most=4)
def _schemes_in_news(day: date) -> dict[str, Tagged]:
    """The schemes of which there is news, by key (3 queries, and those of `scheme_news`)."""
    found = Scheme.objects.filter(key__in={each.scheme for each in scheme_news(day)}).only("key", "name")
    return {
        each.key: Tagged(
            each.name,
            frozenset(solution.key for solution in each.solutions.all()),
            frozenset(field.key for field in each.fields.all())
            | frozenset(solution.field_id for solution in each.solutions.all()),
        )
        for each in found.prefetch_related("fields", "solutions")
    }


def _is_about(scheme: Tagged, solutions: frozenset[str], fields: frozenset[str], found: Match) -> bool:
    """Whether they share a field (also that of a solution) or solution; where one of them names none, two words."""
    if fields and scheme.fields:
        return bool(solutions & scheme.solutions or fields & scheme.fields)
    return any(part.key == "words" and len(part.about) >= ALIKE for part in found.parts)


def news_of_search(saved: SavedSearch, day: date) -> Iterator[Watched]:
    """What is new of the schemes that a saved question finds (those of `scheme_news`, and some 3 queries)."""
    news = [each for each in scheme_news(day) if each.at is None or each.at >= saved.seen_at]
    if not news:
        return
    area = _own_area(saved.account, day)
    rows = Scheme.objects.filter(key__in={each.scheme for each in news})
    names = dict(narrowed(rows, saved.question, area=area, now=timezone.now()).values_list("key", "name"))
    for each in news:
        if each.scheme in names:
            why = _("%(news)s保存した検索「%(search)s」に合います。") % {"news": each.says, "search": saved.name}
            yield Watched(Topic.SEARCHES, each.key, names[each.scheme], why, f"/schemes/{each.scheme}")


def _own_area(account: Account, day: date) -> Area | None:
    key = next((each.area_id for each in memberships_of(account, day) if each.area_id), None)
    return Area.objects.select_related("prefecture").get(pk=key) if key else None


def _dead_links(account: Account, day: date) -> Iterator[Watched]:
    """Pages of calls that can't be opened, for who keeps all schemes, or for members of who gives them (1 query)."""
    organisations = [each.organisation_id for each in memberships_of(account, day) if each.organisation_id]
    dead = dead_links().filter(Q(scheme__ended_on=None) | Q(scheme__ended_on__gt=day))
    if not can_keep_schemes(account):
        if not organisations:
            return
        dead = dead.filter(scheme__organisation__in=organisations)
    for check in dead:
        why = _("公募のページが開けません（%(day)sに確認、%(problem)s）。新しい住所を確かめてください。") % {
            "day": written(check.checked_on),
            "problem": check.said,
        }
        key = f"link {check.scheme_id} {check.failed_on or check.checked_on}"
        yield Watched(Topic.LINKS, key, check.scheme.name, why, check.scheme.address)


def dead_links() -> QuerySet[LinkCheck]:
    """What was found of the pages of calls that can't be opened, with their schemes."""
    return (
        LinkCheck.objects.filter(scheme__link_state=Scheme.Link.DEAD).select_related("scheme").order_by("scheme__name")
    )


def links_to_check(day: date, *, every: timedelta) -> list[Scheme]:
    """Schemes whose page was not looked at for so long, or is another one now, or failed to open; those not ended (1 query)."""
    due = Q(link_check=None) | Q(link_check__checked_on__lte=day - every) | Q(link_check__failed_on__isnull=False)
    due |= ~Q(link_check__link=F("link"))
    found = Scheme.objects.exclude(link="").exclude(ended_on__lte=day).filter(due)
    return list(found.select_related("link_check").order_by("key"))


def openly_wanted(solution: str, day: date) -> dict[int, date]:
    """Area → since when it has a need, open to everybody, that names a solution; what was closed by the day is left out (1 query)."""
    needs: Iterable[tuple[int, date]] = (
        needs_of_day(day)
        .filter(is_internal=False, solutions=solution)
        .order_by("-heard_on")
        .values_list("area", "heard_on")
    )
    return dict(needs)  # the first one heard stands last
