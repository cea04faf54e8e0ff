"""Limits count visitors: the address is read through one's own proxies, and what a visitor invents is not believed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from itoguchi.core.middleware import AddressBehindProxies


def address_seen(settings: Any, *, proxies: int, header: str | None) -> str:
    settings.PROXIES = proxies
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    headers = {} if header is None else {"X-Forwarded-For": header}
    AddressBehindProxies(view)(RequestFactory().get("/", headers=headers))
    return seen[0]


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),  # the first one is the visitor's own invention
        (2, "198.51.100.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (2, "203.0.113.7", "127.0.0.1"),  # did not come through both proxies
        (1, "", "127.0.0.1"),
        (1, None, "127.0.0.1"),
    ],
)
def test_the_address_of_the_visitor(settings: Any, proxies: int, header: str | None, address: str) -> None:
    assert address_seen(settings, proxies=proxies, header=header) == address


def test_without_proxies_no_header_is_believed(settings: Any) -> None:
    settings.PROXIES = 0
    with pytest.raises(MiddlewareNotUsed):
        AddressBehindProxies(lambda _request: HttpResponse())
