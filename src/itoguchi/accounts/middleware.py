"""Every view asks for sign-in unless it is marked public; roles that publish ask for a second factor too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from itoguchi.accounts.models import Account
from itoguchi.accounts.sessions import FACTOR
from itoguchi.core.context import path_without_language


class SecondFactor:
    """Lets the roles that publish sleep while this session was begun without a second factor, where that is required."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECOND_FACTOR_REQUIRED and request.session.get(SESSION_KEY) and not request.session.get(FACTOR):
            cast(Account, request.user).lacks_second_factor = True
        return self.get_response(request)


class ClosedUnlessPublic:
    """Pages lead to sign-in and back; fragments and programs are told so in their own way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if getattr(view, "is_public", False) or request.user.is_authenticated:
            return None
        if path_without_language(request.path).startswith("/api/"):
            return JsonResponse({"error": {"code": "sign_in", "message": _("ログインが必要です。")}}, status=401)
        sign_in = redirect_to_login(page_of(request), settings.LOGIN_URL)
        if request.headers.get("HX-Request") == "true":
            return HttpResponseClientRedirect(sign_in.url)
        return sign_in


def page_of(request: HttpRequest) -> str:
    """The page to come back to after sign-in: where the fragment or the form stood, since neither is a page itself."""
    if request.headers.get("HX-Request") == "true":
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
    elif request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    else:
        page = urlsplit(request.headers.get("Referer", ""))
    own = page.netloc == request.get_host() and page.path.startswith("/")
    return page._replace(scheme="", netloc="", fragment="").geturl() if own else ""
