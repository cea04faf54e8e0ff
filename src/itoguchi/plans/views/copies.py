"""Copying parts of a reference model into a plan, taking them out, and the box that offers it on the model's page."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.accounts.access import memberships_of
from itoguchi.cases.models import ModelPart, ReferenceModel
from itoguchi.cases.queries import models_seen_by
from itoguchi.core.doors import public
from itoguchi.core.uploads import hand_out
from itoguchi.plans import actions, queries
from itoguchi.plans.access import can_see_draft
from itoguchi.plans.models import CopiedPart, Plan
from itoguchi.plans.queries.copies import PLACES
from itoguchi.plans.views.deeds import tell
from itoguchi.plans.views.plans import content_for, plan_seen, plan_written, trail_of

OFFERED = 30


@require_GET
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Which reference model to copy from."""
    plan = plan_written(request, pk)
    models = queries.models_to_copy(plan, request.user)
    if words := request.GET.get("q", "")[:100].replace("\x00", "").strip():
        models = models.filter(title__icontains=words)
    title = _("参照モデルから写す")
    shown = {"plan": plan, "models": models[:OFFERED], "words": words, "title": title}
    return render(request, "plans/copy.html", shown | {"breadcrumbs": trail_of(plan, title)})


@require_http_methods(["GET", "POST"])
def copy_parts(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Choose parts of a model, each with where it comes from and into which section it goes."""
    plan = plan_written(request, pk)
    model: ReferenceModel = get_object_or_404(models_seen_by(request.user), pk=key)
    parts = queries.parts_to_copy(model, plan)
    chosen = set(request.POST.getlist("parts"))
    problems: list[str] = []
    if request.method == "POST":
        wanted = list(model.parts.filter(pk__in=[int(each) for each in chosen if each.isdecimal() and len(each) < 10]))
        try:
            made = actions.copy_model(plan, model, wanted, by=request.user, today=timezone.localdate())
        except ValidationError as refused:
            problems = refused.messages
        else:
            messages.success(request, _("%(number)s個の部分を、出典とともに写しました。") % {"number": len(made)})
            return redirect(f"{plan.get_absolute_url()}#copied")
    title = _("写す部分を選ぶ")
    return render(
        request,
        "plans/copy_parts.html",
        {
            "plan": plan,
            "model": model,
            "parts": [(each, PLACES[ModelPart.Kind(each.kind)].label, str(each.pk) in chosen) for each in parts],
            "problems": problems,
            "title": title,
            "breadcrumbs": trail_of(plan, title),
        },
        status=422 if problems else 200,
    )


@require_POST
def remove_copy(request: HttpRequest, pk: int, copied: int) -> HttpResponse:
    """Take a copied part out, with a reason."""
    plan = plan_written(request, pk)
    row = get_object_or_404(plan.copies.select_related("plan"), pk=copied)
    why, today = request.POST.get("why", "")[:300].replace("\x00", ""), timezone.localdate()
    tell(
        request,
        lambda: actions.remove_copy(row, why=why, by=request.user, today=today),
        _("写した部分を外しました。わけは計画に残ります。"),
    )
    return redirect(f"{plan.get_absolute_url()}#copied")


@public
@require_GET
def copied_file(request: HttpRequest, copied: int) -> HttpResponse:
    """The file that came with a copied part, for who reads that part in the plan."""
    row = get_object_or_404(CopiedPart.objects.select_related("file"), pk=copied)
    plan = plan_seen(request, row.plan_id)
    sees_draft = can_see_draft(request.user, plan)
    content, _number, _state = content_for(plan, sees_draft=sees_draft, copies=queries.copies_of(plan))
    if row.file is None or all(each.key != row.pk for each in content.copies):
        raise Http404
    return hand_out(row.file, f"copied-{row.pk}", is_private=plan.is_internal)


@public
@require_GET
def panel_model(request: HttpRequest, key: str) -> HttpResponse:
    """Own plans into which a model can be copied; without scripts, or for others, the model's page."""
    model: ReferenceModel = get_object_or_404(models_seen_by(request.user), pk=key)
    areas = [each.area_id for each in memberships_of(request.user) if each.area_id]
    if not request.htmx or not areas:
        return redirect(model)
    plans: list[Plan] = queries.plans_to_copy_into(model, areas)
    own = [each.area for each in getattr(request.user, "terms", ()) if each.area_id in areas]
    return render(request, "plans/_copy.html", {"model": model, "plans": plans[:OFFERED], "own": own})
