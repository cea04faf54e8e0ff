"""axe finds nothing on any page: each page once here, in both languages and widths where CI asks for all views."""

from __future__ import annotations

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.conftest import Site

pytestmark = pytest.mark.browser

OPEN_TO_ALL = [
    "/",
    "/areas/",
    "/areas/?q=那珂川町",
    "/areas/?q=どこにもない",
    "/areas/table",
    "/areas/table?block=none&name=zzzz",
    "/areas/blocks/kinki",
    "/areas/blocks/okinawa",
    "/areas/280003",
    "/areas/282219",
    "/areas/282219/history",
    "/areas/files/1",
    "/areas/000000",
    "/briefings/",
    "/briefings/?as_of=2017-03-24",
    "/briefings/list",
    "/briefings/2017-02-24-ishikawa",
    "/meetings/",
    "/meetings/task-force-4",
    "/reports/",
    "/reports/2017-03-24",
    "/figures/2017-03-24/prefectures",
    "/account/sign-in",
]
SIGNED_IN = ["/account/", "/areas/statistics/import", "/account/people", "/account/organisations"]
ALL_VIEWS = bool(os.environ.get("ITOGUCHI_REQUIRE_BROWSER"))
VIEWS = [("", 1280), ("/en", 320), ("", 320), ("/en", 1280)] if ALL_VIEWS else [("", 1280)]


def look_at(page: Any, path: str) -> None:
    """Open a page, wait for its panels, ask axe, and see that nothing has to be scrolled sideways."""
    answer = page.goto(path)
    assert answer.status == (404 if path.endswith("/areas/000000") else 200), path
    page.wait_for_load_state("networkidle")
    found = Axe().run(page)
    assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1], f"{path} is {wide[0]} px wide on a screen of {wide[1]}"


@pytest.mark.parametrize(("language", "width"), VIEWS)
@pytest.mark.parametrize("path", OPEN_TO_ALL)
def test_public_pages(page: Any, path: str, language: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    look_at(page, language + path)


@pytest.mark.parametrize(("language", "width"), VIEWS)
def test_pages_behind_sign_in(page: Any, site: Site, language: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, "coordinator")
    for path in SIGNED_IN:
        look_at(page, language + path)


def sign_in(page: Any, persona: str) -> None:
    """Press the demo's button of a persona."""
    page.goto("/account/sign-in")
    page.locator(f"button[value={persona}]").click()
    page.wait_for_load_state("networkidle")
