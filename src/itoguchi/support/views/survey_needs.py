"""Needs said in a survey: what an area answered in its own words becomes a need with one click, and only once."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.roadmap.access import can_record_for
from itoguchi.roadmap.models import Answer
from itoguchi.support import queries
from itoguchi.support.access import can_write_needs_of
from itoguchi.support.views.needs import NOT_YOURS, form_page
from itoguchi.support.views.schemes import japanese

NOT_SEEN = gettext_lazy("回答を見られるのは、その団体・都道府県と事務局だけです。")


def _answer_seen(request: HttpRequest, pk: int, *, is_written_about: bool = False) -> Answer:
    """An answer that was given; one sent back while somebody writes about it is seen by them still."""
    found = get_object_or_404(Answer.objects.select_related("survey", "area__block"), pk=pk)
    if not can_record_for(request.user, found.area):
        raise PermissionDenied(NOT_SEEN)
    if not (found.is_in or (is_written_about and found.state == Answer.State.RETURNED)):
        raise Http404
    return found


@require_GET
def panel_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """What an answer says in words, each with its need or the way to one; without scripts the page of the answer."""
    answer = _answer_seen(request, pk)
    if not request.htmx:
        return redirect("roadmap:answer", answer.survey_id, answer.area.code)
    return render(
        request,
        "support/_answer_needs.html",
        {
            "answer": answer,
            "rows": queries.said_in(answer),
            "may_write": can_write_needs_of(request.user, answer.area),
        },
    )


@require_http_methods(["GET", "POST"])
def need_of_answer(request: HttpRequest, pk: int, question: int) -> HttpResponse:
    """The form of a need, filled with what was answered; where it was entered already, that need."""
    answer = _answer_seen(request, pk, is_written_about=request.method == "POST")
    said = next((each for each in queries.said_in(answer) if each.question.pk == question), None)
    if said is None:
        raise Http404
    if said.need:
        return redirect(said.need)
    if not can_write_needs_of(request.user, answer.area):
        raise PermissionDenied(NOT_YOURS)
    way = [
        (japanese(str(answer.survey)), answer.survey.get_absolute_url()),
        (answer.area.name, reverse("roadmap:answer", args=[answer.survey_id, answer.area.code])),
    ]
    return form_page(request, answer.area, None, said=said, way=way)
