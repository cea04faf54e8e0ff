"""Pages of who used a scheme: the list by fiscal year, and what writes it down and takes it back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.core.calendar import fiscal_year
from itoguchi.core.doors import public
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.support import actions, queries
from itoguchi.support.access import can_change_scheme, can_record_use
from itoguchi.support.actions.uses import NOT_YOUR_LIST, NOT_YOUR_USE
from itoguchi.support.forms.schemes import show_problems
from itoguchi.support.forms.uses import TakeBackForm, UseForm
from itoguchi.support.models import Scheme, Use
from itoguchi.support.views.schemes import crumbs, in_japanese, own_area

if TYPE_CHECKING:
    from itoguchi.areas.models import Area


def _page_of(scheme: Scheme) -> str:
    return reverse("support:scheme_uses", args=[scheme.key])


@public
@require_GET
def scheme_uses(request: HttpRequest, key: str) -> HttpResponse:
    """Who used a scheme in which fiscal year, and of which years the list is whole."""
    shown = get_object_or_404(Scheme, key=key)
    may_change, own = can_change_scheme(request.user, shown), own_area(request.user)
    years = queries.use_years(shown)
    take_back = Column(
        "take_back",
        gettext_lazy("取り消す"),
        lambda _row: "",
        show=lambda row: _way_back(row) if may_change or (own and row.area_id == own.pk) else "—",
    )
    table = Table(
        request=request,
        rows=queries.uses_of(shown),
        name=f"{shown.key}-uses",
        title=_("%(scheme)s：使った団体") % {"scheme": in_japanese(shown)},
        order="-year",
        columns=[*COLUMNS, *([take_back] if (may_change or own) and "format" not in request.GET else [])],
        empty=_("使った団体の記録はまだありません。"),
        filters=[
            Filter(
                "year",
                gettext_lazy("年度"),
                partial(_of_year),
                [(f"{each.fiscal_year}", each.fiscal_year) for each in years],
            )
        ],
    )
    return table.download() or render(
        request,
        "support/scheme_uses.html",
        {
            "scheme": shown,
            "name": in_japanese(shown),
            "years": years,
            "table": table,
            "may_record": may_change or own,
            "may_change": may_change,
            "breadcrumbs": crumbs((in_japanese(shown), shown.get_absolute_url()), (_("使った団体"), "")),
        },
    )


def _of_year(rows: Any, value: str) -> Any:
    return rows.filter(fiscal_year=value)


def _way_back(row: Use) -> str:
    where = reverse("support:take_use_back", args=[row.pk])
    return format_html(
        '<a href="{}">{}<span class="hidden-text"> {} {}</span></a>', where, _("取り消す"), row.area, row.fiscal_year
    )


COLUMNS = [
    Column("year", gettext_lazy("年度"), lambda row: row.fiscal_year, ("fiscal_year", "area__code"), is_number=True),
    Column("code", gettext_lazy("団体コード"), lambda row: row.area.code, ("area__code",)),
    Column(
        "name",
        gettext_lazy("団体"),
        lambda row: row.area.name,
        ("area__kana",),
        link=lambda row: row.area.get_absolute_url(),
        show=lambda row: str(row.area),
    ),
    Column(
        "prefecture",
        gettext_lazy("都道府県"),
        lambda row: row.area.prefecture.name if row.area.prefecture else "",
        show=lambda row: str(row.area.prefecture or "—"),
    ),
    Column(
        "source",
        gettext_lazy("出典"),
        lambda row: row.source,
        show=lambda row: format_html('<span lang="ja">{}</span>', row.source),
    ),
]


@require_http_methods(["GET", "POST"])
def record_use(request: HttpRequest, key: str) -> HttpResponse:
    """Write down who used a scheme in a fiscal year: any areas, or, for an officer, the own one."""
    scheme = get_object_or_404(Scheme.objects.select_related("organisation"), key=key)
    own: Area | None = None
    if not can_change_scheme(request.user, scheme):
        own = own_area(request.user)
        if own is None or not can_record_use(request.user, scheme, own):
            raise PermissionDenied(NOT_YOUR_USE)
    today = timezone.localdate()
    data = request.POST if request.method == "POST" else None
    form = UseForm(data, own=own, initial={"fiscal_year": fiscal_year(today)})
    if form.is_valid():
        said = form.cleaned_data
        areas = [own] if own else said["areas"]
        try:
            new = actions.record_use(
                scheme,
                areas,
                said["fiscal_year"],
                source=said["source"],
                today=today,
                by=request.user,
                is_whole=said.get("is_whole", False),
                why=said["why"],
            )
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            told = {"new": new, "known": len(areas) - new}
            messages.success(request, _("新しい記録%(new)s件、前からあった記録%(known)s件。判定に使われます。") % told)
            return redirect(_page_of(scheme))
    return _form(request, scheme, form, _("使った団体を書く"), own=own, button=_("保存する"))


@require_http_methods(["GET", "POST"])
def take_use_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the record of a use back."""
    use = get_object_or_404(Use.objects.select_related("scheme__organisation", "area"), pk=pk)
    if not can_record_use(request.user, use.scheme, use.area):
        raise PermissionDenied(NOT_YOUR_USE)
    form = TakeBackForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.take_use_back(use, by=request.user, why=form.cleaned_data["why"])
        messages.success(request, _("記録を取り消しました。"))
        return redirect(_page_of(use.scheme))
    said = {"area": use.area, "year": use.fiscal_year}
    return _form(request, use.scheme, form, _("%(area)sの%(year)s年度の記録を取り消す") % said, button=_("取り消す"))


@require_POST
def reopen_use_list(request: HttpRequest, key: str, year: int) -> HttpResponse:
    """Say that the list of a fiscal year is not whole after all."""
    scheme = get_object_or_404(Scheme.objects.select_related("organisation"), key=key)
    if not can_change_scheme(request.user, scheme):
        raise PermissionDenied(NOT_YOUR_LIST)
    actions.reopen_use_list(scheme, year, by=request.user)
    messages.success(request, _("%(year)s年度の一覧を、そろっていないことに戻しました。") % {"year": year})
    return redirect(_page_of(scheme))


def _form(
    request: HttpRequest, scheme: Scheme, form: Any, title: str, *, button: str, own: Area | None = None
) -> HttpResponse:
    way = [(in_japanese(scheme), scheme.get_absolute_url()), (_("使った団体"), _page_of(scheme))]
    return render(
        request,
        "support/scheme_use_form.html",
        {
            "title": title,
            "scheme": scheme,
            "name": in_japanese(scheme),
            "form": form,
            "own": own,
            "button": button,
            "breadcrumbs": crumbs(*way, (title, "")),
        },
        status=422 if form.is_bound else 200,
    )
