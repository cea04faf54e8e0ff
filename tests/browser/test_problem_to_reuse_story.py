"""A firm reads a town's problem, asks about radio coverage, sees its answer at the second its rival does, and proposes; three
raters, one of whom steps back, let the town choose; a year later the town's case says what it cost and changed; a town 600 km
away copies it into its plan with the specification and reports back, and the model's page shows two outcomes with spread."""

from __future__ import annotations

import io
import math
import re
from datetime import datetime
from typing import Any

import docx
import pytest
from django.utils import timezone

from itoguchi.core.calendar import fiscal_year
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
A_YEAR_PASSES = f"""
from datetime import timedelta
from django.db.models import F
from itoguchi.cases.models import Case
from itoguchi.exchange.models import Agreement
from itoguchi.roadmap.models import StageChange
year, agreed = timedelta(days=366), Agreement.objects.get(choice__problem__title="{TITLE}")
StageChange.objects.filter(implementation=agreed.implementation).update(at=F("at") - year)
Agreement.objects.filter(pk=agreed.pk).update(agreed_on=F("agreed_on") - year)
Case.objects.filter(problem__title="{TITLE}").update(published_on=F("published_on") - year)
"""
MODEL, SET, MEASURE = "/reference-models/monkey-alarm", "罠の知らせひとそろい", "猿を追い払えた割合"
GIVER, COPIER = (35.076, 135.219), (38.594, 140.373)  # 丹波篠山市, 大石田町: their offices
FAR, PASSWORD = "oishida", "a-long-enough-secret-7"


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    (a, b), (c, d) = ((math.radians(each) for each in pair) for pair in (one, other))
    return 6371 * math.acos(math.sin(a) * math.sin(c) + math.cos(a) * math.cos(c) * math.cos(d - b))


def test_the_two_towns_lie_600_km_apart() -> None:
    assert 590 < kilometres(GIVER, COPIER) < 610


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


def test_a_firm_answers_a_town_whose_case_a_town_far_away_copies(page: Any, site: Site) -> None:
    problem = opened_by_a_town(page)
    a_firm_is_chosen(page, site, problem)
    site.run("shell", "-v0", "-c", A_YEAR_PASSES)
    case = a_case_is_written_from_the_agreement(page, problem)
    it_is_packed_as_a_model(page)
    site.run("shell", "-v0", "-c", A_YEAR_PASSES)
    it_says_what_it_cost_and_changed(page, case)
    an_officer_far_away_is_let_in(page)
    they_copy_it_into_their_plan_and_report_back(page)


def a_firm_is_chosen(page: Any, site: Site, problem: str) -> None:
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


def approved_by_the_bureau(page: Any, path: str) -> None:
    """The officer asks, the bureau looks and publishes."""
    page.get_by_role("button", name="公開を求める").click()
    go_to(page, "bureau", path)
    page.get_by_role("button", name="確かめたので公開する").click()
    assert "公開しました。" in page.locator("main").inner_text()


def a_case_is_written_from_the_agreement(page: Any, problem: str) -> str:
    """The form knows what was agreed; the officer adds the value before, and how the money was spent."""
    go_to(page, "officer", problem)
    page.get_by_role("link", name="合意から事例を書く").click()
    page.wait_for_url("**/areas/282219/cases/new?problem=*")
    assert page.locator("input[name=title]").input_value() == TITLE
    assert page.locator("select[name=solution]").input_value() == "smart-primary-industry"
    assert page.locator("textarea[name=worry]").input_value() == "猿が罠を壊す。見回りの人手がない。"
    assert page.locator("textarea[name=measures]").input_value() == "一つの地区で三か月試す。"
    assert page.locator("input[name=partners]").input_value() == "見本 通信株式会社"
    assert page.locator("#id_costs-0-yen").input_value() == "3000000"
    nothing_found(page)
    page.locator("#id_costs-0-kind").select_option("labour")
    for name, said in {"name": MEASURE, "unit": "%", "before": "40", "before_on": "令和7年4月1日"}.items():
        page.locator(f"#id_figures-0-{name}").fill(said)
    page.get_by_role("button", name="保存する", exact=True).click()
    page.wait_for_url(re.compile(r"/cases/\d+$"))
    case = str(page.url)
    approved_by_the_bureau(page, case)
    page.context.clear_cookies()
    page.goto(case)
    page.get_by_role("link", name=TITLE, exact=True).click()
    page.wait_for_url(problem)
    page.locator("section.panel", has_text="この取組の事例").get_by_role("link", name=TITLE).click()
    page.wait_for_url(case)
    nothing_found(page)
    return case


