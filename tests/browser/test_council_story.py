"""The secretariat of a council keeps a meeting through the pages alone, from the poll for its day to the summary and its files."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.browser.axe import nothing_found, sign_in

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("ITOGUCHI_PICTURES")  # a folder, for who wants to see the pages
AGENDA = "防災のWi-Fiについて\n　六花構成員「避難所のいま」\n意見交換"
SAID = "避難所のWi-Fiは、年に一度は試すべきです。"


def look(page: Any, name: str) -> None:
    """See that axe finds nothing, and take pictures where somebody wants them."""
    nothing_found(page)
    for width in (320, 1280) if PICTURES else ():
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(PICTURES or "") / f"{name}-{width}.png", full_page=True)


def press(page: Any, name: str) -> None:
    page.locator("main").get_by_role("button", name=name).first.click()


def follow(page: Any, name: str) -> None:
    page.locator("main").get_by_role("link", name=name).first.click()


def find_a_day(page: Any) -> None:
    sign_in(page, "bureau")
    page.goto("/bodies/kinki-council")
    look(page, "body")
    follow(page, "会合を準備する")
    page.get_by_label("第何回").fill("4")
    page.get_by_label("開催日").fill(date.today().isoformat())
    page.get_by_label("議事と発表").fill(AGENDA)
    look(page, "prepare")
    press(page, "準備を始める")
    look(page, "preparing")
    follow(page, "日程調整")
    begins = (date.today() - timedelta(days=1)).isoformat()
    page.get_by_label("候補の日時").fill(f"{begins} 10:00-12:00\n{begins} 13:00-15:00")
    page.get_by_label("いつまでに答えるか").fill(begins)
    press(page, "候補を出す")
    look(page, "dates")
    sign_in(page, "adviser")
    page.goto("/follow-up/watch")
    follow(page, "見本 近畿情報通信懇談会 第4回会合")
    page.locator("main select").last.select_option("yes")
    press(page, "答えを記録する")
    look(page, "dates-member")
    page.goto("/meetings/kinki-council-4/attendance")
    assert page.locator("h1").inner_text() != "出欠"
    sign_in(page, "bureau")
    page.goto("/meetings/kinki-council-4/dates")
    row = page.locator("main tbody tr", has_text="13:00-15:00")
    assert "○ 1" in row.inner_text()
    row.get_by_role("button").click()


def hand_papers_out_and_meet(page: Any, tmp_path: Path) -> None:
    sign_in(page, "bureau")
    page.goto("/meetings/kinki-council-4")
    assert "13:00" in page.locator("main .lead").first.inner_text()
    follow(page, "資料を入れる")
    page.get_by_label("資料番号").fill("資料4-1")
    page.get_by_label("題名").fill("避難所のWi-Fiの一覧")
    page.get_by_label("見られる人").select_option("open")
    file = tmp_path / "list.csv"
    file.write_text("避難所,Wi-Fi\n一,有\n", encoding="utf-8")
    page.locator("input[type=file]").set_input_files(file)
    look(page, "add-paper")
    press(page, "入れる")
    follow(page, "配付する")
    look(page, "publish-paper")
    press(page, "配付する")
    press(page, "開催を案内する")
    press(page, "開催済にする")
    follow(page, "出欠")
    page.locator("main select").first.select_option("proxy")
    page.locator("main input[name^=proxy]").first.fill("見本 代わり")
    look(page, "attendance")
    press(page, "出欠を記録する")
    page.goto("/meetings/kinki-council-4")
    look(page, "held")


def confirm_what_was_said_and_bring_it_out(page: Any) -> None:
    sign_in(page, "bureau")
    page.goto("/meetings/kinki-council-4/statements")
    tomorrow = (date.today() + timedelta(days=1)).isoformat()
    page.get_by_label("いつまでに確認するか").fill(tomorrow)
    press(page, "期限を決める")
    page.get_by_label("発言した構成員").select_option(label="見本 六花")
    page.get_by_label("発言", exact=True).fill(SAID)
    press(page, "発言を加える")
    look(page, "statements")
    press(page, "議事要旨を公開する")
    assert (
        "確認を待っている発言があります：見本 六花"
        in page.locator("main, [role=status], [role=alert]").first.inner_text()
    )
    sign_in(page, "adviser")
    page.goto("/meetings/kinki-council-4/statements")
    follow(page, "確認する・直す")
    page.get_by_label("発言").fill(SAID.replace("一度", "二度"))
    look(page, "confirm")
    press(page, "確認する")
    sign_in(page, "bureau")
    page.goto("/meetings/kinki-council-4/decisions/new")
    page.get_by_label("内容").fill("避難所のWi-Fiを年に二度試す。")
    press(page, "記録する")
    follow(page, "宿題を書く")
    page.get_by_label("すること").fill("試す日を決める")
    page.get_by_label("担当の構成員").select_option(label="見本 六花")
    page.get_by_label("いつまでに").fill(tomorrow)
    press(page, "記録する")
    look(page, "tasks")
    page.goto("/meetings/kinki-council-4/statements")
    press(page, "議事要旨を公開する")
    page.goto("/account/sign-in")
    page.context.clear_cookies()
    page.goto("/meetings/kinki-council-4/summary")
    look(page, "summary")
    read = page.locator("main").inner_text()
    assert "年に二度は試すべきです" in read
    assert "発言者が修正" in read
    assert "代理出席（見本 代わり）" in read
    page.goto("/en/meetings/kinki-council-4")
    look(page, "en-meeting")
    page.goto("/en/meetings/kinki-council-4/agenda")
    look(page, "en-agenda")


def test_a_council_meets_from_the_poll_for_its_day_to_its_summary(page: Any, tmp_path: Path) -> None:
    find_a_day(page)
    hand_papers_out_and_meet(page, tmp_path)
    confirm_what_was_said_and_bring_it_out(page)
