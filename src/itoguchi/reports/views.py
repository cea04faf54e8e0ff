"""Pages of reports: choose a day, read the report of that day, open a figure down to its records."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itoguchi.core import exports
from itoguchi.core.addresses import address_of
from itoguchi.core.calendar import NotADate, parse_date
from itoguchi.core.doors import public
from itoguchi.core.templatetags.core import day as written
from itoguchi.network.queries import DAY_OF_SOURCE
from itoguchi.reports import queries
from itoguchi.reports.forms import DayForm

# Columns of a figure's file: key and label.
FILE_KINDS = {"csv", "xlsx", "json"}


@public
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Choose the day of the report."""
    form = DayForm(request.GET if "day" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("reports:report", day=form.cleaned_data["day"].isoformat())
    return _choose(request, form, status=400 if form.errors else 200)


def _choose(request: HttpRequest, form: DayForm, *, status: int) -> HttpResponse:
    today = timezone.localdate()
    return render(
        request,
        "reports/index.html",
        {
            "form": form,
            "today": today,
            "day_of_source": DAY_OF_SOURCE,
            "newest": queries.newest_day_until(today),
            "breadcrumbs": [(_("状況報告"), "")],
        },
        status=status,
    )


@public
@require_GET
def report(request: HttpRequest, day: str) -> HttpResponse:
    """The report as of a day; a day in another way of writing leads to its address, a wrong one to the choice."""
    try:
        as_of = parse_date(day)
    except NotADate:
        return _choose(request, DayForm({"day": day}), status=404)
    if day != as_of.isoformat():
        return redirect("reports:report", day=as_of.isoformat())
    shown = queries.status_report(as_of)
    return render(
        request,
        "reports/report.html",
        {
            "report": shown,
            "maps": queries.maps_of(shown, partial(address_of, "areas:area"), partial(address_of, "areas:block")),
            "is_file": False,
            "day_of_source": DAY_OF_SOURCE,
            "breadcrumbs": [(_("状況報告"), reverse("reports:index")), (written(as_of), "")],
        },
    )


def _report_of(day: str) -> queries.StatusReport:
    """The report of an exact address; anything else is not found."""
    try:
        as_of = date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    if as_of.isoformat() != day:
        raise Http404
    return queries.status_report(as_of)


@public
@require_GET
def figures(request: HttpRequest, day: str) -> HttpResponse:  # noqa: ARG001 (a view)
    """Every figure of the report as data, the same as the file `figures.json`."""
    return JsonResponse(
        queries.ledger(_report_of(day)), safe=False, json_dumps_params={"ensure_ascii": False, "indent": 2}
    )


@public
@require_GET
def figure(request: HttpRequest, day: str, figure: str) -> HttpResponse:
    """One figure: its definition, day and rules, what it counts, and from which rows."""
    report = _report_of(day)
    shown = report.figures.get(figure)
    if shown is None:
        raise Http404
    if (kind := request.GET.get("format")) in FILE_KINDS:
        encoding = "cp932" if request.GET.get("encoding") == "cp932" else "utf-8-sig"
        return exports.download(_file_of(shown), format=kind, encoding=encoding, filename=f"{shown.id}-{day}")
    return render(
        request,
        "reports/figure.html",
        {
            "report": report,
            "figure": shown,
            "breadcrumbs": [
                (_("状況報告"), reverse("reports:index")),
                (written(report.as_of), reverse("reports:report", args=[day])),
                (shown.label, ""),
            ],
        },
    )


def _file_of(figure: queries.Figure) -> exports.Table:
    """A figure as a table: one line for each thing counted and row behind it."""
    rows: list[list[Any]] = [
        [
            item.name,
            item.address,
            record.day,
            record.title,
            f"{record.rule.number} {record.rule.label}" if record.rule else "",
            record.address,
        ]
        for item in figure.items
        for record in item.records
    ]
    return exports.Table(
        columns=[
            ("item", _("数えたもの")),
            ("item_address", _("数えたものの住所")),
            ("day", _("開催日")),
            ("title", _("もとの記録")),
            ("rule", _("規則")),
            ("address", _("もとの記録の住所")),
        ],
        rows=rows,
        title=figure.label,
    )
