"""Pages of proposals: proposing, one's own proposal, withdrawing it, and opening them all."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.core.journal import history_of
from itoguchi.core.uploads import hand_out
from itoguchi.exchange import actions, queries
from itoguchi.exchange.access import can_answer_for, organisations_of
from itoguchi.exchange.actions.questions import NOT_ANSWERING
from itoguchi.exchange.forms.proposals import ProposalForm
from itoguchi.exchange.models import Proposal
from itoguchi.exchange.views.problems import (
    POSTS,
    attempt,
    form_page,
    posted,
    problem_owned,
    problem_seen,
    tell,
    trail_of,
)


def proposal_seen(request: HttpRequest, pk: UUID) -> Proposal:
    """A proposal that the user may see; another one is not there, whether it is or not."""
    return get_object_or_404(queries.proposals_seen_by(request.user), pk=pk)


@require_http_methods(POSTS)
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for a proposal, filled with the one that it would replace."""
    seen, keys = problem_seen(request, pk), organisations_of(request.user)
    if not keys:
        raise PermissionDenied(NOT_ANSWERING)
    known = next(iter(queries.own_proposals(seen, request.user)), None)
    form = ProposalForm(posted(request), request.FILES or None, organisations=keys, known=known)
    if form.is_valid() and attempt(
        form,
        lambda: actions.propose(seen, form.facts(), organisation=form.cleaned_data["organisation"], by=request.user),
    ):
        messages.success(request, _("提案を受け取りました。締切までは、差し替えることも取り下げることもできます。"))
        return redirect(next(iter(queries.own_proposals(seen, request.user))))
    lead = _("締切のあとに開けられるまで、提案があることも、題名も、あなたの組織のほかにはだれにも見えません。")
    title = _("提案を差し替える") if known else _("提案する")
    return form_page(request, seen, form, title=title, button=_("提案を出す"), lead=lead, has_file=True)


@require_GET
def proposal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One proposal, for its own organisation and those who may see it once it is opened."""
    seen = proposal_seen(request, pk)
    problem = problem_seen(request, seen.problem_id)
    is_own = can_answer_for(request.user, seen.organisation_id)
    rater = None if is_own else queries.rater_of(problem, request.user)
    return render(
        request,
        "exchange/proposal.html",
        {
            "proposal": seen,
            "problem": problem,
            "is_own": is_own,
            "is_open": queries.phase_of(problem, problem.now).key in {"asking", "proposing"},
            "may_rate": rater is not None and rater.finished_at is None and problem.state == "opened",
            "history": history_of(seen) if is_own else [],
            "breadcrumbs": trail_of(problem, str(seen)),
        },
    )


@require_GET
def proposal_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The file of a proposal."""
    seen = proposal_seen(request, pk)
    if seen.file is None:
        raise Http404
    return hand_out(seen.file, f"proposal-{str(pk)[:8]}")


@require_POST
def withdraw_proposal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take one's own proposal back."""
    seen = proposal_seen(request, pk)
    tell(request, lambda: actions.withdraw_proposal(seen, by=request.user), _("提案を取り下げました。"))
    return redirect(seen)


@require_POST
def open_all(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the proposals of a problem after its deadline."""
    owned = problem_owned(request, pk)
    tell(request, lambda: actions.open_proposals(owned, by=request.user), _("提案を開けました。"))
    return redirect(owned)
