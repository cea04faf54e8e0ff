"""Cases stand side by side, put there one by one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.axe import nothing_found

pytestmark = pytest.mark.browser


def test_cases_stand_side_by_side(page: Any) -> None:
    page.goto("/cases/1")
    page.get_by_role("link", name="ほかの事例と並べてくらべる").click()
    page.wait_for_url("**/cases/side-by-side?case=1")
    page.get_by_role("button", name="加える").click()
    page.wait_for_url("**case=1&case=*")
    assert page.locator("table.sides thead th").count() == 3
    nothing_found(page)
