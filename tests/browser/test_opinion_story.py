"""A remark at the 三重 briefing is found a year later in the old/new table, with the reason it was adopted in part."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser.axe import nothing_found, sign_in

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("ITOGUCHI_PICTURES")  # a folder, for who wants to see the pages
REMARK = "うちの町では、お年寄りが窓口まで来られない。役場の相談を、地区の公民館の画面で受けられるようにしてほしい。"
DOUBLE = "公民館に置いた画面ごしに役場へ相談できるようにしてください。高齢の方は窓口まで行けません。"
REASON = "画面での相談は加える。すべての公民館に一度に置くことは、職員の数から難しい。"


def look(page: Any, name: str) -> None:
    """See that axe finds nothing, and take pictures where somebody wants them."""
    nothing_found(page)
    for width in (320, 1280) if PICTURES else ():
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(PICTURES or "") / f"{name}-{width}.png", full_page=True)


def write_it_down_answer_and_decide(page: Any) -> None:
    sign_in(page, "coordinator")
    page.goto("/briefings/2017-02-16-mie")
    page.get_by_role("link", name="聞いた意見を記録する").click()
    page.get_by_label("意見の文").fill(REMARK)
    page.get_by_label("ひとことで").fill("公民館の画面で役場に相談したい")
    page.get_by_label("述べられた日").fill("平成29年2月16日")
    page.get_by_label("述べた人").select_option("resident")
    page.get_by_label("地域ブロック").select_option("tokai")
    look(page, "new")
    page.locator("main").get_by_role("button", name="記録する").click()
    page.get_by_role("link", name="整理する・同じ意見をまとめる").click()
    page.get_by_label("分野").select_option("public-private-services")
    page.locator("main").get_by_role("button", name="整理する").click()
    page.get_by_role("link", name="回答する", exact=True).click()
    page.get_by_label("一部採用").check()
    page.get_by_label("回答と理由").fill(REASON)
    look(page, "answer")
    page.locator("main").get_by_role("button", name="回答する").click()
    page.get_by_role("link", name="会合での対応を記録する").click()
    page.get_by_label("決めた会合").select_option(index=1)
    page.get_by_label("決まったこと").fill("斜めの糸に、公民館の画面での相談を加える。")
    look(page, "decide")
    page.locator("main").get_by_role("button", name="記録する").click()
    page.get_by_role("link", name="変えたことを書く").click()
    page.get_by_label("どの項目か").select_option("first-1-3")
    page.get_by_role("button", name="この項目の文を開く").click()
    words = page.get_by_label("新しい文").input_value()
    page.get_by_label("新しい文").fill(f"{words}あわせて、公民館の画面で役場に相談できるようにすべき。")
    page.get_by_label("理由").fill("三重県の説明会での住民の声による")
    look(page, "change")
    page.get_by_role("button", name="新旧対照表に入れる").click()
    look(page, "decision")


def say_the_same_in_other_words_and_merge_it(page: Any) -> None:
    page.context.clear_cookies()
    page.goto("/comments/")
    look(page, "periods")
    page.get_by_role("link", name="見本：ロードマップの次の版についての意見募集").click()
    page.get_by_label("ご意見").fill(DOUBLE)
    page.get_by_label("あなたは").select_option("resident")
    look(page, "period")
    page.get_by_role("button", name="意見を送る").click()
    said = page.get_by_role("status").inner_text()
    number = said.partition("番号 ")[2].partition("）")[0]
    assert page.goto(f"/opinions/{number}").status == 404
    sign_in(page, "coordinator")
    page.goto("/opinions/desk")
    look(page, "desk-held")
    page.locator(f"#opinion-{number}").check()
    page.get_by_role("button", name="選んだものを掲載する").click()
    page.goto(f"/opinions/{number}/sort")
    look(page, "sort")
    page.get_by_role("button", name="この意見を、こちらに統合する 公民館の画面で役場に相談したい").click()
    page.wait_for_selector("text=ここに統合した意見")
    look(page, "merged")
    for path, name in (
        ("/opinions/desk?state=sorted", "desk-sorted"),
        ("/opinions/import", "import"),
        ("/clauses/?due=late", "clauses"),
        ("/clauses/first-2-3/assign", "assign"),
        ("/comments/new", "new-period"),
        ("/en/opinions/desk", "en-desk"),
    ):
        page.goto(path)
        look(page, name)


def find_it_a_year_later(page: Any) -> None:
    page.context.clear_cookies()
    page.goto("/briefings/2017-02-16-mie")
    page.get_by_role("link", name="公民館の画面で役場に相談したい").click()
    look(page, "opinion")
    way = page.locator("ol.way").inner_text()
    assert "一部採用" in way
    assert REASON in way
    page.get_by_role("link", name="意見で変わったこと（新旧対照表）").click()
    row = page.locator("table.versus tbody tr", has_text="1(3)")
    assert "あわせて、公民館の画面で役場に相談できるようにすべき。" in row.locator("ins").inner_text()
    assert REASON in row.inner_text()
    assert "三重県の説明会での住民の声による" in row.inner_text()
    assert "公民館に置いた画面" in row.inner_text()  # the citizen's words, which led to the same change
    look(page, "changes")
    row.get_by_role("link", name="公民館の画面で役場に相談したい").click()
    page.get_by_role("link", name="説明会", exact=True).last.click()
    page.wait_for_url("**/briefings/2017-02-16-mie")
    page.goto("/opinions/")
    look(page, "opinions")
    for path, name in (
        ("/en/opinions/", "en-opinions"),
        ("/en/opinions/changes", "en-changes"),
        ("/clauses/first-1-3", "clause"),
    ):
        page.goto(path)
        look(page, name)


def test_a_remark_at_the_briefing_is_found_in_the_old_new_table_a_year_later(page: Any) -> None:
    write_it_down_answer_and_decide(page)
    say_the_same_in_other_words_and_merge_it(page)
    find_it_a_year_later(page)
