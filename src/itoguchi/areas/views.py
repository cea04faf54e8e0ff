"""Pages of local governments: the nation, a block, a prefecture or municipality, the table, the statistics import."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.areas import actions, queries
from itoguchi.areas.access import can_import_statistics
from itoguchi.areas.forms import StatisticsFileForm, read_statistics
from itoguchi.areas.models import Area, Block, Kind, Shape, Statistic, in_language
from itoguchi.core.charts import line_chart
from itoguchi.core.doors import public
from itoguchi.core.folding import fold
from itoguchi.core.imports import ImportRefused
from itoguchi.core.journal import history_of
from itoguchi.core.maps import MapPart, draw_map, far_away, view_box
from itoguchi.core.panels import panels_of
from itoguchi.core.tables import Column, Filter, Table

Crumb = tuple[str, str]


def crumbs(*more: Crumb) -> list[Crumb]:
    """The way from the nation to this page."""
    return [(_("全国"), reverse("areas:nation")), *more]


def crumbs_to(area: Area) -> list[Crumb]:
    way: list[Crumb] = [(str(area.block), area.block.get_absolute_url())]
    if area.prefecture:
        way.append((str(area.prefecture), area.prefecture.get_absolute_url()))
    return crumbs(*way, (str(area), ""))


@public
@require_GET
def nation(request: HttpRequest) -> HttpResponse:
    """The finder and the nation; a search that fits one area goes straight to it."""
    asked = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = queries.find_areas(asked) if asked else []
    if len(found) == 1:
        return redirect("areas:area", code=found[0].key)
    return render(
        request,
        "areas/nation.html",
        {
            "asked": asked,
            "found": found,
            "count": queries.nation_count(),
            "blocks": queries.blocks_with_counts(),
            "breadcrumbs": [(_("全国"), "")],
            "measures": Statistic.Measure.choices,
        },
    )


@public
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """The list under the finder while typing; opened as a page it is the finder itself."""
    asked = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    if not request.htmx:
        return redirect(f"{reverse('areas:nation')}?{urlencode({'q': asked})}")
    found = queries.find_areas(asked, limit=8) if asked else []
    return render(request, "areas/_found.html", {"asked": asked, "found": found})


@public
@require_GET
@cache_control(public=True, max_age=300)
def map_values(request: HttpRequest) -> HttpResponse:
    """Names of all municipalities and, for one measure, the class of each: what the national map is coloured by."""
    measure = request.GET.get("measure", "")
    year, values = (
        queries.newest_values(Statistic.Measure(measure)) if measure in Statistic.Measure.values else (None, {})
    )
    steps = _steps(sorted(values.values()))
    names = dict(queries.municipalities_named(english=in_language("", "en") == "en"))
    return JsonResponse(
        {
            "year": year,
            "steps": [float(step) for step in steps],
            "areas": {
                code: [name, 1 + sum(values[code] > step for step in steps), float(values[code])]
                if code in values
                else [name]
                for code, name in names.items()
            },
        },
        json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
    )


def _steps(values: list[Any]) -> list[Any]:
    """The four borders between five classes of equal size (quintiles)."""
    return [values[len(values) * step // 5] for step in range(1, 5)] if values else []


@public
@require_GET
def area_table(request: HttpRequest) -> HttpResponse:
    """All municipalities as a table."""
    table = Table(
        request=request,
        rows=queries.named(queries.municipalities()),
        name="municipalities",
        title=gettext_lazy("市区町村の一覧"),
        order="code",
        columns=FILE_COLUMNS if "format" in request.GET else AREA_COLUMNS,
        prepare=partial(queries.with_newest_statistics, measures=[column.key for column in FIGURES]),
        filters=[
            Filter("name", gettext_lazy("名前・よみ・コード"), _narrow_by_name),
            Filter("block", gettext_lazy("地域ブロック"), _narrow_by_block, [(b.key, b) for b in Block.objects.all()]),
            Filter("kind", gettext_lazy("種類"), _narrow_by_kind, [c for c in Kind.choices if c[0] != Kind.PREFECTURE]),
        ],
    )
    return table.download() or render(
        request,
        "areas/area_table.html",
        {"table": table, "breadcrumbs": crumbs((_("市区町村の一覧"), ""))},
    )


def _narrow_by_name(rows: Any, value: str) -> Any:
    return rows.filter(code__in=[entry.key for entry in queries.find_areas(value, limit=2000)])


def _narrow_by_block(rows: Any, value: str) -> Any:
    return rows.filter(block=value)


def _narrow_by_kind(rows: Any, value: str) -> Any:
    return rows.filter(kind=value)


MISSING = gettext_lazy("未登録")


def _column_of(measure: Statistic.Measure, label: Any, pattern: str) -> Column:
    """The newest figure of a measure with its year."""

    def value(line: queries.AreaLine) -> int | Decimal | None:
        _year, value = line.newest.get(measure, (None, None))
        return int(value) if value is not None and measure is Statistic.Measure.POPULATION else value

    def show(line: queries.AreaLine) -> str:
        if measure not in line.newest:
            return str(MISSING)
        return mark_safe(
            f"<span>{pattern.format(value(line))} <small>{line.newest[measure][0]}</small></span>"
        )  # numbers alone

    return Column(
        measure.value, label, value, order=(partial(queries.newest_value, measure),), is_number=True, show=show
    )


def _year_of(measure: Statistic.Measure) -> Column:
    """The year of that figure, in a file."""
    return Column(
        f"{measure.value}_year",
        format_lazy(gettext_lazy("{measure}の年"), measure=measure.label),
        lambda line: line.newest.get(measure, (None, None))[0],
    )


FIGURES = (
    _column_of(Statistic.Measure.POPULATION, gettext_lazy("人口"), "{:,}"),
    _column_of(Statistic.Measure.FISCAL_STRENGTH, gettext_lazy("財政力指数"), "{:.2f}"),
    _column_of(Statistic.Measure.ELDERLY_SHARE, gettext_lazy("高齢化率（%）"), "{:.1f}"),
)
AREA_COLUMNS = (
    Column(
        "name",
        gettext_lazy("名称"),
        lambda line: str(line.area),
        order=("kana",),
        link=lambda line: line.area.get_absolute_url(),
    ),
    Column("code", gettext_lazy("団体コード"), lambda line: line.area.code, order=("code",)),
    Column("prefecture", gettext_lazy("都道府県"), lambda line: str(line.area.prefecture), order=("prefecture__code",)),
    Column("kind", gettext_lazy("種類"), lambda line: line.area.get_kind_display(), order=("kind",)),
    *FIGURES,
)
FILE_COLUMNS = (*AREA_COLUMNS, *(_year_of(Statistic.Measure(column.key)) for column in FIGURES))


@public
@require_GET
def block(request: HttpRequest, key: str) -> HttpResponse:
    """One regional block: its bureau, council, prefectures on the map."""
    shown = get_object_or_404(Block, key=key)
    prefectures = list(queries.prefectures_of(shown))
    outlines = queries.outlines_of(Shape.Level.PREFECTURE, [area.code for area in prefectures])
    drawn, _far = _map_of(prefectures, outlines, says=_("%(block)sの都道府県の地図") % {"block": shown})
    return render(
        request,
        "areas/block.html",
        {
            "shown": shown,
            "prefectures": prefectures,
            "municipalities": sum(area.municipality_count for area in prefectures),
            "kinds": queries.kinds_in(shown),
            "map": drawn,
            "breadcrumbs": crumbs((str(shown), "")),
            "panels": panels_of("block", shown.key, user=request.user, record=shown),
            "history": history_of(shown),
        },
    )


def _map_of(areas: list[Area], outlines: dict[str, queries.Outline], *, says: str) -> tuple[str, list[str]]:
    """Map of areas that are links, and the codes of the remote islands that lie outside its frame."""
    parts = _parts_of(areas, outlines)
    boxes = {code: outline.box for code, outline in outlines.items()}
    far = far_away(boxes)
    drawn = draw_map(parts, box=view_box(box for code, box in boxes.items() if code not in far), says=says)
    return drawn, far


def _parts_of(areas: list[Area], outlines: dict[str, queries.Outline]) -> list[MapPart]:
    return [
        MapPart(outlines[each.code].path, "near", str(each), each.get_absolute_url())
        for each in areas
        if each.code in outlines
    ]


@public
@require_GET
def area(request: HttpRequest, code: str) -> HttpResponse:
    """A prefecture or municipality; former codes lead to what the area is today."""
    code = fold(code)
    shown = queries.area_of_code(code)
    if shown is None:
        raise Http404
    if request.path != shown.get_absolute_url():
        return redirect(shown, permanent=False)
    return _prefecture(request, shown) if shown.is_prefecture else _municipality(request, shown)


def _prefecture(request: HttpRequest, shown: Area) -> HttpResponse:
    table = Table(
        request=request,
        rows=queries.municipalities().filter(prefecture=shown).only("code", "kind", "name", "name_en"),
        name=f"municipalities-{shown.code}",
        title=_("%(area)sの市区町村") % {"area": shown},
        order="code",
        columns=[column for column in AREA_COLUMNS if column.key in {"name", "code", "kind", "population"}],
        prepare=partial(queries.with_newest_statistics, measures=[Statistic.Measure.POPULATION]),
        page_size=500,
    )
    if download := table.download():
        return download
    municipalities = sorted((line.area for line in table.page_rows), key=lambda area: area.code)
    outlines = queries.outlines_in(shown)
    drawn, far = _map_of(municipalities, outlines, says=_("%(area)sの市区町村の地図") % {"area": shown})
    return render(
        request,
        "areas/prefecture.html",
        {
            "area": shown,
            "municipalities": municipalities,
            "table": table,
            "kinds": queries.count_by_kind(municipalities),
            "map": drawn,
            "beyond": [each for each in municipalities if each.code in far],
            **_facts(shown, request.user),
        },
    )


def _municipality(request: HttpRequest, shown: Area) -> HttpResponse:
    neighbours = list(shown.neighbours.select_related("prefecture").order_by("code"))
    outlines = queries.outlines_of(Shape.Level.MUNICIPALITY, [shown.code, *(each.code for each in neighbours)])
    own = [outlines[shown.code]] if shown.code in outlines else []
    parts = _parts_of(neighbours, outlines) + [MapPart(outline.path, "here") for outline in own]
    return render(
        request,
        "areas/municipality.html",
        {
            "area": shown,
            "neighbours": neighbours,
            "map": draw_map(
                parts,
                box=view_box((outline.box for outline in own), margin=0.35),
                says=_("%(area)sと隣の団体の地図") % {"area": shown},
            ),
            **_facts(shown, request.user),
        },
    )


def _facts(shown: Area, user: Any) -> dict[str, Any]:
    """What both kinds of area show: figures with their files, names through time, panels of other rooms."""
    statistics = queries.statistics_of(shown)
    newest = {each.measure: each for each in reversed(statistics)}
    population = sorted((each.year, float(each.value)) for each in statistics if each.measure == "population")
    return {
        "figures": [
            (measure, newest.get(measure))
            for measure in Statistic.Measure
            if newest.get(measure) or measure not in (Statistic.Measure.SECONDARY, Statistic.Measure.TERTIARY)
        ],
        "statistics": statistics,
        "chart": line_chart(population, says=_("%(area)sの人口の推移") % {"area": shown}),
        "names": queries.names_of(shown),
        "breadcrumbs": crumbs_to(shown),
        "panels": panels_of("area", shown.code, user=user, record=shown),
        "history_url": reverse("areas:history", args=[shown.code]),
    }


@public
@require_GET
def history(request: HttpRequest, code: str) -> HttpResponse:
    """Every change of an area's record and figures."""
    shown = queries.area_of_code(fold(code))
    if shown is None:
        raise Http404
    return render(
        request,
        "areas/_history.html" if request.htmx else "areas/history.html",
        {
            "area": shown,
            "history": history_of(shown),
            "statistics_history": queries.history_of_statistics(shown),
            "breadcrumbs": [*crumbs_to(shown)[:-1], (str(shown), shown.get_absolute_url()), (_("変更の記録"), "")],
        },
    )


