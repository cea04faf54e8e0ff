"""From a worry in own words to the first step, and from needs heard at briefings to the table of the next budget request."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import docx
import pypdfium2
import pytest
from django.utils import timezone

from tests.browser.axe import nothing_found, sign_in
from tests.conftest import Site

pytestmark = pytest.mark.browser

WORRY = "猿が畑を荒らす、見回りの人手がない"
TOWN = "立科町"  # about 6,000 people in the sample world
SOLUTION = "スマート農業・林業・漁業モデル"
OFFICER, APPROVER, PASSWORD = "tateshina", "tateshina-approver", "shirakaba-and-monkeys-2026"
TWO_WEEKS_PASS = """
from datetime import timedelta
from django.db.models import F
from itoguchi.core.models import Approval
waiting = Approval.objects.filter(deed="approve_plan", drafter__sign_in_name="tateshina", state=Approval.State.DRAFTED)
print(waiting.update(drafted_at=F("drafted_at") - timedelta(days=14)))
"""


def whole_sheet(page: Any) -> None:
    """What the sheet says of the worry: the solution, peers, schemes yes and no with why, a range, three actions."""
    assert SOLUTION in page.locator("section[aria-labelledby=what]").inner_text()
    peers = page.locator("section[aria-labelledby=peers] tbody tr")
    assert peers.count() >= 4
    assert re.search(r"実装|横展開", peers.first.inner_text())
    assert re.search(r"\d{4}年", peers.first.inner_text())
    schemes = page.locator("section[aria-labelledby=schemes]")
    assert schemes.locator("li", has_text="✓").count() >= 2
    refused = schemes.locator("li", has_text="✗")
    assert refused.count() >= 1
    assert "足りないこと：" in refused.first.inner_text()
    assert re.search(r"[\d,]{7,}円から[\d,]{7,}円", page.locator("section[aria-labelledby=cost]").inner_text())
    own = page.locator("p.range", has_text="団体の負担").inner_text()
    assert re.search(r"[\d,]+円から[\d,]+円", own), "a range for the town's own cost, never one figure"
    session = page.locator("p.range", has_text="予算を議決する会期").inner_text()
    assert re.search(r"(3|6|9|12)月定例会", session)
    actions = page.locator(".three li")
    assert actions.count() == 3
    assert all("まで" in each and re.search(r"令和\d+年\d+月\d+日", each) for each in actions.all_inner_texts())


def test_a_visitor_reaches_the_sheet_of_a_town_in_four_steps(page: Any) -> None:
    page.goto("/")
    page.get_by_label("困りごとを言葉で書く").fill(WORRY)  # 1
    page.locator("main form.ask input[name=area]").fill(TOWN)  # 2
    page.get_by_role("button", name="最初の一歩を見る").click()  # 3
    page.wait_for_url("**/first-step?*")
    assert f"{TOWN}の最初の一歩" in page.locator("h1").inner_text()
    assert WORRY in page.locator(".worry").inner_text()
    whole_sheet(page)
    assert page.get_by_role("button", name="ニーズとして保存する").count() == 0
    assert page.get_by_role("button", name="印刷する").is_visible()
    nothing_found(page)
    peer = page.locator("section[aria-labelledby=peers] tbody a").first
    peer.click()
    page.wait_for_url("**/implementations/smart-primary-industry")


def test_one_of_two_towns_of_a_name_is_chosen(page: Any) -> None:
    page.goto("/")
    page.get_by_label("困りごとを言葉で書く").fill(WORRY)
    page.locator("main form.ask input[name=area]").fill("清水町")
    page.get_by_role("button", name="最初の一歩を見る").click()
    page.locator(".found li").first.wait_for()
    assert page.locator(".found li").count() >= 2
    nothing_found(page)
    page.locator(".found a", has_text="静岡県").click()
    page.wait_for_url("**area=223417*")
    whole_sheet(page)


def test_an_officer_has_her_area_filled_in_and_keeps_the_worry(page: Any) -> None:
    sign_in(page, "officer")
    page.goto("/")
    page.get_by_label("困りごとを言葉で書く").fill(WORRY)  # 1
    page.get_by_role("button", name="最初の一歩を見る").click()  # 2
    page.wait_for_url("**/first-step?*")
    assert "丹波篠山市の最初の一歩" in page.locator("h1").inner_text()
    whole_sheet(page)
    page.locator("#cost-form summary").click()
    page.locator("#yen-1").fill("8000000")
    page.get_by_role("button", name="この費用で見る").click()
    page.wait_for_url("**cost_yen=8000000*")
    assert WORRY in page.locator(".worry").inner_text()
    page.get_by_role("button", name="ニーズとして保存する").click()
    page.wait_for_url(re.compile(r"/needs/\d+$"))
    assert WORRY in page.locator(".worry").inner_text()
    assert SOLUTION in page.locator("dl.facts").inner_text()
    page.locator(".panel form.ask button").click()
    page.wait_for_url("**/first-step?*need=*")
    whole_sheet(page)


def test_a_coordinator_takes_the_needs_that_no_scheme_meets_in_shinetsu(page: Any) -> None:
    sign_in(page, "coordinator")
    page.goto("/")
    page.get_by_role("link", name="支援メニュー", exact=True).click()
    page.get_by_role("link", name="ニーズ・課題の一覧").click()
    page.get_by_role("link", name="満たされていないニーズを見る").click()
    page.wait_for_url("**/needs/unmet")
    blocks = page.locator("table.unmet thead th").all_inner_texts()
    row = page.locator("table.unmet tbody tr", has_text="農林水産業")
    cell = row.locator("th, td").nth(blocks.index("信越")).locator("a")
    unmet, needs = map(int, cell.inner_text().split(" / "))
    assert unmet == needs >= 5
    cell.click()
    listed = page.locator("#cell ~ ul").first
    heard = (
        listed.locator("li", has_text="猿が畑を荒らす").filter(has_text="説明会").filter(has_text="満たされていない")
    )
    heard.first.wait_for()
    assert heard.count() >= 5
    with page.expect_download() as taken:
        page.locator(".downloads a", has_text="CSV").first.click()
    lines = list(csv.DictReader(io.StringIO(taken.value.path().read_text(encoding="utf-8-sig"))))
    assert any(
        each["分野の記号"] == "primary-industry"
        and each["地域ブロック"] == "信越"
        and int(each["満たされていない"]) == unmet
        for each in lines
    ), lines[:3]


def paper_of(taken: Any) -> str:
    return "\n".join(each.text for each in docx.Document(str(taken.value.path())).paragraphs)


def test_a_visitor_takes_the_plan_along_in_two_more_steps(page: Any) -> None:
    page.goto("/")
    page.get_by_label("困りごとを言葉で書く").fill(WORRY)
    page.locator("main form.ask input[name=area]").fill(TOWN)
    page.get_by_role("button", name="最初の一歩を見る").click()
    page.get_by_role("link", name="実装計画の案を作る").first.click()  # 1
    page.wait_for_url("**/plans/draft?*")
    assert page.get_by_role("button", name="保存して計画にする").count() == 0
    nothing_found(page)
    with page.expect_download() as taken:
        page.get_by_role("link", name="Wordで受け取る").click()  # 2
    paper = paper_of(taken)
    assert WORRY in paper
    assert SOLUTION in paper
    assert TOWN in paper


def town_hall_of(site: Site) -> None:
    """An officer of the small town and who approves there, with accounts as an office opens them."""
    for name, person in ((OFFICER, "見本 たてしな"), (APPROVER, "見本 しらかば")):
        role = ("--role", "officer", "--area", "203246", "--from", "2020-04-01")
        site.run("open_account", name, "--name", person, *role, "--password-stdin", typed=f"{PASSWORD}\n")


def come_in(page: Any, name: str) -> None:
    """Sign in with name and password, as one does without the demo's buttons."""
    page.context.clear_cookies()
    page.goto("/account/sign-in")
    page.get_by_label("ログイン名").fill(name)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="ログインする", exact=True).click()
    page.wait_for_load_state("networkidle")


