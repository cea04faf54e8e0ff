"""The versions of a plan: who saved what and why, two side by side, and back to an old one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from itoguchi.core.journal import history_of
from itoguchi.plans import actions, queries
from itoguchi.plans.access import can_plan_for
from itoguchi.plans.content import Heading, content_from
from itoguchi.plans.views.deeds import tell
from itoguchi.plans.views.plans import plan_drafted, plan_written, trail_of


@require_GET
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """All versions, two of them compared (`?old=&new=`, else the last two), and the journal."""
    plan = plan_drafted(request, pk)
    found = queries.versions_of(plan)
    by_number = {str(each.number): each for each in found}
    new = by_number.get(request.GET.get("new", ""), found[0])
    old = by_number.get(request.GET.get("old", ""), by_number.get(str(new.number - 1), new))
    labels = dict(Heading.choices)
    return render(
        request,
        "plans/versions.html",
        {
            "plan": plan,
            "versions": [(each, labels.get(each.section, "")) for each in found],
            "old": old,
            "new": new,
            "differences": queries.differences(content_from(old.content), content_from(new.content)),
            "may_restore": can_plan_for(request.user, plan.area) and plan.is_being_written,
            "latest": found[0].number,
            "history": history_of(plan),
            "breadcrumbs": trail_of(plan, _("版と変更の記録")),
        },
    )


@require_POST
def restore(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Let the plan say again what it said in an old version."""
    plan = plan_written(request, pk)
    tell(
        request,
        lambda: actions.restore_version(plan, number, by=request.user),
        _("第%(number)s版の文と費用に戻しました。戻す前の版も残っています。") % {"number": number},
    )
    return redirect(plan)
