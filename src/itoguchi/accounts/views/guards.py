"""What several pages of accounts share: who comes in, where to go on, and deeds whose refusals show in a form."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

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
