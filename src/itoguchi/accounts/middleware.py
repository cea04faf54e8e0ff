"""Every view asks for sign-in unless it is marked public."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from itoguchi.core.context import path_without_language


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
        if request.headers.get("HX-Request") == "true":
            return HttpResponseClientRedirect(resolve_url("accounts:sign_in"))
        return redirect_to_login(request.get_full_path())
