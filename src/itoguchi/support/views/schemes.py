"""Pages of schemes: the list, one scheme with who may use it, and the areas that may."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itoguchi.accounts.access import memberships_of
from itoguchi.areas.models import Area
from itoguchi.areas.queries import area_of_code, find_areas, named, prefectures
from itoguchi.core.doors import public
from itoguchi.core.events import Event, calendar_response
from itoguchi.core.folding import fold
from itoguchi.core.journal import Change, history_of
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import address
from itoguchi.core.templatetags.core import day as written
from itoguchi.roadmap.models import Solution
from itoguchi.support import queries
from itoguchi.support.access import can_change_scheme, can_keep_schemes
from itoguchi.support.models import Cost, Scheme, Window
from itoguchi.support.queries import State
from itoguchi.support.windows import (
    ceiling_of,
    moment,
    newest_year,
    next_window_in_words,
    rate_and_ceiling,
    rates_in_words,
    window_in_words,
)
from itoguchi.support.wording import condition_of

if TYPE_CHECKING:
    from itoguchi.accounts.access import User

MARK = {State.YES: "✓", State.UNKNOWN: "？", State.NO: "✗"}
STATES = {
    State.YES: gettext_lazy("使える"),
    State.UNKNOWN: gettext_lazy("わからない"),
    State.NO: gettext_lazy("使えない"),
}
WHEN = [
    ("open", gettext_lazy("受付中")),
    ("coming", gettext_lazy("これから")),
    ("closed", gettext_lazy("受付終了")),
    ("unknown", gettext_lazy("公表なし")),
]


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way from the list to a page."""
    return [(_("支援メニュー"), reverse("support:schemes")), *more]


def in_japanese(scheme: Scheme) -> str:
    """The name as the reader's language has it; without an English one it stays Japanese."""
    return (scheme.name_en if get_language() == "en" else "") or scheme.name


def japanese(text: str) -> SafeString:
    """Text that stays Japanese on an English page."""
    return format_html('<span lang="ja">{}</span>', text)


def _name(row: Scheme) -> str:
    name = in_japanese(row)
    return japanese(name) if name == row.name else name


def own_area(user: User) -> Area | None:
    """The area the user works for, with its prefecture; of several the newest (1 query)."""
    key = next((each.area_id for each in memberships_of(user) if each.area_id), None)
    return Area.objects.select_related("prefecture").get(pk=key) if key else None


def stands(state: State) -> str:
    """`✓ 使える`."""
    return f"{MARK[state]} {STATES[state]}"


@public
@require_GET
def schemes(request: HttpRequest) -> HttpResponse:
    """All schemes that have not ended: by words, kind, field, window, and whether one's own area may use them."""
    now, area = timezone.now(), own_area(request.user)
    states: dict[str, State] = {}  # by key, where all had to be answered to narrow the list
    solutions = list(Solution.objects.select_related("field"))
    may_keep = can_keep_schemes(request.user)
    table = Table(
        request=request,
        rows=queries.listed_schemes(now),
        name="schemes",
        title=gettext_lazy("支援メニューの一覧"),
        order="window",
        columns=_columns(area, now, is_file="format" in request.GET),
        prepare=partial(_prepared, area=area, now=now, states=states),
        empty=_("支援メニューはまだありません。"),
        filters=[
            Filter("q", gettext_lazy("言葉（困りごとや、やりたいこと）"), _by_words),
            Filter("kind", gettext_lazy("種類"), lambda rows, value: rows.filter(kind=value), Scheme.Kind.choices),
            Filter(
                "level",
                gettext_lazy("だれの支援か"),
                lambda rows, value: rows.filter(level=value),
                Scheme.Level.choices,
            ),
            Filter(
                "field",
                gettext_lazy("分野"),
                lambda rows, value: rows.filter(fields=value),
                list({each.field_id: (each.field_id, each.field) for each in solutions}.values()),
                is_japanese=True,
            ),
            Filter(
                "solution",
                gettext_lazy("分野別モデル"),
                lambda rows, value: rows.filter(solutions=value),
                [(each.key, each) for each in solutions],
                is_japanese=True,
            ),
            Filter("when", gettext_lazy("受付"), partial(_by_window, now=now), WHEN),
            *([Filter("link", gettext_lazy("公募のページ"), _by_link, Scheme.Link.choices)] if may_keep else []),
            *(
                [
                    Filter(
                        "mine",
                        gettext_lazy("わたしの団体"),
                        partial(_by_area, area=area, now=now, states=states),
                        _mine(),
                    )
                ]
                if area
                else []
            ),
        ],
    )
    return table.download() or render(
        request,
        "support/schemes.html",
        {
            "table": table,
            "area": area,
            "now": now,
            "asked": table.asked("q"),
            "may_keep": may_keep,
            "dead": queries.dead_links().count() if may_keep else 0,
            "question": {
                each["filter"].key: each["value"]
                for each in table.chosen
                if each["value"] and each["filter"].key != "link"  # a question of the editors alone
            },
            "breadcrumbs": [(_("支援メニュー"), "")],
        },
    )


