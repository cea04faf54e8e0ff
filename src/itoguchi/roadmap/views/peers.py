"""The page of an area's peers: who is like it, why, and who of them has a solution since when."""

from __future__ import annotations

from math import isfinite
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from itoguchi.areas.models import Area, Statistic
from itoguchi.areas.queries import WEIGHTS, PeerGroup, peers_of
from itoguchi.core.doors import public
from itoguchi.roadmap import queries
from itoguchi.roadmap.models import Solution, Stage
from itoguchi.roadmap.views.aims import day_asked_for
from itoguchi.roadmap.views.records import find_area, way_to

TRAITS: dict[str, Any] = {
    Statistic.Measure.POPULATION: gettext_lazy("人口"),
    Statistic.Measure.ELDERLY_SHARE: gettext_lazy("高齢化率"),
    Statistic.Measure.FISCAL_STRENGTH: gettext_lazy("財政力指数"),
    Statistic.Measure.TERTIARY: gettext_lazy("産業"),
    "km2": gettext_lazy("面積"),
}
GROUPS: dict[str, Any] = {
    "designated_city": gettext_lazy("政令指定都市"),
    "special_ward": gettext_lazy("特別区"),
    "core_city": gettext_lazy("中核市"),
    "special_case_city": gettext_lazy("施行時特例市"),
    "city": gettext_lazy("市"),
    "town": gettext_lazy("町村"),
}
HEAVIEST = 5


@public
@require_GET
def peers(request: HttpRequest, code: str) -> HttpResponse:
    """The 20 municipalities most like one; `?solution=` asks who of them has it, `?population=3` weighs a trait."""
    area = find_area(code)
    shown, as_of, status = day_asked_for(request)
    if area.is_prefecture:
        raise Http404
    weights = {key: _weight(request.GET.get(key, ""), usual) for key, usual in WEIGHTS.items()}
    group = _group(area.code, weights)
    by_code = {
        each.code: each
        for each in Area.objects.filter(code__in=[peer.code for peer in group.peers]).select_related("prefecture")
    }
    there = [by_code[peer.code] for peer in group.peers]
    key = request.GET.get("solution", "")[:40].replace("\x00", "")
    solution = get_object_or_404(Solution, key=key) if key else None
    listed = (
        {
            each.pk: each
            for each in queries.areas_with_stage(solution, as_of, request.user).filter(
                pk__in=[each.pk for each in there]
            )
        }
        if solution
        else {}
    )
    return render(
        request,
        "roadmap/peers.html",
        shown
        | {
            "area": area,
            "group": group,
            "type": _type(group.type),
            "peers": [
                (
                    by_code[peer.code],
                    peer,
                    [(TRAITS[trait], round(100 * share)) for trait, share in peer.shares[:2]],
                    listed.get(by_code[peer.code].pk),
                    _label(listed.get(by_code[peer.code].pk)),
                )
                for peer in group.peers
            ],
            "solution": solution,
            "solutions": Solution.objects.filter(queries.in_force(as_of)),
            "position": queries.among_peers(area, there, as_of, request.user),
            "weights": [(trait, label, weights[trait]) for trait, label in TRAITS.items()],
            "heaviest": HEAVIEST,
            "breadcrumbs": [*way_to(area), (_("似た団体"), "")],
        },
        status=status,
    )


def _type(written: str | None) -> str:
    """A type of 類似団体 as people say it: 市 II-1."""
    group, _gap, rest = (written or "").partition(" ")
    return f"{GROUPS.get(group, group)} {rest}".strip()


def _label(listed: Any) -> Any:
    """What its stage is called; "" without one."""
    return Stage(listed.stage).label if listed and listed.stage else ""


def _weight(written: str, usual: float) -> float:
    """A weight from 0 to 5; what is no number is as usual."""
    try:
        weight = float(written)
    except ValueError:
        return usual
    return min(max(weight, 0.0), float(HEAVIEST)) if isfinite(weight) else usual


def _group(code: str, weights: dict[str, float]) -> PeerGroup:
    """The peers by these weights; where nothing weighs anything, by the usual ones."""
    if not any(weights.values()):
        weights.update(WEIGHTS)
    return peers_of(code, tuple(sorted(weights.items())))
