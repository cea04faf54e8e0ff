"""The stories in which a record changes what somebody does next."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.axe import sign_in
from tests.conftest import Site

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("words", ["たんば", "282219", "Tamba"])
def test_an_officer_stands_on_the_towns_page_in_one_step(page: Any, words: str) -> None:
    sign_in(page, "officer")
    page.goto("/")
    page.locator("main input[name=q]").press_sequentially(words)
    page.locator("#found a[href='/areas/282219']").click()
    page.wait_for_url("**/areas/282219")
    assert "丹波篠山市" in page.locator("h1").inner_text()


def test_nakagawa_offers_the_city_of_today_and_the_other_town(page: Any) -> None:
    page.goto("/")
    page.locator("main input[name=q]").fill("那珂川町")
    page.locator("main input[name=q]").press("Enter")
    found = page.locator("#found").inner_text()
    assert re.search(r"那珂川市\s+福岡県.*2018年9月30日まで那珂川町", found)
    assert re.search(r"那珂川町\s+栃木県", found)


def test_a_coordinator_mends_three_rows_and_every_municipality_shows_the_file(
    page: Any, site: Site, tmp_path: Path
) -> None:
    sign_in(page, "coordinator")
    page.goto("/areas/table")
    areas = page.evaluate("() => fetch('/areas/table?format=json').then(a => a.json())")
    rows = areas["rows"]
    assert len(rows) == 1741
    good = [[row["code"], row["name"], "2026", str(20_000 + place)] for place, row in enumerate(rows)]
    bad = [list(row) for row in good]
    bad[10][0] = bad[10][0][:5] + str((int(bad[10][0][5]) + 1) % 10)
    bad[20][3] = "約2万"
    bad[30][2] = "平成40年2月"
    file = tmp_path / "人口_2026.csv"

    def bring(lines: list[list[str]]) -> None:
        text = "\r\n".join(",".join(line) for line in [["団体コード", "団体名", "年", "人口"], *lines])
        file.write_text(text, encoding="utf-8-sig")
        page.goto("/areas/statistics/import")
        page.locator("input[type=file]").set_input_files(str(file))
        page.locator("input[name=source]").fill("住民基本台帳（試験）")
        page.locator("form.stack button").click()
        page.wait_for_load_state("networkidle")

    bring(bad)
    problems = page.locator("table.problems tbody tr")
    assert problems.count() == 3
    assert [problems.nth(n).locator("th").inner_text() for n in range(3)] == ["12", "22", "32"]
    page.goto("/areas/282219")
    assert "人口_2026.csv" not in page.content()
    bring(good)
    page.goto("/areas/282219")
    facts = page.locator("dl.facts").inner_text()
    assert "人口_2026.csv" in facts
    page.locator("dl.facts a", has_text="人口_2026.csv").click()
    assert "住民基本台帳（試験）" in page.content()


def test_a_visitor_opens_nineteen(page: Any) -> None:
    page.goto("/reports/2017-03-24")
    page.locator("a.figure", has_text="19").first.click()
    page.wait_for_url("**/figures/2017-03-24/prefectures")
    words = page.locator("main").inner_text()
    for name in ("香川県", "沖縄県", "北海道"):
        assert name in words
    assert "2017年3月24日" in words or "平成29年3月24日" in words
    page.locator("main a[href*='/briefings/2017-']").first.click()
    assert page.locator("h1").count() == 1
