"""The first step sheet of an area, and the box that leads to it from other pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from itoguchi.accounts.access import memberships_of
from itoguchi.areas.models import Area
from itoguchi.areas.queries import area_of_code
from itoguchi.core.calendar import fiscal_year
from itoguchi.core.doors import public
from itoguchi.core.queries import everyday_words
from itoguchi.plans.forms.first_step import AskForm, costs_of
from itoguchi.plans.queries import Sheet, sheet_of, solutions_by_key
from itoguchi.roadmap.models import Solution
from itoguchi.support.access import can_write_needs_of
from itoguchi.support.models import Cost as Kind
from itoguchi.support.models import Need, Scheme
from itoguchi.support.queries import (
    Cost,
    Match,
    Reason,
    State,
    hour_of,
    names_at_hand,
    needs_visible_to,
    reason_of,
    timing_in_words,
)

EMPTY_ROWS = 2  # of the form for costs, after those that were said
SIGNS: dict[State, str] = {State.YES: "✓", State.UNKNOWN: "?", State.NO: "✗"}
ABOUT = ("need", "solution")
DRAFT = "/plans/draft"


@public
@require_GET
def first_step(request: HttpRequest) -> HttpResponse:
    """The sheet for `?area=` with `need=`, `solution=` or `words=`; without enough of them the box that asks for it."""
    asked = request.GET.copy()
    need = _need_of(request, asked.get("need", ""))
    if need and "area" not in asked:
        asked["area"] = need.area.code
    day = timezone.localdate()
    solution = _solution_of(asked.get("solution", ""), day)
    about = {name: asked[name] for name in ABOUT if asked.get(name)}
    bound = asked if "area" in asked else None
    form = AskForm(bound, own=None if bound else own_area_of(request.user), about=about)
    if not form.is_bound or not form.is_valid():
        return _asking(request, form, need or solution)
    area, words = form.cleaned_data["area"], form.cleaned_data.get("words", "").strip()
    if not isinstance(area, Area):
        return _asking(request, form, need or solution, choices=[(each, _with(asked, area=each.key)) for each in area])
    if not (need or solution or words):
        if "words" in asked:
            form.add_error("words", _("困りごとを書いてください。ふだんの言葉でかまいません。"))
        return _asking(request, form, need or solution)
    costs, problem = costs_of(asked)
    day = form.cleaned_data["as_of"] or day
    hour = hour_of(day, timezone.now())
    sheet = sheet_of(
        area, user=request.user, day=day, need=need, solution=solution, words=words, costs=costs, hour=hour
    )
    return render(
        request,
        "plans/first_step.html",
        _of_page(request, sheet, asked)
        | {"cost_problem": problem, "breadcrumbs": [(str(area), area.get_absolute_url()), (_("最初の一歩"), "")]},
        status=422 if problem else 200,
    )


def own_area_of(user: Any) -> Area | None:
    """The area that somebody works for, as the box is filled in with (no query beyond the memberships')."""
    return next((each.area for each in memberships_of(user) if each.area), None)


def ask_form(user: Any, *, area: Area | None = None, **about: str) -> AskForm:
    """The empty box, with an area filled in: the one given, or the user's own."""
    return AskForm(own=area or own_area_of(user), about=about)


def _asking(
    request: HttpRequest, form: AskForm, subject: Need | Solution | None, choices: Sequence[tuple[Any, str]] = ()
) -> HttpResponse:
    """The box by itself, with what it is about; where several areas are meant, each with the address that goes on."""
    return render(
        request,
        "plans/ask.html",
        {"ask": form, "subject": subject, "choices": choices, "breadcrumbs": [(_("最初の一歩"), "")]},
        status=422 if form.errors else 200,
    )


def _with(asked: Any, path: str = "", **more: str) -> str:
    """The same question with something else in it, as an address of this page or of another one."""
    changed = asked.copy()
    for name, value in more.items():
        changed[name] = value
    return f"{path or reverse('plans:first_step')}?{changed.urlencode()}"


def _need_of(request: HttpRequest, written: str) -> Need | None:
    """The need of a number, as far as the reader may see it."""
    if not written:
        return None
    if not (written.isascii() and written.isdigit() and len(written) < 10):
        raise Http404
    found: Need = get_object_or_404(needs_visible_to(request.user).prefetch_related("solutions"), pk=int(written))
    return found


def _solution_of(key: str, day: Any) -> Solution | None:
    if not key:
        return None
    known = solutions_by_key(day)
    if key not in known:
        raise Http404
    return known[key]


@dataclass(frozen=True, slots=True)
class Shown:
    """A scheme on the sheet: its sign, when it can be asked for, and what speaks against it or is not known, and where."""

    scheme: Scheme
    sign: str
    timing: str
    timing_look: str
    reasons: list[str]
    gaps: list[tuple[str, str]]
    has_rule: bool


def _of_page(request: HttpRequest, sheet: Sheet, asked: Any) -> dict[str, Any]:
    with names_at_hand():
        answers = [
            (title, note, [_shown(each, sheet) for each in found])
            for title, note, found in (
                (_("使えるもの"), _("登録された条件を満たします。採択の約束ではありません。"), sheet.may),
                (_("まだ分からないもの"), _("書いたことを入れると、✓ か ✗ に決まります。"), sheet.unknown),
                (_("使えないもの、その理由"), _("条件が変われば使えます。"), sheet.may_not),
            )
        ]
    about = {"solution": sheet.solution.key} if sheet.solution else {}
    is_typed = bool(sheet.words) and sheet.need is None
    may_write = request.user.is_authenticated and can_write_needs_of(request.user, sheet.area)
    kept = [
        (name, value) for name, values in asked.lists() for value in values if not name.startswith("cost_") and value
    ]
    return {
        "sheet": sheet,
        "answers": answers,
        "others": [(each, _with(asked, solution=each.key)) for each in sheet.others],
        "all_solutions": []
        if sheet.solution
        else [(each, _with(asked, solution=each.key)) for each in solutions_by_key(sheet.day).values()],
        "everyday": everyday_words(sheet.solution.field_id) if sheet.solution else "",
        "may_save": is_typed and may_write,
        "draft": _with(asked, DRAFT, area=sheet.area.code, **about),
        "money_address": _money_address(sheet) if sheet.money else "",
        "kept": kept,
        "cost_rows": _cost_rows(sheet),
        "kinds": Kind.choices,
        "assumed": Kind.EQUIPMENT.label,
    }


def _money_address(sheet: Sheet) -> str:
    """The page that works the own burden out step by step, with the costs of the sheet: those said, else the peers' range."""
    about = {"need": sheet.need.pk} if sheet.need else {"solution": sheet.solution.key} if sheet.solution else {}
    costs = sheet.costs
    if not costs and sheet.cost.low is not None and sheet.cost.high is not None:
        year = (sheet.need.wanted_year if sheet.need else None) or fiscal_year(sheet.day) + 1
        costs = (Cost(kind=Kind.EQUIPMENT.value, year=year, yen=(sheet.cost.low, sheet.cost.high)),)
    said = {"kind": [each.kind for each in costs], "year": [each.year for each in costs], "yen": list(map(_yen, costs))}
    return f"{reverse('support:money')}?{urlencode({'area': sheet.area.code, **about, **said}, doseq=True)}"


def _yen(cost: Cost) -> str:
    """As the page of money reads it: `5000000`, `3000000-5000000`, `不明`."""
    return (
        _("不明") if cost.yen is None else "-".join(map(str, cost.yen if isinstance(cost.yen, tuple) else [cost.yen]))
    )


def _shown(match: Match, sheet: Sheet) -> Shown:
    scheme: Any = sheet.schemes[match.scheme]
    closes = match.timing.window.closes if match.timing.window else None
    hour = next((each for each in map(timezone.localtime, scheme.moments) if each.date() == closes), None)
    timing, look = timing_in_words(match.timing, hour)
    return Shown(
        scheme,
        SIGNS[match.eligible],
        timing,
        look,
        [reason_of(each) for each in match.reasons],
        [(reason_of(each), _where(each, sheet, scheme)) for each in match.gaps],
        match.has_rule,
    )


def _where(reason: Reason, sheet: Sheet, scheme: Scheme) -> str:
    """Where what nobody knows yet can be entered, or read; "" where nothing can be done here."""
    if reason.value is not None:
        return ""
    if reason.of == "text":
        return str(scheme.get_absolute_url())
    if reason.condition.fact == "years_since_use":
        return reverse("support:scheme_uses", args=[scheme.pk])
    if reason.condition.fact == "size":
        return "#cost"
    if reason.condition.fact == "stage" and sheet.solution:
        return reverse("roadmap:implementation", args=[sheet.area.code, sheet.solution.key])
    if reason.of == "area":
        return sheet.area.get_absolute_url()
    return f"{sheet.need.get_absolute_url()}#project" if sheet.need else ""


def _cost_rows(sheet: Sheet) -> list[tuple[str, int, Any]]:
    """Kind, year and yen of each row of the form: what was said, and some to fill in."""
    year = fiscal_year(sheet.day) + 1
    kinds = [Kind.EQUIPMENT.value, Kind.OPERATION.value]
    said = [(each.kind, each.year, each.yen) for each in sheet.costs]
    return said + [(kind, year, "") for kind in kinds[:EMPTY_ROWS]]


PANELS: dict[str, Any] = {
    "area": gettext_lazy("この団体の最初の一歩"),
    "need": gettext_lazy("このニーズからの最初の一歩"),
    "solution": gettext_lazy("このモデルの最初の一歩"),
}


@public
@require_GET
def panel_first_step(request: HttpRequest, noun: str, key: str) -> HttpResponse:
    """The box on the page of an area, a need or a solution; opened as a page it leads to the sheet."""
    if not request.htmx:
        return redirect(f"{reverse('plans:first_step')}?{urlencode({noun: key})}")
    area, need = (area_of_code(key) if noun == "area" else None), (_need_of(request, key) if noun == "need" else None)
    if noun == "area" and area is None:
        raise Http404
    if noun == "solution":
        _solution_of(key, timezone.localdate())
    about = {} if noun == "area" else {noun: key}
    ask = ask_form(request.user, area=need.area if need else area, **about)
    return render(request, "plans/_panel.html", {"title": PANELS[noun], "ask": ask, "id": f"{noun}-step"})
