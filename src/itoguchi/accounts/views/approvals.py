"""The page on which an office says that nobody publishes alone, and asks to lift that again."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from itoguchi.accounts import actions, queries
from itoguchi.accounts.access import can_keep_rule
from itoguchi.accounts.forms import ApprovalRuleForm, EndRuleForm
from itoguchi.accounts.models import Account, ApprovalRule
from itoguchi.accounts.views.guards import POSTS_AND_GETS, attempt


@require_http_methods(POSTS_AND_GETS)
def approval_rules(request: HttpRequest) -> HttpResponse:
    """The rules of the offices for which I may speak, and a new one."""
    account, today = cast(Account, request.user), timezone.localdate()
    rules = queries.open_rules(account)
    with_rule = [rule.office for rule, _waiting in rules]
    free = [each for each in queries.offices(account, today) if each.office not in with_rule]
    form = ApprovalRuleForm(
        request.POST if request.method == "POST" else None, offices=free, initial={"since": today.isoformat()}
    )
    if form.is_valid() and attempt(
        form, lambda: actions.require_approval(**form.for_action(), today=today, by=account)
    ):
        messages.success(request, _("決まりを登録しました。その日から、公開する行為には別の担当者の承認が必要です。"))
        return redirect("accounts:approval_rules")
    return render(
        request,
        "accounts/approval_rules.html",
        {
            "rules": rules,
            "form": form if free else None,
            "breadcrumbs": [(_("自分のアカウント"), reverse("accounts:me")), (_("承認の決まり"), "")],
        },
    )


@require_POST
def end_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the end of a rule, or decide on the request; what is refused is said on the page of the rules."""
    rule, form = get_object_or_404(ApprovalRule, pk=pk), EndRuleForm(request.POST)
    if not can_keep_rule(request.user, rule):
        raise PermissionDenied(actions.NOT_YOUR_OFFICE)
    if not form.is_valid():
        messages.error(request, _("承認・差戻し・取下げのどれかを選んでください。"))
        return redirect("accounts:approval_rules")
    deed, why, by = form.cleaned_data["deed"], form.cleaned_data["why"], cast(Account, request.user)
    said = {
        "ask": _("やめることの承認を求めました。別の担当者が承認するまで、決まりは続きます。"),
        "approve": _("承認しました。この決まりは終わりました。"),
        "send_back": _("差し戻しました。決まりは続きます。"),
        "withdraw": _("取り下げました。決まりは続きます。"),
    }
    try:
        if deed == "ask":
            actions.ask_to_end_rule(rule, why=why, by=by)
        else:
            actions.decide_on_rule(rule, deed=deed, remark=why, today=timezone.localdate(), by=by)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    except PermissionDenied as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said[deed])
    return redirect("accounts:approval_rules")
