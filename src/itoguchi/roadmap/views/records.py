"""Pages of implementation records: one area's solutions, one record with its form, and where a solution is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.areas.models import Area, Block, Kind
from itoguchi.areas.queries import area_of_code, prefectures
from itoguchi.core.calendar import DatedTo, Precision
from itoguchi.core.doors import public
from itoguchi.core.folding import fold
from itoguchi.core.journal import history_of
from itoguchi.core.models import FrozenFile
from itoguchi.core.panels import panels_of
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.access import can_record_for, can_see_all_of
from itoguchi.roadmap.forms import ReasonForm, StageForm, show_problems
from itoguchi.roadmap.models import LADDER, Implementation, Level, Solution, Stage, StageChange
from itoguchi.roadmap.views.aims import as_csv, crumbs, day_asked_for, in_japanese

NOT_YOURS = gettext_lazy("実装を記録できるのは、その団体と都道府県の担当者、事務局だけです。")
HIDDEN = gettext_lazy("庁内限り")
UNANSWERED = gettext_lazy("未回答")


def find_area(code: str) -> Area:
    """The area of an address, by its present code or a former one."""
    area = area_of_code(fold(code))
    if area is None:
        raise Http404
    return area


def way_to(area: Area) -> list[tuple[str, str]]:
    """The way from the nation to an area."""
    above = [(str(area.prefecture), area.prefecture.get_absolute_url())] if area.prefecture else []
    return [(_("自治体"), reverse("areas:nation")), *above, (str(area), area.get_absolute_url())]


@public
@require_GET
def uses(request: HttpRequest, code: str) -> HttpResponse:
    """Every solution of the roadmap with the stage of one area, as of a day; for htmx as a panel."""
    area = find_area(code)
    shown, as_of, status = day_asked_for(request)
    found = queries.uses_of(area, as_of, request.user)
    template = "roadmap/_uses.html" if request.htmx else "roadmap/uses.html"
    return render(
        request,
        template,
        shown
        | {
            "area": area,
            "uses": found,
            "reached": [use for use in found if use.change and use.change.stage in (Stage.RUNNING, Stage.SHARED)],
            "unanswered": sum(use.change is None and not use.is_hidden for use in found),
            "may_record": can_record_for(request.user, area),
            "breadcrumbs": [*way_to(area), (_("実装の状況"), "")],
        },
        status=status,
    )


@public
@require_GET
def implementation(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """One area and one solution: the stages one after another with their evidence, and who else is concerned."""
    area, solution = find_area(code), get_object_or_404(Solution.objects.select_related("since", "field"), key=key)
    use = queries.implementation_of(area, solution)
    sees_all = can_see_all_of(request.user, area)
    is_hidden = use is not None and use.is_internal and not sees_all
    may_record = can_record_for(request.user, area)
    return render(
        request,
        "roadmap/implementation.html",
        {
            "area": area,
            "solution": solution,
            "use": None if is_hidden else use,
            "changes": [] if is_hidden or use is None else list(use.changes.all()),
            "is_hidden": is_hidden,
            "may_record": may_record,
            "partners": queries.partners_in(use) if use and not is_hidden else [],
            "history": _history(use) if use and may_record else [],
            "panels": panels_of("implementation", str(use.pk), user=request.user, record=use)
            if use and not is_hidden
            else [],
            "as_of": timezone.localdate(),
            "breadcrumbs": [
                *way_to(area),
                (_("実装の状況"), reverse("roadmap:uses", args=[area.code])),
                (in_japanese(solution), ""),
            ],
        },
    )


def _history(use: Implementation) -> list[Any]:
    """The journal of the record and of its stages, newest first."""
    changes = list(use.changes.all())
    found = [*history_of(use), *(history_of(*changes) if changes else ())]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _to_write(request: HttpRequest, code: str, key: str) -> tuple[Area, Solution, Implementation | None]:
    area, solution = find_area(code), get_object_or_404(Solution.objects.select_related("since"), key=key)
    if not can_record_for(request.user, area):
        raise PermissionDenied(NOT_YOURS)
    return area, solution, queries.implementation_of(area, solution)


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """The form for a new stage of one area with one solution."""
    area, solution, use = _to_write(request, code, key)
    form = _form(request, StageForm, use, use=use)
    if form.is_valid():
        try:
            actions.record_stage(area, solution, form.facts(), **_how(request, form))
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("段階を記録しました。"))
            return redirect("roadmap:implementation", area.code, solution.key)
    return _form_page(request, form, area, solution, title=_("段階を記録する"))


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, code: str, key: str, pk: int) -> HttpResponse:
    """The form that puts one stage right."""
    area, solution, use = _to_write(request, code, key)
    change = get_object_or_404(StageChange.objects.select_related("implementation"), pk=pk, implementation=use)
    form = _form(request, StageForm, use, use=use, change=change)
    if form.is_valid():
        try:
            actions.correct_stage(change, form.facts(), **_how(request, form))
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("記録を直しました。"))
            return redirect("roadmap:implementation", area.code, solution.key)
    return _form_page(request, form, area, solution, title=_("段階の記録を直す"))


@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, code: str, key: str, pk: int) -> HttpResponse:
    """The form that takes one stage back; it stays in the journal."""
    area, solution, use = _to_write(request, code, key)
    change = get_object_or_404(StageChange.objects.select_related("implementation"), pk=pk, implementation=use)
    form = _form(request, ReasonForm, use)
    if form.is_valid():
        try:
            actions.take_back_stage(
                change, by=request.user, why=form.cleaned_data["why"], version=form.cleaned_data["version"] or None
            )
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("記録を取り消しました。変更の記録に残っています。"))
            return redirect("roadmap:implementation", area.code, solution.key)
    title = _("「%(stage)s」の記録を取り消す") % {"stage": change.get_stage_display()}
    return _form_page(request, form, area, solution, title=title, button=_("取り消す"))


def _form(request: HttpRequest, kind: type[Any], known: Implementation | None, /, **more: Any) -> Any:
    """The form; a fresh one carries which state of the record it was made from."""
    if request.method == "POST":
        return kind(request.POST, *([request.FILES] if kind is StageForm else []), **more)
    form = kind(**more)
    form.initial["version"] = queries.version_of(known) or "new"
    return form


def _how(request: HttpRequest, form: StageForm) -> dict[str, Any]:
    said = form.cleaned_data
    return {
        "by": request.user,
        "today": timezone.localdate(),
        "why": said["why"],
        "version": said["version"].replace("new", "") if said["version"] else None,
        "section": said["section"],
        "is_internal": said["is_internal"],
    }


def _form_page(
    request: HttpRequest, form: Any, area: Area, solution: Solution, *, title: str, button: str = ""
) -> HttpResponse:
    if form.is_bound and any(error.code == "changed" for error in form.non_field_errors().as_data()):
        form.data = form.data.copy()
        form.data["version"] = queries.version_of(queries.implementation_of(area, solution)) or "new"
    return render(
        request,
        "roadmap/record_form.html",
        {
            "area": area,
            "solution": solution,
            "title": title,
            "form": form,
            "button": button or _("保存する"),
            "changes": list(
                StageChange.objects.filter(implementation__area=area, implementation__solution=solution).order_by("-at")
            ),
            "breadcrumbs": [
                *way_to(area),
                (in_japanese(solution), reverse("roadmap:implementation", args=[area.code, solution.key])),
                (title, ""),
            ],
        },
        status=422 if form.is_bound else 200,
    )


@public
@require_GET
def evidence(request: HttpRequest, code: str, key: str, pk: int) -> HttpResponse:
    """The file behind one stage, for who may see the record."""
    area = find_area(code)
    change = get_object_or_404(
        StageChange.objects.select_related("implementation"),
        pk=pk,
        implementation__area=area,
        implementation__solution=key,
        evidence_file__isnull=False,
    )
    if change.implementation.is_internal and not can_see_all_of(request.user, area):
        raise Http404
    file = get_object_or_404(FrozenFile, pk=change.evidence_file_id)
    response = HttpResponse(bytes(file.content), content_type=file.content_type)
    response["Content-Disposition"] = f'attachment; filename="evidence.{file.name.rpartition(".")[2]}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


STAGES_SHOWN = (*LADDER, Stage.STOPPED, Stage.NOT_APPLICABLE)
KINDS = [(kind.value, kind.label) for kind in Kind]


@public
@require_GET
def places(request: HttpRequest, key: str) -> HttpResponse:
    """Where a solution is, as of a day: blocks, the prefectures of one of them, or every area as a list."""
    solution = get_object_or_404(Solution.objects.select_related("since", "field"), key=key)
    shown, as_of, status = day_asked_for(request)
    kind = request.GET.get("kind", "")
    kinds = [kind] if kind in Kind.values else []
    block = Block.objects.filter(key=request.GET.get("block", "")[:20].replace("\x00", "")).first()
    level = Level.PREFECTURE if block else Level.BLOCK
    tallies = queries.tallies(as_of, level=level, kinds=kinds, solutions=[solution])
    nation = queries.tallies(as_of, kinds=kinds, solutions=[solution])["", solution.key]
    here = reverse("roadmap:places", args=[solution.key])
    listed = reverse("roadmap:areas", args=[solution.key])
    asked = "".join(
        f"&{name}={value}"
        for name, value in (("kind", kind), ("as_of", request.GET.get("as_of", "")))
        if value and (name != "kind" or kinds)
    )
    rows: list[tuple[Any, str, queries.Tally]] = []
    if block:
        rows = [
            (each, f"{listed}?prefecture={each.code}{asked}", tallies[each.code, solution.key])
            for each in prefectures().filter(block=block)
        ]
    else:
        rows = [
            (each, f"{here}?block={each.key}{asked}", tallies[each.key, solution.key]) for each in Block.objects.all()
        ]
    way = [
        (in_japanese(solution.field), solution.field.get_absolute_url()),
        (in_japanese(solution), solution.get_absolute_url()),
    ]
    if block:
        way.append((_("どこにあるか"), here))
    everywhere = queries.by_size(solution.key, Stage.RUNNING, as_of, "")
    sizes = queries.by_size(solution.key, Stage.RUNNING, as_of, block.key) if block else everywhere
    behind, of_nation = queries.most_behind(sizes, everywhere)
    return render(
        request,
        "roadmap/places.html",
        shown
        | {
            "solution": solution,
            "chosen": block,
            "rows": rows,
            "nation": nation,
            "own": queries.total(tally for _place, _url, tally in rows) if block else nation,
            "lagging": _lagging(rows, nation),
            "sizes": [(_size(each), each) for each in sizes],
            "behind": behind,
            "behind_label": _size(behind.size) if behind else "",
            "of_nation": of_nation,
            "stages": STAGES_SHOWN,
            "kinds": KINDS,
            "kind": kind if kinds else "",
            "list_url": f"{listed}?{f'block={block.key}' if block else ''}{asked if block else asked[1:]}",
            "downloads": [
                (
                    "CSV",
                    as_csv(
                        "stage_counts",
                        solution=solution.key,
                        level=level.value,
                        block=block.key if block else "",
                        kind=kind if kinds else "",
                        as_of=shown["asked"],
                    ),
                )
            ],
            "breadcrumbs": crumbs(*way, (str(block) if block else _("どこにあるか"), "")),
        },
        status=status,
    )


FEW = 3


def _lagging(rows: list[tuple[Any, str, queries.Tally]], nation: queries.Tally) -> list[tuple[Any, str, queries.Tally]]:
    """The few places that are furthest below the share of the nation, the lowest first."""
    if len(rows) < 2:
        return []
    below = [row for row in rows if (row[2].running_share or 0) < (nation.running_share or 0)]
    return sorted(below, key=lambda row: row[2].running_share or 0)[:FEW]


def _size(each: queries.SizeClass) -> str:
    if each.low is None:
        return _("人口が未登録")
    if each.high is None:
        return _("人口%(low)s人以上") % {"low": f"{each.low:,}"}
    if not each.low:
        return _("人口%(high)s人未満") % {"high": f"{each.high:,}"}
    return _("人口%(low)s人以上%(high)s人未満") % {"low": f"{each.low:,}", "high": f"{each.high:,}"}


@public
@require_GET
def areas(request: HttpRequest, key: str) -> HttpResponse:
    """Every area with its stage of one solution, as a table and as a file."""
    solution = get_object_or_404(Solution.objects.select_related("since", "field"), key=key)
    shown, as_of, status = day_asked_for(request)
    table = Table(
        request=request,
        rows=queries.areas_with_stage(solution, as_of, request.user),
        name=f"{solution.key}-areas",
        title=_("%(solution)s：団体の一覧") % {"solution": solution},
        order="code",
        columns=_columns(solution),
        filters=[
            Filter(
                "block", gettext_lazy("地域ブロック"), _of_block, [(each.key, each) for each in Block.objects.all()]
            ),
            Filter(
                "prefecture", gettext_lazy("都道府県"), _of_prefecture, [(each.code, each) for each in prefectures()]
            ),
            Filter("kind", gettext_lazy("種類"), lambda rows, value: rows.filter(kind=value), KINDS),
            Filter("stage", gettext_lazy("段階"), _at_stage, [*Stage.choices, ("none", UNANSWERED)]),
        ],
    )
    if file := table.download():
        return file
    return render(
        request,
        "roadmap/areas.html",
        shown
        | {
            "solution": solution,
            "table": table,
            "breadcrumbs": crumbs(
                (in_japanese(solution), solution.get_absolute_url()),
                (_("どこにあるか"), reverse("roadmap:places", args=[solution.key])),
                (_("団体の一覧"), ""),
            ),
        },
        status=status,
    )


def _of_block(rows: Any, value: str) -> Any:
    return rows.filter(block=value)


def _of_prefecture(rows: Any, value: str) -> Any:
    return rows.filter(prefecture__code=value) | rows.filter(code=value)


def _at_stage(rows: Any, value: str) -> Any:
    return rows.filter(stage=None, is_hidden=False) if value == "none" else rows.filter(stage=value)


def _stage_of(row: Any) -> str:
    if row.stage:
        return str(Stage(row.stage).label)
    return str(HIDDEN if row.is_hidden else UNANSWERED)


def _since(row: Any) -> DatedTo | None:
    return DatedTo(row.since, Precision(row.since_precision)) if row.since else None


def _columns(solution: Solution) -> list[Column]:
    def record_of(row: Any) -> str:
        return reverse("roadmap:implementation", args=[row.code, solution.key])

    return [
        Column("code", gettext_lazy("団体コード"), lambda row: row.code, ("code",)),
        Column("name", gettext_lazy("団体"), lambda row: row.name, ("kana",), link=record_of, show=str),
        Column(
            "prefecture",
            gettext_lazy("都道府県"),
            lambda row: row.prefecture.name if row.prefecture else "",
            ("prefecture__code",),
            show=lambda row: str(row.prefecture or "—"),
        ),
        Column("kind", gettext_lazy("種類"), lambda row: row.get_kind_display(), ("kind",)),
        Column("stage", gettext_lazy("段階"), _stage_of, ("stage",)),
        Column(
            "since",
            gettext_lazy("いつから"),
            lambda row: _since(row).written if row.since else "",  # type: ignore[union-attr]
            ("since",),
            show=lambda row: str(_since(row) or "—"),
        ),
    ]
