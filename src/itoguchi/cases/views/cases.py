"""Pages of cases: the list, one case, its form, the yearly check, and the boxes on pages of areas and solutions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.areas.models import Area
from itoguchi.areas.queries import area_of_code, find_areas
from itoguchi.cases import actions, queries
from itoguchi.cases.access import can_write_for
from itoguchi.cases.actions.cases import NOT_YOURS
from itoguchi.cases.forms.cases import (
    CaseForm,
    CheckForm,
    cost_facts,
    costs_of,
    figure_facts,
    figures_of,
    keys_of,
    told_by,
)
from itoguchi.cases.forms.rows import show_problems
from itoguchi.cases.models import Case, State
from itoguchi.cases.views.ways import area_at, do_deed, filters_of, history_page, in_japanese, own_areas, standing_of
from itoguchi.core.doors import public
from itoguchi.core.folding import fold
from itoguchi.core.panels import panels_of
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import day_marked
from itoguchi.core.uploads import hand_out
from itoguchi.exchange.models import Agreement
from itoguchi.exchange.queries import problems_seen_by
from itoguchi.roadmap.access import can_see_all_of
from itoguchi.roadmap.models import Implementation, Solution

IN_PANEL = 5


def case_seen(request: HttpRequest, pk: int) -> Any:
    """A case that the reader may read, in full; another one is not there (6 queries)."""
    return get_object_or_404(queries.case_in_full(queries.cases_seen_by(request.user)), pk=pk)


def case_written(request: HttpRequest, pk: int) -> Any:
    """A case that the reader may write."""
    found = case_seen(request, pk)
    if not can_write_for(request.user, found.area):
        raise PermissionDenied(NOT_YOURS)
    return found


def trail_of(case: Case, *more: str) -> list[tuple[str, str]]:
    """The way from all cases to a page of one."""
    found = [(_("事例"), reverse("cases:case_list")), (str(case), case.get_absolute_url() if more else "")]
    return found + [(each, "") for each in more]


def held(case: Case) -> str:
    """Whether it still held when somebody looked last."""
    if case.still_holds is None:
        return str(_("まだ確かめられていません"))
    return str(_("当てはまる") if case.still_holds else _("もう当てはまらない"))


def _likeness(row: Any) -> str:
    if row.likeness is None:
        return "—"
    return str(_("自分の団体") if row.likeness == 0 else _("%(place)s番目に近い") % {"place": row.likeness})


COLUMNS = (
    Column(
        "title",
        gettext_lazy("題名"),
        lambda row: row.title,
        ("title",),
        link=lambda row: row.get_absolute_url(),
        show=lambda row: in_japanese(row.title),
    ),
    Column("area", gettext_lazy("団体"), lambda row: row.area.name, ("area__code",), show=lambda row: str(row.area)),
    Column("code", gettext_lazy("団体コード"), lambda row: row.area.code, ("area__code",)),
    Column(
        "solution",
        gettext_lazy("分野別モデル"),
        lambda row: row.solution.name,
        ("solution__order",),
        show=lambda row: in_japanese(row.solution),
    ),
    Column("since", gettext_lazy("始めた年度"), lambda row: row.since_year or "—", ("since_year",)),
    Column(
        "total_yen",
        gettext_lazy("費用の合計（円）"),
        lambda row: row.total_yen,
        ("total_yen",),
        is_number=True,
        show=lambda row: "—" if row.total_yen is None else f"{row.total_yen:,}",
    ),
    Column("holds", gettext_lazy("いまも当てはまる"), held, ("checked_on",)),
    Column(
        "published_on",
        gettext_lazy("公開した日"),
        lambda row: row.published_on,
        ("published_on",),
        show=lambda row: day_marked(row.published_on) if row.published_on else str(row.get_state_display()),
    ),
)
LIKENESS = Column("likeness", gettext_lazy("似ている順"), _likeness, ("likeness",))


def _with_words(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    said = Q()
    for name in ("title", "worry", "measures", "pitfalls"):
        said |= Q(**{f"{name}__icontains": value})
    return rows.filter(said)


def area_asked(request: HttpRequest, own: list[Area]) -> Area | None:
    """Whom cases should be like: `?like=` by code or name, else the reader's own area (up to 2 queries)."""
    asked = fold(request.GET.get("like", "")[:40]).replace("\x00", "").strip()
    if not asked:
        return next((each for each in own if not each.is_prefecture), None)
    if found := area_of_code(asked[:6]):
        return found
    meant = find_areas(asked)
    meant = [each for each in meant if each.rank == 0] or meant
    return area_of_code(meant[0].key) if len(meant) == 1 else None


