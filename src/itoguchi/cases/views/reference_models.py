"""Pages of reference models: the list, one model with its parts and what came of it, and its form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.areas.models import Area
from itoguchi.cases import actions, queries
from itoguchi.cases.access import can_keep_cases, can_write_for
from itoguchi.cases.actions.cases import NOT_YOURS
from itoguchi.cases.forms.reference_models import ModelForm, measures_of
from itoguchi.cases.forms.rows import show_problems
from itoguchi.cases.models import ReferenceModel
from itoguchi.cases.views.cases import LIKENESS, area_asked
from itoguchi.cases.views.ways import area_at, do_deed, filters_of, history_page, in_japanese, own_areas, standing_of
from itoguchi.core.doors import public
from itoguchi.core.panels import panels_of
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import day_marked
from itoguchi.roadmap.models import Solution


def model_seen(request: HttpRequest, key: str) -> Any:
    """A model that the reader may read; another one is not there (1 query)."""
    return get_object_or_404(queries.models_seen_by(request.user), pk=key)


def model_written(request: HttpRequest, key: str) -> Any:
    """A model that the reader may write."""
    found = model_seen(request, key)
    if not can_write_for(request.user, found.area):
        raise PermissionDenied(NOT_YOURS)
    return found


def trail_of(model: ReferenceModel, *more: str) -> list[tuple[str, str]]:
    """The way from all models to a page of one."""
    found = [
        (_("参照モデル"), reverse("cases:model_list")),
        (str(model), model.get_absolute_url() if more else ""),
    ]
    return found + [(each, "") for each in more]


def giver_of(model: ReferenceModel) -> str:
    """Who offers it."""
    return str(model.area or _("事務局"))


COLUMNS = (
    Column(
        "title",
        gettext_lazy("題名"),
        lambda row: row.title,
        ("title",),
        link=lambda row: row.get_absolute_url(),
        show=lambda row: in_japanese(row.title),
    ),
    Column("area", gettext_lazy("提供する団体"), giver_of, ("area__code",)),
    Column(
        "solution",
        gettext_lazy("分野別モデル"),
        lambda row: row.solution.name,
        ("solution__order",),
        show=lambda row: in_japanese(row.solution),
    ),
    Column("licence", gettext_lazy("利用の条件"), lambda row: row.get_licence_display(), ("licence",)),
    Column(
        "using",
        gettext_lazy("利用中の団体"),
        lambda row: row.using,
        ("using",),
        link=lambda row: reverse("cases:reuses", args=[row.key]),
        is_number=True,
    ),
    Column(
        "published_on",
        gettext_lazy("公開した日"),
        lambda row: row.published_on,
        ("published_on",),
        show=lambda row: day_marked(row.published_on) if row.published_on else str(row.get_state_display()),
    ),
)


@public
@require_GET
def model_list(request: HttpRequest) -> HttpResponse:
    """Reference models that the reader may read: of areas like the own one, or like `?like=`, first, else the most used."""
    own = own_areas(request)
    like = area_asked(request, own)
    places = queries.places_of(like.code) if like else {}
    solutions = Solution.objects.filter(pk__in=ReferenceModel.objects.values("solution"))
    table = Table(
        request=request,
        rows=queries.by_likeness(queries.models_seen_by(request.user), places),
        columns=(*COLUMNS, LIKENESS) if places else COLUMNS,
        title=gettext_lazy("参照モデルの一覧"),
        name="reference-models",
        filters=[
            *filters_of(solutions, states=request.user.is_authenticated),
            Filter("q", gettext_lazy("言葉"), lambda rows, value: rows.filter(title__icontains=value)),
        ],
        order="likeness" if places else "-using",
        empty=_("公開された参照モデルはまだありません。"),
    )
    return table.download() or render(
        request,
        "cases/model_list.html",
        {
            "table": table,
            "own": own,
            "like": like if places else None,
            "asked_like": request.GET.get("like", "")[:40],
            "keeps": can_keep_cases(request.user),
            "today": timezone.localdate(),
            "breadcrumbs": [(_("参照モデル"), "")],
        },
    )


@public
@require_GET
def reference_model(request: HttpRequest, key: str) -> HttpResponse:
    """One model: its parts with where they come from, who uses it, what it cost and changed (12 queries)."""
    found = model_seen(request, key)
    parts = list(found.parts.select_related("case__area", "model", "file").defer("file__content"))
    costs = queries.costs_of(found)
    return render(
        request,
        "cases/reference_model.html",
        {
            "model": found,
            "record": found,
            "parts": [each for each in parts if each.ended_on is None],
            "ended": [each for each in parts if each.ended_on],
            "counts": queries.counts_of(found),
            "effects": queries.effects_of(found),
            "costs": costs,
            "cost_spread": queries.spread_of(each.value for each in costs),
            "costs_by_size": queries.costs_by_size(costs) if costs else [],
            "panels": panels_of("reference_model", found.key, user=request.user, record=found),
            "today": timezone.localdate(),
            "deed_url": reverse("cases:model_deed", args=[found.key]),
            "change_url": reverse("cases:change_model", args=[found.key]),
            "breadcrumbs": trail_of(found),
        }
        | standing_of(request, found),
    )


@require_http_methods(["GET", "POST"])
def offer_model(request: HttpRequest, code: str) -> HttpResponse:
    """The form for a new model of an area, or of the secretariat."""
    area = area_at(code) if code else None
    if not can_write_for(request.user, area):
        raise PermissionDenied(NOT_YOURS)
    return _form_page(request, area, None)


@require_http_methods(["GET", "POST"])
def change_model(request: HttpRequest, key: str) -> HttpResponse:
    """The form that puts a model right."""
    found = model_written(request, key)
    return _form_page(request, found.area, found)


def _form_page(request: HttpRequest, area: Area | None, known: ReferenceModel | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form, measures = ModelForm(data, area=area, model=known), measures_of(known, data)
    if data is not None and all([form.is_valid(), measures.is_valid()]):
        try:
            facts = form.facts(measures)
            if known:
                made = actions.change_model(known, facts, by=request.user, why=form.cleaned_data["why"])
            else:
                made = actions.offer_model(form.cleaned_data["key"], area, facts, by=request.user)
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("参照モデルを保存しました。写せる部分を加えてください。"))
            return redirect(made)
    title = _("参照モデルを直す") if known else _("参照モデルを作る")
    trail = trail_of(known, title) if known else [(_("参照モデル"), reverse("cases:model_list")), (title, "")]
    return render(
        request,
        "cases/model_form.html",
        {
            "title": title,
            "giver": area or _("事務局"),
            "form": form,
            "measures": measures,
            "back": known.get_absolute_url() if known else reverse("cases:model_list"),
            "breadcrumbs": trail,
        },
        status=200 if data is None else 422,
    )


@require_GET
def model_history(request: HttpRequest, key: str) -> HttpResponse:
    """Who changed what of a model."""
    found = model_seen(request, key)
    return history_page(request, found, trail_of(found, _("変更の記録")))


@require_POST
def model_deed(request: HttpRequest, key: str) -> HttpResponse:
    """Ask, decide, open anew, end."""
    return do_deed(request, model_seen(request, key))
