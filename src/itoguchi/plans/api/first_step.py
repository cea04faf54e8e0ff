"""The API of the first step sheet: what a page shows of one area's first step, as data, for everybody."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from itoguchi.areas.queries import area_of_code
from itoguchi.core.api import Answer, Day, Filters, Key, column, no_key, sent, wrong
from itoguchi.core.wording import say
from itoguchi.plans.queries import Helper, NextAction, Peer, Sheet, sheet_of, solutions_by_key
from itoguchi.support.models.needs import LONGEST
from itoguchi.support.queries import (
    WHOLE_DAY,
    Combination,
    DatedStep,
    Match,
    hour_of,
    names_at_hand,
    needs_visible_to,
    reason_of,
)

router = Router(tags=["plans"])
IN_JAPANESE = "日本語 / In Japanese"
ADDRESS = "この記録のページ / Page of this record on the site"


class FirstStepPeer(Answer):
    """An area like the one that asks, which did it."""

    area: str = column("団体 / Area", "団体コード / Code of the area")
    name: str = column("名称 / Name")
    stage: Literal["trial", "running", "shared"] = column(
        "段階 / Stage", "trial 実証、running 実装、shared 横展開 / On trial, running, shared with others"
    )
    since: str = column("いつから / Since", "分かっている細かさで / As precisely as it is known")
    cost_yen: int | None = column("費用（円） / Cost in yen", "記録した費用 / What the area told")
    address: str = column("住所 / Address", ADDRESS)


class FirstStepCost(Answer):
    """What the areas like it paid."""

    low: int | None = column("低いほう（円） / Low, in yen")
    high: int | None = column("高いほう（円） / High, in yen")
    records: int = column("記録の数 / Records", "費用を記録した、似た団体の数 / Areas like it that told a cost")
    is_middle: bool = column(
        "四分位か / Middle half", "まん中の半分の範囲か、全部の範囲か / The middle half of the records, or all of them"
    )
    is_wider: bool = column(
        "広げたか / Wider",
        "似た20団体の記録が少ないので、似た100団体の記録か"
        " / Too few of the 20 most like it told a cost: of the 100 most like it",
    )
    why: str | None = column("ない理由 / Why there is none")


class FirstStepScheme(Answer):
    """A scheme, and how the area stands to it."""

    scheme: str = column("支援メニュー / Scheme", "支援メニューの記号 / Key of the scheme")
    name: str = column("名称 / Name")
    opens: date | None = column("受付開始 / Opens")
    closes: date | None = column("受付終了 / Closes")
    reasons: list[str] = column("満たすこと / Met", IN_JAPANESE)
    gaps: list[str] = column(
        "足りないこと / Missing", "足りないこと、または分からないこと。日本語 / Missing, or not known. In Japanese"
    )
    address: str = column("住所 / Address", ADDRESS)


class FirstStepHelper(Answer):
    """Who helps."""

    label: str = column("だれ / Who", IN_JAPANESE)
    what: str = column("何を / What", IN_JAPANESE)
    address: str = column("住所 / Address", "そのページ / Its page")


class FirstStepAction(Answer):
    """What to do next."""

    what: str = column("すること / What", IN_JAPANESE)
    by: date = column("いつまでに / By")
    address: str = column("住所 / Address", "そのページ / Its page")


class FirstStepBurden(Answer):
    """What stays with the area when schemes have paid."""

    low: int = column("低いほう（円） / Low, in yen")
    high: int | None = column("高いほう（円） / High, in yen", "空なら、上の端が分からない / Empty: nobody knows it")
    why: list[str] = column("計算のしかた / How it was reckoned", IN_JAPANESE)


class FirstStepDate(Answer):
    """A step of the calendar, planned back from the window and the start."""

    step: str = column("すること / Step", IN_JAPANESE)
    begins: date = column("はじめ / Begins")
    ends: date = column("おわり / Ends")
    is_late: bool = column("間に合わない / Too late", "時点より前に始める必要があった / It had to begin before the day")
    why: str = column("理由 / Why", IN_JAPANESE)


class FirstStepAnswer(Answer):
    """The first step of an area."""

    area: str = column("団体 / Area", "団体コード / Code of the area")
    day: date = column("時点 / As of")
    need: int | None = column("ニーズ / Need", "ニーズの番号 / Number of the need")
    words: str = column("困りごと / Worry", "聞かれた言葉 / The words asked with")
    solution: str | None = column("分野別モデル / Solution", "分野別モデルの記号 / Key of the solution")
    others: list[str] = column("ほかの候補 / Others", "ほかの分野別モデルの記号 / Keys of other solutions")
    stage: str | None = column("段階 / Stage", "この団体の段階 / Stage of the area itself")
    peers: list[FirstStepPeer] = column("似た団体 / Peers", "近い順 / The likest first")
    cost: FirstStepCost = column("費用 / Cost", "似た団体の費用 / What areas like it paid")
    may: list[FirstStepScheme] = column("使える / May use")
    may_not: list[FirstStepScheme] = column("使えない / May not use")
    unknown: list[FirstStepScheme] = column("分からない / Not known yet")
    own_burden: FirstStepBurden | None = column(
        "自己負担 / Own burden", "費用が分からなければ空 / Empty while no cost is known"
    )
    dates: list[FirstStepDate] = column("日程 / Dates", "逆算した順 / In the order of time")
    helpers: list[FirstStepHelper] = column("だれが助けるか / Who helps")
    actions: list[FirstStepAction] = column("次にすること / Next", "三つ、早い順 / Three, the earliest first")


class FirstStepQuestions(Filters):
    """Of which area, and about what: a solution, an open need, or plain words."""

    area: str = Field(pattern=r"^[0-9]{6}$", description="団体コード / Code of an area")
    solution: Key | None = Field(None, description="分野別モデルの記号 / Key of a solution")
    need: int | None = Field(None, ge=1, lt=2**31, description="公開のニーズの番号 / Number of an open need")
    words: str = Field(
        "", max_length=LONGEST, pattern=r"^[^\x00]*$", description="困りごと、ふだんの言葉で / The worry in plain words"
    )
    as_of: Day | None = Field(None, description="時点（空なら今日） / As of which day (today)")


@router.get(
    "/first-step",
    auth=None,
    response=FirstStepAnswer,
    url_name="first_step",
    operation_id="first_step",
    summary="団体の最初の一歩 / First step of an area",
    description="似た団体、費用、使える・使えない支援メニューとその理由、助ける人、次にすること。公開の記録だけから"
    " / Peers, cost, schemes that it may use or not and why, who helps, what to do next; from public records alone",
)
def first_step(request: HttpRequest, asked: Query[FirstStepQuestions]) -> HttpResponse:
    area = area_of_code(asked.area)
    if area is None:
        raise no_key("area", asked.area)
    today = timezone.localdate()
    day = asked.as_of or today
    if day > today:
        raise wrong(("as_of", say("まだ来ていない日です。")))
    nobody = AnonymousUser()
    need = needs_visible_to(nobody).prefetch_related("solutions").filter(pk=asked.need or 0).first()
    if asked.need and need is None:
        raise no_key("need", str(asked.need))
    solution = solutions_by_key(day).get(asked.solution or "")
    if asked.solution and solution is None:
        raise no_key("solution", asked.solution)
    words = asked.words.strip()
    if not (need or solution or words):
        raise wrong(("words", say("困りごとを書いてください。ふだんの言葉でかまいません。")))
    hour = WHOLE_DAY if asked.as_of else hour_of(day, timezone.now())
    sheet = sheet_of(area, user=nobody, day=day, need=need, solution=solution, words=words, hour=hour)
    with names_at_hand():
        return sent(as_data(sheet))


def as_data(sheet: Sheet) -> dict[str, Any]:
    """The sheet for machines."""
    cost = sheet.cost
    return {
        "area": sheet.area.code,
        "day": sheet.day,
        "need": sheet.need.pk if sheet.need else None,
        "words": sheet.words,
        "solution": sheet.solution.key if sheet.solution else None,
        "others": [each.key for each in sheet.others],
        "stage": sheet.stage.value if sheet.stage else None,
        "peers": [_peer(each) for each in sheet.peers],
        "cost": {name: getattr(cost, name) for name in ("low", "high", "records", "is_middle", "is_wider", "why")},
        "may": [_scheme(each, sheet) for each in sheet.may],
        "may_not": [_scheme(each, sheet) for each in sheet.may_not],
        "unknown": [_scheme(each, sheet) for each in sheet.unknown],
        "own_burden": _burden(sheet.money) if sheet.money else None,
        "dates": [_date(each) for each in sheet.dates.steps] if sheet.dates else [],
        "helpers": [_helper(each) for each in sheet.helpers],
        "actions": [_action(each) for each in sheet.actions],
    }


def _peer(peer: Peer) -> dict[str, Any]:
    return {
        "area": peer.area.code,
        "name": peer.area.name,
        "stage": peer.stage.value,
        "since": peer.since.written,
        "cost_yen": peer.yen,
        "address": peer.href,
    }


def _scheme(match: Match, sheet: Sheet) -> dict[str, Any]:
    scheme, window = sheet.schemes[match.scheme], match.timing.window
    return {
        "scheme": scheme.key,
        "name": scheme.name,
        "opens": window.opens if window else None,
        "closes": window.closes if window else None,
        "reasons": [reason_of(each) for each in match.reasons],
        "gaps": [reason_of(each) for each in match.gaps],
        "address": scheme.address,
    }


def _burden(money: Combination) -> dict[str, Any]:
    low, high = money.own
    return {"low": low, "high": high, "why": money.why}


def _date(step: DatedStep) -> dict[str, Any]:
    return {
        "step": step.label,
        "begins": step.begins,
        "ends": step.ends,
        "is_late": step.is_late,
        "why": step.why,
    }


def _helper(helper: Helper) -> dict[str, Any]:
    return {"label": helper.label, "what": helper.what, "address": helper.href}


def _action(action: NextAction) -> dict[str, Any]:
    return {"what": action.what, "by": action.by, "address": action.href}
