"""One line and number for each request; who asks, seen through the proxies; what can't be an address; and one journal context for everything a request writes."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from time import perf_counter
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest, HttpResponse

from itoguchi.core.journal import journal
from itoguchi.core.logs import numbered
from itoguchi.core.metrics import count_request
from itoguchi.core.remembered import one_state

SANE = re.compile(r"[A-Za-z0-9_-]{8,64}")
requests = logging.getLogger("itoguchi.requests")


class Watched:
    """Gives each request a number, counts it and leaves one line in the log: no name, no address, no question."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = perf_counter()
        given = request.headers.get("X-Request-ID", "")
        number = given if SANE.fullmatch(given) else uuid4().hex
        with numbered(number):
            response = self.get_response(request)
            match = request.resolver_match
            seconds = perf_counter() - begun
            room = (match.namespace or "site") if match else "none"
            count_request(room, response.status_code, seconds)
            facts = {
                "method": request.method,
                "route": match.view_name if match else "",
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
            }
            requests.info("request", extra={"facts": facts})
        response["X-Request-ID"] = number
        return response


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
    """Opens the context for writing methods only: reading pages write nothing, and see the records in one state."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD", "OPTIONS", "TRACE"}:
            with one_state():
                return self.get_response(request)
        user = request.user if request.user.is_authenticated else None
        with journal(by=user, door="page"):
            return self.get_response(request)
