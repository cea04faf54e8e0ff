"""A plausible history of every area and solution for the sample world: it spreads from neighbour to neighbour."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area, Statistic
from itoguchi.areas.queries import newest_value
from itoguchi.core.calendar import fiscal_year
from itoguchi.core.journal import journal
from itoguchi.roadmap.actions import (
    Item,
    RemedyFacts,
    SurveyFacts,
    ask_to_publish,
    compose_survey,
    decide_on_revision,
    decide_on_state,
    draft_revision,
    freeze_state,
    note_standings,
    open_survey,
    put_item,
    record_remedy,
)
from itoguchi.roadmap.models import LADDER, Implementation, Kpi, Noun, Solution, Stage, StageChange, Survey
from itoguchi.roadmap.queries import end_of_quarter, followed
from itoguchi.roadmap.queries.revisions import content_in_force

WORDS = "見本"
WHY = "見本データの読み込み"
ANSWERING = 0.88  # share of areas that ever answer
# Chance a quarter to go one stage on: by itself, and for every share of neighbours that have it already.
BY_ITSELF, LIKE_NEIGHBOURS = 0.05, 0.30
PACE = np.array([1.5, 1.0, 1.0, 0.8, 0.1, 0.0, 5.0])  # from each stage on; the last is that of who has not answered
FROZEN = date(2026, 3, 31)
STOPS, GOES_BACK = 0.004, 0.008
SMALL, AMONG_SMALL = 5_000, 0.15  # people; how eager the small ones are beside the others
TOLD = 0.7  # share of those who run a solution that tell what it cost
PRICE, OF_SIZE, SPREAD = 4_000_000, 0.4, 0.6  # yen in an area of 10,000 people, its power of people, spread (log scale)
SPEED = {"open-data": 1.2}  # that of a solution whose KPI is counted from these records; the others' are drawn
YEAR = timedelta(days=365)


def load_sample(rng: random.Random, today: date) -> None:
    """Stages of every quarter from each solution's first edition to today; loaded once."""
    _ask(today)
    if Implementation.objects.exists():
        return
    numbers = np.random.default_rng(rng.getrandbits(32))
    areas = list(Area.objects.order_by("code").annotate(people=newest_value(Statistic.Measure.POPULATION)))
    beside = _neighbours(areas)
    answers = numbers.random(len(areas)) < ANSWERING
    eager = numbers.lognormal(0, 0.5, len(areas)) * np.array(
        [
            (1.4 if area.kind.endswith("city") else 0.8)
            * (AMONG_SMALL if area.people is not None and area.people < SMALL else 1)
            for area in areas
        ]
    )
    prices = numbers.spawn(1)[0]  # a stream of its own
    with journal(why=WHY):
        for solution in Solution.objects.select_related("since"):
            moves = _spread(numbers, solution, eager * answers, beside, today)
            uses = Implementation.objects.bulk_create(
                [Implementation(area=areas[place], solution=solution) for place in sorted(moves)], batch_size=5000
            )
            StageChange.objects.bulk_create(
                [
                    StageChange(
                        implementation=use,
                        at=at,
                        stage=stage,
                        note=WORDS,
                        cost_yen=_price(prices, areas[place].people) if stage == Stage.RUNNING else None,
                    )
                    for use, place in zip(uses, sorted(moves), strict=True)
                    for at, stage in moves[place]
                ],
                batch_size=5000,
            )
    _revise(today)
    _remedy(today)


def _price(prices: np.random.Generator, people: Decimal | None) -> int | None:
    """What it cost to bring a solution to running, where that is told; it grows with the area, but less than it."""
    price = PRICE * (float(people or 10_000) / 10_000) ** OF_SIZE * prices.lognormal(0, SPREAD)
    return int(round(price, -4)) if prices.random() < TOLD else None


def _remedy(today: date) -> None:
    """What was done about a KPI a year ago, so that what was expected stands beside what came."""
    then = today - YEAR
    note_standings(then)
    kpi = next(each.kpi for each in followed(then) if each.kpi.key == "open-data")
    facts = RemedyFacts(
        text=f"{WORDS}：人口5,000人未満の町村に、ひな形と手引きを配る",
        by_whom=f"{WORDS}：事務局",
        due_on=then + timedelta(days=120),
        expected=(kpi.newest.value if kpi.newest else Decimal(0)) + 5,
        expected_on=end_of_quarter(then + timedelta(days=150)),
    )
    record_remedy(kpi, facts, by=None, today=then)
    note_standings(today)