@require_http_methods(["GET", "POST"])
def import_statistics(request: HttpRequest) -> HttpResponse:
    """Bring a statistics file in: all of it, or nothing with every problem named."""
    if not can_import_statistics(request.user):
        raise PermissionDenied(_("統計を取り込めるのは事務局だけです。"))
    form = StatisticsFileForm(request.POST or None, request.FILES or None)
    refused: ImportRefused | None = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            if file.size > settings.LARGEST_UPLOAD:
                form.add_error("file", _("ファイルが大きすぎます（20MBまで）。年ごとに分けてください。"))
            else:
                data = file.read()
                sheet, readings = read_statistics(data, file.name)
                if form.cleaned_data["dry_run"]:
                    messages.success(
                        request,
                        _("%(rows)s行を読み、誤りはありませんでした。まだ書き込んでいません。")
                        % {"rows": len(sheet.rows)},
                    )
                else:
                    done = actions.import_statistics(
                        readings,
                        name=file.name,
                        sha256=sheet.sha256,
                        size=len(data),
                        rows=len(sheet.rows),
                        source=form.cleaned_data["source"],
                        by=request.user,
                    )
                    messages.success(
                        request,
                        _("取り込みました：新しい値 %(new)s、変わった値 %(changed)s、前と同じ値 %(same)s。")
                        % {"new": done.new, "changed": done.changed, "same": done.same},
                    )
                    return redirect("areas:file", pk=done.file.pk)
        except ImportRefused as error:
            refused = error
    return render(
        request,
        "areas/import_statistics.html",
        {
            "form": form,
            "refused": refused,
            "files": queries.imported_files()[:20],
            "breadcrumbs": crumbs((_("統計の取り込み"), "")),
        },
        status=422 if refused or form.errors else 200,
    )


