"""Pages of accounts: sign in and out, my account, and the secretariat's lists of people and organisations."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.accounts import actions, queries
from itoguchi.accounts.access import can_manage_accounts, can_see_accounts, memberships_of
from itoguchi.accounts.forms import (
    AccountForm,
    DetailsForm,
    EndMembershipForm,
    MembershipForm,
    NewPasswordForm,
    OrganisationForm,
    PasswordForm,
    PersonForm,
    SignInForm,
)
from itoguchi.accounts.models import Account, Membership, Organisation, Role
from itoguchi.accounts.sample import PERSONAS
from itoguchi.core.doors import public
from itoguchi.core.tables import Column, Filter, Table

if TYPE_CHECKING:
    from itoguchi.accounts.access import User

View = Callable[..., HttpResponse]
POSTS_AND_GETS = ["GET", "POST"]


def only_for(allowed: Callable[[User], bool]) -> Callable[[View], View]:
    """Only those come in whom a sentence of `access` allows."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not allowed(request.user):
                raise PermissionDenied(_("アカウントと参加組織を扱えるのは事務局だけです。"))
            return view(request, *args, **kwargs)

        return guarded

    return guard


def safe_next(request: HttpRequest) -> str:
    """Where to go after sign-in: an address of this site, else the home page."""
    asked = request.POST.get("next") or request.GET.get("next", "")
    own = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if own else resolve_url("home")


def attempt(form: Form, deed: Callable[[], Any], field: str | None = None) -> bool:
    """Do a deed; what the rules refuse becomes errors of the form, those of no field errors of `field`."""
    try:
        deed()
    except ValidationError as error:
        known = getattr(error, "error_dict", {})
        for name, problems in known.items():
            form.add_error(name if name in form.fields else None, problems)
        if not known:
            form.add_error(field, error)
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
    account = cast(Account, request.user)
    return render(
        request,
        "accounts/me.html",
        {
            "today": [each for each in account.terms if each in memberships_of(account)],
            "memberships": account.terms,
            "history": queries.history_of_account(account),
            "may_manage": can_manage_accounts(account),
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
            "form": form,
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
def reopen(request: HttpRequest, sign_in_name: str) -> HttpResponse:
    """Open a closed account again."""
    account = _found(sign_in_name)
    actions.reopen_account(account, by=request.user)
    messages.success(request, _("アカウントを再開しました。"))
    return redirect("accounts:person", sign_in_name=account.sign_in_name)


@require_GET
@only_for(can_see_accounts)
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
            Filter(
                "name",
                gettext_lazy("名称"),
                lambda rows, value: rows.filter(Q(name__icontains=value) | Q(name_en__icontains=value)),
            ),
            Filter(
                "kind", gettext_lazy("種類"), lambda rows, value: rows.filter(kind=value), Organisation.Kind.choices
            ),
        ],
    )
    return table.download() or render(
        request, "accounts/organisations.html", {"table": table, "breadcrumbs": [(_("参加組織の一覧"), "")]}
    )


@require_http_methods(POSTS_AND_GETS)
@only_for(can_manage_accounts)
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
            "history": queries.history_of_organisation(known) if known else None,
            "breadcrumbs": [(_("参加組織の一覧"), reverse("accounts:organisations")), (title, "")],
        },
    )
