"""Who uses a reference model, and the form in which an area reports what came of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.accounts.access import works_for_area
from itoguchi.cases import actions, queries
from itoguchi.cases.actions.reuses import NOT_OF_AREA
from itoguchi.cases.forms.reference_models import ReportForm
from itoguchi.cases.forms.rows import show_problems
from itoguchi.cases.models import Reuse
from itoguchi.cases.views.reference_models import model_seen, trail_of
from itoguchi.cases.views.ways import of_area
from itoguchi.core.doors import public
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import day, day_marked


def _day(value: Any) -> str:
    return day_marked(value) if value else "—"


def _state(row: Reuse) -> str:
    """In use, or withdrawn on a day."""
    if row.withdrawn_on is None:
        return str(row.get_state_display())
    return str(_("%(day)sに取り下げ") % {"day": day(row.withdrawn_on)})


COLUMNS = (
    Column(
        "area",
        gettext_lazy("団体"),
        lambda row: row.area.name,
        ("area__code",),
        link=lambda row: row.area.get_absolute_url(),
        show=lambda row: str(row.area),
    ),
    Column("code", gettext_lazy("団体コード"), lambda row: row.area.code, ("area__code",)),
    Column("state", gettext_lazy("状態"), _state, ("state", "begun_on")),
    Column(
        "begun_on",
        gettext_lazy("使い始めた日"),
        lambda row: row.begun_on,
        ("begun_on",),
        show=lambda row: _day(row.begun_on),
    ),
    Column(
        "reported_on",
        gettext_lazy("結果を報告した日"),
        lambda row: row.reported_on,
        ("reported_on",),
        show=lambda row: _day(row.reported_on),
    ),
    Column(
        "cost_yen",
        gettext_lazy("費用の合計（円）"),
        lambda row: row.cost_yen,
        ("cost_yen",),
        is_number=True,
        show=lambda row: "—" if row.cost_yen is None else f"{row.cost_yen:,}",
    ),
    Column(
        "remark", gettext_lazy("使ってみて分かったこと、取り下げたわけ"), lambda row: row.why_withdrawn or row.remark
    ),
)


@public
@require_GET
def reuses(request: HttpRequest, key: str) -> HttpResponse:
    """The records behind the counts of a model."""
    model = model_seen(request, key)
    table = Table(
        request=request,
        rows=queries.reuses_of(model, request.user),
        columns=COLUMNS,
        title=_("「%(model)s」の利用") % {"model": model},
        name=f"reuses-{model.key}",
        filters=[
            Filter("state", gettext_lazy("状態"), lambda rows, value: rows.filter(state=value), Reuse.State.choices),
            Filter("area", gettext_lazy("団体コード"), of_area),
        ],
        order="state",
        empty=_("名前を示せる利用はまだありません。"),
    )
    return table.download() or render(
        request,
        "cases/reuses.html",
        {
            "model": model,
            "table": table,
            "counts": queries.counts_of(model),
            "today": timezone.localdate(),
            "breadcrumbs": trail_of(model, _("利用している団体")),
        },
    )


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """What it cost so far and changed; it is shown to all."""
    reuse = get_object_or_404(queries.reuses_seen_by(request.user).prefetch_related("outcomes"), pk=pk)
    if not works_for_area(request.user, reuse.area):
        raise PermissionDenied(NOT_OF_AREA)
    data = request.POST if request.method == "POST" else None
    form = ReportForm(data, reuse=reuse, measures=list(reuse.model.measures.all()))
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.report_outcome(
                reuse,
                form.outcomes(),
                by=request.user,
                today=timezone.localdate(),
                cost_yen=said["cost_yen"],
                remark=said["remark"],
            )
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("報告しました。参照モデルのページに入りました。"))
            return redirect(reuse.model)
    title = _("使った結果を報告する")
    return render(
        request,
        "cases/report.html",
        {"reuse": reuse, "form": form, "title": title, "breadcrumbs": trail_of(reuse.model, title)},
        status=200 if data is None else 422,
    )
