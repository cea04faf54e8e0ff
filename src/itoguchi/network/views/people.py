"""Page of members: who the sources name, for which body, and what the subcommittee asks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itoguchi.core.as_of import asked_day
from itoguchi.core.doors import public
from itoguchi.network import queries


@public
@require_GET
def members(request: HttpRequest) -> HttpResponse:
    """Members of each body as named up to a day, the body's questions, examples of new efforts."""
    form, as_of = asked_day(request)
    found, examples = queries.members_as_of(as_of), queries.examples_as_of(as_of)
    return render(
        request,
        "network/members.html",
        {
            "form": form,
            "as_of": as_of,
            "day_of_source": queries.DAY_OF_SOURCE,
            "bodies": [
                (
                    body,
                    [each for each in found if each.body_id == body.pk],
                    [each for each in examples if each.body_id == body.pk],
                )
                for body in queries.bodies()
            ],
            "is_empty": not found,
            "breadcrumbs": [(_("会合"), reverse("network:index")), (_("構成員"), "")],
        },
        status=400 if form.errors else 200,
    )
