"""Pages of questions: asking, answering to everybody at one moment, noting who read, and the log that proves it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.core.doors import public
from itoguchi.core.journal import history_of
from itoguchi.exchange import actions, queries
from itoguchi.exchange.access import can_open_problems_of, organisations_of
from itoguchi.exchange.actions.questions import NOT_ANSWERING
from itoguchi.exchange.forms.problems import AnswerForm, AskForm
from itoguchi.exchange.views.problems import POSTS, attempt, form_page, posted, problem_owned, problem_seen, trail_of


@require_http_methods(POSTS)
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for a question, in the name of an organisation."""
    seen, keys = problem_seen(request, pk), organisations_of(request.user)
    if not keys:
        raise PermissionDenied(NOT_ANSWERING)
    form = AskForm(posted(request), organisations=keys)
    if form.is_valid() and attempt(form, lambda: actions.ask(seen, **form.cleaned_data, by=request.user)):
        messages.success(request, _("質問しました。回答は、全員が同じ時から読めます。"))
        return redirect(f"{seen.get_absolute_url()}#questions")
    return form_page(request, seen, form, title=_("質問する"), button=_("質問する"))


@require_http_methods(POSTS)
def answer(request: HttpRequest, pk: int, question: int) -> HttpResponse:
    """The form that answers a question, or puts an answer right by one more."""
    owned = problem_owned(request, pk)
    asked = get_object_or_404(owned.questions.all(), pk=question)
    form = AnswerForm(posted(request))
    if form.is_valid() and attempt(form, lambda: actions.answer_question(asked, **form.cleaned_data, by=request.user)):
        messages.success(request, _("回答しました。全員が同じ時から読めます。"))
        return redirect(f"{owned.get_absolute_url()}#questions")
    lead = _("見せた回答は、直すことも消すこともできません。誤りは、もう一つ回答して正します。")
    return form_page(
        request, owned, form, title=_("質問に答える"), button=_("全員に回答する"), lead=lead, quoted=asked.text
    )


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the reader has the answers on the screen; htmx sends it when the page is there, others press a button."""
    seen = problem_seen(request, pk)
    actions.note_reading(seen, by=request.user)
    if request.htmx:
        return render(request, "exchange/_read.html", {"problem": seen})
    return redirect(f"{seen.get_absolute_url()}#questions")


@public
@require_GET
def log(request: HttpRequest, pk: int) -> HttpResponse:
    """The proof that all had the same: one moment for each answer, and who read it first when."""
    seen = problem_seen(request, pk)
    is_owner = can_open_problems_of(request.user, seen.need.area)
    return render(
        request,
        "exchange/log.html",
        {
            "problem": seen,
            "is_owner": is_owner,
            "history": history_of(seen) if is_owner else [],
            "proofs": queries.proofs_of(seen, request.user),
            "breadcrumbs": trail_of(seen, _("情報が等しいことの記録")),
        },
    )
