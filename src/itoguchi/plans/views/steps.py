"""Forms of what a plan wants done and reached."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from itoguchi.plans import actions
from itoguchi.plans.forms.plans import ActionForm, AimForm, show_problems
from itoguchi.plans.views.deeds import tell
from itoguchi.plans.views.plans import form_page, plan_written


@require_http_methods(["GET", "POST"])
def plan_action(request: HttpRequest, pk: int, action: int | None = None) -> HttpResponse:
    """Write down something to do, put it right, or strike it out."""
    plan = plan_written(request, pk)
    known = get_object_or_404(plan.actions, pk=action) if action else None
    back = f"{plan.get_absolute_url()}#schedule"
    if known and request.POST.get("deed") == "remove":
        tell(request, lambda: actions.remove_action(known, by=request.user), _("消しました。"))
        return redirect(back)
    form = ActionForm(request.POST if request.method == "POST" else None, action=known)
    if form.is_valid():
        try:
            actions.plan_action(plan, **form.cleaned_data, by=request.user, action=known)
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("保存しました。"))
            return redirect(back)
    title = _("することを直す") if known else _("することを加える")
    return form_page(request, plan, form, title=title, button=_("保存する"), remove=_("消す") if known else "")


@require_POST
def tick(request: HttpRequest, pk: int, action: int) -> HttpResponse:
    """Mark something as done, or take that back."""
    plan = plan_written(request, pk)
    known = get_object_or_404(plan.actions, pk=action)
    is_done = request.POST.get("done") == "yes"
    actions.tick_action(known, is_done=is_done, by=request.user, today=timezone.localdate())
    messages.success(request, _("済みにしました。") if is_done else _("これからに戻しました。"))
    return redirect(f"{plan.get_absolute_url()}#schedule")


@require_http_methods(["GET", "POST"])
def plan_kpi(request: HttpRequest, pk: int, aim: int | None = None) -> HttpResponse:
    """Aim at a KPI of the roadmap, set the target, or aim at it no more."""
    plan = plan_written(request, pk)
    known = get_object_or_404(plan.kpis.select_related("kpi__solution"), pk=aim) if aim else None
    back = f"{plan.get_absolute_url()}#aim"
    if known and request.POST.get("deed") == "remove":
        tell(request, lambda: actions.drop_aim(known, by=request.user), _("計画から外しました。"))
        return redirect(back)
    form = AimForm(request.POST if request.method == "POST" else None, aim=known)
    if form.is_valid():
        said: dict[str, Any] = form.cleaned_data
        kpi = known.kpi if known else said["kpi"]
        try:
            actions.aim_at(plan, kpi, target=said["target"], by_day=said["by_day"], by=request.user)
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("保存しました。"))
            return redirect(back)
    title = _("KPIの目標を書く") if known else _("KPIを加える")
    lead = str(known.kpi) if known else ""
    return form_page(
        request, plan, form, title=title, button=_("保存する"), lead=lead, remove=_("計画から外す") if known else ""
    )
