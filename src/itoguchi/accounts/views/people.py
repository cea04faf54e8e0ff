"""Pages on which the secretariat keeps accounts and their roles."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.accounts import actions, queries
from itoguchi.accounts.access import can_manage_accounts, can_see_accounts
from itoguchi.accounts.actions import factors
from itoguchi.accounts.forms import (
    AccountForm,
    EndMembershipForm,
    MembershipForm,
    NewPasswordForm,
    PersonForm,
)
from itoguchi.accounts.models import Account, Membership, Role
from itoguchi.accounts.views.guards import POSTS_AND_GETS, attempt, only_for
from itoguchi.core.tables import Column, Filter, Table


@require_GET
@only_for(can_see_accounts)
def people(request: HttpRequest) -> HttpResponse:
    """All accounts with their roles of today."""
    today = timezone.localdate()
    table = Table(
        request=request,
        rows=queries.accounts(today),
        name="accounts",
        title=gettext_lazy("アカウントの一覧"),
        order="sign_in_name",
        columns=(
            Column(
                "name",
                gettext_lazy("氏名"),
                str,
                ("name",),
                lambda row: reverse("accounts:person", args=[row.sign_in_name]),
            ),
            Column("sign_in_name", gettext_lazy("ログイン名"), lambda row: row.sign_in_name, ("sign_in_name",)),
            Column("roles", gettext_lazy("いまの役割"), lambda row: "、".join(map(str, row.roles)) or _("なし")),
            Column(
                "is_active",
                gettext_lazy("状態"),
                lambda row: str(_("使える") if row.is_active else _("閉じた")),
                ("is_active",),
            ),
        ),
        filters=[
            Filter("name", gettext_lazy("氏名・ログイン名・メール"), queries.accounts_like),
            Filter(
                "role",
                gettext_lazy("いまの役割"),
                lambda rows, value: rows.filter(
                    pk__in=queries.memberships_on(today).filter(role=value).values("account")
                ),
                Role.choices,
            ),
            Filter(
                "state",
                gettext_lazy("状態"),
                lambda rows, value: rows.filter(is_active=value == "open"),
                [("open", gettext_lazy("使える")), ("closed", gettext_lazy("閉じた"))],
            ),
        ],
    )
    return table.download() or render(
        request, "accounts/people.html", {"table": table, "breadcrumbs": [(_("アカウントの一覧"), "")]}
    )


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(POSTS_AND_GETS)
@only_for(can_manage_accounts)
def new_person(request: HttpRequest) -> HttpResponse:
    """Open an account."""
    form = AccountForm(request.POST or None)
    if form.is_valid() and attempt(
        form, lambda: actions.open_account(**form.cleaned_data, by=request.user), "password"
    ):
        messages.success(request, _("アカウントを開きました。次に役割を登録してください。"))
        return redirect("accounts:person", sign_in_name=form.cleaned_data["sign_in_name"])
    return render(
        request,
        "accounts/form.html",
        {
            "form": form,
            "title": _("アカウントを開く"),
            "button": _("開く"),
            "breadcrumbs": [(_("アカウントの一覧"), reverse("accounts:people")), (_("アカウントを開く"), "")],
        },
    )


def _found(sign_in_name: str) -> Account:
    account = queries.account_named(sign_in_name)
    if account is None:
        raise Http404
    return account


@require_http_methods(POSTS_AND_GETS)
@only_for(can_see_accounts)
def person(request: HttpRequest, sign_in_name: str) -> HttpResponse:
    """One account: its roles, a new role, its history."""
    account = _found(sign_in_name)
    may_manage = can_manage_accounts(request.user)
    if request.method == "POST" and not may_manage:
        raise PermissionDenied(_("アカウントと参加組織を扱えるのは事務局だけです。"))
    form = MembershipForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and attempt(
        form, lambda: actions.grant_membership(account, **form.for_action(), by=request.user)
    ):
        messages.success(request, _("役割を登録しました。"))
        return redirect("accounts:person", sign_in_name=account.sign_in_name)
    return render(
        request,
        "accounts/person.html",
        {
            "account": account,
            "memberships": account.terms,
            "may_manage": may_manage,
            "tokens": [(token, token.is_good_on(timezone.localdate())) for token in queries.tokens_of(account)],
            "form": form,
            "factors": list(account.factors.all()),
            "history": queries.history_of_account(account),
            "breadcrumbs": [(_("アカウントの一覧"), reverse("accounts:people")), (str(account), "")],
        },
    )


@require_http_methods(POSTS_AND_GETS)
@only_for(can_manage_accounts)
def change_person(request: HttpRequest, sign_in_name: str) -> HttpResponse:
    """Change name, e-mail and language of an account."""
    account = _found(sign_in_name)
    known = {field: getattr(account, field) for field in PersonForm.base_fields}
    form = PersonForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_valid() and attempt(form, lambda: actions.change_account(account, by=request.user, **form.cleaned_data)):
        messages.success(request, _("アカウントを変えました。"))
        return redirect("accounts:person", sign_in_name=account.sign_in_name)
    return _form_of_person(request, account, form, _("氏名・連絡先を変える"), _("登録する"))


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(POSTS_AND_GETS)
@only_for(can_manage_accounts)
def new_password(request: HttpRequest, sign_in_name: str) -> HttpResponse:
    """Give an account a new password in place of a forgotten one; its sessions end."""
    account = _found(sign_in_name)
    if account == request.user:
        return redirect("accounts:password")  # one's own asks for the old one
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and attempt(
        form,
        lambda: actions.change_password(account, form.cleaned_data["password"], at=timezone.now(), by=request.user),
        "password",
    ):
        messages.success(request, _("新しいパスワードを登録しました。本人に渡してください。"))
        return redirect("accounts:person", sign_in_name=account.sign_in_name)
    return _form_of_person(request, account, form, _("新しいパスワードを出す"), _("登録する"))


def _form_of_person(request: HttpRequest, account: Account, form: Form, title: str, button: str) -> HttpResponse:
    people_page, page = reverse("accounts:people"), reverse("accounts:person", args=[account.sign_in_name])
    return render(
        request,
        "accounts/form.html",
        {
            "form": form,
            "title": title,
            "button": button,
            "breadcrumbs": [(_("アカウントの一覧"), people_page), (str(account), page), (title, "")],
        },
    )


@require_POST
@only_for(can_manage_accounts)
def end_membership(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a role end."""
    membership = get_object_or_404(Membership.objects.select_related("account"), pk=pk)
    form = EndMembershipForm(request.POST)
    if form.is_valid() and attempt(
        form, lambda: actions.end_membership(membership, on=form.cleaned_data["on"], by=request.user)
    ):
        messages.success(request, _("役割の最後の日を登録しました。"))
    else:
        for problem in (text for texts in form.errors.values() for text in texts):
            messages.error(request, problem)
    return redirect("accounts:person", sign_in_name=membership.account.sign_in_name)


