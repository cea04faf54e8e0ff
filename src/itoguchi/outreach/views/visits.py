"""Pages of the visit log: the list, one visit with its history, and the form."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.areas.models import Block
from itoguchi.areas.queries import area_of_code
from itoguchi.core.folding import fold
from itoguchi.core.journal import history_of
from itoguchi.core.panels import panels_of
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import day as written
from itoguchi.core.templatetags.core import day_marked
from itoguchi.outreach import actions, queries
from itoguchi.outreach.access import can_log_visits, can_log_visits_in, can_open_visits, can_open_visits_to
from itoguchi.outreach.forms import VisitForm, show_problems
from itoguchi.outreach.models import Visit, VisitArea
from itoguchi.outreach.views.coverage import in_japanese

NOT_OPEN = gettext_lazy("訪問記録を見られるのは、総合通信局等と事務局、見せることにした団体の担当者だけです。")
NOT_WRITTEN = gettext_lazy("訪問を記録できるのは、その地域ブロックの総合通信局等と事務局だけです。")


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("説明会"), reverse("outreach:coverage")), (_("訪問記録"), reverse("outreach:visit_list")), *more]


def _narrow_by_block(rows: Any, value: str) -> Any:
    return rows.filter(block=value)


def _narrow_by_area(rows: Any, value: str) -> Any:
    return rows.filter(pk__in=VisitArea.objects.filter(area__code=fold(value)).values("visit"))


COLUMNS = (
    Column(
        "day",
        gettext_lazy("訪問日"),
        lambda row: row.day,
        ("day", "pk"),
        link=Visit.get_absolute_url,
        show=lambda row: day_marked(row.day),
    ),
    Column(
        "areas",
        gettext_lazy("相手の団体"),
        lambda row: "、".join(area.name for area in row.of_areas),
        show=lambda row: format_html_join(" ", "{}", ((str(area),) for area in row.of_areas)),
    ),
    Column("codes", gettext_lazy("団体コード"), lambda row: " ".join(area.code for area in row.of_areas)),
    Column(
        "spoke_with",
        gettext_lazy("話した相手"),
        lambda row: row.spoke_with,
        ("spoke_with",),
        show=lambda row: in_japanese(row.spoke_with),
    ),
    Column("about", gettext_lazy("話したこと"), lambda row: row.about, show=lambda row: in_japanese(row.about)),
    Column(
        "next_step",
        gettext_lazy("次の一歩"),
        lambda row: row.next_step,
        show=lambda row: in_japanese(row.next_step) or "—",
    ),
)


@require_GET
def visit_list(request: HttpRequest) -> HttpResponse:
    """The visits that the user may see, as a table and as a file."""
    if not can_open_visits(request.user):
        raise PermissionDenied(NOT_OPEN)
    table = Table(
        request=request,
        rows=queries.visits_for(request.user),
        name="visits",
        title=gettext_lazy("訪問記録"),
        order="-day",
        columns=COLUMNS,
        filters=[
            Filter("block", gettext_lazy("地域ブロック"), _narrow_by_block, [(b.key, b) for b in Block.objects.all()]),
            Filter("area", gettext_lazy("団体コード"), _narrow_by_area),
        ],
    )
    return table.download() or render(
        request,
        "outreach/visit_list.html",
        {
            "table": table,
            "today": timezone.localdate(),
            "may_log": can_log_visits(request.user),
            "breadcrumbs": [*_crumbs()[:1], (_("訪問記録"), "")],
        },
    )


@require_GET
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit, with the opinions that came from it; its history is for those who write the log."""
    shown = get_object_or_404(queries.visits_for(request.user), pk=pk)
    may_log = can_log_visits_in(request.user, shown.block)
    # Whoever reads the visit may write down what was said there: its bureau, the secretariat, officers of the area.
    heard = {"heard_at": f"/briefings/visits/{pk}", "origin": "visit", "said_on": shown.day.isoformat()}
    whose = shown.of_areas[0].code if len(shown.of_areas) == 1 else ""
    return render(
        request,
        "outreach/visit.html",
        {
            "visit": shown,
            "may_log": may_log,
            "of_opinion": urlencode(heard | {"block": shown.block_id, "area_code": whose}),
            "panels": panels_of("visit", str(pk), user=request.user, record=shown),
            "history": history_of(shown) if may_log else [],
            "breadcrumbs": _crumbs((written(shown.day), "")),
        },
    )


@require_http_methods(["GET", "POST"])
def log_visit(request: HttpRequest) -> HttpResponse:
    """Write down a visit; `?area=282219` says to whom."""
    if not can_log_visits(request.user):
        raise PermissionDenied(NOT_WRITTEN)
    area = area_of_code(fold(request.GET.get("area", "")[:20].replace("\x00", "")))
    initial = {"areas": f"{area.name}（{area.code}）", "block": area.block_id} if area else {}
    return _form_page(request, Visit(), {"initial": initial}, title=_("訪問を記録する"))


@require_http_methods(["GET", "POST"])
def change_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what was written down."""
    known = get_object_or_404(queries.visits_for(request.user), pk=pk)
    if not can_log_visits_in(request.user, known.block):
        raise PermissionDenied(NOT_WRITTEN)
    return _form_page(request, known, {"visit": known}, title=_("訪問記録を直す"))


def _form_page(request: HttpRequest, written_down: Visit, shown: dict[str, Any], *, title: str) -> HttpResponse:
    form = VisitForm(request.POST if request.method == "POST" else None, blocks=_blocks(request), **shown)
    if form.is_valid():
        changed, areas = form.for_action(written_down)
        try:
            made = actions.log_visit(
                changed,
                areas,
                by=request.user,
                today=timezone.localdate(),
                why=form.cleaned_data.get("why", ""),
            )
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("訪問を記録しました。"))
            return redirect(made)
    return render(
        request,
        "outreach/visit_form.html",
        {"title": title, "form": form, "button": _("保存する"), "breadcrumbs": _crumbs((title, ""))},
        status=422 if form.is_bound else 200,
    )


def _blocks(request: HttpRequest) -> QuerySet[Block]:
    """Blocks for which the user writes."""
    own = [block.pk for block in Block.objects.all() if can_log_visits_in(request.user, block)]
    return Block.objects.filter(pk__in=own)


@require_GET
def panel_visits(request: HttpRequest, code: str) -> HttpResponse:
    """The newest visits to an area, for its page; without scripts the list of all of them."""
    area = area_of_code(fold(code))
    if area is None:
        raise Http404
    if not can_open_visits_to(request.user, area):
        raise PermissionDenied(NOT_OPEN)
    list_url = f"{reverse('outreach:visit_list')}?area={area.code}"
    if not request.htmx:
        return redirect(list_url)
    found = queries.visits_for(request.user).filter(visited__area=area).prefetch_related(None)
    return render(
        request,
        "outreach/_visits.html",
        {
            "area": area,
            "visits": found[:5],
            "list_url": list_url,
            "may_log": can_log_visits_in(request.user, area.block),
        },
    )
