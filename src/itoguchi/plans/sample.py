"""A few plans in different states for the sample world: being written, waiting, returned, approved and open."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from types import SimpleNamespace

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area
from itoguchi.core.calendar import fiscal_year
from itoguchi.plans.actions import (
    answer_comment,
    ask_for_approval,
    begin_plan,
    change_plan,
    comment_on,
    decide_on_plan,
    drop_aim,
    save_section,
)
from itoguchi.plans.content import BLANK, Content, Heading, Step, YearOfMoney, draft_of
from itoguchi.plans.models import Plan
from itoguchi.plans.queries import latest_of
from itoguchi.roadmap.models import Solution, Stage, at_or_beyond
from itoguchi.roadmap.queries import stages_as_of
from itoguchi.support.models import Need

WORDS = "見本"
TAMBA = "282219"
# What fills the blanks of a sample plan: words alone, no figure that anybody might take for a real one.
WRITTEN = {
    Heading.STATE: "見本：紙の台帳と電話で行っている。数字は、公表された統計を見て書く。",
    Heading.ISSUE: "見本：人手が足りず、知らせが遅れることがある。",
    Heading.AIM: "見本：住民が困ったときに、すぐに知らせが届くようにする。",
    Heading.MEASURES: "見本：一つの地区で試し、よければ全域に広げる。",
    Heading.ORGANISATION: "見本：企画課が取りまとめ、担当課と地域の企業がいっしょに進める。",
    Heading.MONEY: "見本：見積りを取り、支援メニューと一般財源でまかなう。",
    Heading.SCHEDULE: "見本：今年度に準備し、来年度に始める。",
    Heading.EFFECTS: "見本：年に一度、担当課が実績値を確かめ、進め方を見直す。",
    Heading.RISKS: "見本：担当者の異動にそなえ、手順を書いて残す。",
}


def load_sample(rng: random.Random, today: date) -> None:
    """Plans of the officer's town and of another; loaded once."""
    if Plan.objects.exists():
        return
    people = {each.sign_in_name: each for each in Account.objects.all()}
    area, other = Area.objects.get(code=TAMBA), Area.objects.get(code="282235")
    officer, chief, prefecture = (people[name] for name in ("officer", "chief", "prefecture"))
    need = Need.objects.filter(area=area, field__isnull=False).order_by("pk").first()
    first, second, third, fourth = _not_planned_yet(area, need, today)[:4]

    being_written = _plan(area, first, today, need=need, by=officer)
    change_plan(
        being_written,
        title=being_written.title,
        is_internal=True,
        solutions=[first],
        advisers=[people["adviser"]],
        by=officer,
    )
    remark = comment_on(being_written, Heading.AIM, "見本：いつまでに、を書いてください。", by=prefecture, today=today)
    comment_on(being_written, Heading.MONEY, "見本：見積りの根拠を書いてください。", by=prefecture, today=today)
    answer_comment(remark, "見本：次の版で書きます。", by=officer, today=today)

    waiting = _plan(area, second, today, by=officer)
    ask_for_approval(_fill(waiting, by=officer), by=officer, reason="見本：来月の議会の前に決めたいです。")

    returned = _plan(area, third, today, by=officer)
    ask_for_approval(_fill(returned, by=officer), by=officer)
    decide_on_plan(returned, deed="send_back", by=chief, today=today, remark="見本：財源を詳しく書いてください。")

    approved = _plan(area, fourth, today, by=officer, is_internal=False)
    ask_for_approval(_fill(approved, by=officer), by=officer)
    decide_on_plan(approved, deed="approve", by=chief, today=today, remark=WORDS)

    _plan(other, fourth, today, by=people["neighbour"])


def _not_planned_yet(area: Area, need: Need | None, today: date) -> list[Solution]:
    """Solutions, first of the need's field, then those that the area has not planned yet."""
    stages = stages_as_of(today, [area])
    further = {key for (_area, key), change in stages.items() if change.stage in at_or_beyond(Stage.PLANNED)}
    field = need.field_id if need else None
    found = Solution.objects.select_related("field").filter(until=None)
    return sorted(found, key=lambda each: (each.field_id != field, each.pk in further, each.order))


def _plan(
    area: Area,
    solution: Solution,
    today: date,
    *,
    by: Account | None,
    need: Need | None = None,
    is_internal: bool = True,
) -> Plan:
    """A draft with money of two years and three things to do around today."""
    sheet = SimpleNamespace(area=area, day=today, need=need, solution=solution, words="見本：町の困りごと")
    draft = draft_of(sheet)
    year = fiscal_year(today) + 1
    content = Content(
        parts=draft.parts,
        money=(
            YearOfMoney(year=year, cost=(3_000_000, 5_000_000), own=(1_000_000, 2_500_000)),
            YearOfMoney(year=year + 1, cost=(500_000, 500_000), own=(500_000, 500_000)),
        ),
        aims=draft.aims,
        steps=(
            Step(what="見本：似た団体に話を聞く", by=today - timedelta(days=5)),
            Step(what="見本：予算の資料を出す", by=today + timedelta(days=10)),
            Step(what="見本：支援メニューに申請する", by=today + timedelta(days=60)),
        ),
    )
    return begin_plan(
        area,
        content,
        title=f"{WORDS}：{area}の実装計画（{solution}）",
        need=need,
        solutions=[solution],
        by=by,
        today=today,
        is_internal=is_internal,
    )


def _fill(plan: Plan, *, by: Account | None) -> Plan:
    """Words in the place of every blank; KPIs without a target are struck out."""
    for key, words in WRITTEN.items():
        version = latest_of(plan)
        lines: Sequence[str] = version.content["sections"][key].splitlines()
        text = "\n".join([*(line for line in lines if BLANK not in line), words])
        save_section(plan, key, text, seen=version.number, by=by, why=WORDS)
    for aim in plan.kpis.all():
        drop_aim(aim, by=by)
    return plan
