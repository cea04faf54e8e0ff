"""Pages of meetings: all of them up to a day, and one with its agenda and presentations."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itoguchi.core.as_of import asked_day
from itoguchi.core.doors import public
from itoguchi.core.events import calendar_response
from itoguchi.core.journal import history_of, last_changes
from itoguchi.core.panels import panels_of
from itoguchi.network import queries
from itoguchi.network.access import can_enter
from itoguchi.network.models import Meeting


@public
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The meetings of every body up to a day, in order of day."""
    form, as_of = asked_day(request)
    meetings = queries.meetings_until(as_of)
    return render(
        request,
        "network/index.html",
        {
            "form": form,
            "as_of": as_of,
            "day_of_source": queries.DAY_OF_SOURCE,
            "meetings": meetings,
            "bodies": [(body, sum(meeting.body_id == body.pk for meeting in meetings)) for body in queries.bodies()],
            "can_enter": can_enter(request.user),
            "breadcrumbs": [(_("会合"), "")],
        },
        status=400 if form.errors else 200,
    )


@public
@require_GET
def meeting(request: HttpRequest, slug: str) -> HttpResponse:
    """One meeting: when, agenda, who presented what, source, history."""
    shown = get_object_or_404(queries.meetings(), slug=slug)
    before, after = queries.neighbours_of(shown)
    return render(
        request,
        "network/meeting.html",
        {
            "meeting": shown,
            "before": before,
            "after": after,
            "papers": shown.papers.order_by("order"),
            "recommendations": shown.recommendations.all(),
            "panels": panels_of("meeting", shown.slug, user=request.user, record=shown),
            "can_enter": can_enter(request.user),
            "history": history_of(shown),
            "breadcrumbs": [(_("会合"), reverse("network:index")), (str(shown), "")],
        },
    )


@public
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """All meetings for people's own calendars (iCalendar)."""
    changed, site = last_changes(Meeting), request.build_absolute_uri("/").rstrip("/")
    events = [queries.event_of(each, changed[each.pk], site) for each in queries.meetings()]
    return calendar_response(_("会合"), events, filename="meetings")