def _mine() -> list[tuple[str, Any]]:
    return [(state.value, label) for state, label in STATES.items()]


def _by_words(rows: Any, value: str) -> Any:
    return rows.filter(pk__in=queries.said_by(value))


def _by_window(rows: Any, value: str, *, now: datetime) -> Any:
    return queries.in_state(rows, value, now)


def _by_link(rows: Any, value: str) -> Any:
    return rows.filter(link_state=value)


def _by_area(rows: Any, value: str, *, area: Area, now: datetime, states: dict[str, State]) -> Any:
    states |= queries.states_of_all(rows, area, timezone.localdate(now))
    return rows.filter(pk__in=[key for key, each in states.items() if each == value])


def _prepared(rows: list[Any], *, area: Area | None, now: datetime, states: dict[str, State]) -> Iterable[Any]:
    """The rows with their newest year, next window, and how one's own area stands to each (2 queries)."""
    if area and not states:
        states = queries.states_for(rows, area, timezone.localdate(now))
    for each in rows:
        each.newest = newest_year(each.years.all())
        ends = {"opens_at": each.opens_at, "closes_at": each.closes_at, "has_time": each.has_time}
        each.window = Window(**ends) if each.next_window else None
        each.state = states.get(each.key)
    return rows


def _columns(area: Area | None, now: datetime, *, is_file: bool) -> list[Column]:
    name = Column("name", gettext_lazy("名称"), lambda row: row.name, ("name",), Scheme.get_absolute_url, show=_name)
    provider = Column(
        "provider",
        gettext_lazy("実施主体"),
        lambda row: row.provider,
        ("provider",),
        show=lambda row: japanese(row.provider),
    )
    window = Column(
        "window", gettext_lazy("次の受付"), lambda row: next_window_in_words(row, row.window, now), ("closes_at",)
    )
    source = Column("source", gettext_lazy("出典"), lambda row: row.source, show=_source)
    mine = Column(
        "mine",
        area or "",
        lambda row: str(STATES[row.state]),
        show=lambda row: stands(row.state),
        link=lambda row: f"{row.get_absolute_url()}#who",
    )
    own = [mine] if area else []
    if not is_file:
        terms = Column("terms", gettext_lazy("補助率・上限"), lambda row: rate_and_ceiling(row.newest) or "—")
        return [name, provider, terms, window, *own, source]
    return [
        Column("key", gettext_lazy("記号"), lambda row: row.key),
        name,
        Column("kind", gettext_lazy("種類"), lambda row: row.get_kind_display()),
        Column("level", gettext_lazy("だれの支援か"), lambda row: row.get_level_display()),
        provider,
        Column("year", gettext_lazy("年度"), lambda row: row.newest.fiscal_year if row.newest else None),
        Column("rate", gettext_lazy("補助率"), lambda row: rates_in_words(row.newest)),
        Column("ceiling", gettext_lazy("上限（円）"), lambda row: ceiling_of(row.newest)),
        Column("opens", gettext_lazy("受付開始"), lambda row: _local(row.window and row.window.opens_at)),
        Column("closes", gettext_lazy("受付終了"), lambda row: _local(row.window and row.window.closes_at)),
        window,
        *own,
        source,
        Column("checked", gettext_lazy("最後に確かめた日"), lambda row: row.checked_on),
        Column("address", gettext_lazy("住所"), lambda row: row.address),
    ]


def _local(at: datetime | None) -> datetime | None:
    """A moment as files carry it: the clock of Japan, without mark of zone."""
    return timezone.localtime(at).replace(tzinfo=None) if at else None


def _source(row: Any) -> str:
    checked = _("%(day)s確認") % {"day": written(row.checked_on)} if row.checked_on else _("未確認")
    return format_html('<span lang="ja">{}</span><br><small>{}</small>', row.source, checked)


def there(found: Scheme | None) -> Scheme:
    """The scheme of an address; without one, the page is not there."""
    if found is None:
        raise Http404
    return found


