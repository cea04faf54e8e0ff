"""What is done with a plan: comments and answers, asking and deciding, opening it anew, feeding the records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from itoguchi.plans import actions, queries
from itoguchi.plans.access import can_comment_on
from itoguchi.plans.actions.comments import NOT_YOURS
from itoguchi.plans.content import Heading
from itoguchi.plans.forms.plans import CommentForm, show_problems
from itoguchi.plans.views.plans import plan_drafted, plan_page, plan_written, trail_of


def tell(request: HttpRequest, deed: Callable[[], Any], done: str) -> bool:
    """Do a deed and say what came of it; one's own draft is refused in words, not with an error page."""
    try:
        deed()
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return False
    messages.success(request, done)
    return True


@require_POST
def comment(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Say something to a section."""
    plan = plan_drafted(request, pk)
    if key not in Heading.values:
        raise Http404
    if not can_comment_on(request.user, plan):
        raise PermissionDenied(NOT_YOURS)
    form = CommentForm(request.POST)
    if form.is_valid():
        try:
            actions.comment_on(plan, key, form.cleaned_data["text"], by=request.user, today=timezone.localdate())
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("意見を書きました。団体の担当者に知らされます。"))
            return redirect(f"{plan.get_absolute_url()}#{key}")
    return plan_page(request, plan, form, key)


@require_POST
def comment_deed(request: HttpRequest, pk: int, comment: int) -> HttpResponse:
    """Answer a comment, or say that it is settled."""
    plan = plan_drafted(request, pk)
    found = get_object_or_404(plan.comments, pk=comment)
    today, user = timezone.localdate(), request.user
    match request.POST.get("deed", ""):
        case "answer":
            answer = request.POST.get("answer", "")[:2000].replace("\x00", "")
            tell(request, lambda: actions.answer_comment(found, answer, by=user, today=today), _("回答しました。"))
        case "resolve":
            tell(request, lambda: actions.resolve_comment(found, by=user), _("解決にしました。"))
        case _other:
            raise Http404
    return redirect(f"{plan.get_absolute_url()}#{found.section}")


@require_POST
def plan_deed(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for approval, decide, or write on in an approved plan."""
    plan, today, user = plan_written(request, pk), timezone.localdate(), request.user
    remark = request.POST.get("remark", "")[:1000].replace("\x00", "")
    deed = request.POST.get("deed", "")
    done = {
        "approve": _("承認しました。"),
        "send_back": _("差し戻しました。"),
        "withdraw": _("取り下げました。"),
    }
    try:
        if deed == "ask":
            tell(
                request,
                lambda: actions.ask_for_approval(plan, by=user, reason=remark),
                _("承認を求めました。同じ団体の別の担当者が決裁します。"),
            )
        elif deed == "reopen":
            tell(
                request,
                lambda: actions.reopen_plan(plan, by=user, why=remark),
                _("直せるようにしました。次に承認されるまで、ほかの方には前に承認された版を示します。"),
            )
        elif deed in done:
            tell(
                request,
                lambda: actions.decide_on_plan(plan, deed=deed, by=user, today=today, remark=remark),
                done[deed],
            )
        else:
            raise Http404
    except PermissionDenied as refused:
        messages.error(request, str(refused))
    return redirect(plan)


@require_http_methods(["GET", "POST"])
def plan_records(request: HttpRequest, pk: int) -> HttpResponse:
    """What the plan would add to the area's records, and, once chosen, writing it there."""
    plan, today = plan_written(request, pk), timezone.localdate()
    feeds = queries.feeds_of(plan, today)
    if request.method == "POST":
        chosen = set(request.POST.getlist("solutions"))
        wanted = [each.solution for each in feeds if each.solution.pk in chosen]
        if tell(
            request,
            lambda: actions.feed_records(plan, wanted, by=request.user, today=today),
            _("実装の記録に、段階「計画」を書きました。"),
        ):
            return redirect("roadmap:uses", plan.area.code)
    may_feed = any(not each.why_not for each in feeds)
    shown = {
        "plan": plan,
        "feeds": feeds,
        "may_feed": may_feed,
        "today": today,
        "breadcrumbs": trail_of(plan, _("記録に書く")),
    }
    return render(request, "plans/records.html", shown, status=422 if request.method == "POST" else 200)
