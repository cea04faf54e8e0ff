"""Pages of accounts: sign in and out, my account, and the secretariat's lists of people and organisations."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.accounts import actions, queries
from itoguchi.accounts.access import can_manage_accounts, roles_of
from itoguchi.accounts.forms import (
    AccountForm,
    EndMembershipForm,
    MembershipForm,
    OrganisationForm,
    PasswordForm,
    SignInForm,
)
from itoguchi.accounts.models import Account, Membership, Organisation, Role
from itoguchi.accounts.sample import PERSONAS
from itoguchi.core.doors import public
from itoguchi.core.journal import history_of
from itoguchi.core.tables import Column, Filter, Table

View = Callable[..., HttpResponse]
POSTS_AND_GETS = ["GET", "POST"]


def for_managers(view: View) -> View:
    """Only those who may manage accounts come in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not can_manage_accounts(request.user):
            raise PermissionDenied(_("アカウントと参加組織を扱えるのは事務局だけです。"))
        return view(request, *args, **kwargs)

    return guarded


def safe_next(request: HttpRequest) -> str:
    """Where to go after sign-in: an address of this site, else the home page."""
    asked = request.POST.get("next") or request.GET.get("next", "")
    own = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if own else resolve_url("home")


def attempt(form: Form, deed: Callable[[], Any]) -> bool:
    """Do a deed; what the rules refuse becomes errors of the form."""
    try:
        deed()
    except ValidationError as error:
        known = getattr(error, "error_dict", {})
        for field, problems in known.items():
            form.add_error(field if field in form.fields else None, problems)
        if not known:
            form.add_error(None, error)
        return False
    return True


@public
@never_cache
@sensitive_post_parameters()
@require_http_methods(POSTS_AND_GETS)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by name and password; in the demo, by persona."""
    form = SignInForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        return redirect(safe_next(request))
    wait = form.wait
    answer = render(
        request,
        "accounts/sign_in.html",
        {
            "form": form,
            "next": safe_next(request),
            "personas": PERSONAS,
            "breadcrumbs": [(_("ログイン"), "")],
        },
        status=429 if wait else 200,
    )
    if wait:
        answer["Retry-After"] = str(wait)
    return answer


@public
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as a persona of the sample world; this address exists in the demo only."""
    persona = request.POST.get("persona", "")
    if persona not in PERSONAS:
        raise Http404
    login(request, get_object_or_404(Account, sign_in_name=persona, is_active=True))
    return redirect(safe_next(request))


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    logout(request)
    messages.success(request, _("ログアウトしました。"))
    return redirect("home")


@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """My account: for whom I work, since when, and what has changed."""
    return render(
        request,
        "accounts/me.html",
        {
            "today": roles_of(request.user),
            "memberships": queries.memberships_of(request.user),
            "history": history_of(request.user),
            "may_manage": can_manage_accounts(request.user),
            "breadcrumbs": [(_("自分のアカウント"), "")],
        },
    )


@never_cache
@sensitive_post_parameters()
@require_http_methods(POSTS_AND_GETS)
def password(request: HttpRequest) -> HttpResponse:
    """Change my password."""
    form = PasswordForm(request.user, request.POST or None)
    if form.is_valid() and attempt(form, lambda: actions.change_password(request.user, form.cleaned_data["new"])):
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


@require_GET
@for_managers
def people(request: HttpRequest) -> HttpResponse:
    """All accounts."""
    table = Table(
        request=request,
        rows=queries.accounts(),
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
            Column("roles", gettext_lazy("役割"), lambda row: "、".join(map(str, row.memberships.all()))),
            Column(
                "is_active",
                gettext_lazy("状態"),
                lambda row: str(_("使える") if row.is_active else _("閉じた")),
                ("is_active",),
            ),
        ),
        filters=[
            Filter("name", gettext_lazy("氏名"), lambda rows, value: rows.filter(name__icontains=value)),
            Filter(
                "role",
                gettext_lazy("役割"),
                lambda rows, value: rows.filter(pk__in=Membership.objects.filter(role=value).values("account")),
                Role.choices,
            ),
        ],
    )
    return table.download() or render(
        request, "accounts/people.html", {"table": table, "breadcrumbs": [(_("アカウントの一覧"), "")]}
    )


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(POSTS_AND_GETS)
@for_managers
def new_person(request: HttpRequest) -> HttpResponse:
    """Open an account."""
    form = AccountForm(request.POST or None)
    if form.is_valid() and attempt(form, lambda: actions.open_account(**form.cleaned_data, by=request.user)):
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
@for_managers
def person(request: HttpRequest, sign_in_name: str) -> HttpResponse:
    """One account: its roles, a new role, its history."""
    account = _found(sign_in_name)
    form = MembershipForm(request.POST or None)
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
            "memberships": queries.memberships_of(account),
            "form": form,
            "history": history_of(account),
            "breadcrumbs": [(_("アカウントの一覧"), reverse("accounts:people")), (str(account), "")],
        },
    )


@require_POST
@for_managers
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
@for_managers
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
@for_managers
def reopen(request: HttpRequest, sign_in_name: str) -> HttpResponse:
    """Open a closed account again."""
    account = _found(sign_in_name)
    actions.reopen_account(account, by=request.user)
    messages.success(request, _("アカウントを再開しました。"))
    return redirect("accounts:person", sign_in_name=account.sign_in_name)


@require_GET
@for_managers
def organisations(request: HttpRequest) -> HttpResponse:
    """All organisations."""
    table = Table(
        request=request,
        rows=queries.organisations(),
        name="organisations",
        title=gettext_lazy("参加組織の一覧"),
        order="name",
        empty=_("参加組織はまだありません。"),
        columns=(
            Column(
                "name",
                gettext_lazy("名称"),
                str,
                ("name",),
                lambda row: reverse("accounts:organisation", args=[row.pk]),
            ),
            Column("kind", gettext_lazy("種類"), lambda row: row.get_kind_display(), ("kind",)),
            Column("corporate_number", gettext_lazy("法人番号"), lambda row: row.corporate_number or _("未登録")),
            Column("people", gettext_lazy("役割の数"), lambda row: row.people, ("people",), is_number=True),
        ),
        filters=[
            Filter("kind", gettext_lazy("種類"), lambda rows, value: rows.filter(kind=value), Organisation.Kind.choices)
        ],
    )
    return table.download() or render(
        request, "accounts/organisations.html", {"table": table, "breadcrumbs": [(_("参加組織の一覧"), "")]}
    )


@require_http_methods(POSTS_AND_GETS)
@for_managers
def organisation(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or change an organisation."""
    known = get_object_or_404(Organisation, pk=pk) if pk else None
    form = OrganisationForm(request.POST or None, instance=known)
    if form.is_valid() and attempt(form, lambda: actions.keep_organisation(form.instance, by=request.user)):
        messages.success(request, _("参加組織を登録しました。"))
        return redirect("accounts:organisations")
    title = str(known) if known else _("参加組織を加える")
    return render(
        request,
        "accounts/form.html",
        {
            "form": form,
            "title": title,
            "button": _("登録する"),
            "history": history_of(known) if known else None,
            "breadcrumbs": [(_("参加組織の一覧"), reverse("accounts:organisations")), (title, "")],
        },
    )
