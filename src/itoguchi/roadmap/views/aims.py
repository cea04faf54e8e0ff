"""Pages of the roadmap: the whole as of a day, an edition, a field, a solution, a KPI, and the table of all KPIs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import expm1
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itoguchi.core.as_of import asked_day
from itoguchi.core.calendar import DatedTo, Precision
from itoguchi.core.charts import line_chart
from itoguchi.core.doors import public
from itoguchi.core.journal import history_of
from itoguchi.core.panels import panels_of
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.roadmap import queries
from itoguchi.roadmap.diffusion import Outlook
from itoguchi.roadmap.models import Edition, Field, Kpi, Reading, Solution, Target, shown_value
from itoguchi.roadmap.queries.revisions import earlier_series, edition_before

Crumb = tuple[str, str]


def crumbs(*more: Crumb) -> list[Crumb]:
    """The way from the roadmap to this page."""
    return [(_("ロードマップ"), reverse("roadmap:index")), *more]


def in_japanese(text: object) -> str:
    """Words of the record; on an English page marked as Japanese."""
    return str(text) if get_language() == "ja" or not text else format_html('<span lang="ja">{}</span>', text)


def with_chart(kpi: Kpi) -> tuple[Kpi, SafeString]:
    """A KPI and its readings as a line, with the target in force."""
    target = kpi.target
    places = sorted([*((each.when, each.value) for each in kpi.readings.all())], key=lambda place: place[0])
    goal = [(target.when, target.value)] if target else []
    whens = sorted(when for when, _value in [*places, *goal])
    chart = line_chart(
        [(when.last_day.toordinal(), float(value)) for when, value in places],
        target=(target.when.last_day.toordinal(), float(target.value)) if target else None,
        ends=(str(whens[0]), str(whens[-1])) if whens else None,
        says=_("実績値と目標のグラフ。同じ値が下の表にあります。"),
    )
    return kpi, chart


def with_outlook(kpi: Kpi, outlook: Outlook) -> SafeString:
    """The counts of a KPI, how they are likely to go on, and the target ahead."""
    counts = [
        (each.when.last_day.toordinal(), float(each.count)) for each in kpi.readings.all() if each.count is not None
    ]
    ahead = [(each.day.toordinal(), float(each.low), float(each.median), float(each.high)) for each in outlook.days]
    first = min(each.when for each in kpi.readings.all() if each.count is not None)
    return line_chart(
        counts,
        expected=ahead,
        target=(outlook.by.toordinal(), float(outlook.goal)) if outlook.by and outlook.goal else None,
        ends=(str(first), str(DatedTo(outlook.days[-1].day, Precision.MONTH))),
        says=_("実績値と見通しのグラフ。同じ値が下の表にあります。"),
    )


def day_asked_for(request: HttpRequest) -> tuple[dict[str, Any], date, int]:
    """What every page with a day shows of it, the day, and the status of the answer; of days to come nothing is known."""
    form, as_of = asked_day(request)
    if as_of > timezone.localdate():
        form.add_error("as_of", _("まだ来ていない日です。今日の時点で示しています。"))
        as_of = timezone.localdate()
    asked = as_of.isoformat() if "as_of" in request.GET and not form.errors else ""
    query = f"?as_of={asked}" if asked else ""
    shown = {"form": form, "as_of": as_of, "asked": asked, "day_of_source": queries.DAY_OF_SOURCE, "query": query}
    return shown, as_of, 400 if form.errors else 200


def as_csv(table: str, **asked: str) -> str:
    """The address of a public table's CSV file: narrowed as the page is, headed in the page's language."""
    wanted = {name: value for name, value in asked.items() if value} | {"header": get_language() or "ja"}
    return f"{reverse(f'api:{table}_csv')}?{urlencode(wanted)}"


@public
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The roadmap as of a day: fields with solutions, targets beside readings; barriers, expected effects, editions."""
    shown, as_of, status = day_asked_for(request)
    roadmap = queries.roadmap_as_of(as_of)
    return render(
        request,
        "roadmap/index.html",
        shown
        | {
            "roadmap": roadmap,
            "barriers": queries.barriers() if roadmap.edition else [],
            "effects": queries.expected_effects() if roadmap.edition else [],
            "breadcrumbs": [(_("ロードマップ"), "")],
        },
        status=status,
    )


