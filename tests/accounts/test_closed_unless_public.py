"""Every view asks for sign-in unless it is marked public; pages, fragments and programs are told in their own way."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from itoguchi.accounts.middleware import ClosedUnlessPublic
from itoguchi.core.doors import public

pytestmark = pytest.mark.django_db


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


def asked(method: str = "get", path: str = "/somewhere", **headers: str) -> HttpResponse | None:
    """What the middleware says to a visitor; None lets the request in."""
    request = getattr(RequestFactory(), method)(path, headers=headers)
    request.user = AnonymousUser()
    return ClosedUnlessPublic(view).process_view(request, view, (), {})


def next_of(address: str) -> str:
    return parse_qs(urlsplit(address).query).get("next", [""])[0]


def test_an_unmarked_view_is_closed_and_a_public_one_open() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    guard = ClosedUnlessPublic(view)
    assert guard.process_view(request, view, (), {}) is not None
    assert guard.process_view(request, public(lambda _: HttpResponse()), (), {}) is None


def test_a_page_leads_to_sign_in_and_back() -> None:
    answer = asked(path="/account/people?name=花&sort=name")
    assert answer is not None
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/sign-in?")
    assert next_of(answer["Location"]).startswith("/account/people?name=")


def test_an_english_page_leads_to_the_english_sign_in(client: Client) -> None:
    assert client.get("/en/account/people")["Location"] == "/en/account/sign-in?next=/en/account/people"


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/account/people/taro?x=1#top", "/account/people/taro?x=1"),
        ("https://evil.example/page", ""),
        ("", ""),
    ],
)
def test_a_form_sent_too_late_leads_back_to_its_page(referer: str, back: str) -> None:
    answer = asked("post", "/account/people/taro/close", referer=referer)
    assert answer is not None
    assert next_of(answer["Location"]) == back


@pytest.mark.parametrize(
    ("page", "back"), [("http://testserver/areas/282219", "/areas/282219"), ("https://evil.example/", ""), ("", "")]
)
def test_a_fragment_sends_the_whole_page_to_sign_in(page: str, back: str) -> None:
    answer = asked(path="/panel", **{"HX-Request": "true", "HX-Current-URL": page})
    assert answer is not None
    assert answer.status_code == 200
    assert "Location" not in answer
    assert next_of(answer["HX-Redirect"]) == back


@pytest.mark.parametrize("path", ["/api/areas", "/en/api/areas"])
def test_programs_get_401_and_json(path: str) -> None:
    answer = asked(path=path)
    assert answer is not None
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/json")
    assert json.loads(answer.content)["error"]["code"] == "sign_in"


@pytest.mark.parametrize("path", ["/no-such-page", "/account/no-such-page", "/en/account/no-such-page"])
def test_what_is_not_there_stays_404(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_every_view_that_is_open_is_known() -> None:
    """Opening a view is a decision: it shows here."""
    from django.urls import get_resolver

    def views(resolver: Any) -> Any:
        for pattern in resolver.url_patterns:
            yield from views(pattern) if hasattr(pattern, "url_patterns") else [pattern]

    ours = {each.name for each in views(get_resolver()) if each.callback.__module__.startswith("itoguchi.accounts")}
    opened = {
        each.name for each in views(get_resolver()) if each.name in ours and getattr(each.callback, "is_public", False)
    }
    steps = {"second_step", "passkey_question", "passkey_sign_in", "openid_start", "openid_back"}
    assert opened == {"sign_in", "sign_out", "demo_sign_in"} | steps
