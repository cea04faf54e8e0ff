"""Where next: whom to call about a solution, and which solutions a block pushes first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from itoguchi.areas.models import Block
from itoguchi.core.doors import public
from itoguchi.core.templatetags.core import day as written
from itoguchi.roadmap import queries
from itoguchi.roadmap.models import Solution
from itoguchi.roadmap.views.aims import crumbs, day_asked_for, in_japanese

SHOWN = 20
IN_PANEL = 5


@public
@require_GET
def next_areas(request: HttpRequest, key: str) -> HttpResponse:
    """The areas that are readiest for a solution, of one block or all, each with what speaks for it."""
    solution = get_object_or_404(Solution.objects.select_related("field"), key=key)
    shown, as_of, status = day_asked_for(request)
    blocks = list(Block.objects.all())
    chosen = next((each for each in blocks if each.key == request.GET.get("block")), None)
    ready = queries.readiest(solution, as_of, request.user)
    listed = [each for each in ready if chosen is None or each.area.block_id == chosen.pk]
    return render(
        request,
        "roadmap/next_areas.html",
        shown
        | {
            "solution": solution,
            "blocks": blocks,
            "chosen": chosen,
            "number": len(listed),
            "ready": [(each, f"{each.score:.2f}", reasons_of(each)) for each in listed[:SHOWN] if each.score],
            "fared": queries.fared(solution, as_of, request.user),
            "breadcrumbs": crumbs(
                (in_japanese(solution.field), solution.field.get_absolute_url()),
                (in_japanese(solution), solution.get_absolute_url()),
                (_("次に声をかける団体"), ""),
            ),
        },
        status=status,
    )


def reasons_of(ready: queries.Ready) -> list[str]:
    """What speaks for an area, in words, the strongest first."""
    found: list[tuple[float, str]] = []
    if ready.stage and ready.since:
        found.append(
            (2.0, _("%(stage)sの段階（%(since)sから）") % {"stage": ready.stage.label, "since": written(ready.since)})
        )
    if ready.needs_since:
        found.append((1.0, _("ニーズあり（%(day)s）") % {"day": written(ready.needs_since)}))
    if ready.running_neighbours:
        counts = {"number": ready.running_neighbours, "of": ready.neighbours}
        found.append((ready.running_neighbours / ready.neighbours, _("隣の%(of)s団体のうち%(number)sが実装") % counts))
    if ready.running_peers:
        counts = {"number": ready.running_peers, "of": ready.peers}
        found.append((ready.running_peers / ready.peers, _("似た%(of)s団体のうち%(number)sが実装") % counts))
    if ready.pace:
        words = ngettext("この2年で%(number)sつのモデルを実装", "この2年で%(number)sつのモデルを実装", ready.pace)
        found.append((min(ready.pace / 5, 1), words % {"number": ready.pace}))
    return [text for _weight, text in sorted(found, reverse=True)]


@public
@require_GET
def push(request: HttpRequest, key: str) -> HttpResponse:
    """The solutions that a block pushes first, given the areas like its own; for htmx as a panel."""
    block = get_object_or_404(Block, key=key)
    shown, as_of, status = day_asked_for(request)
    found = queries.to_push(block.pk, as_of)
    lagging = [each for each in found if each.lag >= 0.5]
    is_panel = bool(request.htmx)
    return render(
        request,
        "roadmap/_push.html" if is_panel else "roadmap/push.html",
        shown
        | {
            "place": block,
            "rows": lagging[:IN_PANEL] if is_panel else lagging,
            "level": () if is_panel else [each for each in found if each.lag < 0.5],
            "is_panel": is_panel,
            "is_comparable": bool(found),
            "breadcrumbs": [
                (_("自治体"), reverse("areas:nation")),
                (str(block), block.get_absolute_url()),
                (_("先に進めるモデル"), ""),
            ],
        },
        status=status,
    )