@public
@require_GET
def kpi_table(request: HttpRequest) -> HttpResponse:
    """All KPIs as of today: target beside newest reading."""
    today = timezone.localdate()
    table = Table(
        request=request,
        rows=queries.kpis(today).select_related("solution__field"),
        prepare=lambda rows: queries.with_counted_readings(rows, today),
        name="roadmap-kpis",
        title=gettext_lazy("KPIの一覧"),
        order="field",
        columns=FILE_COLUMNS if "format" in request.GET else COLUMNS,
        filters=[
            Filter(
                "field",
                gettext_lazy("分野"),
                lambda rows, value: rows.filter(solution__field=value),
                [(each.key, each.name) for each in Field.objects.all()],
                is_japanese=True,
            )
        ],
    )
    if file := table.download():
        return file
    found = queries.kpis(today).exclude(name="").select_related("solution")
    published = {kpi.key: kpi for kpi in queries.with_counted_readings(found, today)}
    standings = [(published[key], each) for key, each in queries.standings(published.values(), today).items()]
    return render(
        request,
        "roadmap/table.html",
        {
            "table": table,
            "standings": standings,
            "query": "",
            "as_of": today,
            "breadcrumbs": crumbs((_("KPIの一覧"), "")),
        },
    )


UNPUBLISHED = gettext_lazy("公表値なし")


def _number(dated: Target | Reading | None) -> int | Decimal | None:
    """Its value without the zeros that the database adds."""
    if dated is None:
        return None
    return int(dated.value) if dated.value == int(dated.value) else dated.value.normalize()


def _show_target(row: Kpi) -> str:
    if row.target is None:
        return str(UNPUBLISHED)
    return format_html("<span>{} <small>{}</small></span>", row.target, _("%(when)sまで") % {"when": row.target.when})


def _show_reading(row: Kpi) -> str:
    if row.newest is None:
        return str(UNPUBLISHED)
    return format_html("<span>{} <small>{}</small></span>", row.newest, row.newest.when)


COLUMNS = (
    Column(
        "field",
        gettext_lazy("分野"),
        lambda row: row.solution.field.name if row.solution else _("ロードマップ全体"),
        ("solution__field__order", "solution__order"),
        link=lambda row: row.solution.field.get_absolute_url() if row.solution else "",
        show=lambda row: in_japanese(row.solution.field) if row.solution else _("ロードマップ全体"),
    ),
    Column(
        "solution",
        gettext_lazy("分野別モデル"),
        lambda row: row.solution.name if row.solution else "",
        ("solution__order",),
        link=lambda row: row.solution.get_absolute_url() if row.solution else "",
        show=lambda row: in_japanese(row.solution) if row.solution else "—",
    ),
    Column(
        "kpi",
        gettext_lazy("KPI"),
        lambda row: row.name,
        ("name",),
        link=lambda row: row.get_absolute_url() if row.name else "",
        show=lambda row: in_japanese(row.name) or str(UNPUBLISHED),
    ),
    Column(
        "target",
        gettext_lazy("目標"),
        lambda row: _number(row.target),
        is_number=True,
        show=_show_target,
    ),
    Column(
        "reading",
        gettext_lazy("最新の実績値"),
        lambda row: _number(row.newest),
        is_number=True,
        show=_show_reading,
    ),
)
FILE_COLUMNS = (
    *COLUMNS,
    Column("unit", gettext_lazy("単位"), lambda row: row.get_unit_display()),
    Column("by", gettext_lazy("目標の期限"), lambda row: row.target.when.written if row.target else ""),
    Column("reading_at", gettext_lazy("実績値の時点"), lambda row: row.newest.when.written if row.newest else ""),
    Column("count", gettext_lazy("実数"), lambda row: row.newest.count if row.newest else None),
    Column("baseline", gettext_lazy("基準値"), lambda row: _number(row.baseline)),
    Column("baseline_at", gettext_lazy("基準値の時点"), lambda row: row.baseline.when.written if row.baseline else ""),
    Column("denominator", gettext_lazy("母数"), lambda row: row.denominator),
    Column("published", gettext_lazy("公表"), lambda row: _("公表値あり") if row.name else str(UNPUBLISHED)),
    Column("source", gettext_lazy("出典"), lambda row: row.source),
    Column("address", gettext_lazy("住所"), lambda row: row.address),
)


