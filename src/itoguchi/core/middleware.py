"""One journal context for everything a request writes."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from itoguchi.core.journal import journal


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
