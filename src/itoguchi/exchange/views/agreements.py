"""Pages after the choice: what was spoken about, ending the talks, and the agreement."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from itoguchi.exchange import actions
from itoguchi.exchange.access import can_answer_for, can_open_problems_of
from itoguchi.exchange.actions.problems import NOT_YOURS
from itoguchi.exchange.forms.problems import WhyForm
from itoguchi.exchange.forms.proposals import AgreementForm, TalkForm
from itoguchi.exchange.models import Choice, Problem
from itoguchi.exchange.views.problems import POSTS, attempt, form_page, posted, problem_owned, problem_seen


def _choice(problem: Problem) -> Choice:
    """The proposal that is talked about; none, nothing is there."""
    rows = problem.choices.filter(ended_on=None).select_related("proposal__organisation", "problem__need__area")
    found = rows.first()
    if found is None:
        raise Http404
    return found


@require_http_methods(POSTS)
def talk(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for what was spoken about, for both sides."""
    seen = problem_seen(request, pk)
    choice, today, user = _choice(seen), timezone.localdate(), request.user
    if not (can_open_problems_of(user, seen.need.area) or can_answer_for(user, choice.proposal.organisation_id)):
        raise PermissionDenied(NOT_YOURS)
    form = TalkForm(posted(request), initial={"day": today.isoformat()})
    if form.is_valid() and attempt(form, lambda: actions.note_talk(choice, **form.cleaned_data, by=user, today=today)):
        messages.success(request, _("協議を記録しました。"))
        return redirect(seen)
    lead = _("団体と、選ばれた組織だけが読めます。")
    return form_page(request, seen, form, title=_("協議を記録する"), button=_("記録する"), lead=lead)


@require_http_methods(POSTS)
def end_talks(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that ends talks which led to nothing."""
    owned = problem_owned(request, pk)
    choice, today = _choice(owned), timezone.localdate()
    form = WhyForm(posted(request))
    if form.is_valid() and attempt(
        form, lambda: actions.end_talks(choice, form.cleaned_data["why"], by=request.user, today=today)
    ):
        messages.success(request, _("協議を終えました。ほかの提案を選べます。"))
        return redirect("exchange:compare", pk)
    return form_page(request, owned, form, title=_("協議を終える（合意なし）"), button=_("協議を終える"))


@require_http_methods(POSTS)
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for what was agreed; it writes the stage into the area's records."""
    owned = problem_owned(request, pk)
    choice, today = _choice(owned), timezone.localdate()
    wanted = owned.need.solutions.first()
    initial = {
        "agreed_on": today.isoformat(), "solution": wanted and wanted.pk, "cost_yen": choice.proposal.cost_yen,
    }  # fmt: skip
    form = AgreementForm(posted(request), initial=initial)
    if form.is_valid() and attempt(form, lambda: actions.agree(choice, form.facts(), by=request.user, today=today)):
        messages.success(request, _("合意を記録しました。実装の記録に段階を書きました。"))
        return redirect(owned)
    lead = _("合意すると、選んだ分野別モデルの段階が、この団体の実装の記録に書かれます。")
    return form_page(request, owned, form, title=_("合意を記録する"), button=_("合意を記録する"), lead=lead)
