"""Who asks, seen through the proxies; what can't be an address; and one journal context for everything a request writes."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest, HttpResponse

from itoguchi.core.journal import journal


class AddressBehindProxies:
    """Puts the visitor's address where the nearest proxy's stood, so that limits count visitors and not the proxy.

    Each of one's own proxies adds the address it was asked from; what stands before those may be invented.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.PROXIES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        passed = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(passed) >= settings.PROXIES and passed[-settings.PROXIES]:
            request.META["REMOTE_ADDR"] = passed[-settings.PROXIES][:100]
        return self.get_response(request)


class NoSuchAddress:
    """Addresses with NUL name nothing: PostgreSQL can't even be asked about them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            raise Http404
        return self.get_response(request)


class JournalOfRequest:
    """Opens the context for writing methods only: reading pages write nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD", "OPTIONS", "TRACE"}:
            return self.get_response(request)
        user = request.user if request.user.is_authenticated else None
        with journal(by=user, door="page"):
            return self.get_response(request)
