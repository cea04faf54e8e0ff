"""Pages of the follow-up: how every KPI stands, what is done where one is late, and what is where."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.core.doors import public
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.access import can_record_readings
from itoguchi.roadmap.forms import RemedyForm, show_problems
from itoguchi.roadmap.views.aims import as_csv, crumbs, day_asked_for, in_japanese

NOT_YOURS = gettext_lazy("改善策を記録できるのは事務局だけです。")


@public
@require_GET
def follow_up(request: HttpRequest) -> HttpResponse:
    """How every KPI stands as of a day, those without an answer first; and how many areas have each solution."""
    shown, as_of, status = day_asked_for(request)
    found = queries.followed(as_of)
    return render(
        request,
        "roadmap/follow_up.html",
        shown
        | {
            "unanswered": [each for each in found if each.is_unanswered],
            "answered": [each for each in found if each.asks and not each.is_unanswered],
            "helped": [each for each in found if not each.asks and each.expectations],
            "others": [each for each in found if not each.asks and not each.expectations],
            "solutions": queries.spread(as_of),
            "downloads": [
                (f"{title} CSV", as_csv(table, as_of=shown["asked"]))
                for title, table in (
                    (_("KPIの値と状況"), "kpi_values"),
                    (_("見通し"), "forecasts"),
                    (_("改善策"), "remedies"),
                )
            ],
            "counts": [("CSV", as_csv("stage_counts", level="nation", as_of=shown["asked"]))],
            "may_record": can_record_readings(request.user),
            "breadcrumbs": crumbs((_("フォローアップ"), "")),
        },
        status=status,
    )


@require_http_methods(["GET", "POST"])
def remedy(request: HttpRequest, key: str) -> HttpResponse:
    """The form of what is done about a KPI that is late or missed."""
    if not can_record_readings(request.user):
        raise PermissionDenied(NOT_YOURS)
    today = timezone.localdate()
    each = next((each for each in queries.followed(today) if each.kpi.key == key), None)
    if each is None:
        raise Http404
    kpi = each.kpi
    form = RemedyForm(request.POST if request.method == "POST" else None, unit=kpi.get_unit_display())
    if form.is_valid():
        try:
            made = actions.record_remedy(kpi, form.facts(), by=request.user, today=today)
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("改善策を記録しました。見込む時点に、実際の値と並べて示します。"))
            return redirect(made)
    return render(
        request,
        "roadmap/remedy_form.html",
        {
            "title": _("改善策を記録する"),
            "kpi": kpi,
            "each": each,
            "as_of": today,
            "form": form,
            "button": _("記録する"),
            "breadcrumbs": crumbs((_("フォローアップ"), reverse("roadmap:follow_up")), (in_japanese(kpi), "")),
        },
        status=422 if form.is_bound else 200,
    )
