"""Pages of rating: who rates, what stands in the way, points for one proposal, and all of them side by side to choose from."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from itoguchi.exchange import actions, queries
from itoguchi.exchange.access import can_see_ratings
from itoguchi.exchange.actions.ratings import NOT_RATING, STEPPED_BACK
from itoguchi.exchange.forms.problems import RaterForm
from itoguchi.exchange.forms.proposals import ChooseForm, DeclareForm, RatingForm
from itoguchi.exchange.models import Problem, Rater
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
from itoguchi.exchange.views.proposals import proposal_seen


def _rater(request: HttpRequest, problem: Problem) -> Rater:
    """The reader as a rater of the problem; who was not asked, or stepped back, is told so."""
    found = queries.rater_of(problem, request.user)
    if found is None:
        raise PermissionDenied(NOT_RATING)
    if found.declares == Rater.Declares.CONFLICT:
        raise PermissionDenied(STEPPED_BACK)
    return found


@require_http_methods(POSTS)
def raters(request: HttpRequest, pk: int) -> HttpResponse:
    """Who rates, how far each is, and the form that asks one more."""
    owned = problem_owned(request, pk)
    form = RaterForm(posted(request))
    if form.is_valid() and attempt(
        form, lambda: actions.appoint_rater(owned, form.cleaned_data["account"], by=request.user)
    ):
        messages.success(request, _("評価を頼みました。"))
        return redirect("exchange:raters", pk)
    rows = owned.raters.select_related("account")
    return form_page(request, owned, form, title=_("評価者"), button=_("評価を頼む"), raters=rows)


@require_http_methods(POSTS)
def declare(request: HttpRequest, pk: int) -> HttpResponse:
    """The form in which a rater says what stands in the way, before seeing anything."""
    seen = problem_seen(request, pk)
    _rater(request, seen)
    form = DeclareForm(posted(request))

    def deed() -> None:
        said = form.cleaned_data
        if said["declares"] == "free":
            actions.declare_free(seen, by=request.user)
        else:
            actions.declare_conflict(seen, said["why"], by=request.user)

    if form.is_valid() and attempt(form, deed):
        messages.success(request, _("申告を記録しました。"))
        return redirect(seen)
    lead = _("提案を見る前に、必ず申告します。")
    return form_page(request, seen, form, title=_("利害関係の申告"), button=_("申告する"), lead=lead)


@require_http_methods(POSTS)
def rate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The form for points and reasons for one proposal, by the criteria that were published."""
    proposal = proposal_seen(request, pk)
    problem = problem_seen(request, proposal.problem_id)
    rater = _rater(request, problem)
    given = {each.criterion_id: each for each in rater.ratings.filter(proposal=proposal)}
    form = RatingForm(posted(request), criteria=list(problem.criteria.all()), given=given)
    if form.is_valid() and attempt(form, lambda: actions.rate(proposal, form.points(), by=request.user)):
        messages.success(request, _("点を保存しました。すべての提案に点をつけたら、評価を提出してください。"))
        return redirect("exchange:compare", problem.pk)
    title = _("「%(title)s」を評価する") % {"title": proposal.title}
    return form_page(request, problem, form, title=title, button=_("点を保存する"), quoted=proposal.text, back=proposal)


@require_POST
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand one's points in."""
    seen = problem_seen(request, pk)
    _rater(request, seen)
    tell(request, lambda: actions.finish_rating(seen, by=request.user), _("評価を提出しました。"))
    return redirect("exchange:compare", pk)


@require_http_methods(POSTS)
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Proposals side by side: for a rater with the own points, for the area, once all are in, with everybody's, to choose."""
    seen = problem_seen(request, pk)
    rater = queries.rater_of(seen, request.user)
    if rater is not None and rater.declares == Rater.Declares.CONFLICT:
        raise PermissionDenied(STEPPED_BACK)
    sees_points = can_see_ratings(request.user, seen)
    proposals = list(queries.proposals_seen_by(request.user).filter(problem=seen, is_withdrawn=False))
    if rater is None and not sees_points:
        raise PermissionDenied(NOT_RATING)
    waiting = queries.who_still_rates(seen) if sees_points else []
    prefetch_related_objects([seen], "criteria")
    criteria = list(seen.criteria.all())
    given = queries.points_of(rater) if rater else {}
    compared = queries.compared(seen) if sees_points and not waiting else []
    form = ChooseForm(posted(request), proposals=proposals)
    may_choose = sees_points and not waiting and seen.state == Problem.State.OPENED

    def deed() -> None:
        said = form.cleaned_data
        chosen = next((each for each in proposals if str(each.pk) == said["proposal"]), None)
        if chosen is None:
            actions.choose_none(seen, said["why"], by=request.user)
        else:
            actions.choose(chosen, said["why"], by=request.user)

    if request.method == "POST" and not sees_points:
        raise PermissionDenied(NOT_RATING)
    if form.is_valid() and attempt(form, deed):
        messages.success(request, _("決めました。だれでも読めます。"))
        return redirect(seen)
    return render(
        request,
        "exchange/compare.html",
        {
            "problem": seen,
            "rater": rater,
            "criteria": criteria,
            "own": [(each, [(one, given.get((str(each.pk), one.pk))) for one in criteria]) for each in proposals],
            "may_rate": rater is not None
            and rater.declares == Rater.Declares.FREE
            and rater.finished_at is None
            and seen.state == Problem.State.OPENED,
            "sees_points": sees_points,
            "waiting": waiting,
            "compared": [(each, [(one, each.by_criterion[one.pk]) for one in criteria]) for each in compared],
            "number": max((len(each.by_rater) for each in compared), default=0),
            "form": form,
            "may_choose": may_choose,
            "breadcrumbs": trail_of(seen, _("提案をくらべる")),
        },
        status=422 if form.is_bound else 200,
    )