@public
@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    """Cases that the reader may read; those of areas like the own one, or like `?like=`, first."""
    own = own_areas(request)
    like = area_asked(request, own)
    places = queries.places_of(like.code) if like else {}
    rows = queries.by_likeness(queries.cases_seen_by(request.user), places)
    filters = [
        *filters_of(queries.solutions_with_cases(), states=request.user.is_authenticated),
        Filter(
            "holds",
            gettext_lazy("いまも当てはまる"),
            lambda rows, value: rows.filter(still_holds={"yes": True, "no": False}.get(value)),
            [
                ("yes", gettext_lazy("当てはまる")),
                ("no", gettext_lazy("もう当てはまらない")),
                ("unknown", gettext_lazy("まだ確かめられていません")),
            ],
        ),
        Filter("q", gettext_lazy("言葉"), _with_words),
    ]
    table = Table(
        request=request,
        rows=rows,
        columns=(*COLUMNS, LIKENESS) if places else COLUMNS,
        title=gettext_lazy("事例の一覧"),
        name="cases",
        filters=filters,
        order="likeness" if places else "-published_on",
        empty=_("公開された事例はまだありません。"),
    )
    return table.download() or render(
        request,
        "cases/case_list.html",
        {
            "table": table,
            "own": own,
            "like": like if places else None,
            "asked_like": request.GET.get("like", "")[:40],
            "today": timezone.localdate(),
            "breadcrumbs": [(_("事例"), "")],
        },
    )


@public
@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case, with what the reader may do with it (11 queries for who writes it)."""
    found = case_seen(request, pk)
    return render(
        request,
        "cases/case.html",
        {
            "case": found,
            "total": queries.total_of(found),
            "held": held(found),
            "models": list(queries.models_seen_by(request.user).filter(cases=found).order_by("key")),
            "today": timezone.localdate(),
            "deed_url": reverse("cases:case_deed", args=[found.pk]),
            "change_url": reverse("cases:change_case", args=[found.pk]),
            "record": found,
            "panels": (
                panels_of("case", str(found.pk), user=request.user, record=found)
                if found.state == State.PUBLISHED
                else []
            ),
            "breadcrumbs": trail_of(found),
        }
        | standing_of(request, found),
    )


@require_http_methods(["GET", "POST"])
def write_case(request: HttpRequest, code: str) -> HttpResponse:
    """The form for a new case of an area, filled with the agreement about `?problem=` where it came from one."""
    area = area_at(code)
    if not can_write_for(request.user, area):
        raise PermissionDenied(NOT_YOURS)
    return _form_page(request, area, None, _agreement_asked(request, area))


@require_http_methods(["GET", "POST"])
def change_case(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that puts a case right."""
    found = case_written(request, pk)
    return _form_page(request, found.area, found)


def _agreement_asked(request: HttpRequest, area: Area) -> Agreement | None:
    """The agreement about the problem of `?problem=`; one of another area, or none about it, is not there."""
    if "problem" not in request.GET:
        return None
    asked = queries.agreements_seen_by(request.user).filter(choice__problem__need__area=area)
    found: Agreement = get_object_or_404(asked, choice__problem__in=keys_of([request.GET["problem"]]))
    return found


def _form_page(
    request: HttpRequest, area: Area, known: Case | None, agreement: Agreement | None = None
) -> HttpResponse:
    data, today = (request.POST if request.method == "POST" else None), timezone.localdate()
    said, spent = told_by(agreement) if agreement else (None, [])
    form, figures = CaseForm(data, request.FILES or None, case=known, initial=said), figures_of(known, data)
    costs, problem = costs_of(known, data, told=spent), agreement and agreement.choice.problem
    if data is not None and all([form.is_valid(), figures.is_valid(), costs.is_valid()]):
        try:
            facts = form.facts(figures, costs)
            if known:
                made = actions.change_case(known, facts, by=request.user, today=today, why=form.cleaned_data["why"])
            else:
                made = actions.record_case(area, facts, by=request.user, today=today, problem=problem)
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("事例を保存しました。公開を求めるまで、ほかの方には見せません。"))
            return redirect(made)
    title = _("事例を直す") if known else _("%(area)sの事例を書く") % {"area": area}
    trail = trail_of(known, title) if known else [(_("事例"), reverse("cases:case_list")), (title, "")]
    return render(
        request,
        "cases/case_form.html",
        {
            "title": title,
            "lead": _("うまくいったことも、つまずいたことも、次の団体の役に立ちます。"),
            "problem": problem,
            "form": form,
            "figures": figures,
            "costs": costs,
            "back": (known or problem or area).get_absolute_url(),
            "button": _("保存する"),
            "breadcrumbs": trail,
        },
        status=200 if data is None else 422,
    )


@require_http_methods(["GET", "POST"])
def check_case(request: HttpRequest, pk: int) -> HttpResponse:
    """A year later: does it still hold, and what did it cost and change since?"""
    known = case_written(request, pk)
    data, today = (request.POST if request.method == "POST" else None), timezone.localdate()
    form, figures, costs = CheckForm(data), figures_of(known, data), costs_of(known, data)
    if data is not None and all([form.is_valid(), figures.is_valid(), costs.is_valid()]):
        try:
            actions.check_case(
                known,
                **form.cleaned_data,
                by=request.user,
                today=today,
                figures=figure_facts(figures),
                costs=cost_facts(costs),
            )
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("確かめた結果を記録しました。"))
            return redirect(known)
    title = _("いまも当てはまるかを確かめる")
    return render(
        request,
        "cases/case_form.html",
        {
            "title": title,
            "lead": _("一年たって、いくらかかり、何が変わったかを書き足します。公開中の事例に、すぐ入ります。"),
            "form": form,
            "figures": figures,
            "costs": costs,
            "back": known.get_absolute_url(),
            "button": _("確かめた結果を記録する"),
            "breadcrumbs": trail_of(known, title),
        },
        status=200 if data is None else 422,
    )


