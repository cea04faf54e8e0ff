"""Signing in as real offices do: with a second factor, by passkey, and through the office's own provider."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from tests import database
from tests.conftest import Site
from tests.site.test_start import free_port

pytestmark = pytest.mark.browser
SECRET = "a-long-enough-secret-7"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A provider of sign-in on this machine that knows two people."""
    port = free_port()
    known = {"k-1": "officer@example.jp", "k-2": "stranger@example.jp"}
    people = [json.dumps({"sub": sub, "email": email, "email_verified": True}) for sub, email in known.items()]
    served = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", f"--port={port}", *(f"--user-claims={each}" for each in people)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _try in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    served.kill()
    served.wait()


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[Site]:
    """A site that asks publishing roles for a second factor, with a member of the secretariat who has none yet."""
    running = Site(
        f"itoguchi_offices_{database.WORKER}",
        tmp_path_factory.mktemp("site"),
        sample=True,
        ITOGUCHI_SECOND_FACTOR="always",
        ITOGUCHI_OPENID_ISSUER=provider,
        ITOGUCHI_OPENID_CLIENT="itoguchi",
        ITOGUCHI_OPENID_SECRET="known-to-both",
        ITOGUCHI_OPENID_NAME="庁内の認証基盤",
    )
    for name in ("keeper", "second"):
        running.run(
            "open_account", name, "--name", "番人", "--email", f"{name}@example.jp", "--role", "coordinator",
            "--organisation", "総務省", "--kind", "ministry", "--password-stdin", typed=SECRET,
        )  # fmt: skip
    running.run(
        "open_account", "hanako", "--name", "花子", "--email", "officer@example.jp", "--role", "officer",
        "--area", "282219", "--password-stdin", typed=SECRET,
    )  # fmt: skip
    yield running
    running.stop()


@pytest.fixture
def finger(page: Any) -> Iterator[Any]:
    """A passkey device with a finger on it, inside the browser."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield session
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": made["authenticatorId"]})
    session.send("WebAuthn.disable")


def enter(page: Any, name: str) -> None:
    page.locator("input[name=username]").fill(name)
    page.locator("input[name=password]").fill(SECRET)
    page.get_by_role("button", name="ログインする", exact=True).click()
    page.wait_for_load_state()


def test_who_would_publish_sets_up_a_passkey_goes_on_and_later_needs_nothing_else(
    page: Any, site: Site, finger: Any
) -> None:
    page.goto("/account/sign-in?next=/account/people")
    enter(page, "keeper")
    assert "三分ほどで終わります" in page.locator("main").inner_text()
    assert page.goto("/account/people").status == 403
    page.get_by_role("link", name="二要素認証を登録する").click()
    page.get_by_role("link", name="パスキーを登録する").click()
    page.locator("input[name=name]").fill("職場のパソコン")
    page.get_by_role("button", name="パスキーを登録する").click()
    page.wait_for_selector(".codes")
    assert page.locator(".codes li").count() == 10
    page.get_by_role("link", name="書き留めたので進む").click()
    page.wait_for_url(f"{site.url}/account/people")
    assert "keeper" in page.locator("main").inner_text()
    page.goto("/account/")
    page.get_by_role("button", name="ログアウト").click()
    page.goto("/account/sign-in?next=/account/people")
    page.get_by_role("button", name="パスキーでログインする").click()
    page.wait_for_url(f"{site.url}/account/people")
    assert "keeper" in page.locator("main").inner_text()
    page.goto("/account/second-factor")
    assert "職場のパソコン" in page.locator("main").inner_text()


def test_a_code_of_the_app_is_the_second_step(page: Any, site: Site) -> None:
    page.goto("/account/sign-in?next=/account/second-factor/app")
    enter(page, "second")
    page.goto("/account/second-factor/app?next=/account/people")
    key = pyotp.TOTP(page.locator("code.secret").inner_text().replace(" ", ""))
    page.locator("input[name=code]").fill(key.now())
    page.get_by_role("button", name="登録する").click()
    page.wait_for_selector(".codes")
    paper = page.locator(".codes code").first.inner_text()
    page.goto("/account/")
    page.get_by_role("button", name="ログアウト").click()
    page.goto("/account/sign-in?next=/account/people")
    enter(page, "second")
    assert page.url.endswith("/account/sign-in/second-step")
    page.locator("input[name=code]").fill(paper)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/account/people")
    assert "残りは9個" in page.locator(".messages").inner_text()


def through_provider(page: Any, subject: str) -> None:
    page.goto("/account/sign-in?next=/roadmap/")
    page.get_by_role("link", name="庁内の認証基盤でログインする").click()
    page.get_by_role("button", name=subject, exact=True).first.click()
    page.wait_for_load_state()


def test_the_offices_provider_opens_for_the_known_and_no_one_else(page: Any, site: Site) -> None:
    through_provider(page, "k-2")
    assert page.url == f"{site.url}/account/sign-in"
    assert "アカウントがありません" in page.locator(".messages").inner_text()
    through_provider(page, "k-1")
    assert page.url.endswith("/roadmap/")
    page.goto("/account/second-factor")
    assert site.env["ITOGUCHI_OPENID_ISSUER"] in page.locator("main").inner_text()
    page.goto("/account/sign-in")
    page.get_by_role("link", name="庁内の認証基盤でログインする").click()
    with page.expect_request(lambda request: "sign-in/office/back" in request.url) as back:
        page.get_by_role("button", name="Deny").click()
    assert "認証が取り消されました" in page.locator(".messages").inner_text()
    page.goto(back.value.url.replace("error=access_denied", "code=stolen"))
    assert "はじめからログインしてください" in page.locator(".messages").inner_text()


def test_an_answer_from_the_provider_counts_once(page: Any, site: Site) -> None:
    page.goto("/account/sign-in?next=/roadmap/")
    page.get_by_role("link", name="庁内の認証基盤でログインする").click()
    asked = parse_qs(urlsplit(page.url).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{site.url}/account/sign-in/office/back"]
    with page.expect_request(lambda request: "sign-in/office/back" in request.url) as back:
        page.get_by_role("button", name="k-1", exact=True).first.click()
    page.wait_for_url("**/roadmap/")
    page.goto(back.value.url)
    assert "はじめからログインしてください" in page.locator(".messages").inner_text()


def test_a_provider_that_does_not_answer_holds_nobody_up(
    page: Any, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        site.stop_serving()
        before, site.env = (
            site.env,
            site.env | {"ITOGUCHI_OPENID_ISSUER": f"http://localhost:{silent.getsockname()[1]}"},
        )
        site.start()
        try:
            page.goto("/account/sign-in")
            page.get_by_role("link", name="庁内の認証基盤でログインする").click()
            page.wait_for_selector(".messages")
            assert "認証のサーバーに届きません" in page.locator(".messages").inner_text()
        finally:
            site.stop_serving()
            site.env = before
            site.start()
