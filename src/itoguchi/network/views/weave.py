"""The weave: fields × blocks of the three threads, and one crossing with the next step."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itoguchi.core.as_of import asked_day
from itoguchi.core.doors import public
from itoguchi.core.remembered import remembered
from itoguchi.network import queries
from itoguchi.network.access import can_run, speaks_for
from itoguchi.network.views.recommendations import in_japanese
from itoguchi.network.views.threads import way_to_threads


@remembered(most=64, of=("accounts", "areas", "network", "roadmap"))
def drawn(as_of: date, field: str, block: str) -> dict[str, Any]:
    """What all readers share of the page of the weave: its figures, and the table as text."""
    shown = queries.weave(as_of)
    fields = [each for each, _cells in shown.rows]
    field = field if field in {each.pk for each in fields} else ""  # what there is not keeps nothing out
    block = block if block in {each.pk for each in shown.blocks} else ""
    rows = [
        (each, [cell for cell in cells if block in {"", cell.block.pk}])
        for each, cells in shown.rows
        if field in {"", each.pk}
    ]
    cells = [cell for _field, of_field in rows for cell in of_field]
    blocks = [each for each in shown.blocks if block in {"", each.pk}]
    return {
        "weave": shown,
        "fields": fields,
        "field_asked": field,
        "block_asked": block,
        "table": render_to_string("network/_weave.html", {"rows": rows, "blocks": blocks}),
        "number": len(cells),
        "empty": sum(not each.members for each in cells),
        "fillable": sum(not each.members and bool(each.could_areas or each.could_organisations) for each in cells),
    }


@public
@require_GET
def weave(request: HttpRequest) -> HttpResponse:
    """The whole table as of a day, or the rows of one field and the column of one block."""
    form, as_of = asked_day(request)
    said = {
        "form": form,
        "as_of": as_of,
        "day_of_source": queries.DAY_OF_SOURCE,
        "on_day": "as_of" in request.GET and not form.errors,
        "breadcrumbs": way_to_threads((_("糸の布"), "")),
    }
    field, block = (request.GET.get(key, "")[:40] for key in ("field", "block"))
    return render(request, "network/weave.html", said | drawn(as_of, field, block), status=400 if form.errors else 200)


@public
@require_GET
def crossing(request: HttpRequest, field: str, block: str) -> HttpResponse:
    """One field in one block: who takes part, what runs, what is open, who could take part, and what to do next."""
    found = queries.crossing(field, block, timezone.localdate())
    if found is None:
        raise Http404
    cell = found.cell
    return render(
        request,
        "network/crossing.html",
        {
            "field": cell.field,
            "place": cell.block,
            "found": found,
            "cell": cell,
            "today": timezone.localdate(),
            "may_join": bool(speaks_for(request.user)),
            "run": [each for each in found.strands if can_run(request.user, each)],
            "breadcrumbs": way_to_threads(
                (_("糸の布"), reverse("network:weave")),
                (in_japanese(f"{cell.field}・{cell.block}"), ""),
            ),
        },
    )
