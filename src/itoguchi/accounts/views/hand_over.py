"""Pages on which an officer passes a role on, somebody else decides, and the successor goes on with what is open."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.accounts import actions, queries
from itoguchi.accounts.access import can_decide_hand_over, can_manage_accounts, can_see_hand_over
from itoguchi.accounts.forms import HandOverDecisionForm, HandOverForm
from itoguchi.accounts.models import Account, HandedDuty, HandOver
from itoguchi.accounts.views.guards import POSTS_AND_GETS, attempt
from itoguchi.core.duties import duties_of


@require_http_methods(POSTS_AND_GETS)
def hand_over(request: HttpRequest) -> HttpResponse:
    """What is open in my hands in one role (as a panel), the hand-overs I have to do with, and a new one."""
    account, today = cast(Account, request.user), timezone.localdate()
    standing = [each for each in account.terms if each.stands_on(today)]
    asked = request.GET.get("role", "")
    chosen = next((each for each in standing if str(each.pk) == asked), standing[0] if standing else None)
    form = HandOverForm(
        request.POST if request.method == "POST" else None,
        memberships=standing,
        initial={"membership": chosen.pk if chosen else None},
    )
    if form.is_valid() and attempt(
        form, lambda: actions.propose_hand_over(**form.for_action(), today=today, by=account)
    ):
        messages.success(request, _("引継ぎを提案しました。同じ役割の同僚か事務局が承認すると、決まります。"))
        return redirect("accounts:hand_over")
    waiting, own = queries.hand_overs_around(account)
    return render(
        request,
        "accounts/hand_over.html",
        {
            "roles": standing,
            "chosen": chosen,
            "panels": [(_("いま手もとにある仕事"), reverse("accounts:role_duties", args=[chosen.pk]))]
            if chosen
            else [],
            "waiting": waiting,
            "own": own,
            "form": form if standing else None,
            "breadcrumbs": [(_("自分のアカウント"), reverse("accounts:me")), (_("引継ぎ"), "")],
        },
    )


@require_GET
def role_duties(request: HttpRequest, pk: int) -> HttpResponse:
    """What is open in one of my roles; for htmx as a panel."""
    account, today = cast(Account, request.user), timezone.localdate()
    role = next((each for each in account.terms if each.pk == pk and each.stands_on(today)), None)
    if role is None:
        raise Http404
    role.account = account  # at hand already
    return render(
        request,
        "accounts/_role_duties.html" if request.htmx else "accounts/role_duties.html",
        {
            "role": role,
            "duties": duties_of(role, today),
            "breadcrumbs": [
                (_("自分のアカウント"), reverse("accounts:me")),
                (_("引継ぎ"), reverse("accounts:hand_over")),
                (_("いま手もとにある仕事"), ""),
            ],
        },
    )


def _found(request: HttpRequest, pk: int) -> HandOver:
    """A hand-over that the user may see; others are not even told that it exists."""
    found = get_object_or_404(queries.hand_overs(), pk=pk)
    if not can_see_hand_over(request.user, found):
        raise Http404
    return found


@require_GET
def one_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """One hand-over: who, when, the note, and what was open, to tick off."""
    found, today = _found(request, pk), timezone.localdate()
    State = HandOver.State  # noqa: N806, a name of the model
    is_own = found.membership.account_id == request.user.pk
    is_open = found.state == State.PROPOSED or (found.state == State.ACCEPTED and today <= found.last_day)
    may_decide = can_decide_hand_over(request.user, found)
    return render(
        request,
        "accounts/one_hand_over.html",
        {
            "hand_over": found,
            "duties": [(each, _(each.what), _(each.next_step)) for each in found.duties.all()],
            "may_accept": may_decide and found.state == State.PROPOSED,
            "may_withdraw": is_open and (is_own or (may_decide and found.state == State.ACCEPTED)),
            "may_manage": can_manage_accounts(request.user),
            "may_tick": found.successor_id == request.user.pk and found.state == State.ACCEPTED,
            "breadcrumbs": [
                (_("自分のアカウント"), reverse("accounts:me")),
                (_("引継ぎ"), reverse("accounts:hand_over")),
                (str(found.membership), ""),
            ],
        },
    )


@require_POST
def decide_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept, refuse or take back; what is refused is said on the page of the hand-over."""
    found, form, by = _found(request, pk), HandOverDecisionForm(request.POST), cast(Account, request.user)
    if not form.is_valid():
        for problem in (text for texts in form.errors.values() for text in texts):
            messages.error(request, problem)
        return redirect(found)
    given, at, today = form.cleaned_data, timezone.now(), timezone.localdate()
    try:
        if given["deed"] == "accept":
            actions.accept_hand_over(found, successor=given["successor"], today=today, at=at, by=by)
            said = _("引き継ぎました。最後の日の次の日から、後任の役割が始まります。")
        elif given["deed"] == "refuse":
            actions.refuse_hand_over(found, remark=given["remark"], at=at, by=by)
            said = _("見送りました。提案した方は、別の形で提案し直せます。")
        else:
            actions.withdraw_hand_over(found, today=today, at=at, by=by)
            said = _("取り下げました。役割はもとのままです。")
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    except PermissionDenied as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect(found)


@require_POST
def tick(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick a handed duty off, or take the tick away."""
    duty = get_object_or_404(HandedDuty.objects.select_related("hand_over"), pk=pk)
    found = _found(request, duty.hand_over_id)
    actions.tick_duty(
        duty, is_done=request.POST.get("deed") == "done", at=timezone.now(), by=cast(Account, request.user)
    )
    return redirect(found)