def _revise(today: date) -> None:
    """The state at the end of a fiscal year, and a revision since then: a KPI adds up from the records."""
    drafter, approver = (Account.objects.get(sign_in_name=name) for name in ("coordinator", "approver"))
    year = fiscal_year(today)
    begins = date(year, 4, 1)
    state = freeze_state(FROZEN, f"{WORDS}：2025年度末の状況", by=drafter, today=today)
    decide_on_state(state, deed="approve", by=approver, today=today)
    revision = draft_revision(f"{WORDS}：{year}年度改定", f"{WORDS}データ。実在の改定ではありません。", by=drafter)
    facts = content_in_force(begins)[Noun.KPI]["open-data"] | {
        "counting": Kpi.Counting.SHARE.value,
        "from_stage": Stage.RUNNING.value,
        "definition": f"{WORDS}：オープンデータ利活用が「実装」か「横展開」の団体の割合（対象外を除き、未回答を含む）。",
        "by": f"FY{year + 1}",
    }
    why = f"{WORDS}：団体の記録から、毎日数えられるようにする。"
    item = Item(noun=Noun.KPI, key="open-data", facts=facts, reason=why, grounds=state.address)
    put_item(revision, item, by=drafter, today=begins)
    asked = ask_to_publish(revision, effective_on=begins, by=drafter, today=begins)
    decide_on_revision(revision, asked, deed="approve", by=approver, today=begins)


def _ask(today: date) -> None:
    """A yearly survey that is open now."""
    if Survey.objects.exists():
        return
    facts = SurveyFacts(
        key="sample",
        kind=Survey.Kind.YEARLY,
        title=f"見本：{fiscal_year(today)}年度 地域IoT実装状況調査",
        note="見本データです。実在の調査ではありません。",
        as_of=today - timedelta(days=10),
        due_on=today + timedelta(days=30),
        solutions=tuple(Solution.objects.all()),
        questions=("いま一番困っていることは何ですか。",),
    )
    open_survey(compose_survey(facts, by=None), by=None, today=today)


def _neighbours(areas: Sequence[Area]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Which areas lie beside which: rows add up to 1, or to 0 on an island."""
    place = {area.pk: number for number, area in enumerate(areas)}
    beside = np.zeros((len(areas), len(areas)))
    for one, other in Area.neighbours.through.objects.values_list("from_area", "to_area"):
        beside[place[one], place[other]] = 1
    return np.asarray(beside / np.maximum(beside.sum(axis=1, keepdims=True), 1))


def _spread(
    numbers: np.random.Generator,
    solution: Solution,
    eager: np.ndarray[tuple[int], np.dtype[np.float64]],
    beside: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    today: date,
) -> dict[int, list[tuple[date, Stage]]]:
    """Area's place → its stages by day, one a quarter at most."""
    start: date = solution.since.published
    drawn_speed = numbers.lognormal(-0.4, 0.5)
    speed = SPEED.get(solution.key, drawn_speed)
    step = np.full(len(eager), -1)  # no answer yet
    moves: dict[int, list[tuple[date, Stage]]] = {}
    while start <= today:
        end = min(end_of_quarter(start), today)
        near = beside @ (step >= LADDER.index(Stage.RUNNING))
        chance = speed * eager * (BY_ITSELF + LIKE_NEIGHBOURS * near) * PACE[step]
        drawn = numbers.random(len(eager))
        goes_on = drawn < chance
        goes_back = ~goes_on & (step > 0) & (drawn > 1 - GOES_BACK)
        stops = goes_back & (drawn > 1 - STOPS)
        days = numbers.integers(0, (end - start).days + 1, len(eager))
        step = step + goes_on - goes_back
        for place in np.flatnonzero(goes_on | goes_back):
            stage = Stage.STOPPED if stops[place] else LADDER[step[place]]
            moves.setdefault(int(place), []).append((start + timedelta(days=int(days[place])), stage))
        start = end + timedelta(days=1)
    return moves
