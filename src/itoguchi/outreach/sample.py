"""A few planned briefings of the sample world, each labelled 見本; never held, so no figure of the past moves."""

from __future__ import annotations

import random
from datetime import date, timedelta

from itoguchi.areas.models import Block
from itoguchi.outreach.actions import Facts, cancel_briefing, plan_briefing
from itoguchi.outreach.models import Briefing, Rule
from itoguchi.outreach.queries import coverage

WORDS = "見本データ（実在の予定ではありません）"
WHY = "見本データの読み込み"


def load_sample(rng: random.Random, today: date) -> None:
    """Four prefectures not yet reached and one block get a briefing within 60 days; past samples are called off."""
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
