"""Planned briefings, a draft and visits of the sample world, each labelled 見本; no figure of the past moves."""

from __future__ import annotations

import random
from datetime import date, timedelta

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area, Block
from itoguchi.outreach.actions import Facts, cancel_briefing, log_visit, plan_briefing
from itoguchi.outreach.models import Briefing, Rule, Visit
from itoguchi.outreach.queries import coverage

WORDS = "見本データ（実在の予定ではありません）"
WHY = "見本データの読み込み"
DRAFT = "見本：近畿地域ICT利活用セミナー"
VISITS = (
    (
        21,
        ["282219"],
        "見本：企画担当ほか1名",
        "見本：地域IoTに関心はあるが、担当が一人で、費用と効果の絵がまだないと聞いた。",
        "見本：近くの実装例を紹介する",
        True,
    ),
    (
        35,
        ["282235", "280003"],
        "見本：情報政策担当",
        "見本：県の協議会に合わせて、広域での進め方を相談した。",
        "",
        False,
    ),
    (
        50,
        ["260002"],
        "見本：情報政策課",
        "見本：都道府県単位の説明会を、年度内に開けるかを相談した。",
        "見本：会場の候補をもらう",
        False,
    ),
    (12, ["020001"], "見本：企画政策課", "見本：市町村の関心を聞き取る方法を相談した。", "", True),
)


def load_sample(rng: random.Random, today: date) -> None:
    """Four prefectures not yet reached and one block get a briefing within 60 days; past samples are called off."""
    _log_visits(today)
    _draft_one(today)
    planned = Briefing.objects.filter(source=WORDS, state=Briefing.State.PLANNED)
    for past in planned.filter(day__lt=today):
        cancel_briefing(past, by=None, why="見本の開催日を過ぎたため")
    if planned.exists():
        return
    days = sorted(today + timedelta(days=ahead) for ahead in rng.sample(range(7, 60), 5))
    waiting = [gap.prefecture for gap in coverage(today).gaps]
    for day, area in zip(days, rng.sample(waiting, 4), strict=False):
        facts = Facts(
            day=day,
            place=area.name,
            title="見本：地方自治体向け説明会",
            prefecture=area,
            prefectures=frozenset({area}),
            rule=Rule.PREFECTURE_BRIEFING,
            source=WORDS,
        )
        plan_briefing(facts, by=None, why=WHY)
    block = rng.choice(list(Block.objects.all()))
    place = block.areas.filter(prefecture=None).order_by("code")[0]
    facts = Facts(
        day=days[-1],
        place=place.name,
        title=f"見本：{block.name}地域ICT利活用セミナー",
        prefecture=place,
        blocks=frozenset({block}),
        rule=Rule.BLOCK_SEMINAR,
        source=WORDS,
    )
    plan_briefing(facts, by=None, why=WHY)


def _draft_one(today: date) -> None:
    """A draft of the bureau of Kinki that waits for the secretariat."""
    bureau = Account.objects.filter(sign_in_name="bureau").first()
    if bureau is None or Briefing.objects.filter(source=WORDS, title=DRAFT).exists():
        return
    place = Area.objects.get(code="300004")
    facts = Facts(
        day=today + timedelta(days=75),
        place=place.name,
        title=DRAFT,
        prefecture=place,
        blocks=frozenset({place.block}),
        source=WORDS,
    )
    plan_briefing(facts, by=bureau, why="見本：会場の仮押さえができたため", state=Briefing.State.DRAFT)


def _log_visits(today: date) -> None:
    """Visits of bureaus; one is shared with the municipality of the persona `officer`."""
    if Visit.objects.exists():
        return
    for ago, codes, spoke_with, about, next_step, is_shared in VISITS:
        areas = list(Area.objects.filter(code__in=codes))
        visit = Visit(
            day=today - timedelta(days=ago),
            block=areas[0].block,
            spoke_with=spoke_with,
            about=about,
            next_step=next_step,
            is_shared_with_area=is_shared,
        )
        by = Account.objects.filter(sign_in_name="bureau" if areas[0].block_id == "kinki" else "coordinator").first()
        log_visit(visit, areas, by=by, today=today, why=WHY)
