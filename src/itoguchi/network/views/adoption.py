"""Pages on which the secretariat writes down a recommendation that a meeting adopted, clause by clause."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from itoguchi.network import actions, queries
from itoguchi.network.access import can_enter
from itoguchi.network.forms import ClauseForm, DropForm, RecommendationForm
from itoguchi.network.models import Clause, Recommendation
from itoguchi.network.views.bodies import deed_page, drop_page
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.recommendations import in_japanese


def _only_secretariat(request: HttpRequest) -> None:
    if not can_enter(request.user):
        raise PermissionDenied(actions.NOT_WRITING_DOWN)


@require_http_methods(GET_AND_POST)
def keep_recommendation(request: HttpRequest, key: str = "") -> HttpResponse:
    """The form of a new recommendation, or of what is said of one."""
    _only_secretariat(request)
    known = get_object_or_404(Recommendation, key=key) if key else None
    form = RecommendationForm(request.POST if request.method == "POST" else None, known=known)

    def deed() -> Recommendation:
        said = form.cleaned_data
        return actions.keep_recommendation(
            key or said["key"], form.facts(), by=request.user, why=said.get("why", ""), is_new=known is None
        )

    made = attempt(form, deed)
    if made is not None:
        messages.success(request, _("直しました。") if known else _("提言を記録しました。続けて項目を加えてください。"))
        return redirect(made)
    title = _("提言を直す") if known else _("提言を記録する")
    trail = [(_("提言と措置状況"), reverse("network:clauses"))]
    trail += [(in_japanese(known.name), known.get_absolute_url())] if known else []
    return deed_page(request, form, title=title, button=_("保存する"), trail=trail)


@require_http_methods(GET_AND_POST)
def keep_clause(request: HttpRequest, key: str = "", slug: str = "") -> HttpResponse:
    """The form of a new clause of a recommendation, or of one that is there."""
    _only_secretariat(request)
    known = get_object_or_404(Clause.objects.select_related("recommendation"), slug=slug) if slug else None
    of = known.recommendation if known else get_object_or_404(Recommendation, key=key)
    form = ClauseForm(request.POST if request.method == "POST" else None, known=known)
    made = attempt(
        form,
        lambda: actions.keep_clause(
            of, form.facts(), by=request.user, why=form.cleaned_data.get("why", ""), clause=known
        ),
    )
    if made is not None:
        messages.success(request, _("直しました。") if known else _("項目を加えました。"))
        return redirect(made if known else of)
    title = _("項目を直す") if known else _("項目を加える")
    trail = [(_("提言と措置状況"), reverse("network:clauses")), (in_japanese(of.name), of.get_absolute_url())]
    trail += [(in_japanese(str(known)), known.get_absolute_url())] if known else []
    return deed_page(request, form, title=title, button=_("保存する"), trail=trail)


@require_http_methods(GET_AND_POST)
def drop_clause(request: HttpRequest, slug: str) -> HttpResponse:
    """Asked once more: a clause that was entered by mistake goes, unless something refers to it."""
    _only_secretariat(request)
    known = get_object_or_404(Clause.objects.select_related("recommendation"), slug=slug)
    of = known.recommendation
    form = DropForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda: actions.drop_clause(known, **form.cleaned_data, by=request.user) or True):
        messages.success(request, _("項目を消しました。消した記録は残ります。"))
        return redirect(of)
    return drop_page(
        request,
        form,
        title=_("項目を消す"),
        trail=[
            (in_japanese(of.name), of.get_absolute_url()),
            (in_japanese(str(known)), known.get_absolute_url()),
        ],
        lead=str(known),
        hint=_("まちがえて記録した項目を消します。文と消した理由は、記録に残ります。"),
        mentions=queries.mentions_of_clause(known),
    )
