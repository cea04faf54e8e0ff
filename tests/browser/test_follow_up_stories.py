"""The stories of the follow-up: from a late KPI to what was done and what came; and a survey answered in minutes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.browser.axe import nothing_found, sign_in

pytestmark = pytest.mark.browser


def percents(text: str) -> list[float]:
    return [float(each) for each in re.findall(r"([0-9.]+) %", text)]


def test_a_coordinator_goes_from_a_late_kpi_to_where_it_lags_and_what_is_done(page: Any) -> None:
    today = timezone.localdate()
    sign_in(page, "coordinator")
    page.goto("/")
    page.get_by_role("link", name="目標に届く見込みか、遅れに何をしているかを見る").click()
    late = page.locator("section:has(> h3 a[href$='/kpis/open-data'])")
    assert late.locator(".standing .tag").inner_text() == "遅れ"
    pace = re.search(r"いまの進み方では、期限の\S+に ([0-9]+)–([0-9]+) %", late.inner_text())
    assert pace
    assert 0 < int(pace[1]) < int(pace[2]) < 100

    late.get_by_role("link", name="どこが遅れているかを見る").click()
    words = page.locator("#lagging").inner_text()
    nation, *shares = percents(words)
    assert len(shares) == 3
    assert shares == sorted(shares)
    assert shares[-1] < nation
    for number in range(3):
        block = page.locator("#lagging a").nth(number)
        name = block.inner_text()
        block.click()
        assert name in page.locator("h1").inner_text()
        assert percents(page.locator("dl.nums dd").nth(1).inner_text()) == [shares[number]]
        assert "遅れの" in page.locator("#behind").inner_text()
        page.go_back()
    behind = page.locator("#behind").inner_text()
    assert "人口5,000人未満の市区町村です" in behind
    assert percents(behind)[0] > 50

    page.get_by_role("link", name="遅れているKPIに何をしているかを見る").click()
    # What was recorded a year ago stands beside what came, and falls short; so the KPI asks again.
    before = late.locator("tbody tr").first
    [expected] = percents(before.locator("td").nth(1).inner_text())
    [actual] = percents(before.locator("td").nth(2).inner_text())
    assert (actual >= expected) == ("見込みどおり" in before.inner_text())
    assert page.locator("#unanswered ~ section").first.get_by_role("link", name="改善策を記録する").count() == 1

    late.get_by_role("link", name="改善策を記録する").click()
    nothing_found(page)
    page.get_by_label("改善策", exact=True).fill("ひな形を配り、12町を訪ねる")
    page.get_by_label("だれが").fill("総合通信局")
    page.get_by_label("いつまでに").fill((today + timedelta(days=180)).isoformat())
    page.get_by_label("見込む値").fill("60")
    page.get_by_label("見込む時点").fill(today.isoformat())
    page.get_by_role("button", name="記録する").click()
    assert "これからの日にしてください" in page.locator("form.stack").inner_text()
    page.get_by_label("見込む時点").fill((today + timedelta(days=365)).isoformat())
    page.get_by_role("button", name="記録する").click()
    page.wait_for_url("**/follow-up/#open-data")
    row = late.locator("tr", has_text="ひな形を配り、12町を訪ねる")
    assert "60 %" in row.inner_text()
    assert "まだ時点が来ていません" in row.inner_text()
    assert page.locator("#unanswered").evaluate("each => each.nextElementSibling.classList.contains('empty')")
    nothing_found(page)


def test_an_officer_answers_a_survey_in_minutes_and_sees_the_place_among_peers(page: Any) -> None:
    sign_in(page, "officer")
    page.locator("header .who a.btn").click()
    page.locator(".duties a[href$='/surveys/sample/areas/282219']").click()
    stages = page.locator("select[name$=':stage']")
    filled = [stages.nth(number).input_value() for number in range(stages.count())]
    assert len([stage for stage in filled if stage]) > len(filled) / 2
    asked = next(number for number, stage in enumerate(filled) if stage not in {"running", "shared"})
    stages.nth(asked).select_option("running")
    page.get_by_role("button", name="この内容で回答する").click()
    page.wait_for_url("**/areas/282219/peers")
    assert "回答しました" in page.locator(".messages").inner_text()
    running = sum(stage in {"running", "shared"} for stage in filled) + 1
    words = page.locator("#among + p").inner_text()
    assert f"{len(filled)}のモデルのうち {running} を実装・横展開しています" in words
    assert re.search(r"似た団体のまん中は [0-9.]+。", words)
    assert re.search(r"20団体の(うち [0-9]+団体が|どこも)、これより多く", words)
    assert page.locator("#peers + table tbody tr").count() == 20
    nothing_found(page)
    page.locator("table").first.locator("a[href*='?solution=']").first.click()
    assert "から" in page.locator("#peers + table").inner_text() or page.locator("#peers + table .tag").count()
    page.goto("/account/")
    page.wait_for_load_state("networkidle")
    assert page.locator(".duties a[href$='/surveys/sample/areas/282219']").count() == 0
