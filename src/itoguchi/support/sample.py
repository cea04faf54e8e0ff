"""Three hundred plausible schemes for the sample world, with windows around today, and needs of some areas."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from itoguchi.areas.models import Area, Kind
from itoguchi.core.calendar import fiscal_year
from itoguchi.core.journal import journal
from itoguchi.roadmap.models import Field, Solution
from itoguchi.support.actions import (
    NeedFacts,
    RateFacts,
    SchemeFacts,
    WindowFacts,
    YearFacts,
    index_schemes,
    keep_scheme,
    keep_year,
    record_need,
    record_use,
)
from itoguchi.support.actions.schemes import TOKYO
from itoguchi.support.models import Cost, Need, Scheme

WORDS = "見本"
WHY = "見本データの読み込み"
SCHEMES = 300
USERS = 12  # areas on record to have used a scheme
K = Scheme.Kind
# What they are called and how often there are such.
NAMES: Mapping[Scheme.Kind, tuple[str, int]] = {
    K.GRANT: ("導入補助金", 10),
    K.LOAN: ("低利融資", 2),
    K.TAX: ("設備投資税制", 1),
    K.ALLOCATION: ("特別交付税措置", 2),
    K.BOND: ("事業債", 2),
    K.PEOPLE: ("専門家派遣", 2),
    K.KNOW_HOW: ("計画づくり支援", 2),
}
MONEY = {K.GRANT, K.LOAN, K.BOND, K.ALLOCATION}
RULES: tuple[dict[str, Any], ...] = (
    {"applicant": ["area"]},
    {"fiscal_strength": {"at_most": 0.8}},
    {"all": [{"applicant": ["area"]}, {"any": [{"fiscal_strength": {"at_most": 0.5}}, {"disadvantaged": True}]}]},
    {"all": [{"kind": ["town", "village"]}, {"population": {"below": 10_000}}]},
    {"kind": ["city", "designated_city", "special_ward"]},
    {"all": [{"applicant": ["consortium"]}, {"members": ["area", "company"]}]},
    {"all": [{"applicant": ["area", "consortium"]}, {"not": {"used_within_years": 3}}]},
    {"population": {"at_least": 50_000}},
    {"disadvantaged": True},
    {"all": [{"applicant": ["area", "consortium"]}, {"size": {"at_least": 5_000_000}}]},
)
# One need in one block that nothing serves today: schemes of this field are still to open there.
WAITING, WAITING_IN, HEARD_AT = "primary-industry", "shinetsu", 5  # so many briefings
WAIT = timedelta(days=7)
WORRIES: Mapping[str, tuple[str, str]] = {  # field → what an area says in its own words
    "education": ("教材をどの学校でも使いたい", "学校ごとに教材がばらばらで、先生の準備に時間がかかっている。"),
    "health": ("病院どうしで診療の情報を分け合いたい", "隣の町の病院に運ばれると、それまでの薬や検査が分からない。"),
    "workstyle": ("移り住んで働ける場所をつくりたい", "空き家はあるが、ここで都会の仕事を続けられる場所がない。"),
    "disaster": ("避難の知らせが届かない家がある", "防災無線が聞こえない谷がある。高齢の方の家に早く知らせたい。"),
    "primary-industry": ("猿が畑を荒らす", "猿が畑を荒らす。見回りの人手がない。"),
    "local-business": ("商店街の客が減っている", "買い物に来る人が減った。ポイントなどで町の中でお金を回したい。"),
    "tourism": ("外国の方に案内できない", "駅や宿で言葉が通じず、せっかく来た方が次の場所を知らないまま帰る。"),
    "public-private-services": (
        "公開したデータが使われていない",
        "データを出しているが、だれも使っていない。困りごとと結びつけたい。",
    ),
    "smart-city": ("人の流れが分からない", "バスの路線を見直したいが、どこからどこへ動いているのか分からない。"),
    "child-rearing": ("子育ての手続きで何度も役所に来てもらっている", "働く親が、申請のたびに仕事を休んで来ている。"),
}


def load_sample(rng: random.Random, today: date) -> None:
    """Schemes and needs; loaded once."""
    if Scheme.objects.filter(origin=Scheme.Origin.SAMPLE).exists():
        return
    fields = list(Field.objects.prefetch_related("solutions").order_by("order"))
    prefectures = list(Area.objects.filter(kind=Kind.PREFECTURE).order_by("code"))
    municipalities = list(Area.objects.exclude(kind=Kind.PREFECTURE).order_by("code"))
    with journal(why=WHY):
        for number in range(1, SCHEMES + 1):
            _scheme(rng, number, rng.choice(fields), prefectures, today)
        index_schemes()
        _needs(rng, municipalities, fields, today)
        _needs_of_briefings(municipalities, fields, today)
        _uses(municipalities, today)


def _scheme(rng: random.Random, number: int, field: Field, prefectures: list[Area], today: date) -> None:
    kind = rng.choices(list(NAMES), [often for _name, often in NAMES.values()])[0]
    level = rng.choices(list(Scheme.Level), [5, 4, 0, 1])[0]
    prefecture = rng.choice(prefectures)
    provider = {
        Scheme.Level.NATIONAL: "見本省",
        Scheme.Level.PREFECTURAL: f"見本（{prefecture.name}）",
        Scheme.Level.PRIVATE: "見本財団",
    }[level]
    solutions: list[Solution] = list(field.solutions.all())
    chosen = frozenset(rng.sample(solutions, min(len(solutions), rng.randrange(3))))
    rule = dict(rng.choice(RULES))
    if level == Scheme.Level.PREFECTURAL:
        rule = {"all": [{"prefecture": [prefecture.code]}, rule]}
    about = "・".join(sorted(each.name for each in chosen)) or field.name
    facts = SchemeFacts(
        name=f"{WORDS}：{about} {NAMES[kind][0]} {number}",
        kind=kind,
        level=level,
        provider=provider,
        source=f"{WORDS}データ（実在の支援メニューではありません）",
        summary=f"{about}に取り組む団体を支える。",
        rule=rule,
        fields=frozenset({field}),
        solutions=chosen,
        costs=tuple(rng.sample([cost.value for cost in Cost], rng.randint(2, 5))) if kind in MONEY else (),
        checked_on=today - timedelta(days=rng.randrange(200)),
        steps=(("審査", None), ("交付決定", None)) if kind == K.GRANT else (),
    )
    scheme = keep_scheme(f"sample-{number}", facts, by=None, origin=Scheme.Origin.SAMPLE, origin_key=str(number))
    waits = field.key == WAITING and (level != Scheme.Level.PREFECTURAL or prefecture.block_id == WAITING_IN)
    for year in (fiscal_year(today) - 1, fiscal_year(today)):
        keep_year(scheme, _year(rng, kind, year, today, is_still_to_open=waits), by=None)


def _year(rng: random.Random, kind: Scheme.Kind, year: int, today: date, *, is_still_to_open: bool) -> YearFacts:
    is_past = year < fiscal_year(today)
    opens = today + timedelta(days=rng.randint(-60, 200) - 365 * is_past)
    if is_still_to_open and not is_past and opens <= today:
        opens = today + (today - opens) + WAIT
    closes = opens + timedelta(days=rng.randint(20, 70))
    asked = rng.randint(5, 80) if is_past and kind == K.GRANT else None
    rates: tuple[RateFacts, ...] = ()
    most = rng.choice([None, 5, 10, 20, 30, 50, 100])
    if kind == K.GRANT:
        rates = (RateFacts(rate=Fraction(rng.choice(["1/2", "2/3", "1/3", "3/4"]))),)
    elif kind == K.BOND:
        rates = (RateFacts(rate=Fraction(rng.choice(["3/4", "9/10", "1"])), returned_percent=rng.choice([30, 50, 70])),)
    elif kind == K.ALLOCATION:
        rates = (RateFacts(rate=Fraction(rng.choice(["1/2", "7/10"]))),)
    return YearFacts(
        fiscal_year=year,
        source=f"{WORDS}データ",
        min_yen=rng.choice([None, 1_000_000, 3_000_000]) if rates else None,
        max_yen=most * 1_000_000 if most and rates else None,
        asked=asked,
        chosen=asked and rng.randint(1, asked),
        rates=rates,
        windows=(
            WindowFacts(
                opens_at=datetime.combine(opens, time(9), TOKYO),
                closes_at=datetime.combine(closes, time(17), TOKYO),
                has_time=True,
            ),
        ),
    )


def _uses(municipalities: list[Area], today: date) -> None:
    """Who used the schemes that ask for it, in the last fiscal year; of every other one the lists of three years are whole."""
    year = fiscal_year(today)
    asking = Scheme.objects.filter(origin=Scheme.Origin.SAMPLE, rule__icontains="used_within_years").order_by("key")
    for number, scheme in enumerate(asking):
        first = number * USERS % len(municipalities)
        areas = municipalities[first : first + USERS]
        source, is_whole = f"{WORDS}データ", number % 2 == 0
        record_use(scheme, areas, year - 1, source=source, today=today, by=None, is_whole=is_whole)
        for other in (year, year - 2) if is_whole else ():
            record_use(scheme, (), other, source=source, today=today, by=None, is_whole=True)


def _needs(rng: random.Random, municipalities: list[Area], fields: list[Field], today: date) -> None:
    of_field = {each.key: each for each in fields}
    for area in rng.sample(municipalities, 200):
        key = rng.choice(list(WORRIES))
        title, text = WORRIES[key]
        facts = NeedFacts(
            title=f"{WORDS}：{title}",
            text=text,
            field=of_field.get(key),
            size_yen=rng.choice([None, 3_000_000, 8_000_000, 20_000_000]),
            urgency=rng.choice(list(Need.Urgency)),
            is_internal=rng.random() < 0.3,
        )
        heard_on = today - timedelta(days=rng.randrange(400))
        record_need(area, facts, by=None, today=today, heard=rng.choice(list(Need.Heard)), heard_on=heard_on)


def _needs_of_briefings(municipalities: list[Area], fields: list[Field], today: date) -> None:
    """The same worry, heard at a briefing a month in towns of one block, the newest a month ago."""
    towns = [each for each in municipalities if each.block_id == WAITING_IN and each.kind == Kind.TOWN]
    title, text = WORRIES[WAITING]
    field = next(each for each in fields if each.key == WAITING)
    for number, area in enumerate(towns[:HEARD_AT], start=1):
        facts = NeedFacts(title=f"{WORDS}：{title}", text=text, field=field, is_internal=False)
        heard_on = today - timedelta(days=30 * number)
        record_need(area, facts, by=None, today=today, heard=Need.Heard.BRIEFING, heard_on=heard_on)
