"""The stories in which a record changes somebody's next step: gaps, drafts, and a published report."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.browser.axe import nothing_found, sign_in

pytestmark = pytest.mark.browser


def test_a_bureau_head_plans_one_in_a_prefecture_without_any(page: Any) -> None:
    sign_in(page, "bureau")
    page.goto("/briefings/?as_of=2017-03-24")
    assert "まだの都道府県（28）" in page.locator("#gaps").inner_text()
    figures = page.locator("dl.nums").inner_text()
    planned = page.locator(".map svg[role=group]").first.locator("path.planned")
    before = planned.count()
    page.locator("section[aria-labelledby=gaps] a[href$='/briefings/plan?prefecture=260002']").click()
    assert page.locator("#prefecture-260002").is_checked()
    day = (timezone.localdate() + timedelta(days=31)).isoformat()
    page.locator("input[name=day]").fill("2027年2月31日")
    page.get_by_role("button", name="予定として公開する").click()
    assert "2027年2月31日という日はありません" in page.locator("form.stack").inner_text()
    page.locator("input[name=day]").fill(day)
    page.get_by_role("button", name="予定として公開する").click()
    page.wait_for_url(f"**/briefings/{day}-kyoto*")
    assert "予定" in page.locator("main .lead").inner_text()
    page.goto("/briefings/?as_of=2017-03-24")
    assert planned.count() == before + 1
    assert page.locator(f".map a[aria-label='京都府：まだ（予定 {day}）']").count() == 1
    assert page.locator("dl.nums").inner_text() == figures
    assert "まだの都道府県（28）" in page.locator("#gaps").inner_text()
    page.goto("/briefings/")
    assert "京都府：まだ" in page.content()


def test_a_draft_goes_from_the_bureau_to_the_approver(page: Any) -> None:
    sign_in(page, "bureau")
    page.goto("/briefings/plan?block=kinki")
    page.locator("input[name=day]").fill((timezone.localdate() + timedelta(days=40)).isoformat())
    page.locator("input[name=place]").fill("大阪府")
    page.get_by_role("button", name="承認を求める").click()
    page.wait_for_load_state()
    address = page.url
    assert page.get_by_role("button", name="承認して公開する").count() == 0
    sign_in(page, "approver")
    page.goto(address)
    page.get_by_role("button", name="承認して公開する").click()
    page.wait_for_load_state()
    assert "予定" in page.locator("main .lead").inner_text()


def test_a_changed_title_leaves_the_published_report_and_asks_for_a_correction(page: Any) -> None:
    frozen = "/reports/published/2017-03-24/ja/report.html"
    published = page.request.get(frozen).body()
    sign_in(page, "coordinator")
    page.goto("/briefings/2017-01-26-okinawa")
    page.get_by_role("link", name="記録を直す").click()
    page.locator("input[name=title]").fill("沖縄地域ICT利活用セミナー（訂正）")
    page.locator("[name=why]").fill("題名の書き誤り")
    page.get_by_role("button", name="保存する").click()
    page.wait_for_load_state()
    assert "沖縄地域ICT利活用セミナー（訂正）" in page.locator("h1").inner_text()

    page.goto("/reports/published/2017-03-24")
    changed = page.get_by_text("のもとの記録が、公開のあとに変わりました")
    changed.wait_for()
    number = (
        page.locator("tr", has=page.get_by_role("link", name="説明会等", exact=True)).locator("td").first.inner_text()
    )
    assert number in re.findall(r"\d+", changed.inner_text())
    assert page.request.get(frozen).body() == published
    page.locator(".panel [name=why]").fill("題名の書き誤り")
    page.get_by_role("button", name="正誤表を起案する").click()
    page.wait_for_load_state()

    sign_in(page, "approver")
    page.goto("/reports/published/2017-03-24")
    page.locator("#correction-1").get_by_role("button", name="承認して公開する").click()
    page.wait_for_load_state()
    assert "沖縄地域ICT利活用セミナー（訂正）" in page.locator("#correction-1").inner_text()
    page.get_by_text("もとの記録は、公開した報告（と正誤表）のとおりです").wait_for()
    assert page.request.get(frozen).body() == published


def test_in_april_the_successor_goes_on_with_what_is_open(page: Any) -> None:
    sign_in(page, "bureau")
    page.goto("/account/hand-over")
    page.get_by_role("link", name="見本：近畿地域ICT利活用セミナー").first.wait_for()
    page.get_by_label("後任のログイン名").fill("neighbour")
    page.get_by_label("最後の日").fill(timezone.localdate().isoformat())
    page.get_by_label("申し送り").fill("会場は仮押さえです。")
    page.get_by_role("button", name="引継ぎを提案する").click()
    page.wait_for_selector(".messages .success")
    sign_in(page, "coordinator")
    page.goto("/account/hand-over")
    page.locator(".cards a", has_text="総合通信局等の担当者").first.click()
    page.get_by_role("button", name="承認して引き継ぐ").click()
    page.wait_for_selector(".messages .success")
    sign_in(page, "neighbour")
    page.goto("/account/")
    page.get_by_role("link", name=re.compile("引き継いだ仕事")).click()
    assert "会場は仮押さえです。" in page.locator("main").inner_text()
    nothing_found(page)
    page.get_by_role("button", name="見本：近畿地域ICT利活用セミナーを済にする").click()
    page.wait_for_selector(".tag.ok")
    assert page.get_by_role("button", name="見本：近畿地域ICT利活用セミナーの済を取り消す").count() == 1