@require_POST
@only_for(can_manage_accounts)
def close(request: HttpRequest, sign_in_name: str) -> HttpResponse:
    """Close an account."""
    account = _found(sign_in_name)
    try:
        actions.close_account(account, by=request.user)
        messages.success(request, _("アカウントを閉じました。まちがいなら、すぐに再開できます。"))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("accounts:person", sign_in_name=account.sign_in_name)


@require_POST
@only_for(can_manage_accounts)
def remove_second_factor(request: HttpRequest, sign_in_name: str) -> HttpResponse:
    """Take the factors away that somebody has lost."""
    account = _found(sign_in_name)
    try:
        factors.remove_second_factor(account, by=cast(Account, request.user))
        messages.success(
            request, _("二要素認証を外し、ログイン中の端末を終わらせました。本人に、登録し直すよう伝えてください。")
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("accounts:person", sign_in_name=account.sign_in_name)


@require_POST
@only_for(can_manage_accounts)
def end_sessions_of(request: HttpRequest, sign_in_name: str) -> HttpResponse:
    """End all sessions of an account, e.g. when a device was stolen."""
    account = _found(sign_in_name)
    ended = factors.end_sessions(account, by=cast(Account, request.user), keep=request.session.session_key)
    messages.success(request, _("%(ended)s台の端末のログインを終わらせました。") % {"ended": ended})
    return redirect("accounts:person", sign_in_name=account.sign_in_name)


@require_POST
@only_for(can_manage_accounts)
def reopen(request: HttpRequest, sign_in_name: str) -> HttpResponse:
    """Open a closed account again."""
    account = _found(sign_in_name)
    actions.reopen_account(account, by=request.user)
    messages.success(request, _("アカウントを再開しました。"))
    return redirect("accounts:person", sign_in_name=account.sign_in_name)
