"""Pages on which people sign in, with a second factor where they have one, and sign out."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from itoguchi.accounts.actions import factors
from itoguchi.accounts.forms import CodeForm, SignInForm
from itoguchi.accounts.models import Account, Factor
from itoguchi.accounts.sample import PERSONAS
from itoguchi.accounts.sessions import begin
from itoguchi.accounts.views.guards import POSTS_AND_GETS, safe_next
from itoguchi.areas.models import in_language
from itoguchi.core.doors import public

HALF, PATIENCE = "half_signed_in", 10 * 60
PASSKEY_STATE = "passkey_state"


@public
@never_cache
@sensitive_post_parameters()
@require_http_methods(POSTS_AND_GETS)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by name and password, by passkey or by the office's own provider; in the demo, by persona."""
    form = SignInForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return after_first_factor(request, form.get_user(), safe_next(request))
    openid = settings.OPENID
    return refused_or_shown(
        request,
        "accounts/sign_in.html",
        {
            "form": form,
            "next": safe_next(request),
            "openid": in_language(openid.name, openid.name_en) if openid else "",
            "personas": PERSONAS,
            "breadcrumbs": [(_("ログイン"), "")],
        },
        form.wait,
    )


def refused_or_shown(request: HttpRequest, template: str, shown: dict[str, Any], wait: int | None) -> HttpResponse:
    """The page, as 429 while tries have to wait."""
    answer = render(request, template, shown, status=429 if wait else 200)
    if wait:
        answer["Retry-After"] = str(wait)
    return answer


def after_first_factor(request: HttpRequest, account: Account, next_page: str) -> HttpResponse:
    """Who has a second factor shows it next; everybody else is in, and is led to set one up where the role needs it."""
    if account.factors.exists():
        request.session[HALF] = {"account": account.pk, "next": next_page, "at": time.time()}
        return redirect("accounts:second_step")
    return come_in(request, account, next_page)


def come_in(request: HttpRequest, account: Account, next_page: str, factor: str = "") -> HttpResponse:
    """Begin the session and go on."""
    request.session.pop(HALF, None)
    begin(request, account, factor)
    account.lacks_second_factor = settings.SECOND_FACTOR_REQUIRED and not factor
    if account.waits_for_second_factor:
        return redirect(f"{reverse('accounts:second_factor')}?{urlencode({'next': next_page})}")
    return redirect(next_page)


def half_signed_in(request: HttpRequest) -> tuple[Account, str] | None:
    """Whose password was right a moment ago in this session, and where to go on."""
    half = request.session.get(HALF)
    if not half or time.time() - half["at"] > PATIENCE:
        return None
    account = Account.objects.filter(pk=half["account"], is_active=True).first()
    return (account, half["next"]) if account else None


@public
@never_cache
@sensitive_post_parameters()
@require_http_methods(POSTS_AND_GETS)
def second_step(request: HttpRequest) -> HttpResponse:
    """The second factor: a code of the app or from paper, or a passkey."""
    half = half_signed_in(request)
    if half is None:
        messages.error(request, _("時間がたったため、はじめからログインしてください。"))
        return redirect("accounts:sign_in")
    account, next_page = half
    form = CodeForm(account, request.POST if request.method == "POST" else None)
    if form.is_valid():
        if form.used == "recovery":
            left = account.recovery_codes.count()
            messages.success(request, _("予備コードを使いました。残りは%(left)s個です。") % {"left": left})
        return come_in(request, account, next_page, form.used)
    return refused_or_shown(
        request,
        "accounts/second_step.html",
        {
            "form": form,
            "next": next_page,
            "has_passkey": account.factors.filter(kind=Factor.Kind.PASSKEY).exists(),
            "breadcrumbs": [(_("ログイン"), reverse("accounts:sign_in")), (_("二要素認証"), "")],
        },
        form.wait,
    )


@public
@require_POST
def passkey_question(request: HttpRequest) -> HttpResponse:
    """What the browser has to sign; the answer is good once, in this session."""
    asked, request.session[PASSKEY_STATE] = factors.ask_for_passkey(host_of(request))
    return JsonResponse(asked)


@public
@require_POST
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by passkey alone: the device has checked finger, face or number, which makes two factors."""
    state = request.session.pop(PASSKEY_STATE, None)
    try:
        account = factors.use_passkey(
            request.POST.get("answer", ""), state=state, host=host_of(request), at=timezone.now()
        )
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("accounts:sign_in")
    return come_in(request, account, safe_next(request), "passkey")


def host_of(request: HttpRequest) -> str:
    """The host name that passkeys belong to, without port."""
    return request.get_host().rpartition(":")[0] or request.get_host()


@public
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as a persona of the sample world; this address exists in the demo only."""
    persona = request.POST.get("persona", "")
    if persona not in PERSONAS:
        raise Http404
    account = get_object_or_404(Account, sign_in_name=persona, is_active=True)
    return come_in(request, account, safe_next(request))


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    logout(request)
    messages.success(request, _("ログアウトしました。"))
    return redirect("home")
