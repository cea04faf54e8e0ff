"""Pages on which a person sets up a second factor, sees the devices that are signed in, and ends them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

import pyotp
import qrcode
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from qrcode.image.svg import SvgPathImage

from itoguchi.accounts.actions import factors
from itoguchi.accounts.forms import AppForm, PasskeyForm
from itoguchi.accounts.models import Account, Factor, OutsideSignIn
from itoguchi.accounts.sessions import FACTOR, is_fresh
from itoguchi.accounts.views.guards import POSTS_AND_GETS, attempt, safe_next
from itoguchi.accounts.views.sign_in import host_of

NEW_PASSKEY_STATE = "new_passkey_state"
SALT = "new app"


def only_fresh(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask to sign in again when the last time is long ago: somebody else may sit at the device by now."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        messages.warning(request, _("ご本人の確認のため、もう一度ログインしてください。"))
        page = request.get_full_path() if request.method == "GET" else reverse("accounts:second_factor")
        return redirect(f"{reverse('accounts:sign_in')}?{urlencode({'next': page})}")

    return guarded


@never_cache
@require_GET
def second_factor(request: HttpRequest) -> HttpResponse:
    """Which factors I have, and what to do next."""
    account = cast(Account, request.user)
    own = list(account.factors.all())
    return render(
        request,
        "accounts/second_factor.html",
        {
            "factors": own,
            "has_app": any(each.kind == Factor.Kind.APP for each in own),
            "codes": account.recovery_codes.count(),
            "outside": list(account.outside.all()),
            "next": safe_next(request) if request.GET.get("next") else "",
            "breadcrumbs": [(_("自分のアカウント"), reverse("accounts:me")), (_("二要素認証"), "")],
        },
    )


def crumbs(page: str) -> list[tuple[str, str]]:
    """The way to a page below this one."""
    return [
        (_("自分のアカウント"), reverse("accounts:me")),
        (_("二要素認証"), reverse("accounts:second_factor")),
        (page, ""),
    ]


def registered(request: HttpRequest, codes: list[str], factor: str) -> HttpResponse:
    """This session has shown its second factor by registering it; new codes are shown on this answer alone."""
    request.session[FACTOR] = request.session.get(FACTOR) or factor
    cast(Account, request.user).lacks_second_factor = False
    messages.success(request, _("登録しました。次のログインから使います。"))
    return show_codes(request, codes) if codes else redirect("accounts:second_factor")


def show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """The codes for paper, once."""
    return render(
        request,
        "accounts/recovery_codes.html",
        {"codes": codes, "next": safe_next(request), "breadcrumbs": crumbs(_("予備コード"))},
    )


@never_cache
@sensitive_post_parameters()
@require_http_methods(POSTS_AND_GETS)
@only_fresh
def new_app(request: HttpRequest) -> HttpResponse:
    """Register an app that shows codes; the secret waits signed in the form, so that nothing is kept before it works."""
    account = cast(Account, request.user)
    if request.method == "GET" and account.factors.filter(kind=Factor.Kind.APP).exists():
        messages.info(request, _("認証アプリは、すでに登録されています。"))
        return redirect("accounts:second_factor")
    form = AppForm(request.POST if request.method == "POST" else None)
    codes: list[str] = []
    try:
        secret = signing.loads(request.POST.get("secret", ""), salt=f"{SALT} {account.pk}", max_age=15 * 60)
    except signing.BadSignature:
        secret = pyotp.random_base32()
        if request.method == "POST":
            form = AppForm()
            messages.error(request, _("時間がたったため、新しい鍵にしました。もう一度読み取ってください。"))
    if form.is_valid() and attempt(
        form,
        lambda: codes.extend(
            factors.add_app(account, secret=secret, code=form.cleaned_data["code"], at=timezone.now(), by=account)
        ),
    ):
        return registered(request, codes, "app")
    address = pyotp.TOTP(secret).provisioning_uri(name=account.sign_in_name, issuer_name="Itoguchi")
    image = qrcode.make(address, image_factory=SvgPathImage, border=2).to_string(encoding="unicode")
    return render(
        request,
        "accounts/new_app.html",
        {
            "form": form,
            "image": mark_safe(image),
            "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            "signed": signing.dumps(secret, salt=f"{SALT} {account.pk}"),
            "next": request.GET.get("next") or request.POST.get("next", ""),
            "breadcrumbs": crumbs(_("認証アプリを登録する")),
        },
    )


@never_cache
@require_http_methods(POSTS_AND_GETS)
@only_fresh
def new_passkey(request: HttpRequest) -> HttpResponse:
    """Register a passkey that the browser has made."""
    account = cast(Account, request.user)
    form = PasskeyForm(request.POST if request.method == "POST" else None)
    codes: list[str] = []
    if form.is_valid() and attempt(
        form,
        lambda: codes.extend(
            factors.add_passkey(
                account,
                **form.cleaned_data,
                state=request.session.pop(NEW_PASSKEY_STATE, None),
                host=host_of(request),
                at=timezone.now(),
                by=account,
            )
        ),
    ):
        return registered(request, codes, "passkey")
    return render(
        request,
        "accounts/new_passkey.html",
        {
            "form": form,
            "next": request.GET.get("next") or request.POST.get("next", ""),
            "breadcrumbs": crumbs(_("パスキーを登録する")),
        },
    )


@require_POST
@only_fresh
def new_passkey_question(request: HttpRequest) -> HttpResponse:
    """What the browser has to make; the answer is good once, in this session."""
    asked, request.session[NEW_PASSKEY_STATE] = factors.begin_passkey(cast(Account, request.user), host_of(request))
    return JsonResponse(asked)


@require_POST
@only_fresh
def remove_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one of my factors away."""
    account = cast(Account, request.user)
    factors.remove_factor(get_object_or_404(Factor, pk=pk, account=account), by=account)
    messages.success(request, _("外しました。"))
    return redirect("accounts:second_factor")


@never_cache
@require_POST
@only_fresh
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New codes for paper, shown on this answer alone."""
    account = cast(Account, request.user)
    get_object_or_404(Factor.objects.filter(account=account)[:1])
    return show_codes(request, factors.renew_recovery_codes(account))


@require_POST
@only_fresh
def unlink_outside(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget who I am at an outside provider."""
    account = cast(Account, request.user)
    link = get_object_or_404(OutsideSignIn, pk=pk, account=account)
    try:
        factors.unlink_outside(link, by=account)
        messages.success(request, _("外部の認証を外しました。"))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return redirect("accounts:second_factor")


@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """Where I am signed in."""
    account = cast(Account, request.user)
    standing = account.sessions.filter(expire_date__gt=timezone.now()).order_by("-begun_at")
    return render(
        request,
        "accounts/sessions.html",
        {
            "sessions": [(each, each.session_key == request.session.session_key) for each in standing],
            "breadcrumbs": [(_("自分のアカウント"), reverse("accounts:me")), (_("ログイン中の端末"), "")],
        },
    )


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End one of my other sessions, or all of them; the one in use is ended by signing out."""
    account = cast(Account, request.user)
    ended = factors.end_sessions(
        account, by=account, keep=request.session.session_key, mark=request.POST.get("mark") or None
    )
    messages.success(request, _("%(ended)s台の端末のログインを終わらせました。") % {"ended": ended})
    return redirect("accounts:sessions")
