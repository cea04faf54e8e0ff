"""The page of a need with what fits it: ranked schemes with reasons and gaps, marks, and who like its area did it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from itoguchi.areas.models import Area
from itoguchi.areas.queries import WEIGHTS, peers_of
from itoguchi.core.as_of import asked_day
from itoguchi.core.calendar import DatedTo, Precision
from itoguchi.core.doors import public
from itoguchi.core.journal import history_of
from itoguchi.core.panels import panels_of
from itoguchi.roadmap.models import Solution, Stage
from itoguchi.roadmap.queries import areas_with_stage
from itoguchi.support import actions, queries
from itoguchi.support.access import can_answer_need, can_write_needs_of
from itoguchi.support.forms.needs import ProjectForm
from itoguchi.support.models import Mark, Need, Scheme
from itoguchi.support.queries import Match, Part, Reason, State
from itoguchi.support.views.schemes import japanese
from itoguchi.support.windows import timing_in_words
from itoguchi.support.wording import names_at_hand, number, reason_of, words_of

FEW, MANY = 10, 30
SIGNS: dict[State, tuple[str, Any, str]] = {  # sign, word, class of the tag
    State.YES: ("✓", gettext_lazy("条件を満たす"), "ok"),
    State.UNKNOWN: ("?", gettext_lazy("まだ分からない"), "late"),
    State.NO: ("✗", gettext_lazy("条件を満たさない"), ""),
}
PARTS: dict[str, Any] = {
    "solution": gettext_lazy("分野別モデル"),
    "words": gettext_lazy("言葉"),
    "field": gettext_lazy("分野"),
    "timing": gettext_lazy("受付期間"),
    "size": gettext_lazy("事業費"),
    "choice": gettext_lazy("採択の割合"),
}
SHOWN_SOLUTIONS = 2


def day_asked_for(request: HttpRequest) -> tuple[dict[str, Any], date, int]:
    """What a page with a day shows of it, the day, and the status of the answer; of days to come nothing is known."""
    form, as_of = asked_day(request)
    today = timezone.localdate()
    if as_of > today:
        form.add_error("as_of", _("まだ来ていない日です。今日の時点で示しています。"))
        as_of = today
    return {"day_form": form, "as_of": as_of}, as_of, 400 if form.errors else 200


def need_seen(request: HttpRequest, pk: int) -> Need:
    """A need that the user may read; another one is not there."""
    found: Need = get_object_or_404(queries.needs_visible_to(request.user).prefetch_related("solutions"), pk=pk)
    return found


def way_to(area: Area) -> list[tuple[str, str]]:
    """The way from the nation to an area."""
    above = [(str(area.prefecture), area.prefecture.get_absolute_url())] if area.prefecture else []
    return [(_("自治体"), reverse("areas:nation")), *above, (str(area), area.get_absolute_url())]


@dataclass(frozen=True, slots=True)
class Shown:
    """A scheme for a need, as its card says it."""

    scheme: Scheme
    sign: str
    word: Any
    look: str
    reasons: list[str]
    gaps: list[tuple[str, str]]  # in words, and where what is missing can be entered ("" where nothing can be done)
    timing: str
    timing_look: str
    score: str
    parts: list[tuple[Any, str, str, str, str]]  # name, value, weight, product, what it rests on
    has_rule: bool
    mark: bool | None
    useful: int
    useless: int


@public
@require_GET
def need(request: HttpRequest, pk: int) -> HttpResponse:
    """A need and the schemes that fit it, as of a day; `?applicant=consortium` answers what rules ask of the project."""
    found = queries.needs_visible_to(request.user).prefetch_related("solutions")
    shown: Need | None = found.filter(pk=pk).first()
    if shown is None:
        return redirect(get_object_or_404(found, merged=pk))
    about_day, as_of, status = day_asked_for(request)
    project = ProjectForm(request.GET)
    wants_all = request.GET.get("all") == "1"
    hour = queries.hour_of(as_of, timezone.now())
    matches = queries.match_schemes(shown.area, project.asked(shown), as_of, top=MANY if wants_all else FEW, hour=hour)
    with names_at_hand():
        schemes = _shown(matches, shown, request.user)
    may_write = can_write_needs_of(request.user, shown.area)
    may_answer = can_answer_need(request.user, shown)
    return render(
        request,
        "support/need.html",
        about_day
        | {
            "need": shown,
            "schemes": schemes,
            "wants_all": wants_all,
            "query": request.GET.urlencode(),
            "all_query": _with(request, all="1"),
            "project": project,
            "is_over": shown.state == Need.State.CLOSED,
            "may_write": may_write,
            "may_answer": may_answer,
            "history": history_of(shown) if may_write or may_answer else [],
            "panels": panels_of("need", str(shown.pk), user=request.user, record=shown),
            "breadcrumbs": [
                *way_to(shown.area),
                (_("ニーズ・課題の一覧"), f"{reverse('support:need_list')}?area={shown.area.code}"),
                (japanese(str(shown)), ""),
            ],
        },
        status=status,
    )


def _with(request: HttpRequest, **more: str) -> str:
    asked = request.GET.copy()
    for name, value in more.items():
        asked[name] = value
    return asked.urlencode()


def _shown(matches: tuple[Match, ...], need: Need, user: Any) -> list[Shown]:
    """The matches with what their records say (2 queries)."""
    keys = [each.scheme for each in matches]
    timed = Q(years__windows__has_time=True, years__windows__closes_at__isnull=False)
    moments = ArrayAgg("years__windows__closes_at", filter=timed, default=Value([]))
    schemes = {each.key: each for each in Scheme.objects.filter(pk__in=keys).annotate(moments=moments)}
    marks: dict[str, list[Mark]] = {}
    for each in Mark.objects.filter(need=need):
        marks.setdefault(each.scheme_id, []).append(each)
    found = list[Shown]()
    for match in matches:
        sign, word, look = SIGNS[match.eligible]
        own = next((each.is_useful for each in marks.get(match.scheme, ()) if each.by_id == user.pk), None)
        useful = sum(each.is_useful for each in marks.get(match.scheme, ()))
        closes = match.timing.window.closes if match.timing.window else None
        hours = map(timezone.localtime, schemes[match.scheme].moments)
        hour = next((each for each in hours if each.date() == closes), None)
        timing, timing_look = timing_in_words(match.timing, hour)
        found.append(
            Shown(
                schemes[match.scheme],
                sign,
                word,
                look,
                [reason_of(each) for each in match.reasons],
                [(reason_of(each), _where(each, need, schemes[match.scheme])) for each in match.gaps],
                timing,
                timing_look,
                f"{match.score:.2f}",
                [_part(each) for each in match.parts],
                match.has_rule,
                own,
                useful,
                len(marks.get(match.scheme, ())) - useful,
            )
        )
    return found


def _where(reason: Reason, need: Need, scheme: Scheme) -> str:
    """Where what nobody knows yet can be entered, or read."""
    if reason.value is not None:
        return ""
    if reason.of == "text":
        return scheme.get_absolute_url()
    if reason.condition.fact == "years_since_use":
        return reverse("support:scheme_uses", args=[scheme.pk])
    fact = reason.condition.fact
    if fact in {"field", "solution", "size"}:
        return reverse("support:change_need", args=[need.pk])
    return "#project" if reason.of == "project" else need.area.get_absolute_url()


def _part(part: Part) -> tuple[Any, str, str, str, str]:
    about = _about(part) if part.is_known else _("分かっていないので、どちらにも寄せていません")
    product = f"{part.value * part.weight:.3f}"
    return PARTS[part.key], f"{part.value:.2f}", f"{part.weight:.2f}", product, about


def _about(part: Part) -> str:
    """What a part of the score rests on, in words."""
    match part.key:
        case "solution" | "field":
            said = words_of(part.key, map(str, part.about))
            return japanese(said) if said else _("重なりません")
        case "words":
            return japanese("、".join(map(str, part.about))) if part.about else _("同じ言葉がありません")
        case "size":
            return " · ".join(number("size", float(yen)) for yen in part.about)
        case "choice":
            chosen, asked = (f"{float(each):,.0f}" for each in part.about)
            return _("申請%(asked)sのうち採択%(chosen)s") % {"asked": asked, "chosen": chosen}
    return ""


@require_POST
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a scheme is useful for a need, or not, or take that back; leads back to the page as it was."""
    shown = need_seen(request, pk)
    key = request.POST.get("scheme", "")[:60].replace("\x00", "")
    scheme = get_object_or_404(Scheme, key=key)
    said = request.POST.get("useful", "")
    if said not in {"yes", "no", "back"}:
        raise Http404
    actions.mark_scheme(shown, scheme, is_useful={"yes": True, "no": False}.get(said), by=request.user)
    messages.success(
        request, _("印を取り消しました。") if said == "back" else _("印をつけました。ありがとうございます。")
    )
    query = QueryDict(request.POST.get("query", "")[:2000]).urlencode()
    return redirect(f"{shown.get_absolute_url()}{f'?{query}' if query else ''}#scheme-{scheme.key}")


