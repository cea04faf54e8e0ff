"""A town asks to join its block's council, the bureau lets it in; one paper in two threads reaches its officer once, saying why."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.browser.axe import nothing_found, sign_in

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("ITOGUCHI_PICTURES")  # a folder, for who wants to see the pages
COUNCIL = "/threads/diagonal-kinki"
PAPER = "/meetings/task-force-3"
TITLE = "見守りの罠の比較表"


def look(page: Any, name: str) -> None:
    """See that axe finds nothing, and take pictures where somebody wants them."""
    nothing_found(page)
    for width in (320, 1280) if PICTURES else ():
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(PICTURES or "") / f"{name}-{width}.png", full_page=True)


def join_the_council(page: Any) -> None:
    sign_in(page, "neighbour")
    page.goto("/threads/vertical-primary-industry")
    page.get_by_role("link", name="この糸に加わる").click()
    page.get_by_label("取り組みたいこと・できること").fill("罠の見守りを隣の市と一緒に試したい。")
    look(page, "join")
    page.get_by_role("button", name="申し込む").click()
    assert "返事を待っています" in page.locator("main").inner_text()
    sign_in(page, "coordinator")
    page.goto("/threads/vertical-primary-industry")
    look(page, "requests")
    page.locator("#requests + ul").get_by_role("link", name="丹波市").click()
    page.get_by_label("いつまで（任期）").fill(f"{timezone.localdate().year + 1}-03-31")
    look(page, "decide")
    page.get_by_role("button", name="参加を認める").click()
    sign_in(page, "bureau")
    page.goto(COUNCIL)
    page.locator("#requests + ul").get_by_role("link", name="丹波市").click()
    page.get_by_role("button", name="参加を認める").click()
    assert "参加を認めました" in page.get_by_role("status").inner_text()


def test_one_paper_in_two_threads_reaches_the_officer_of_a_town_that_joined_once_with_every_reason(page: Any) -> None:
    join_the_council(page)
    sign_in(page, "neighbour")
    page.goto("/fields/primary-industry")
    page.get_by_role("button", name="フォローする").click()
    sign_in(page, "coordinator")
    for thread in ("/threads/vertical-primary-industry", COUNCIL):
        page.goto(f"{thread}/items/new")
        page.get_by_label("題名").fill(TITLE)
        page.get_by_label("どこにあるか（住所）").fill(PAPER)
        page.get_by_label("事項", exact=True).select_option("regional-resources")
        page.get_by_role("button", name="載せる").click()
    look(page, "council")
    page.goto("/topics/regional-resources")
    look(page, "topic")
    sign_in(page, "neighbour")
    page.goto("/follow-up/watch")
    for more in page.locator("details.more > summary").all():
        more.click()
    told = page.locator("main").inner_text()
    assert told.count(TITLE) == 1
    for reason in ("縦の糸：農林水産業", "斜めの糸：近畿", "分野「農林水産業」をフォロー"):
        assert reason in told
    page.goto("/follow")
    look(page, "follows")


def test_the_weave_leads_to_who_could_fill_a_gap_and_the_card_is_one_page(page: Any) -> None:
    page.goto("/threads/weave")
    look(page, "weave")
    page.locator("td.gap a").first.click()
    look(page, "crossing")
    page.goto("/areas/blocks/kinki/card")
    look(page, "card")
    printed: bytes = page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page/") + printed.count(b"/Type /Page ") == 1
