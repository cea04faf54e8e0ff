"""A case tells a year later what it cost and changed; a town 600 km away copies the model, reports, and two outcomes show."""

from __future__ import annotations

import io
import math
import re
from typing import Any

import docx
import pytest
from django.utils import timezone

from itoguchi.core.calendar import fiscal_year
from tests.browser.axe import nothing_found, sign_in

pytestmark = pytest.mark.browser

CASE, MODEL = "/cases/1", "/reference-models/sample-disaster-notice"
GIVER, COPIER = (38.594, 140.373), (35.076, 135.219)  # 大石田町, 丹波篠山市: their offices


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    (a, b), (c, d) = ((math.radians(each) for each in pair) for pair in (one, other))
    return 6371 * math.acos(math.sin(a) * math.sin(c) + math.cos(a) * math.cos(c) * math.cos(d - b))


def test_the_two_towns_lie_600_km_apart() -> None:
    assert 590 < kilometres(GIVER, COPIER) < 610


def test_a_case_tells_what_it_changed_and_a_town_far_away_copies_it_and_reports_back(page: Any) -> None:
    say_a_year_later_what_it_cost_and_changed(page)
    page.context.clear_cookies()
    copy_the_model_and_report_back(page)


def say_a_year_later_what_it_cost_and_changed(page: Any) -> None:
    sign_in(page, "coordinator")
    page.goto("/reference-models/")
    page.get_by_role("link", name="避難の知らせを家の中に届けるひとそろい").click()
    assert "報告はまだありません" in page.locator("section[aria-labelledby=effects]").inner_text()
    page.goto(CASE)
    assert "大石田町" in page.locator(".lead").inner_text()
    assert "に1年になりました" in page.locator("main").inner_text()
    page.get_by_role("link", name="いまも当てはまるかを確かめる").click()
    page.wait_for_url("**/check")
    nothing_found(page)
    page.get_by_label("当てはまる", exact=True).check()
    page.locator("#id_figures-0-after").fill("88")
    page.locator("#id_figures-0-after_on").fill(timezone.localdate().isoformat())
    year = fiscal_year(timezone.localdate()) - 1
    page.locator("#id_costs-0-year").fill(str(year))
    page.locator("#id_costs-0-yen").fill("６４０万")
    page.get_by_role("button", name="確かめた結果を記録する").click()
    page.wait_for_url(f"**{CASE}")
    assert "6,400,000" in page.locator("section[aria-labelledby=costs]").inner_text()
    assert "88" in page.locator("section[aria-labelledby=figures]").inner_text()
    nothing_found(page)


def copy_the_model_and_report_back(page: Any) -> None:
    sign_in(page, "officer")
    page.goto(MODEL)
    panel = page.locator("section.panel", has_text="計画に写す")
    panel.locator("li a").first.click()
    page.wait_for_url(re.compile(r"/plans/\d+/copy/sample-disaster-notice$"))
    nothing_found(page)
    page.get_by_label("業務仕様書").check()
    page.get_by_label("安全管理の点検表").check()
    page.get_by_role("button", name="選んだ部分を写す").click()
    page.wait_for_url(re.compile(r"/plans/\d+#copied$"))
    plan = page.url.split("#")[0]
    said = page.locator("main").inner_text()
    origin = "大石田町の参照モデル「見本：避難の知らせを家の中に届けるひとそろい」（第1版）から"
    assert said.count(origin) == 2
    nothing_found(page)
    with page.expect_download() as taken:
        page.get_by_role("link", name="Wordで受け取る").click()
    word = docx.Document(io.BytesIO(taken.value.path().read_bytes()))
    lines = ["".join(t.text or "" for t in p.iter("{*}t")) for p in word.element.body.iter("{*}p")]
    assert sum(origin in line for line in lines) == 2

    page.goto(plan)
    page.get_by_role("link", name="使った結果を報告する").click()
    page.wait_for_url("**/report")
    nothing_found(page)
    page.get_by_label("前の値", exact=True).fill("60")
    page.get_by_label("前の値の日").fill("令和7年4月1日")
    page.get_by_label("後の値", exact=True).fill("80")
    page.get_by_label("後の値の日").fill(timezone.localdate().isoformat())
    page.get_by_label("これまでの費用の合計（円）").fill("9,200,000円")
    page.get_by_label("使ってみて分かったこと").fill("見本：谷の奥では中継機が要る。")
    page.get_by_role("button", name="報告する").click()
    page.wait_for_url(f"**{MODEL}")
    effects = page.locator("section[aria-labelledby=effects]")
    figures = effects.locator("dl.facts").inner_text()
    assert re.search(r"件数（n）\s*2", figures)
    assert re.search(r"中央値\s*33 %", figures)  # 46 of the case, 20 of the report
    assert re.search(r"20 – 46 %", figures)
    assert effects.locator("tbody tr").count() == 2
    costs = page.locator("section[aria-labelledby=costs]").inner_text()
    assert "7,800,000 円" in costs
    assert "6,400,000 – 9,200,000 円" in costs
    nothing_found(page)
    effects.locator("tbody tr", has_text="丹波篠山市").get_by_role("link").click()
    page.wait_for_url("**/reuses?area=282219")
    assert "谷の奥では中継機が要る" in page.locator("tbody").inner_text()


def test_cases_stand_side_by_side(page: Any) -> None:
    page.goto(CASE)
    page.get_by_role("link", name="ほかの事例と並べてくらべる").click()
    page.wait_for_url("**/cases/side-by-side?case=1")
    page.get_by_role("button", name="加える").click()
    page.wait_for_url("**case=1&case=*")
    assert page.locator("table.sides thead th").count() == 3
    nothing_found(page)
