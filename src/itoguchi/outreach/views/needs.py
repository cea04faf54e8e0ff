"""Needs heard at a briefing or on a visit: written down once, in the room that keeps them, with where they were heard."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from itoguchi.areas.models import Block
from itoguchi.core.templatetags.core import day as written
from itoguchi.outreach import queries
from itoguchi.outreach.access import can_log_visits, can_log_visits_in, can_see
from itoguchi.outreach.forms import HeardNeedForm, show_problems
from itoguchi.support.actions import NeedFacts, record_need
from itoguchi.support.models import Need
from itoguchi.support.queries import proposals

NOT_HEARD = gettext_lazy("説明会や訪問で聞いたニーズを書けるのは、総合通信局等と事務局だけです。")


@require_http_methods(["GET", "POST"])
def need_of_briefing(request: HttpRequest, slug: str) -> HttpResponse:
    """The form for a need that was heard at a briefing."""
    heard = get_object_or_404(queries.with_drafts(), slug=slug)
    if not can_see(request.user, heard):
        raise Http404
    if not can_log_visits(request.user):
        raise PermissionDenied(NOT_HEARD)
    block = heard.prefecture.block if heard.prefecture else None
    way = [(_("説明会"), reverse("outreach:coverage")), (written(heard.day), heard.get_absolute_url())]
    return _form_page(request, Need.Heard.BRIEFING, heard.address, heard.day, block, way, area="")


@require_http_methods(["GET", "POST"])
def need_of_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for a need that was heard on a visit; where it went to one area alone, that area is filled in."""
    heard = get_object_or_404(queries.visits_for(request.user), pk=pk)
    if not can_log_visits_in(request.user, heard.block):
        raise PermissionDenied(NOT_HEARD)
    way = [(_("訪問記録"), reverse("outreach:visit_list")), (written(heard.day), heard.get_absolute_url())]
    area = f"{heard.of_areas[0].name}（{heard.of_areas[0].code}）" if len(heard.of_areas) == 1 else ""
    return _form_page(request, Need.Heard.VISIT, f"/briefings/visits/{pk}", heard.day, heard.block, way, area=area)


def _form_page(
    request: HttpRequest,
    heard: Need.Heard,
    heard_at: str,
    heard_on: date,
    block: Block | None,
    way: list[tuple[str, str]],
    *,
    area: str,
) -> HttpResponse:
    form = HeardNeedForm(request.POST if request.method == "POST" else None, block=block, initial={"area": area})
    if form.is_valid():
        said = form.cleaned_data
        today = timezone.localdate()
        field = said["field"] or next((each.thing for each in proposals(said["text"], today)[0]), None)
        facts = NeedFacts(title="", text=said["text"], is_internal=said["is_internal"], field=field)
        how = {"by": request.user, "today": today, "heard_at": heard_at, "heard_on": heard_on}
        try:
            made = record_need(said["area"], facts, heard=heard, **how)
        except PermissionDenied as refused:
            form.add_error("area", str(refused))
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("聞いたニーズを保存しました。合う支援メニューを下に示します。"))
            if field is None:
                messages.warning(request, _("分野が分かりません。分野を選ぶまで、満たされていないニーズに数えません。"))
            elif not said["field"]:
                messages.info(
                    request, _("分野は、言葉から「%(field)s」としました。違うときは直してください。") % {"field": field}
                )
            return redirect(made)
    title = _("聞いたニーズを書く")
    return render(
        request,
        "outreach/heard_need_form.html",
        {"title": title, "form": form, "button": _("保存する"), "breadcrumbs": [*way, (title, "")]},
        status=422 if form.is_bound else 200,
    )
