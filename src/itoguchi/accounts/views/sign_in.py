"""Pages on which people sign in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from itoguchi.accounts.forms import (
    SignInForm,
)
from itoguchi.accounts.models import Account
from itoguchi.accounts.sample import PERSONAS
from itoguchi.core.doors import public

if TYPE_CHECKING:
    pass

from itoguchi.accounts.views.guards import POSTS_AND_GETS, safe_next


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
