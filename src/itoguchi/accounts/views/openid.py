"""Sign-in through the office's own provider (OpenID Connect): there and back, with an answer to everything that fails."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import OAuthError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from joserfc.errors import JoseError
from requests import RequestException

from itoguchi.accounts.actions import factors
from itoguchi.accounts.forms import TRIES_OF_ADDRESS, WINDOW
from itoguchi.accounts.views.guards import safe_next
from itoguchi.accounts.views.sign_in import after_first_factor, come_in
from itoguchi.core import throttle
from itoguchi.core.doors import public

NEXT = "openid_next"
SECONDS = 5  # so long a page waits for the provider
# What a provider calls a sign-in with more than a password (RFC 8176).
STRONG = {"mfa", "otp", "hwk", "swk", "fpt", "face", "sc"}
logger = logging.getLogger(__name__)


@cache
def provider(openid: Any) -> Any:
    """The provider; its description is fetched at the first sign-in and then kept."""
    return OAuth().register(
        "office",
        server_metadata_url=f"{openid.issuer}/.well-known/openid-configuration",
        client_id=openid.client,
        client_secret=openid.secret,
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
        },
    )


def of_settings() -> Any:
    """The provider's settings; no such page where none is set."""
    if settings.OPENID is None:
        raise Http404
    return settings.OPENID


@public
@never_cache
@require_GET
def openid_start(request: HttpRequest) -> HttpResponse:
    """Off to the provider."""
    there = of_settings()
    if wait := throttle.take(f"openid {request.META.get('REMOTE_ADDR', '')}", limit=TRIES_OF_ADDRESS, seconds=WINDOW):
        messages.error(
            request, _("回数が多すぎます。約%(minutes)s分後にお試しください。") % {"minutes": -(-wait // 60)}
        )
        return redirect("accounts:sign_in")
    try:
        answer: HttpResponse = provider(there).authorize_redirect(
            request, request.build_absolute_uri(reverse("accounts:openid_back"))
        )
    except (RequestException, AuthlibBaseError, RuntimeError, ValueError) as error:
        return failed(request, error)
    request.session[NEXT] = safe_next(request)
    return answer


@public
@never_cache
@require_GET
def openid_back(request: HttpRequest) -> HttpResponse:
    """Back from the provider: the known come in, nobody else gets an account."""
    there = of_settings()
    try:
        claims = provider(there).authorize_access_token(request)["userinfo"]
        subject = str(claims["sub"])
    except (RequestException, AuthlibBaseError, JoseError, RuntimeError, ValueError, TypeError, KeyError) as error:
        return failed(request, error)
    account = factors.account_from_outside(
        issuer=there.issuer,
        subject=subject,
        email=str(claims.get("email") or ""),
        email_is_verified=claims.get("email_verified") is True,
        at=timezone.now(),
    )
    if account is None:
        messages.error(
            request,
            _("この認証に当たるアカウントがありません。事務局に、同じメールでアカウントを開くよう頼んでください。"),
        )
        return redirect("accounts:sign_in")
    next_page = request.session.pop(NEXT, reverse("home"))
    if STRONG & set(claims.get("amr") or ()):
        return come_in(request, account, next_page, "provider")
    return after_first_factor(request, account, next_page)


def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """Back to the sign-in page with what to do; the log keeps the kind of error alone."""
    logger.warning("sign-in by the provider failed: %s", type(error).__name__)
    if isinstance(error, OAuthError) and error.error == "access_denied":
        said = _("認証が取り消されました。もう一度試すか、ログイン名とパスワードでログインしてください。")
    elif isinstance(error, OAuthError) and error.error == "mismatching_state":
        said = _("途中の記録がないか、一度使われた戻り先です。はじめからログインしてください。")
    elif isinstance(error, RequestException):
        said = _("認証のサーバーに届きません。しばらく待つか、ログイン名とパスワードでログインしてください。")
    else:
        said = _("認証のサーバーの答えを確かめられませんでした。もう一度試し、続くときは事務局に知らせてください。")
    messages.error(request, said)
    return redirect("accounts:sign_in")
