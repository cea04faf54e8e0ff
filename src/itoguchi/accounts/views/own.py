"""Pages about the own account: roles, details, password."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.accounts import actions, queries
from itoguchi.accounts.access import can_manage_accounts, memberships_of, offices_acting_outward
from itoguchi.accounts.forms import (
    DetailsForm,
    PasswordForm,
)
from itoguchi.accounts.models import Account, HandOver
from itoguchi.core.panels import panels_of

if TYPE_CHECKING:
    pass

from itoguchi.accounts.views.guards import POSTS_AND_GETS, attempt


@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """My account: for whom I work, since when, and what has changed."""
    account = cast(Account, request.user)
    return render(
        request,
        "accounts/me.html",
        {
            "today": [each for each in account.terms if each in memberships_of(account)],
            "memberships": account.terms,
            "history": queries.history_of_account(account),
            "taken_over": [
                each
                for each in queries.hand_overs_of(account)
                if each.successor_id == account.pk and each.state == HandOver.State.ACCEPTED
            ],
            "acts_outward": offices_acting_outward(account),
            "may_manage": can_manage_accounts(account),
            "panels": panels_of("account", "", user=account, record=account),
            "breadcrumbs": [(_("自分のアカウント"), "")],
        },
    )


@require_http_methods(POSTS_AND_GETS)
def details(request: HttpRequest) -> HttpResponse:
    """Change my e-mail and language."""
    account = cast(Account, request.user)
    known = {"email": account.email, "language": account.language}
    form = DetailsForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_valid() and attempt(form, lambda: actions.change_account(account, by=account, **form.cleaned_data)):
        messages.success(request, _("連絡先を登録しました。"))
        return redirect("accounts:me")
    return render(
        request,
        "accounts/form.html",
        {
            "form": form,
            "title": _("連絡先を変える"),
            "button": _("登録する"),
            "breadcrumbs": [(_("自分のアカウント"), reverse("accounts:me")), (_("連絡先を変える"), "")],
        },
    )


@never_cache
@sensitive_post_parameters()
@require_http_methods(POSTS_AND_GETS)
def password(request: HttpRequest) -> HttpResponse:
    """Change my password."""
    form = PasswordForm(request.user, request.POST or None)
    if form.is_valid() and attempt(
        form,
        lambda: actions.change_password(request.user, form.cleaned_data["new"], at=timezone.now(), by=request.user),
        "new",
    ):
        update_session_auth_hash(request, request.user)
        messages.success(request, _("パスワードを変えました。ほかの端末ではログインし直しになります。"))
        return redirect("accounts:me")
    return render(
        request,
        "accounts/form.html",
        {
            "form": form,
            "title": _("パスワードを変える"),
            "button": _("変える"),
            "breadcrumbs": [(_("自分のアカウント"), reverse("accounts:me")), (_("パスワードを変える"), "")],
        },
    )