def it_is_packed_as_a_model(page: Any) -> None:
    """The specification and a checklist, for others to copy; nobody has reported anything yet."""
    sign_in(page, "officer")
    page.goto("/areas/282219/reference-models/new")
    page.locator("input[name=key]").fill("monkey-alarm")
    page.locator("input[name=title]").fill(SET)
    page.locator("select[name=solution]").select_option("smart-primary-industry")
    page.locator("textarea[name=about]").fill("山あいの小さな町で、罠の見回りを減らす。")
    page.get_by_label(TITLE).check()
    page.locator("#id_measures-0-name").fill(MEASURE)
    page.locator("#id_measures-0-unit").fill("%")
    page.get_by_role("button", name="保存する", exact=True).click()
    page.wait_for_url(f"**{MODEL}")
    for kind, title in (("specification", "業務仕様書"), ("security", "安全管理の点検表")):
        page.get_by_role("link", name="部分を加える").click()
        page.locator("select[name=kind]").select_option(kind)
        page.locator("input[name=title]").fill(title)
        page.locator("textarea[name=text]").fill("一　目的\n二　対象とする地区")
        page.locator("input[name=source]").fill("丹波篠山市「罠の通信機の仕様書」")
        page.get_by_role("button", name="保存する", exact=True).click()
        page.wait_for_url(f"**{MODEL}")
    approved_by_the_bureau(page, MODEL)
    page.context.clear_cookies()
    page.goto("/reference-models/")
    page.get_by_role("link", name=SET).click()
    assert "報告はまだありません" in page.locator("section[aria-labelledby=effects]").inner_text()


def it_says_what_it_cost_and_changed(page: Any, case: str) -> None:
    go_to(page, "officer", case)
    assert "丹波篠山市" in page.locator(".lead").inner_text()
    assert "に1年になりました" in page.locator("main").inner_text()
    page.get_by_role("link", name="いまも当てはまるかを確かめる").click()
    page.wait_for_url("**/check")
    nothing_found(page)
    page.get_by_label("当てはまる", exact=True).check()
    page.locator("#id_figures-0-after").fill("86")
    page.locator("#id_figures-0-after_on").fill(timezone.localdate().isoformat())
    page.locator("#id_costs-1-year").fill(str(fiscal_year(timezone.localdate())))
    page.locator("#id_costs-1-kind").select_option("operation")
    page.locator("#id_costs-1-yen").fill("３４０万")
    page.get_by_role("button", name="確かめた結果を記録する").click()
    page.wait_for_url(case)
    assert "6,400,000" in page.locator("section[aria-labelledby=costs]").inner_text()
    assert "86" in page.locator("section[aria-labelledby=figures]").inner_text()
    nothing_found(page)


def an_officer_far_away_is_let_in(page: Any) -> None:
    """The secretariat opens an account for 大石田町, whose officer signs in with the password given."""
    sign_in(page, "coordinator")
    page.goto("/account/people/new")
    for name, said in {"sign_in_name": FAR, "name": "見本 大石田", "password": PASSWORD}.items():
        page.locator(f"input[name={name}]").fill(said)
    page.get_by_role("button", name="開く", exact=True).click()
    page.locator("select[name=role]").select_option("officer")
    page.locator("input[name=area_code]").fill("063410")
    page.locator("input[name=valid_from]").fill(timezone.localdate().isoformat())
    page.get_by_role("button", name="登録する", exact=True).click()
    assert "役割を登録しました" in page.locator("main").inner_text()
    page.context.clear_cookies()
    page.goto("/account/sign-in")
    page.locator("input[name=username]").fill(FAR)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="ログインする", exact=True).click()
    page.wait_for_load_state("networkidle")


def they_copy_it_into_their_plan_and_report_back(page: Any) -> None:
    page.goto(MODEL)
    panel = page.locator("section.panel", has_text="計画に写す")
    panel.get_by_role("link", name=re.compile("大石田町の.*計画の案を作る")).click()
    page.get_by_role("button", name="保存して計画にする").click()
    page.wait_for_url(re.compile(r"/plans/\d+$"))
    page.goto(MODEL)
    panel.locator("li a").first.click()
    page.wait_for_url(re.compile(r"/plans/\d+/copy/monkey-alarm$"))
    nothing_found(page)
    page.get_by_label("業務仕様書").check()
    page.get_by_label("安全管理の点検表").check()
    page.get_by_role("button", name="選んだ部分を写す").click()
    page.wait_for_url(re.compile(r"/plans/\d+#copied$"))
    plan = page.url.split("#")[0]
    said = page.locator("main").inner_text()
    origin = f"丹波篠山市の参照モデル「{SET}」（第1版）から"
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
    effects.locator("tbody tr", has_text="大石田町").get_by_role("link").click()
    page.wait_for_url("**/reuses?area=063410")
    assert "谷の奥では中継機が要る" in page.locator("tbody").inner_text()
