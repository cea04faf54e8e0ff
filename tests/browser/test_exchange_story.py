"""A firm reads a town's problem, asks about radio coverage, sees its answer at the second its rival does, and proposes; three
raters, one of whom steps back, let the town choose."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from tests.browser.axe import nothing_found, sign_in
from tests.conftest import Site

pytestmark = pytest.mark.browser

TITLE = "罠の見回りを減らす"
QUESTION = "谷の奥で携帯の電波は届きますか"
ANSWER = "谷の入口まで届きます"
OURS, THEIRS = "罠に通信機を付ける", "空から見回る"
LET_TIME_PASS = f"""
import pgtrigger
from datetime import timedelta
from django.utils import timezone
from itoguchi.exchange.models import Problem
past = timezone.now() - timedelta(seconds=1)
with pgtrigger.ignore("exchange.Problem:moments_stay"):
    print(Problem.objects.filter(title="{TITLE}").update(asks_until=past, closes_at=past))
"""


def go_to(page: Any, persona: str, path: str) -> None:
    sign_in(page, persona)
    page.goto(path)


def opened_by_a_town(page: Any) -> str:
    """The officer writes a need, opens it as a problem and publishes it; a visitor reads it."""
    sign_in(page, "officer")
    page.goto("/areas/282219/needs/new")
    page.locator("textarea[name=text]").fill("猿が罠を壊す。見回りの人手がない。")
    page.get_by_label("庁内限り").uncheck()
    page.get_by_role("button", name="保存する", exact=True).click()
    page.wait_for_url(re.compile(r"/needs/\d+$"))
    page.get_by_role("link", name="ニーズを課題として開く").click()
    page.locator("input[name=title]").fill(TITLE)
    page.locator("textarea[name=site]").fill("山あいの畑。電源はない。")
    page.locator("input[name=asks_until]").fill("2035-04-01 17:00")
    page.locator("input[name=closes_at]").fill("令和17年5月1日 17:00")
    page.locator("textarea[name=criteria]").fill("効果：3\n費用：1")
    page.get_by_role("button", name="下書きを保存する").click()
    page.get_by_role("button", name="公開する").click()
    assert "課題を公開しました" in page.locator("main").inner_text()
    for name in ("adviser", "chief", "prefecture"):
        page.get_by_role("link", name="評価者を頼む").click()
        page.locator("input[name=account]").fill(name)
        page.get_by_role("button", name="評価を頼む").click()
        page.get_by_role("link", name=TITLE).first.click()
    return str(page.url)


def moment_of(page: Any, problem: str, persona: str) -> datetime:
    """When the answer was shown to everybody, as somebody reads it, whose reading is noted by that."""
    go_to(page, persona, problem)
    shown = page.locator(".asked li", has_text=QUESTION)
    assert ANSWER in shown.inner_text()
    page.get_by_text("あなたがはじめて読んだ時を記録しました").wait_for()
    return datetime.fromisoformat(shown.locator(".answer time").get_attribute("datetime"))


def proposed(page: Any, problem: str, persona: str, title: str) -> None:
    go_to(page, persona, problem)
    page.get_by_role("link", name="提案する", exact=True).click()
    page.locator("input[name=title]").fill(title)
    page.locator("textarea[name=text]").fill("一つの地区で三か月試します。")
    page.locator("input[name=cost_yen]").fill("3000000")
    page.get_by_role("button", name="提案を出す").click()
    assert "封をしています" in page.locator("main").inner_text()


def rates(page: Any, problem: str, persona: str, points: dict[str, int]) -> None:
    go_to(page, persona, problem)
    page.get_by_role("link", name="利害関係を申告する").click()
    page.locator("input[name=declares][value=free]").check()
    page.get_by_role("button", name="申告する").click()
    page.get_by_role("link", name="提案を評価する").click()
    for title, each in points.items():
        page.locator("tr", has_text=title).get_by_role("link", name="点をつける").click()
        for field in page.locator("fieldset").all():
            field.locator(f"input[value='{each}']").check()
        page.get_by_role("button", name="点を保存する").click()
    nothing_found(page)
    page.get_by_role("button", name="評価を提出する").click()
    assert "評価を提出しました" in page.locator("main").inner_text()


def test_a_firm_asks_and_proposes_and_three_raters_choose(page: Any, site: Site) -> None:
    problem = opened_by_a_town(page)
    page.context.clear_cookies()
    page.goto("/problems/?phase=open")
    page.get_by_role("link", name=TITLE).click()
    assert "山あいの畑" in page.locator("main").inner_text()
    nothing_found(page)

    go_to(page, "partner", problem)
    page.get_by_role("link", name="質問する").click()
    page.locator("textarea[name=text]").fill(QUESTION)
    page.get_by_role("button", name="質問する").click()
    assert "回答を待っています" in page.locator(".asked").inner_text()
    go_to(page, "funder", problem)
    assert QUESTION not in page.locator("main").inner_text()
    go_to(page, "officer", problem)
    page.get_by_role("link", name="質問に答える").click()
    page.locator("textarea[name=text]").fill(ANSWER)
    page.get_by_role("button", name="全員に回答する").click()

    ours, rivals = (moment_of(page, problem, persona) for persona in ("partner", "funder"))
    assert ours == rivals
    page.get_by_role("link", name="情報が等しいことの記録").first.click()
    assert "2人" in page.locator("main").inner_text()
    nothing_found(page)

    proposed(page, problem, "partner", OURS)
    proposed(page, problem, "funder", THEIRS)
    go_to(page, "officer", problem)
    assert OURS not in page.content()
    assert "提案 " not in page.locator(".moments").inner_text()
    assert page.get_by_role("button", name="提案を開ける").count() == 0
    assert site.run("shell", "-v0", "-c", LET_TIME_PASS).strip().endswith("1")
    page.reload()
    page.get_by_role("button", name="提案を開ける").click()
    assert "提案 2件" in page.locator(".moments").inner_text()

    go_to(page, "prefecture", problem)
    page.get_by_role("link", name="利害関係を申告する").click()
    page.locator("input[name=declares][value=conflict]").check()
    page.locator("input[name=why]").fill("親族が勤めている")
    page.get_by_role("button", name="申告する").click()
    assert "外れました" in page.locator("main").inner_text()
    assert page.goto(f"{problem}/compare").status == 403

    rates(page, problem, "adviser", {OURS: 5, THEIRS: 2})
    rates(page, problem, "chief", {OURS: 4, THEIRS: 3})
    go_to(page, "officer", f"{problem}/compare")
    assert "4.50" in page.locator("tr", has_text=OURS).first.inner_text()
    nothing_found(page)
    page.get_by_label(re.compile(OURS)).check()
    page.locator("textarea[name=why]").fill("効果が大きく、費用も見込みに合う。")
    page.get_by_role("button", name="これに決める").click()
    page.context.clear_cookies()
    page.goto(problem)
    assert OURS in page.locator("main").inner_text()
    assert THEIRS not in page.content()

    go_to(page, "officer", problem)
    page.get_by_role("link", name="合意を記録する").click()
    page.locator("textarea[name=text]").fill("一つの地区で三か月試す。")
    page.locator("select[name=solution]").select_option("smart-primary-industry")
    page.locator("select[name=stage]").select_option("trial")
    page.get_by_role("button", name="合意を記録する").click()
    page.get_by_role("link", name=re.compile("実装の記録：")).click()
    page.wait_for_url("**/implementations/smart-primary-industry")
    assert "実証" in page.locator("main").inner_text()
