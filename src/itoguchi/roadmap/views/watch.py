"""The page of what one has to do and to look at, and how one wants to be told of it."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.accounts.access import memberships_of
from itoguchi.accounts.models import Account
from itoguchi.core.duties import duties_of, own_duties_of
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.forms import WatchForm
from itoguchi.roadmap.models import Topic
from itoguchi.roadmap.views.aims import crumbs


@require_http_methods(["GET", "POST"])
def watch(request: HttpRequest) -> HttpResponse:
    """What concerns one's roles, each with why, and beside it what is open in one's hands; for htmx as a panel."""
    today = timezone.localdate()
    chosen = queries.watching_of(request.user)
    form = WatchForm(
        request.POST if request.method == "POST" else None, initial={"topics": chosen.topics, "every": chosen.every}
    )
    if form.is_valid():
        actions.tune_watch(request.user, **form.cleaned_data)
        messages.success(request, _("お知らせの受け取り方を変えました。"))
        return redirect("roadmap:watch")
    found = queries.watched_by(request.user, today, chosen)
    return render(
        request,
        "roadmap/_watch.html" if request.htmx else "roadmap/watch.html",
        {
            "groups": [
                (topic.label, of_topic)
                for topic in Topic
                if (of_topic := [each for each in found if each.topic == topic])
            ],
            "form": form,
            "panels": [(_("やること"), reverse("roadmap:duties"))],
            "breadcrumbs": crumbs(
                (_("フォローアップ"), reverse("roadmap:follow_up")), (_("やること・気をつけること"), "")
            ),
        },
        status=422 if form.is_bound else 200,
    )


@require_GET
def duties(request: HttpRequest) -> HttpResponse:
    """What is open in one's hands, in each of one's roles and as a person; for htmx as a panel."""
    account, today = cast(Account, request.user), timezone.localdate()
    of_roles = [each for membership in memberships_of(account) for each in duties_of(membership, today)]
    return render(
        request,
        "roadmap/_duties.html" if request.htmx else "roadmap/duties.html",
        {
            "duties": [*own_duties_of(account, today), *of_roles],
            "today": today,
            "breadcrumbs": crumbs((_("フォローアップ"), reverse("roadmap:follow_up")), (_("やること"), "")),
        },
    )