@public
@require_GET
def edition(request: HttpRequest, key: str) -> HttpResponse:
    """One edition: when it was published, what it holds and what it added, source, history."""
    shown = get_object_or_404(Edition, key=key)
    fields = queries.fields_of(shown)
    return render(
        request,
        "roadmap/edition.html",
        {
            "edition": shown,
            "fields": [field for field in fields if not field.is_foundation],
            "foundations": [field for field in fields if field.is_foundation],
            "editions": queries.editions(),
            "previous": edition_before(shown),
            "history": history_of(shown),
            "breadcrumbs": crumbs((str(shown), "")),
        },
    )


def dropped_by(thing: Field | Solution | Kpi, day: date) -> Edition | None:
    """The edition that no longer has it, as of a day."""
    return thing.until if thing.until and thing.until.published <= day else None


@public
@require_GET
def field(request: HttpRequest, key: str) -> HttpResponse:
    """One field as of a day: its solutions with target and newest reading, expected effects, history."""
    shown, as_of, status = day_asked_for(request)
    found = get_object_or_404(queries.fields(as_of), key=key)
    return render(
        request,
        "roadmap/field.html",
        shown
        | {
            "field": found,
            "is_there": found.since.published <= as_of,
            "dropped_by": dropped_by(found, as_of),
            "effects": [each for each in queries.expected_effects() if each.field_id == found.key],
            "history": history_of(found),
            "panels": panels_of("field", found.key, user=request.user, record=found),
            "breadcrumbs": crumbs((in_japanese(found), "")),
        },
        status=status,
    )


@public
@require_GET
def solution(request: HttpRequest, key: str) -> HttpResponse:
    """One solution as of a day: each KPI with target beside readings, its steps, source, history."""
    shown, as_of, status = day_asked_for(request)
    found: Solution = get_object_or_404(queries.solutions(as_of), key=key)
    published = queries.with_counted_readings([kpi for kpi in found.kpis.all() if kpi.is_published], as_of)
    standings = queries.standings(published, as_of)
    return render(
        request,
        "roadmap/solution.html",
        shown
        | {
            "solution": found,
            "is_there": found.since.published <= as_of,
            "dropped_by": dropped_by(found, as_of),
            "kpis": [(*with_chart(kpi), standings[kpi.key]) for kpi in published],
            "milestones": queries.milestones_of(published, as_of),
            "tally": queries.tallies(as_of, solutions=[found])["", found.key],
            "history": history_of(found),
            "panels": panels_of("solution", found.key, user=request.user, record=found),
            "breadcrumbs": crumbs((in_japanese(found.field), found.field.get_absolute_url()), (in_japanese(found), "")),
        },
        status=status,
    )


