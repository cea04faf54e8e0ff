"""Plausible cases, reference models and reuses for the sample world, each labelled 見本."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area, Kind
from itoguchi.cases.actions import (
    CaseFacts,
    CostFacts,
    FigureFacts,
    MeasureFacts,
    ModelFacts,
    OutcomeFacts,
    PartFacts,
    ask_for_review,
    begin_reuse,
    check_case,
    decide_on,
    keep_part,
    offer_model,
    record_case,
    report_outcome,
    withdraw_reuse,
)
from itoguchi.cases.models import Case, ModelPart, ReferenceModel
from itoguchi.core.actions import freeze_file
from itoguchi.core.calendar import fiscal_year
from itoguchi.core.models import FrozenFile
from itoguchi.core.uploads import kind_of
from itoguchi.roadmap.models import Solution

WORDS = "見本"
TAMBA, OISHIDA = "282219", "063410"
EVIDENCE = "見本データ（実在の事例ではありません）"


@dataclass(frozen=True, slots=True)
class Story:
    """What the sample cases of a solution say, and the measure with its value before."""

    title: str
    worry: str
    measures: str
    pitfalls: str
    measure: str
    unit: str
    before: int


STORIES: Mapping[str, Story] = {
    "l-alert": Story(
        "避難の知らせを家の中に届ける",
        "防災無線が聞こえない谷があり、高齢の方の家に避難の知らせが届かなかった。",
        "Lアラートの情報を、戸別の受信機と携帯電話に同時に送るようにした。",
        "受信機の電池の交換を、だれが見回るかを決めていなかった。",
        "知らせが届く世帯の割合",
        "%",
        42,
    ),
    "telework": Story(
        "空き家を働く場所にする",
        "移り住みたい方が、都会の仕事を続けられる場所を見つけられなかった。",
        "空き家を借りて、通信と机を整え、会社の人に使ってもらった。",
        "冬の暖房の費用を、はじめの見積りに入れていなかった。",
        "テレワークで働く人",
        "人",
        3,
    ),
    "smart-primary-industry": Story(
        "見回りの手間を減らす",
        "猿が畑を荒らすが、見回りの人手がない。",
        "罠と畑に通知の機器を置き、来たときだけ見に行くようにした。",
        "谷の奥では電波が届かず、中継機が要った。",
        "見回りの時間（一週間）",
        "時間",
        30,
    ),
}
PARTS = (
    (
        ModelPart.Kind.SPECIFICATION,
        "業務仕様書",
        "一　目的\n二　対象とする世帯と地区\n三　機器の性能と台数\n四　運用と保守\n五　検査と引渡し",
    ),
    (
        ModelPart.Kind.PROCUREMENT,
        "公募型プロポーザルの実施要領",
        "一　日程\n二　参加の資格\n三　審査の基準と配点\n四　契約の条件",
    ),
    (
        ModelPart.Kind.COST,
        "費用の見積り方",
        "機器は台数×単価、通信は月額×12か月で見積もる。保守は機器の費用に対する割合で見る。",
    ),
    (
        ModelPart.Kind.PERSONAL_DATA,
        "個人情報の点検表",
        "□ 集める個人情報を一覧にしたか\n□ 使う目的を住民に知らせたか\n□ 委託先との契約に取扱いを書いたか",
    ),
    (
        ModelPart.Kind.SECURITY,
        "安全管理の点検表",
        "□ 機器の初期の合言葉を変えたか\n□ 更新の手順と担当を決めたか\n□ 止まったときの連絡先を決めたか",
    ),
)


def load_sample(_rng: random.Random, today: date) -> None:
    """Cases in every state and two reference models; loaded once."""
    if Case.objects.exists():
        return
    people = {each.sign_in_name: each for each in Account.objects.all()}
    town, own = Area.objects.get(code=OISHIDA), Area.objects.get(code=TAMBA)
    a_year_ago = today - timedelta(days=370)

    # A year has passed since the first one was published, and nobody has said yet what it cost and changed.
    waiting = _publish(_case(town, "l-alert", a_year_ago, people, is_told=False), a_year_ago, people)
    radio = _model("sample-disaster-notice", town, "l-alert", [waiting], today, people)

    told = []
    towns = list(Area.objects.exclude(kind=Kind.PREFECTURE).exclude(pk__in=[town.pk, own.pk]).order_by("code")[::140])
    for place, area in enumerate([own, *towns]):
        key = ("telework", "smart-primary-industry", "l-alert")[place % 3]
        day = today - timedelta(days=300 - 20 * place)
        told.append(_publish(_case(area, key, day, people, place=place), day, people))
    check_case(told[0], holds=True, note=f"{WORDS}：利用が続いている。", by=people["officer"], today=today)
    check_case(told[1], holds=False, note=f"{WORDS}：機器の提供が終わった。", by=None, today=today)

    telework = [each for each in told if each.solution_id == "telework"]
    model = _model("sample-telework-house", own, "telework", telework[:2], today, people)
    _reuses(model, towns, today)
    _case(own, "smart-primary-industry", today, people)
    ask_for_review(_case(own, "l-alert", today, people), by=people["officer"], reason=f"{WORDS}：確かめてください。")
    begin_reuse(radio, towns[0], used_at="", by=None, today=today)


def _case(
    area: Area, key: str, day: date, people: Mapping[str, Account], *, place: int = 0, is_told: bool = True
) -> Case:
    """A draft; `is_told` what it cost and changed."""
    story, solution, year = STORIES[key], Solution.objects.get(key=key), fiscal_year(day) - 1
    is_less = key == "smart-primary-industry"
    change = (-1 if is_less else 1) * (8 + 3 * (place % 6))
    figure = FigureFacts(
        name=story.measure,
        unit=story.unit,
        before=Decimal(story.before),
        before_on=day - timedelta(days=700),
        after=Decimal(story.before + change) if is_told else None,
        after_on=day - timedelta(days=100) if is_told else None,
        source=EVIDENCE,
    )
    costs = (
        CostFacts(year=year, kind="equipment", yen=3_000_000 + 400_000 * place, note=WORDS),
        CostFacts(year=year + 1, kind="operation", yen=300_000 + 40_000 * place, note=WORDS),
    )
    facts = CaseFacts(
        solution=solution,
        title=f"{WORDS}：{story.title}（{area.name}）",
        worry=story.worry,
        measures=story.measures,
        evidence=EVIDENCE,
        since_year=year,
        people=f"{WORDS}：企画課が取りまとめ、担当課と地域の企業がいっしょに進めた。",
        other_partners=f"{WORDS} 地域の企業",
        pitfalls=story.pitfalls,
        figures=(figure,),
        costs=costs if is_told else (),
        evidence_file=_file("測った記録", f"{story.measure}（{story.unit}）") if is_told and place == 0 else None,
    )
    by = people["officer"] if area.code == TAMBA else people["coordinator"]
    return record_case(area, facts, by=by, today=day)


def _file(title: str, text: str) -> FrozenFile:
    """A text to keep that says in its first line what it is."""
    words = f"{WORDS}データ（実在の書類ではありません）\n\n{title}\n\n{text}\n"
    return freeze_file(f"{WORDS}データ {title}.txt", words.encode(), content_type=kind_of("x.txt"))


def _publish(record: Case, day: date, people: Mapping[str, Account]) -> Case:
    ask_for_review(record, by=people["coordinator"])
    return decide_on(record, deed="approve", by=people["approver"], today=day, remark=WORDS)


def _model(
    key: str, area: Area, solution: str, cases: list[Case], today: date, people: Mapping[str, Account]
) -> ReferenceModel:
    """A published model with every kind of part, from the first of its cases."""
    story = STORIES[solution]
    facts = ModelFacts(
        title=f"{WORDS}：{story.title}ひとそろい",
        solution=Solution.objects.get(key=solution),
        about=f"{WORDS}：{story.worry}そのような小さな町のための、仕様書・調達の書類・点検表のひとそろい。",
        cases=frozenset(cases),
        measures=(MeasureFacts(name=story.measure, unit=story.unit),),
    )
    model = offer_model(key, area, facts, by=None)
    for kind, title, text in PARTS:
        source = f"{WORDS}：{area.name}「{title}」（実在の書類ではありません）"
        file = _file(title, text) if kind == ModelPart.Kind.SPECIFICATION else None
        part = PartFacts(kind=kind, title=f"{WORDS}：{title}", text=text, source=source, case=cases[0], file=file)
        keep_part(model, part, by=None, today=today)
    ask_for_review(model, by=people["coordinator"])
    return decide_on(model, deed="approve", by=people["approver"], today=today, remark=WORDS)


def _reuses(model: ReferenceModel, towns: list[Area], today: date) -> None:
    """Eight towns use it: six told what came of it, one has not yet, one withdrew."""
    measure = model.measures.get()
    for place, area in enumerate(towns[:8]):
        begun = today - timedelta(days=400 - 10 * place)
        reuse = begin_reuse(model, area, used_at="", by=None, today=begun)
        if place == 0:
            withdraw_reuse(reuse, why=f"{WORDS}：別のやり方にした。", by=None, today=today)
        elif place > 1:
            outcome = OutcomeFacts(
                measure=measure,
                before=Decimal(place),
                before_on=begun,
                after=Decimal(place + 5 + 2 * (place % 4)),
                after_on=today,
            )
            cost = 2_500_000 + 300_000 * place
            remark = f"{WORDS}：冬の費用をはじめから見込むとよい。"
            report_outcome(reuse, [outcome], by=None, today=today, cost_yen=cost, remark=remark)