@public
@require_GET
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """One imported file: which, of which day, from which source, and the figures that come from it."""
    found = queries.file_with_rows(pk)
    if found is None:
        raise Http404
    shown, rows = found
    table = Table(
        request=request,
        rows=rows,
        name=f"file-{pk}",
        title=_("このファイルから来た値"),
        order="area",
        columns=(
            Column(
                "area",
                gettext_lazy("団体"),
                lambda row: str(row.area),
                ("area__code",),
                lambda row: row.area.get_absolute_url(),
            ),
            Column("code", gettext_lazy("団体コード"), lambda row: row.area.code, ("area__code",)),
            Column("measure", gettext_lazy("指標"), lambda row: row.get_measure_display(), ("measure",)),
            Column("year", gettext_lazy("年"), lambda row: row.year, ("year",), is_number=True),
            Column(
                "value",
                gettext_lazy("値"),
                lambda row: row.value.normalize(),
                ("value",),
                is_number=True,
                show=lambda row: row.shown,
            ),
        ),
        empty=_("このファイルの値は、あとのファイルですべて置き換わりました。"),
    )
    return table.download() or render(
        request,
        "areas/file.html",
        {
            "file": shown,
            "table": table,
            "may_take_back": can_import_statistics(request.user) and table.count,
            "breadcrumbs": crumbs((_("統計の取り込み"), reverse("areas:import_statistics")), (shown.name, "")),
        },
    )


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo one import."""
    if not can_import_statistics(request.user):
        raise PermissionDenied(_("統計を取り消せるのは事務局だけです。"))
    found = queries.file_with_rows(pk)
    if found is None:
        raise Http404
    rows = actions.take_back_import(found[0], by=request.user)
    messages.success(request, _("取り込みを取り消しました：%(rows)s件を前の状態に戻しました。") % {"rows": rows})
    return redirect("areas:file", pk=pk)