@public
@require_GET
def scheme(request: HttpRequest, key: str) -> HttpResponse:
    """One scheme: what it gives, to whom, whether an area may use it and what it lacks, years, windows, steps."""
    shown, now = there(queries.scheme_on_page(key)), timezone.now()
    area, asked, found = _area_asked(request)
    if isinstance(found, HttpResponse):
        return found
    area = area or own_area(request.user)
    with queries.names_at_hand():
        verdict = queries.explain(shown, area, timezone.localdate(now)) if area else None
        years: list[dict[str, Any]] = [
            {
                "year": year,
                "rates": [
                    (each, queries.sentence_of(queries.rule_of(each.rule)) if each.rule else "")
                    for each in year.rates.all()
                ],
                "windows": [
                    # Of a window that is not open yet the words are the span itself.
                    (
                        each,
                        "" if each.opens_at and each.opens_at > now else window_in_words(each, now),
                        _span(each, now),
                    )
                    for each in year.windows.all()
                ],
                "percent": round(100 * year.choice_rate) if year.choice_rate is not None else None,
            }
            for year in shown.years.all()
        ]
        return render(
            request,
            "support/scheme.html",
            {
                "scheme": shown,
                "name": in_japanese(shown),
                "rule": queries.sentence_of(queries.rule_of(shown.rule)),
                "area": area,
                "asked": asked,
                "found": found,
                "verdict": verdict,
                "state": stands(verdict.state if verdict else State.UNKNOWN),
                "lines": list(_lines(verdict)) if verdict else [],
                "years": years,
                "open": next((said for year in years for each, said, _at in year["windows"] if each.is_open(now)), ""),
                "look": getattr(shown, "link_check", None),
                "has_future": any(_is_ahead(each, now) for year in years for each, *_rest in year["windows"]),
                "now": now,
                "costs": [Cost(each).label for each in shown.costs],
                "use_years": queries.use_years(shown),
                "marks": queries.marks_of(shown) if can_keep_schemes(request.user) else [],
                "may_keep": can_keep_schemes(request.user),
                "may_change": can_change_scheme(request.user, shown),
                "breadcrumbs": crumbs((_name(shown), "")),
            },
        )


def _span(window: Window, now: datetime) -> str:
    opens, closes = (moment(at, has_time=window.has_time, now=now) for at in (window.opens_at, window.closes_at))
    return _("%(low)s〜%(high)s") % {"low": opens or "—", "high": closes or "—"}


def _is_ahead(window: Window, now: datetime) -> bool:
    return bool(window.closes_at and window.closes_at >= now) or bool(window.opens_at and window.opens_at >= now)


def _area_asked(request: HttpRequest) -> tuple[Area | None, str, Any]:
    """The area of `?area=`: a code, or words of which several areas may be meant (the list of them)."""
    asked = request.GET.get("area", "").replace("\x00", "").strip()[:100]
    if not asked:
        return None, "", []
    if area := area_of_code(fold(asked)):
        return area, asked, []
    found = find_areas(asked)
    if len(found) == 1:
        return None, asked, redirect(f"{request.path}?area={found[0].key}#who")
    return None, asked, found


def _lines(verdict: Any, depth: int = 0) -> Iterable[tuple[int, str, str, str]]:
    """(depth, mark, condition, how the area stands to it) of every group and condition of an answer."""
    if not hasattr(verdict, "parts"):
        yield (
            depth,
            stands(verdict.state),
            condition_of(verdict.condition, is_wanted=verdict.is_wanted),
            queries.reason_of(verdict),
        )
        return
    if depth or verdict.together == "any":
        yield depth, stands(verdict.state), _("すべて満たす") if verdict.together == "all" else _("どれか一つ"), ""
        depth += 1
    for part in verdict.parts:
        yield from _lines(part, depth)


