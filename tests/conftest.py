"""Strict ground for every test: no network, no writing in a GET, no unknown template variable, real PostgreSQL."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from tests import database

pytest_plugins = ["tests.personas"]

DAY_OF_COLLECTION = timezone.localdate()
CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)
WRITES = re.compile(r"^\s*(?:SELECT set_config.*?;\s*)?(INSERT|UPDATE|DELETE|TRUNCATE|COPY)\b", re.I | re.S)
LOOPBACK = ("127.", "::1", "localhost")
LONGEST = (
    "browser/test_axe_japanese",
    "accounts/test_permissions",
    "browser/test_axe_english",
    "tests/browser/",
    "tests/site/",
    "areas/test_import_killed",
)
# A page that is left while a panel or the finder still asks lets go of that request, and htmx says so; a request that
# fails is another line (htmx:sendError, htmx:responseError) and fails the test.
HARMLESS = ("Failed to load resource", "htmx:afterRequest", "htmx:sendAbort")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that no worker is left with one of them when the others are done."""
    items.sort(key=lambda item: next((i for i, name in enumerate(LONGEST) if name in item.nodeid), len(LONGEST)))


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """The worker's own clone of the template; pytest-django rolls every test back in it."""
    database.build_template()
    name = f"itoguchi_test_{database.WORKER}"
    database.clone(name)
    yield
    with django_db_blocker.unblock():
        for each in connections.all():
            each.close()
            if hasattr(each, "close_pool"):
                each.close_pool()
    database.drop(name)


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database of its own, for tests that commit: threads, locks, kills."""
    name = f"itoguchi_own_{database.WORKER}"
    database.clone(name)
    settings = connections.settings["default"]
    usual = settings["NAME"]

    def turn_to(target: str) -> None:
        connections["default"].close()
        connections["default"].close_pool()
        settings["NAME"] = target

    turn_to(name)
    with django_db_blocker.unblock():
        yield
        turn_to(usual)
    database.drop(name)


@pytest.fixture(autouse=True)
def _the_day_of_the_test(request: pytest.FixtureRequest) -> None:
    """A file whose TODAY was the day of the collection goes on with the day it is: a run may cross midnight in Japan."""
    if getattr(request.module, "TODAY", None) == DAY_OF_COLLECTION:
        request.module.TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hash with fewer rounds: tests sign in hundreds of times."""
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 1_000)


@pytest.fixture(autouse=True)
def _static_files_when_asked(settings: Any) -> None:
    """Look a static file up when it is asked for, not all of them at the first page of every client."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def only_loopback(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test reached out to the network: {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_loopback)


@pytest.fixture(autouse=True)
def _no_writing_in_a_get(monkeypatch: pytest.MonkeyPatch) -> None:
    generic = Client.generic

    def refuse(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        counts_uses = "core_throttle" in str(sql)  # how often one asks is counted for reading too
        assert counts_uses or not WRITES.match(str(sql)), f"a GET writes: {sql}"
        return execute(sql, params, many, context)

    def watched(self: Client, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        if method not in {"GET", "HEAD"}:
            return generic(self, method, path, *args, **kwargs)
        with connection.execute_wrapper(refuse):
            return generic(self, method, path, *args, **kwargs)

    monkeypatch.setattr(Client, "generic", watched)


class Site:
    """A running site of its own: granian in front of a clone of the template, as `make demo` starts it."""

    def __init__(self, name: str, home: Path, *, sample: bool, **env: str) -> None:
        self.database_url = database.clone(name, template=database.SAMPLE if sample else database.TEMPLATE)
        self.name = name
        self.home = home
        self.env = os.environ | {"DATABASE_URL": self.database_url, "ITOGUCHI_HOME": str(home), "WORLD": "sample"} | env
        self.run("collectstatic", "--noinput", "-v0")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.start()

    def start(self) -> None:
        with (self.home / "site.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "itoguchi.cli", "serve"],
                env=self.env | {"PORT": str(self.port)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(200):
            try:
                with urllib.request.urlopen(self.url, timeout=5):
                    return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise AssertionError("the site did not start:\n" + (self.home / "site.log").read_text()[-3000:])

    def run(self, *command: str, typed: str = "") -> str:
        """Run an `itoguchi` command on this site's database, with what is typed; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "itoguchi.cli", *command],
            env=self.env,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def stop_serving(self) -> None:
        os.killpg(self.process.pid, 15)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait(10)

    def stop(self) -> None:
        self.stop_serving()
        database.drop(self.name)


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory, request: Any) -> Iterator[Site]:
    """A site in the sample world for the browser tests of one file."""
    name = f"itoguchi_site_{database.WORKER}_{request.module.__name__.rsplit('.', 1)[-1]}"[:60]
    running = Site(name, tmp_path_factory.mktemp("site"), sample=True)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real browser; its absence is said plainly, and is a failure where ITOGUCHI_REQUIRE_BROWSER is set."""
    if CHROMIUM is None:
        words = "Chromium is missing: apt-get install chromium fonts-noto-cjk (Debian), then run again."
        if os.environ.get("ITOGUCHI_REQUIRE_BROWSER"):
            pytest.fail(words)
        pytest.skip(words)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def _window(chromium: Any, site: Site) -> Iterator[tuple[Any, list[str]]]:
    """One page of the browser for a file of tests, and the errors that it tells of."""
    context = chromium.new_context(base_url=site.url, locale="ja-JP")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: (
            errors.append(message.text) if message.type == "error" and not message.text.startswith(HARMLESS) else None
        ),
    )
    yield page, errors
    context.close()


@pytest.fixture
def page(_window: tuple[Any, list[str]]) -> Iterator[Any]:
    """A page at 1280 px, nobody signed in; errors of scripts and of the content security policy fail the test."""
    page, errors = _window
    errors.clear()
    page.set_viewport_size({"width": 1280, "height": 900})
    yield page
    page.goto("about:blank")
    page.context.clear_cookies()
    assert not errors, errors
