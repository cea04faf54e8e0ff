"""The home page: find one's own area, see how far the briefings have come, and the next step."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itoguchi.areas.queries import nation_count
from itoguchi.core.doors import public
from itoguchi.outreach.queries import coverage
from itoguchi.outreach.views import coverage_map
from itoguchi.plans.views import ask_form


@public
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What Itoguchi is for, the box that leads to the first step, the finder, and the briefings so far."""
    today = timezone.localdate()
    done = coverage(today)
    return render(
        request,
        "site/home.html",
        {
            "as_of": today,
            "count": nation_count(),
            "coverage": done,
            "map": coverage_map(done),
            "title": _("全国"),
            "ask": ask_form(request.user),
        },
    )