@public
@require_GET
def scheme_areas(request: HttpRequest, key: str) -> HttpResponse:
    """Which areas may use a scheme, what first stands in the way of the others, and who has a need of this kind."""
    shown, day = get_object_or_404(Scheme, key=key), timezone.localdate()
    standings = queries.standings_of(shown, day)
    counts = {state: sum(each == state for each in standings.states.values()) for state in STATES}
    regions = list(prefectures())
    with queries.names_at_hand():
        table = Table(
            request=request,
            rows=named(Area.objects.all()),
            name=f"{shown.key}-areas",
            title=_("%(scheme)s：使える団体") % {"scheme": in_japanese(shown)},
            order="code",
            columns=AREA_COLUMNS,
            prepare=lambda rows: queries.areas_beside(standings, rows, request.user),
            filters=[
                Filter("state", gettext_lazy("使えるか"), partial(_by_state, states=standings.states), _mine()),
                Filter(
                    "need",
                    gettext_lazy("この分野のニーズ"),
                    lambda rows, _value: rows.filter(pk__in=queries.needs_beside(shown, request.user).values("area")),
                    [("yes", gettext_lazy("ある団体だけ"))],
                ),
                Filter(
                    "block",
                    gettext_lazy("地域ブロック"),
                    lambda rows, value: rows.filter(block=value),
                    list({each.block_id: (each.block_id, each.block) for each in regions}.values()),
                ),
                Filter(
                    "prefecture",
                    gettext_lazy("都道府県"),
                    lambda rows, value: rows.filter(prefecture__code=value) | rows.filter(code=value),
                    [(each.code, each) for each in regions],
                ),
            ],
        )
        return table.download() or render(
            request,
            "support/scheme_areas.html",
            {
                "scheme": shown,
                "name": in_japanese(shown),
                "rule": queries.sentence_of(queries.rule_of(shown.rule)),
                "counts": [(state.value, stands(state), number) for state, number in counts.items()],
                "table": table,
                "day": day,
                "breadcrumbs": crumbs((_name(shown), shown.get_absolute_url()), (_("使える団体"), "")),
            },
        )


def _by_state(rows: Any, value: str, *, states: Any) -> Any:
    return rows.filter(code__in=[code for code, each in states.items() if each == value])


def _gap(row: Any) -> str:
    return queries.reason_of(row.gap) if row.gap else ""


AREA_COLUMNS = [
    Column("code", gettext_lazy("団体コード"), lambda row: row.area.code, ("code",)),
    Column(
        "name",
        gettext_lazy("団体"),
        lambda row: row.area.name,
        ("kana",),
        link=lambda row: row.area.get_absolute_url(),
        show=lambda row: str(row.area),
    ),
    Column(
        "prefecture",
        gettext_lazy("都道府県"),
        lambda row: row.area.prefecture.name if row.area.prefecture else "",
        ("prefecture__code",),
        show=lambda row: str(row.area.prefecture or "—"),
    ),
    Column("state", gettext_lazy("使えるか"), lambda row: str(STATES[row.state]), show=lambda row: stands(row.state)),
    Column("gap", gettext_lazy("わけ"), _gap, show=lambda row: _gap(row) or "—"),
    Column(
        "needs",
        gettext_lazy("この分野のニーズ"),
        lambda row: len(row.needs),
        link=lambda row: address(row.needs[0].address) if row.needs else "",
        show=lambda row: _("%(count)s件") % {"count": len(row.needs)} if row.needs else "—",
        is_number=True,
    ),
]


@public
@require_GET
def scheme_history(request: HttpRequest, key: str) -> HttpResponse:
    """The journal of a scheme and of its years; for htmx as a panel."""
    shown = get_object_or_404(Scheme, key=key)
    return render(
        request,
        "core/_history.html" if request.htmx else "support/scheme_history.html",
        {
            "scheme": shown,
            "name": in_japanese(shown),
            "history": _history(shown),
            "breadcrumbs": crumbs((_name(shown), shown.get_absolute_url()), (_("変更の記録"), "")),
        },
    )


def _history(shown: Scheme) -> list[Change]:
    found = [entry for each in (shown, *shown.years.all()) for entry in history_of(each)]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


@public
@require_GET
def scheme_calendar(request: HttpRequest, key: str) -> HttpResponse:
    """The days on which a scheme opens and closes, for one's own calendar."""
    shown = there(queries.scheme_in_full(key))
    site = request.build_absolute_uri("/").rstrip("/")
    windows = [window for year in shown.years.all() for window in year.windows.all()]
    events = [_event(shown, each, site) for each in windows]
    return calendar_response(str(shown), events, filename=shown.key)


def _event(shown: Scheme, window: Window, site: str) -> Event:
    """The days of a window; its last hour stands in the title."""
    ends = [timezone.localdate(at) for at in (window.opens_at, window.closes_at) if at]
    says = _span(window, timezone.now())
    return Event(
        uid=f"schemes/{shown.key}/windows/{window.pk}@itoguchi",
        start=ends[0],
        end=ends[-1] + timedelta(days=1),
        summary=_("受付：%(scheme)s（%(window)s）") % {"scheme": in_japanese(shown), "window": says},
        description=window.note,
        url=site + shown.address,
    )