def test_an_officer_of_a_small_town_writes_the_plan_and_her_approver_signs_it_two_weeks_later(
    page: Any, site: Site
) -> None:
    town_hall_of(site)
    come_in(page, OFFICER)
    page.goto("/")
    page.get_by_label("困りごとを言葉で書く").fill(WORRY)
    page.get_by_role("button", name="最初の一歩を見る").click()
    page.wait_for_url("**/first-step?*")
    assert f"{TOWN}の最初の一歩" in page.locator("h1").inner_text()
    whole_sheet(page)
    sheet = page.url
    page.get_by_role("link", name="日程をくわしく見る").click()
    page.locator("input[name=start]").fill(f"{timezone.localdate().year + 2}-04-01")
    page.get_by_role("button", name="この日程で見る").click()
    page.wait_for_url("**start=*")
    assert page.locator("main table.list tr", has_text="3月定例会").count() >= 1, "the session to make for April"
    page.goto(sheet)
    page.get_by_role("link", name="実装計画の案を作る").first.click()
    page.get_by_role("button", name="保存して計画にする").click()
    page.wait_for_url(re.compile(r"/plans/\d+$"))
    plan = page.url
    assert page.get_by_role("button", name="承認を求める").count() == 0, "not while something is blank"
    fill_blanks(page)
    page.get_by_role("button", name="承認を求める").click()
    page.locator("main", has_text="承認待ち").wait_for()

    assert site.run("shell", "-v0", "-c", TWO_WEEKS_PASS).strip().endswith("1")
    come_in(page, APPROVER)
    page.goto("/follow-up/watch")
    asks = page.locator("main li", has_text="承認を求めています")
    asks.locator(f"a[href$='{re.sub('.*/plans', '/plans', plan)}']").click()
    page.wait_for_url(f"{plan}*")
    page.get_by_role("button", name="承認する").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Wordで受け取る").click()
    assert "記入してください" not in paper_of(taken)

    come_in(page, OFFICER)
    page.goto(plan)
    page.get_by_role("link", name="実装の記録に「計画」の段階を書く").click()
    nothing_found(page)


