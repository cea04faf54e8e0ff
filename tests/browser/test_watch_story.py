"""An officer saves what she looks for and is told of what is new; the secretariat sees unmet needs and edits equal words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser.axe import nothing_found, sign_in

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("ITOGUCHI_PICTURES")  # a folder, for who wants to see the pages


def look(page: Any, name: str) -> None:
    nothing_found(page)
    for width in (320, 1280) if PICTURES else ():
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(PICTURES or "") / f"{name}-{width}.png", full_page=True)


def test_an_officer_saves_a_search_and_is_told(page: Any) -> None:
    sign_in(page, "officer")
    page.goto("/schemes/?when=open")
    page.get_by_role("button", name="この検索を保存して").click()
    page.wait_for_url("**/search/saved")
    assert page.get_by_role("heading", name="支援メニュー").count() == 1
    look(page, "saved")
    page.get_by_label("名前").fill("受付中のもの")
    page.get_by_role("button", name="保存する").click()
    page.get_by_role("link", name="お知らせの間隔を変える").click()
    assert "受付中のもの" in page.locator("main").inner_text() or page.locator("#watched").count() == 1
    look(page, "watch")


def test_the_secretariat_sees_where_needs_are_not_met(page: Any) -> None:
    sign_in(page, "coordinator")
    page.goto("/needs/unmet?by=prefecture")
    look(page, "unmet")
    page.locator(".map svg a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#cell")
    page.goto("/needs/unmet?by=block&field=tourism")
    look(page, "unmet-block")


def test_the_secretariat_adds_words_that_mean_the_same(page: Any) -> None:
    sign_in(page, "coordinator")
    page.goto("/search/synonyms")
    page.locator("#new-field").select_option("workstyle")
    page.locator("#new-words").fill("ノマド、テレワーク")
    page.get_by_role("button", name="加える", exact=True).click()
    page.wait_for_selector("text=同じ意味の言葉を直しました")
    look(page, "synonyms")
    page.goto("/search?q=ノマド")
    assert "テレワーク" in page.locator("ol.results").inner_text()
    look(page, "search")