@public
@require_GET
def kpi(request: HttpRequest, key: str) -> HttpResponse:
    """One KPI as of a day: target beside readings, as a chart and as a table; definition, source, history."""
    shown, as_of, status = day_asked_for(request)
    found = get_object_or_404(queries.all_kpis().prefetch_related(*queries.figures_until(as_of)), key=key)
    is_there = found.known_since is None or found.known_since <= as_of
    if is_there:
        queries.with_counted_readings([found], as_of)
    dropped = dropped_by(found, as_of)
    way = [(in_japanese(each), each.get_absolute_url()) for each in _above(found)]
    return render(
        request,
        "roadmap/kpi.html",
        shown
        | {
            "kpi": found,
            "is_there": is_there,
            "dropped_by": dropped,
            "standing": queries.standings([found], as_of)[key] if is_there and not dropped else None,
            "earlier": earlier_series(found, as_of) if is_there else [],
            "chart": with_chart(found)[1] if is_there else "",
            "milestones": queries.milestones_of([found], as_of),
            "history": history_of(found),
            "figure_changes": queries.history_of_figures(found),
            "panels": panels_of("kpi", found.key, user=request.user, record=found) if is_there else [],
            "breadcrumbs": crumbs(*way, (_("KPI"), "")),
        },
        status=status,
    )


@public
@require_GET
def forecast(request: HttpRequest, key: str) -> HttpResponse:
    """How a KPI is likely to go on as of a day: chart, table, target, the pace it asks for, how such outlooks fared."""
    shown, as_of, status = day_asked_for(request)
    known = get_object_or_404(queries.all_kpis().exclude(name=""), key=key)
    found = queries.kpis(as_of).select_related("solution").filter(key=key).first()
    is_there = found is not None and (known.known_since is None or known.known_since <= as_of)
    if found and is_there:
        queries.with_counted_readings([found], as_of)
    standing = queries.standings([found], as_of)[key] if found and is_there else None
    outlook = standing.outlook if standing else None
    trials = queries.trials_of(found) if found and outlook else ()
    way = [(in_japanese(each), each.get_absolute_url()) for each in (*_above(known), known)]
    return render(
        request,
        "roadmap/forecast.html",
        shown
        | {
            "kpi": found or known,
            "is_there": is_there,
            "standing": standing,
            "outlook": outlook,
            "trials": trials,
            "held": sum(each.held for each in trials),
            "said": _said(known, outlook) if outlook else {},
            "downloads": [("CSV", as_csv("forecasts", kpi=key, as_of=shown["asked"]))],
            "chart": with_outlook(found, outlook) if found and outlook else "",
            "breadcrumbs": crumbs(*way, (_("見通し"), "")),
        },
        status=status,
    )


def _said(kpi: Kpi, outlook: Outlook) -> dict[str, Any]:
    """Counts of an outlook with their unit, and its day to the month: more would be said than known."""

    def counted(number: float | None) -> str:
        return "" if number is None else shown_value(Decimal(round(number)), kpi.count_unit)

    reached = outlook.reached_by
    return {
        "follows": _follows(outlook),
        "last": counted(outlook.last_count),
        "pace": counted(outlook.pace),
        "pace_needed": counted(outlook.pace_needed),
        "reached_by": DatedTo(reached, Precision.MONTH) if reached else "",
    }


def _above(kpi: Kpi) -> list[Field | Solution]:
    return [kpi.solution.field, kpi.solution] if kpi.solution else []


def _follows(outlook: Outlook) -> str:
    """What it does for an area that all beside it have come so far; "" where the records of areas don't say."""
    rates, share = outlook.rates, outlook.last_count / outlook.days[0].population
    if rates is None:
        return ""
    alone = rates.by_itself + (rates.everywhere + rates.alike) * share
    chances = {key: round(-100 * expm1(-rate)) for key, rate in (("alone", alone), ("near", alone + rates.beside))}
    if chances["near"] <= chances["alone"]:
        return _("いまのところ、隣り合う団体を見て始める動きは、記録に表れていません。")
    return (
        _(
            "隣り合う団体がすべて取り組んでいる団体は、1年に%(near)s %%が取り組みを始めます。隣に一つもない団体では%(alone)s %%です。"
            "隣に取り組む団体が多いところから声をかけると、早く広がります。"
        )
        % chances
    )