def fill_blanks(page: Any) -> None:
    """Write what only the office knows: its targets, and what each section leaves open."""
    plan = page.url
    targets = page.get_by_role("link", name=re.compile("：目標を書く"))
    for place in range(targets.count()):
        targets.nth(place).click()
        page.locator("input[name=target]").fill("1")
        page.locator("input[name=by_day]").fill("2030-03-31")
        page.get_by_role("button", name="保存する").click()
        page.goto(plan)
    open_sections = page.locator(".edit", has_text="空欄")
    for _section in range(9):
        if not open_sections.count():
            return
        open_sections.first.locator("a").click()
        text = page.locator("textarea[name=text]")
        said = re.sub(r"（記入してください[^）]*）", "担当課が決めたこと", text.input_value())
        text.fill(said or "担当課が決めたこと")
        page.get_by_role("button", name="保存する").click()
        page.wait_for_url(re.compile(r"/plans/\d+(#|$)"))
    assert not open_sections.count()


@pytest.mark.parametrize("language", ["", "/en"])
def test_the_sheet_for_the_finance_section_is_one_printed_page(page: Any, language: str) -> None:
    year = timezone.localdate().year + 1
    costs = "&".join(
        f"kind={kind}&year={year + ahead}&yen={yen}"
        for ahead in range(3)
        for kind, yen in (("equipment", 8_000_000), ("labour", 2_000_000), ("operation", 1_500_000))
    )
    why = "猿が畑を荒らし、年に三百万円の被害がある。見回る人が減り、来年は半分の集落で見回れなくなる。" * 3
    page.goto(f"{language}/areas/203246/finance-sheet?{costs}&what={WORRY}&why={why}&start={year + 1}-04-01")
    assert "8,000,000" in page.locator("main").inner_text()
    printed = pypdfium2.PdfDocument(page.pdf(format="A4", print_background=True))
    assert len(printed) == 1, "\n---\n".join(each.get_textpage().get_text_range() for each in printed)