@public
@require_GET
def panel_peers(request: HttpRequest, pk: int) -> HttpResponse:
    """Who of the areas like a need's own runs the solutions that it has in mind, since when; for htmx as a panel."""
    shown = need_seen(request, pk)
    area = shown.area
    if not request.htmx:
        return redirect("roadmap:peers", area.code) if not area.is_prefecture else redirect(area)
    day = timezone.localdate()
    codes = (
        [] if area.is_prefecture else [each.code for each in peers_of(area.code, tuple(sorted(WEIGHTS.items()))).peers]
    )
    solutions = list(shown.solutions.all())
    rows = [(each, _running(each, codes, day, request.user)) for each in solutions[:SHOWN_SOLUTIONS] if codes]
    return render(
        request,
        "support/_need_peers.html",
        {"area": area, "rows": rows, "left": solutions[SHOWN_SOLUTIONS:], "number": len(codes), "as_of": day},
    )


def _running(solution: Solution, codes: list[str], day: date, user: Any) -> list[tuple[Area, str]]:
    there = areas_with_stage(solution, day, user).filter(code__in=codes, stage__in=[Stage.RUNNING, Stage.SHARED])
    return [
        (each, str(DatedTo(each.since, Precision(each.since_precision)))) for each in there.order_by("since", "code")
    ]
