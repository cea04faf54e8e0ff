"""Pages of dates: what has to be done by when for a start and a window, as a file for calendars too; when the council meets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.areas.models import Area
from itoguchi.core.calendar import fiscal_year
from itoguchi.core.charts import Bar, gantt_chart
from itoguchi.core.doors import public
from itoguchi.core.events import Event, calendar_response
from itoguchi.core.journal import history_of
from itoguchi.support import actions, queries
from itoguchi.support.access import can_keep_sessions_of
from itoguchi.support.forms.council import SessionRows, WhyForm
from itoguchi.support.forms.money import StartForm
from itoguchi.support.forms.needs import show_problems
from itoguchi.support.models import Scheme, Window
from itoguchi.support.queries import BackPlan, DatedStep
from itoguchi.support.views.match import way_to
from itoguchi.support.views.money import with_japanese
from itoguchi.support.views.needs import find_area
from itoguchi.support.windows import window_in_words

NOT_YOURS = gettext_lazy("議会の会期を書けるのは、その団体の担当者と事務局だけです。")


@dataclass(frozen=True, slots=True)
class Dates:
    """What the address of a calendar asks for, and the plan."""

    area: Area
    scheme: Scheme | None
    window: Window | None
    windows: list[Window]
    form: StartForm
    plan: BackPlan
    day: date


def _dates(request: HttpRequest, code: str) -> Dates:
    """`?scheme=&window=&start=`: without a window the next that closes, without a start the next April (some 8 queries)."""
    area, day, now = find_area(code), timezone.localdate(), timezone.now()
    key = request.GET.get("scheme", "")[:60].replace("\x00", "")
    scheme = queries.scheme_on_page(key) if key else None
    windows = queries.windows_of(scheme) if scheme else []
    asked = request.GET.get("window", "")
    window = next((each for each in windows if str(each.pk) == asked), None)
    if window is None and windows:
        window = next((each for each in windows if not each.is_over(now)), windows[-1])
    form = StartForm({"start": request.GET.get("start", "").replace("\x00", "")})
    start = form.cleaned_data["start"] if form.is_valid() else None
    start = start or date(fiscal_year(day) + 1, 4, 1)
    plan = queries.back_plan(area, window, start, day, scheme=scheme, windows=windows)
    return Dates(area, scheme, window, windows, form, plan, day)


@public
@require_GET
def calendar(request: HttpRequest, code: str) -> HttpResponse:
    """What has to be done by when, drawn and as a table; says when it is too late, and what it is not too late for."""
    dates, now = _dates(request, code), timezone.now()
    plan = dates.plan
    bars = [Bar(each.label, each.begins, each.ends, _look(each), bool(each.japanese)) for each in plan.steps]
    rows, is_usual = queries.sessions_of(dates.area)
    says = _("%(area)sの日程の図。下の表と同じことを示します。") % {"area": dates.area}
    return render(
        request,
        "support/calendar.html",
        {
            "area": dates.area,
            "scheme": dates.scheme,
            "window": dates.window,
            "windows": [(each, window_in_words(each, now)) for each in dates.windows],
            "window_said": window_in_words(dates.window, now) if dates.window else "",
            "fits_said": window_in_words(plan.fits, now) if plan.fits else "",
            "form": dates.form,
            "plan": plan,
            "steps": [(each, with_japanese(each.label, each.japanese)) for each in plan.steps],
            "chart": gantt_chart(bars, says=says, today=dates.day, today_word=_("今日")),
            "rows": rows,
            "is_usual": is_usual,
            "day": dates.day,
            "query": request.GET.urlencode(),
            "may_keep": can_keep_sessions_of(request.user, dates.area),
            "breadcrumbs": [*way_to(dates.area), (_("日程"), "")],
        },
        status=200 if dates.form.is_valid() else 400,
    )


def _look(step: DatedStep) -> str:
    return "late" if step.is_late else "usual" if step.is_usual else ""


@public
@require_GET
def calendar_file(request: HttpRequest, code: str) -> HttpResponse:
    """The same steps for one's own calendar; what is a rule of thumb is tentative there."""
    dates = _dates(request, code)
    site = request.build_absolute_uri("/").rstrip("/")
    about = f"{dates.area.code}/{dates.scheme.key if dates.scheme else ''}/{dates.plan.start}"
    events = [
        Event(
            uid=f"calendar/{about}/{each.key}@itoguchi",
            start=each.begins,
            end=each.ends + timedelta(days=1),
            summary=f"{each.label}（{_('目安')}）" if each.is_usual else each.label,
            description=each.why,
            url=f"{site}{reverse('support:calendar', args=[dates.area.code])}?{request.GET.urlencode()}",
            status="TENTATIVE" if each.is_usual else "CONFIRMED",
        )
        for each in dates.plan.steps
    ]
    return calendar_response(_("%(area)sの日程") % {"area": dates.area}, events, filename=f"calendar-{dates.area.code}")


@require_http_methods(["GET", "POST"])
def council(request: HttpRequest, code: str) -> HttpResponse:
    """The form for the sessions of an area's council; all rows emptied, the usual pattern holds again."""
    area = find_area(code)
    if not can_keep_sessions_of(request.user, area):
        raise PermissionDenied(NOT_YOURS)
    known, is_usual = queries.sessions_of(area)
    names = ("month", "name", "is_first_budget", "opens_on", "closes_on")
    initial = [{name: _written(getattr(each, name)) for name in names} for each in known]
    data = request.POST if request.method == "POST" else None
    rows, form = SessionRows(data, initial=initial, prefix="sessions"), WhyForm(data)
    if data is not None and rows.is_valid() and form.is_valid():
        given = [each.cleaned_data["facts"] for each in rows if each.cleaned_data.get("facts")]
        try:
            actions.keep_sessions(area, given, by=request.user, why=form.cleaned_data["why"])
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("議会の会期を保存しました。日程は、この会期から逆算します。"))
            return redirect("support:calendar", area.code)
    title = _("議会の会期を書く")
    return render(
        request,
        "support/council.html",
        {
            "area": area,
            "rows": rows,
            "form": form,
            "title": title,
            "is_usual": is_usual,
            "history": _history(known) if not is_usual else [],
            "breadcrumbs": [
                *way_to(area),
                (_("日程"), reverse("support:calendar", args=[area.code])),
                (title, ""),
            ],
        },
        status=422 if data is not None else 200,
    )


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _history(rows: Any) -> list[Any]:
    found = [entry for each in rows for entry in history_of(each)]
    return sorted(found, key=lambda entry: entry.at, reverse=True)[:20]