@public
@require_GET
def case_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file that is evidence of a case, for who reads the case."""
    found = get_object_or_404(queries.cases_seen_by(request.user).select_related("evidence_file"), pk=pk)
    if found.evidence_file is None:
        raise Http404
    return hand_out(found.evidence_file, f"case-{pk}", is_private=found.state != State.PUBLISHED)


@require_GET
def case_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Who changed what of a case."""
    found = get_object_or_404(queries.cases_seen_by(request.user), pk=pk)
    return history_page(request, found, trail_of(found, _("変更の記録")))


@require_POST
def case_deed(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, decide, open anew, end."""
    return do_deed(request, get_object_or_404(queries.cases_seen_by(request.user), pk=pk))


@public
@require_GET
def panel_area(request: HttpRequest, code: str) -> HttpResponse:
    """Cases of an area, for its page; without scripts the list of all of them."""
    area = area_at(code)
    list_url = f"{reverse('cases:case_list')}?area={area.code}"
    if not request.htmx:
        return redirect(list_url)
    found = queries.cases_seen_by(request.user).filter(area=area).order_by("-published_on", "-pk")
    return render(
        request,
        "cases/_cases.html",
        {
            "title": _("この団体の事例"),
            "cases": found[:IN_PANEL],
            "models": [],
            "list_url": list_url,
            "write_url": reverse("cases:write_case", args=[area.code]) if can_write_for(request.user, area) else "",
            "as_of": timezone.localdate(),
        },
    )


@public
@require_GET
def panel_solution(request: HttpRequest, key: str) -> HttpResponse:
    """Cases and models of a solution, those of areas like `?like=` or the own one first."""
    solution = get_object_or_404(Solution, pk=key)
    own = own_areas(request)
    like = area_asked(request, own)
    asked = f"&like={like.code}" if like else ""
    list_url = f"{reverse('cases:case_list')}?solution={solution.key}{asked}"
    if not request.htmx:
        return redirect(list_url)
    rows = queries.cases_seen_by(request.user).filter(solution=solution, state=State.PUBLISHED)
    places = queries.places_of(like.code) if like else {}
    return render(
        request,
        "cases/_cases.html",
        {
            "title": _("事例と参照モデル"),
            "cases": queries.nearest(rows, places)[:IN_PANEL],
            "models": queries.published_models(request.user, (), places).filter(solution=solution)[:IN_PANEL],
            "list_url": list_url,
            "write_url": "",
            "as_of": timezone.localdate(),
        },
    )


@public
@require_GET
def panel_problem(request: HttpRequest, pk: int) -> HttpResponse:
    """Cases that came of a problem, for its page, and the way from its agreement to a new one."""
    problem = get_object_or_404(problems_seen_by(request.user), pk=pk)
    agreements = queries.agreements_seen_by(request.user).filter(choice__problem=problem)
    return _panel_of_agreements(request, agreements, Q(problem=problem), problem.need.area)


@public
@require_GET
def panel_implementation(request: HttpRequest, pk: int) -> HttpResponse:
    """Cases of an implementation, for its page, and the way from each agreement behind it to a new one."""
    use = get_object_or_404(Implementation.objects.select_related("area__block"), pk=pk)
    if use.is_internal and not can_see_all_of(request.user, use.area):
        raise Http404
    agreements = queries.agreements_seen_by(request.user).filter(implementation=use)
    return _panel_of_agreements(request, agreements, Q(area=use.area_id, solution=use.solution_id), use.area)


def _panel_of_agreements(request: HttpRequest, agreements: QuerySet[Agreement], wanted: Q, area: Area) -> HttpResponse:
    """Cases and agreements that have none yet; without scripts the first of them (3 queries)."""
    cases = list(queries.cases_seen_by(request.user).filter(wanted).order_by("-published_on", "-pk")[:IN_PANEL])
    told = {each.problem_id for each in cases if each.state != State.ENDED}
    asked = agreements if can_write_for(request.user, area) else agreements.none()
    problems = [each.choice.problem for each in asked[:IN_PANEL] if each.choice.problem_id not in told]
    form = reverse("cases:write_case", args=[area.code])
    ways = [(each, f"{form}?problem={each.pk}") for each in problems]
    list_url = f"{reverse('cases:case_list')}?area={area.code}"
    if not request.htmx:
        return redirect(cases[0] if cases else ways[0][1] if ways else list_url)
    return render(request, "cases/_from_agreement.html", {"cases": cases, "ways": ways, "list_url": list_url})
