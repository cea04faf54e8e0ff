"""The API of needs: what areas want solved, as far as they let everybody read it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from pydantic import Field as Asked

from itoguchi.areas.models import Block
from itoguchi.areas.queries import area_of_code, prefectures
from itoguchi.core.api import Answer, Dataset, Filters, Key, column, no_key, offer
from itoguchi.roadmap.models import Field
from itoguchi.support.api.schemes import known, router
from itoguchi.support.models import Need

Code = Annotated[str, Asked(pattern=r"^[0-9]{6}$")]
StateName = Literal["open", "answered", "closed"]
HeardName = Literal["typed", "briefing", "visit", "survey"]
STATES = "open 受付、answered 回答済、closed 終了 / Open, answered, closed"
HEARD = "typed 団体の入力、briefing 説明会、visit 訪問、survey 調査 / Typed by the area, at a briefing, on a visit, in a survey"


class NeedAnswer(Answer):
    """What one area wants solved."""

    number: int = column("番号 / Number")
    area: str = column("団体 / Area", "団体コード / Code of the area")
    title: str = column("ひとことで / In a word")
    text: str = column("困りごと / Worry", "団体の言葉のまま / In the words of the area")
    field: str | None = column("分野 / Field", "分野の記号 / Key of the field")
    solutions: list[str] = column("分野別モデル / Solutions", "考えている分野別モデルの記号 / Keys of those in mind")
    size_yen: int | None = column("見込みの費用（円） / Expected cost in yen")
    wanted_year: int | None = column("始めたい年度 / Fiscal year wanted")
    urgency: Literal["now", "next", "later"] = column(
        "いつまでに / By when", "now 今年度、next 来年度、later いずれ / This fiscal year, the next, some day"
    )
    state: StateName = column("状態 / State", STATES)
    heard: HeardName = column("どこで聞いたか / Heard where", HEARD)
    heard_on: date = column("聞いた日 / Heard on")
    answer: str = column("回答 / Answer")
    answered_on: date | None = column("回答した日 / Answered on")
    result: str = column("結果 / Result")
    closed_on: date | None = column("終えた日 / Closed on")
    address: str = column("住所 / Address", "この記録のページ / Page of this record on the site")


class NeedFilters(Filters):
    """Which needs."""

    area: Code | None = Asked(None, description="団体コード / Code of an area")
    field: Key | None = Asked(None, description="分野の記号 / Key of a field")
    state: StateName | None = Asked(None, description=f"状態：{STATES}")
    heard: HeardName | None = Asked(None, description=f"どこで聞いたか：{HEARD}")
    prefecture: Code | None = Asked(
        None,
        description="都道府県の団体コード（都道府県とその市区町村） / Code of a prefecture: itself and its municipalities",
    )
    block: Key | None = Asked(None, description="地域ブロックの記号 / Key of a regional block")


NO_AREA = _("この団体コードはありません（%(key)s）。")
NO_PREFECTURE = _("都道府県の団体コードではありません（%(key)s）。")


def needs(filters: NeedFilters) -> QuerySet[Need]:
    """Open needs alone, whoever asks; a double stands with the other (1 query more for each key asked for)."""
    found = (
        Need.objects.filter(is_internal=False)
        .exclude(state=Need.State.MERGED)
        .select_related("area")
        .prefetch_related("solutions")
    )
    wanted = {
        "state": filters.state,
        "heard": filters.heard,
        "field": known(Field.objects.all(), "field", filters.field),
        "area__block": known(Block.objects.all(), "block", filters.block),
    }
    found = found.filter(**{name: value for name, value in wanted.items() if value is not None})
    if filters.area is not None:
        area = area_of_code(filters.area)
        if area is None:
            raise no_key("area", filters.area, NO_AREA)
        found = found.filter(area=area)
    if filters.prefecture is not None:
        prefecture = prefectures().filter(code=filters.prefecture).first()
        if prefecture is None:
            raise no_key("prefecture", filters.prefecture, NO_PREFECTURE)
        found = found.filter(Q(area=prefecture) | Q(area__prefecture=prefecture))
    return found


def need_item(need: Need) -> dict[str, Any]:
    names = (
        "title", "text", "size_yen", "wanted_year", "urgency", "state", "heard", "heard_on",
        "answer", "answered_on", "result", "closed_on", "address",
    )  # fmt: skip
    return {name: getattr(need, name) for name in names} | {
        "number": need.pk,
        "area": need.area.code,
        "field": need.field_id,
        "solutions": [each.pk for each in need.solutions.all()],
    }


offer(
    router,
    Dataset(
        key="needs",
        title="ニーズ・課題 / Needs",
        about=(
            "団体が解決したいこと。庁内限りのものと、ほかに統合したものは入らない。"
            " / What areas want solved. Internal needs, and those merged into others, are not among them."
        ),
        source="団体の記録 / Records of the areas",
        page="support:need_list",
        answer=NeedAnswer,
        filters=NeedFilters,
        rows=needs,
        item=need_item,
        order=("pk",),
        models=(Need,),
    ),
)
