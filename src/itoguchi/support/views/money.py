"""Pages of money: who pays for a project and what is left to pay, and one sheet of it for the finance section; nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itoguchi.areas.models import Area
from itoguchi.areas.queries import area_of_code, find_areas
from itoguchi.core.calendar import era_fiscal_year, fiscal_year
from itoguchi.core.doors import public
from itoguchi.core.folding import fold
from itoguchi.roadmap.models import Solution
from itoguchi.support import queries
from itoguchi.support.forms.money import FundsForm, StartForm, read_costs, with_empty_rows
from itoguchi.support.models import Cost as Kind
from itoguchi.support.models import Need, Scheme, Window
from itoguchi.support.queries import COST_KINDS, Asked, Combination, Cost, PlanOfMoney
from itoguchi.support.views.match import way_to
from itoguchi.support.views.needs import find_area
from itoguchi.support.views.schemes import own_area
from itoguchi.support.wording import number

MOST_SCHEMES = 20  # that an address may name


@dataclass(frozen=True, slots=True)
class Project:
    """What the address of a page says of a project, and whether all of it can be read."""

    need: Need | None
    solution: Solution | None
    costs: list[Cost]
    rows: list[Any]
    schemes: list[Scheme] | None
    funds: FundsForm
    is_readable: bool

    @property
    def asked(self) -> Asked:
        """As schemes are matched with it."""
        if self.need:
            return queries.asked_of(self.need)
        return Asked(solutions=frozenset([self.solution.key] if self.solution else ()))

    def combined(self, area: Area, day: date) -> Combination:
        """Who pays, for an area (some 8 queries)."""
        most = self.funds.cleaned_data["most_own"]
        hour = queries.WHOLE_DAY if self.schemes is not None else queries.hour_of(day, timezone.now())
        return queries.combine(self.costs, area, self.schemes, day, most_own=most, asked=self.asked, hour=hour)


def project_of(request: HttpRequest) -> Project:
    """What `?need=&solution=&scheme=&kind=&year=&yen=&most_own=` says (up to 4 queries); raises Http404 for a need not there."""
    asked = request.GET
    key, solution = asked.get("need", ""), asked.get("solution", "")[:100].replace("\x00", "")
    need = None
    if key:
        if not (key.isascii() and key.isdigit() and len(key) < 10):
            raise Http404
        need = get_object_or_404(queries.needs_visible_to(request.user).prefetch_related("solutions"), pk=int(key))
    costs, rows, is_readable = read_costs(asked)
    funds = FundsForm({"most_own": asked.get("most_own", "").replace("\x00", "")})
    keys = [each[:60].replace("\x00", "") for each in asked.getlist("scheme")[:MOST_SCHEMES] if each]
    return Project(
        need=need,
        solution=Solution.objects.filter(pk=solution).first() if solution else None,
        costs=costs,
        rows=rows,
        schemes=list(Scheme.objects.filter(pk__in=keys).only("pk", "name")) if keys else None,
        funds=funds,
        is_readable=funds.is_valid() and is_readable,
    )


def _area_of(request: HttpRequest, need: Need | None) -> tuple[Area | None, str, list[Any]]:
    """The area of `?area=` (a code or words), what was written, and those that it may mean; else the need's, or one's own."""
    written = request.GET.get("area", "").replace("\x00", "").strip()[:100]
    if not written:
        return (need.area if need else own_area(request.user)), "", []
    if area := area_of_code(fold(written)):
        return area, written, []
    found = find_areas(written)
    if len(found) == 1:
        return area_of_code(found[0].key), written, []
    return None, written, found


@public
@require_GET
def money(request: HttpRequest) -> HttpResponse:
    """Who pays for a project of an area: the best combination, the next best, what binds; all of it said by the address."""
    project, day = project_of(request), timezone.localdate()
    area, written, found = _area_of(request, project.need)
    combination = project.combined(area, day) if area and project.is_readable else None
    return render(
        request,
        "support/money.html",
        {
            "project": project,
            "area": area,
            "written": written,
            "found": [(each, _with(request.GET, area=each.key)) for each in found],
            "day": day,
            "kinds": COST_KINDS,
            "solutions": Solution.objects.all(),
            "rows": with_empty_rows(project.rows, fiscal_year(day) + 1),
            "offers": _offered(project, combination),
            "every_query": _with(request.GET, scheme=None),
            "query": request.GET.urlencode(),
            "sheet_query": _with(request.GET, area=None),
            "found_money": combination,
            "told": _told(combination, project),
            "own": own_in_words(combination) if combination and project.costs else "",
            "best": shown_plan(combination.best) if combination and combination.best else None,
            "others": [shown_plan(each) for each in combination.alternatives] if combination else [],
            "breadcrumbs": [*(way_to(area) if area else []), (_("だれがいくら払うか"), "")],
        },
        status=200 if project.is_readable else 400,
    )


def _with(asked: QueryDict, **more: str | None) -> str:
    """The query of the address with something else; None takes a name out."""
    copy = asked.copy()
    for name, value in more.items():
        if value is None:
            copy.pop(name, None)
        else:
            copy[name] = value
    return copy.urlencode()


def _offered(project: Project, combination: Combination | None) -> list[tuple[Scheme, bool]]:
    """The schemes that may be ticked, and whether each is reckoned with."""
    reckoned = combination.offers if combination else []
    left = [each for each in project.schemes or () if each not in reckoned]
    return [(each, True) for each in reckoned] + [(each, False) for each in left]


def with_japanese(text: str, *names: str) -> SafeString:
    """A text in which names that stay Japanese on an English page are marked as such."""
    said = str(escape(text))
    if get_language() == "en":
        for name in {str(escape(each)) for each in names if each}:
            said = said.replace(name, f'<span lang="ja">{name}</span>')
    return mark_safe(said)


def _told(combination: Combination | None, project: Project) -> dict[str, list[SafeString]]:
    """What a combination says in words, each with the names of schemes marked."""
    if combination is None:
        return {}
    names = [str(each) for each in (*combination.offers, *(project.schemes or ()))]
    over = [combination.over_budget] if combination.over_budget else []
    texts = {"binds": combination.binds, "unknown": combination.unknown, "why": combination.why, "over": over}
    return {key: [with_japanese(each, *names) for each in said] for key, said in texts.items()}


def own_in_words(combination: Combination) -> str:
    """`6,000,000円`, `5,000,000円〜10,000,000円`, `5,000,000円以上`."""
    low, high = combination.own
    if high is None:
        return _("%(yen)s以上") % {"yen": number("size", low)}
    return number("size", low) if low == high else _between(low, high)


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """A combination as its tables say it."""

    plan: PlanOfMoney
    sources: list[tuple[Scheme, list[tuple[int, int]], int]]  # with (fiscal year, yen), and in all
    now: list[tuple[int, int]]
    shares: list[tuple[Any, str, int, int]]  # scheme, kind of cost, fiscal year, yen


def shown_plan(plan: PlanOfMoney) -> ShownPlan:
    """What each scheme pays in each year, and of what."""
    years = [each.year for each in plan.years]
    return ShownPlan(
        plan,
        [(scheme, list(zip(years, by_year, strict=True)), total) for scheme, by_year, total in plan.sources],
        [(each.year, each.now) for each in plan.years],
        [(each.scheme, str(Kind(each.kind).label), each.year, each.yen) for each in plan.shares],
    )


@public
@require_GET
def finance_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """One page for the finance section: what, why, cost and money by year, own burden, dates, risks; to print."""
    project, day = project_of(request), timezone.localdate()
    area = project.need.area if project.need and project.need.area.code == code else find_area(code)
    start_form = StartForm({"start": request.GET.get("start", "").replace("\x00", "")})
    is_readable = start_form.is_valid() and project.is_readable
    combination = project.combined(area, day) if is_readable else None
    first = min((each.year for each in project.costs), default=fiscal_year(day) + 1)
    first = first if date(first, 4, 1) >= day else fiscal_year(day) + 1
    start = (start_form.cleaned_data.get("start") if is_readable else None) or date(first, 4, 1)
    scheme, window = _asked_first(combination)
    plan = queries.back_plan(area, window, start, day, scheme=scheme)
    what, why = (
        request.GET.get(name, "").replace("\x00", "").strip()[:most] for name, most in (("what", 100), ("why", 400))
    )
    address = f"{reverse('support:money')}?{_with(request.GET, area=area.code)}"
    return render(
        request,
        "support/finance_sheet.html",
        {
            "area": area,
            "project": project,
            "what": what or str(project.need or project.solution or ""),
            "why": why or (project.need.text if project.need else ""),
            "written": (what, why),
            "kept": [(name, value) for name in KEPT for value in request.GET.getlist(name)[:40]],
            "start_form": start_form,
            "start": start,
            "day": day,
            "money_address": address,
            "found_money": combination,
            "told": _told(combination, project),
            "own": own_in_words(combination) if combination and project.costs else "",
            "best": shown_plan(combination.best) if combination and combination.best else None,
            "costs": list(_by_kind(project.costs)),
            "years": [(year, era_fiscal_year(year)) for year in sorted({each.year for each in project.costs})],
            "plan": plan,
            "steps": [(each, with_japanese(each.label, each.japanese)) for each in plan.steps],
            "scheme": scheme,
            "choices": list(_choices(combination)),
            "breadcrumbs": [*way_to(area), (_("だれがいくら払うか"), address), (_("財政課説明資料"), "")],
        },
        status=200 if is_readable else 400,
    )


KEPT = ("need", "solution", "scheme", "kind", "year", "yen", "most_own")


def _asked_first(combination: Combination | None) -> tuple[Scheme | None, Any]:
    """The scheme of the best combination whose window closes first, with that window (1 query)."""
    schemes = {each.pk: each for each in (combination.best.schemes if combination and combination.best else ())}
    ahead = Window.objects.filter(queries.not_closed(timezone.now()), year__scheme__in=schemes).select_related("year")
    window = ahead.order_by(F("closes_at").asc(nulls_last=True), "year__scheme_id").first() if schemes else None
    return (schemes[window.year.scheme_id], window) if window else (None, None)


def _by_kind(costs: list[Cost]) -> Iterator[tuple[Any, list[tuple[int, str]]]]:
    """Each kind of cost with what it takes in each fiscal year, in words."""
    years = sorted({each.year for each in costs})
    for kind, label in COST_KINDS:
        of_kind = [each for each in costs if each.kind == kind]
        if of_kind:
            yield (
                label,
                [
                    (year, _("、").join(_in_words(each) for each in of_kind if each.year == year) or "—")
                    for year in years
                ],
            )


def _in_words(cost: Cost) -> str:
    if cost.yen is None:
        return _("不明")
    if isinstance(cost.yen, int):
        return number("size", cost.yen)
    return _between(*cost.yen)


def _between(low: int, high: int) -> str:
    return _("%(low)s〜%(high)s") % {"low": number("size", low), "high": number("size", high)}


def _choices(combination: Combination | None) -> Iterator[tuple[Scheme, int, Any]]:
    """Schemes of the best combination with the share of those who were chosen, in percent, and its year."""
    for scheme in combination.best.schemes if combination and combination.best else ():
        for year in scheme.years.all():
            if year.choice_rate is not None:
                yield scheme, round(100 * year.choice_rate), year.fiscal_year
                break
