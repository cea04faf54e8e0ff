"""The keyboard alone reaches and uses finder, table and map."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytestmark = pytest.mark.browser


def tab_to(page: Any, selector: str, *, most: int = 60) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def test_the_first_tab_skips_to_the_content(page: Any) -> None:
    page.goto("/areas/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_finder(page: Any) -> None:
    page.goto("/")
    tab_to(page, "main input[name=q]")
    page.keyboard.type("たんば")
    page.locator("#found a").nth(1).wait_for()
    tab_to(page, "#found a[href='/areas/282219']", most=5)
    page.keyboard.press("Enter")
    page.wait_for_url("**/areas/282219")
    assert "丹波篠山市" in page.locator("h1").inner_text()


def test_finder_with_enter(page: Any) -> None:
    page.goto("/")
    tab_to(page, "main input[name=q]")
    page.keyboard.type("282219")
    page.keyboard.press("Enter")
    page.wait_for_url("**/areas/282219")


def test_search_from_any_page(page: Any) -> None:
    page.goto("/meetings/")
    tab_to(page, "header input[name=q]", most=6)
    page.keyboard.type("てれわく")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")
    assert "「てれわく」を「テレワーク」として探しました。" in page.locator("main").inner_text()
    tab_to(page, ".results a[href^='/kpis/']", most=40)
    page.keyboard.press("Enter")
    page.wait_for_url("**/kpis/telework")


def test_search_offers_while_typing(page: Any) -> None:
    page.goto("/search")
    tab_to(page, "main input[name=q]")
    page.keyboard.type("たんばささ")
    page.locator("#suggestions a").first.wait_for()
    tab_to(page, "#suggestions a[href='/areas/282219']", most=5)
    page.keyboard.press("Enter")
    page.wait_for_url("**/areas/282219")


def test_table(page: Any) -> None:
    page.goto("/areas/table")
    tab_to(page, "select[name=kind]")
    page.keyboard.press("End")
    tab_to(page, "form.filters button")
    page.keyboard.press("Enter")
    page.wait_for_url("**kind=village**")
    tab_to(page, "thead a[href*='sort=population']")
    page.keyboard.press("Enter")
    page.wait_for_url("**sort=population**")
    assert page.locator("th[aria-sort=ascending]").inner_text() == "人口"
    tab_to(page, "tbody a", most=90)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/areas/\d{6}$"))


def test_map(page: Any) -> None:
    page.goto("/areas/")
    page.locator(".map-view svg path[data-c]").first.wait_for(state="attached")
    tab_to(page, ".map-view")
    says = page.locator(".map-says")
    assert says.inner_text() == "千代田区"
    page.keyboard.press("ArrowLeft")
    assert says.inner_text() != "千代田区"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    name = says.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/areas/\d{6}$"))
    assert page.locator("h1").inner_text() == name


def test_the_map_is_coloured_by_a_measure(page: Any) -> None:
    page.goto("/areas/")
    page.locator(".map-view svg path[data-c]").first.wait_for(state="attached")
    assert page.locator(".map-view path[data-c]").count() == 1741
    page.locator("#map-measure").select_option("population")
    page.locator(".map-view path.v5").first.wait_for(state="attached")
    assert page.locator(".map .legend li").count() == 5
