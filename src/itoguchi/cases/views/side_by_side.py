"""Up to four cases side by side, and which to put beside them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itoguchi.cases import queries
from itoguchi.cases.forms.cases import keys_of
from itoguchi.cases.views.cases import area_asked, held
from itoguchi.cases.views.ways import own_areas
from itoguchi.core.doors import public


@public
@require_GET
def side_by_side(request: HttpRequest) -> HttpResponse:
    """`?case=1&case=2`: what each says, row by row, and a list of cases to put beside them (8 queries)."""
    asked = keys_of(request.GET.getlist("case"))
    cases = queries.cases_in_full(asked, request.user)
    like = area_asked(request, own_areas(request)) or (cases[0].area if cases else None)
    places = queries.places_of(like.code) if like else {}
    may_add = len(cases) < queries.MOST_COMPARED
    return render(
        request,
        "cases/side_by_side.html",
        {
            "cases": [(each, _without(cases, each)) for each in cases],
            "rows": _rows(cases),
            "is_cut": len(dict.fromkeys(asked)) > queries.MOST_COMPARED,
            "to_add": queries.cases_to_add(cases, request.user, places) if may_add else [],
            "most": queries.MOST_COMPARED,
            "today": timezone.localdate(),
            "breadcrumbs": [(_("事例"), reverse("cases:case_list")), (_("並べてくらべる"), "")],
        },
    )


def _without(cases: list[Any], left: Any) -> str:
    """The query of the same page without one case."""
    return urlencode([("case", each.pk) for each in cases if each is not left])


def _rows(cases: list[Any]) -> list[tuple[str, bool, list[list[str]]]]:
    """(label, whether its words are Japanese, the lines of each case); rows that no case fills are left out."""
    rows = [
        (_("分野別モデル"), True, [[each.solution.name] for each in cases]),
        (_("始めた年度"), False, [[str(each.since_year or "")] for each in cases]),
        (_("困っていたこと"), True, [each.worry.splitlines() for each in cases]),
        (_("したこと"), True, [each.measures.splitlines() for each in cases]),
        (_("費用"), False, [_costs(each) for each in cases]),
        (_("変わったこと"), True, [_figures(each) for each in cases]),
        (_("使った支援メニュー"), True, [[scheme.name for scheme in each.schemes.all()] for each in cases]),
        (_("連携相手"), True, [[*map(str, each.partners.all()), each.other_partners] for each in cases]),
        (_("体制・人"), True, [each.people.splitlines() for each in cases]),
        (_("つまずいたこと"), True, [each.pitfalls.splitlines() for each in cases]),
        (_("いまも当てはまる"), False, [[held(each)] for each in cases]),
    ]
    filled = [(label, is_ja, [[line for line in lines if line] for lines in cells]) for label, is_ja, cells in rows]
    return [row for row in filled if any(row[2])]


def _costs(case: Any) -> list[str]:
    """Yen by year, and all together."""
    years: dict[int, int] = {}
    for each in case.costs.all():
        years[each.year] = years.get(each.year, 0) + each.yen
    lines = [_("%(year)s年度：%(yen)s円") % {"year": year, "yen": f"{yen:,}"} for year, yen in sorted(years.items())]
    return [*lines, _("合計：%(yen)s円") % {"yen": f"{sum(years.values()):,}"}] if years else []


def _figures(case: Any) -> list[str]:
    return [
        _("%(name)s：%(before)s → %(after)s %(unit)s")
        % {"name": each.name, "unit": each.unit, "before": _value(each.before), "after": _value(each.after)}
        for each in case.figures.all()
    ]


def _value(value: Any) -> str:
    return "—" if value is None else f"{value.normalize():f}"
