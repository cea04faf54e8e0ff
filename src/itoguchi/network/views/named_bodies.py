"""Pages of associations that carry a thread: the areas each reaches, its clauses, and which organisation it is."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.accounts.access import can_see_accounts
from itoguchi.core.doors import public
from itoguchi.core.journal import history_of
from itoguchi.network import actions, queries
from itoguchi.network.access import can_enter
from itoguchi.network.forms import ConnectForm
from itoguchi.network.views.bodies import deed_page
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.recommendations import LOOKS, in_japanese
from itoguchi.network.views.threads import way_to_threads


@public
@require_GET
def named_body(request: HttpRequest, slug: str) -> HttpResponse:
    """One association: through it which areas are reached, whether it takes part here, and which clauses are its own."""
    shown, today = get_object_or_404(queries.named_bodies(), slug=slug), timezone.localdate()
    return render(
        request,
        "network/named_body.html",
        {
            "shown": shown,
            "reach": queries.reach_of(shown),
            "part": queries.part_of(shown, today),
            "clauses": queries.clauses_owned_by(shown, today),
            "looks": LOOKS,
            "today": today,
            "connects": can_enter(request.user),
            "sees_accounts": can_see_accounts(request.user),
            "history": history_of(shown),
            "breadcrumbs": way_to_threads((in_japanese(shown.name), "")),
        },
    )


@require_http_methods(GET_AND_POST)
def connect(request: HttpRequest, slug: str) -> HttpResponse:
    """Say which organisation an association is."""
    shown = get_object_or_404(queries.named_bodies(), slug=slug)
    if not can_enter(request.user):
        raise PermissionDenied(actions.NOT_CONNECTING)
    form = ConnectForm(request.POST if request.method == "POST" else None, body=shown)
    if attempt(form, lambda: actions.connect_body(shown, **form.cleaned_data, by=request.user)) is not None:
        messages.success(request, _("参加組織との結び付きを記録しました。"))
        return redirect(shown)
    return deed_page(
        request,
        form,
        title=_("参加組織と結ぶ"),
        button=_("記録する"),
        trail=[
            (_("三つの糸"), reverse("network:threads")),
            (in_japanese(shown.name), shown.get_absolute_url()),
        ],
        lead=shown.name,
    )


@public
@require_GET
def panel_organisation(request: HttpRequest, pk: int) -> HttpResponse:
    """Beside an organisation: the association that it is; without scripts that one's page."""
    shown = queries.named_bodies().filter(organisation=pk).first()
    if not request.htmx:
        return redirect(shown or "network:threads")
    return render(
        request, "network/_named_body.html", {"shown": shown, "reach": queries.reach_of(shown) if shown else None}
    )
