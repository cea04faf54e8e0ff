"""The API of problems that were published: never of proposals, and not even of how many there are before they are opened."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from ninja import Router
from pydantic import Field as Asked

from itoguchi.areas.queries import area_of_code
from itoguchi.core.api import Answer, Dataset, Filters, Key, column, no_key, offer
from itoguchi.exchange.models import Problem
from itoguchi.roadmap.models import Field

router = Router(tags=["exchange"])

Code = Annotated[str, Asked(pattern=r"^[0-9]{6}$")]
StateName = Literal["published", "opened", "chosen", "agreed", "ended", "withdrawn"]
STATES = (
    "published（公開、締切の前かあと）, opened（開封済）, chosen（選定済）, agreed（合意）, ended（該当なし）, withdrawn（取下げ）"
    " / published (before the deadline or waiting to be opened), opened, chosen, agreed, ended without choice, withdrawn"
)
NO_AREA = _("この団体コードはありません（%(key)s）。")


class ProblemAnswer(Answer):
    """What is known of one problem."""

    number: int = column("番号 / Number")
    area: str = column("団体 / Area", "団体コード / Code of the area")
    need: int | None = column(
        "ニーズ / Need", "もとになったニーズの番号（公開のものだけ） / Number of the need behind it, where that is open"
    )
    field: str | None = column("分野 / Field", "分野の記号 / Key of the field")
    title: str = column("題名 / Title")
    wanted: str = column("求めること / What is asked for")
    site: str = column("場所・現地のようす / Site")
    conditions: str = column("条件 / Conditions")
    criteria: list[str] = column(
        "評価の観点と重み / Criteria and weights", "「効果：3」のように / Each as its name, a colon and its weight"
    )
    state: StateName = column("状態 / State", STATES)
    published_at: datetime = column("公開した時 / Published at")
    asks_until: datetime = column("質問の締切 / Questions until")
    closes_at: datetime = column("提案の締切 / Proposals until")
    opened_at: datetime | None = column("開封した時 / Opened at", "提案を開けた時 / When the proposals were opened")
    proposals: int | None = column(
        "提案の数 / Proposals", "開けるまでは空 / How many there are; null until they are opened"
    )
    result: str = column("結果 / Result", "該当なし・取下げの理由 / Why nothing was chosen, or why it was withdrawn")
    address: str = column("住所 / Address", "この記録のページ / Page of this record on the site")


class ProblemFilters(Filters):
    """Which problems."""

    area: Code | None = Asked(None, description="団体コード / Code of an area")
    field: Key | None = Asked(None, description="分野の記号 / Key of a field")
    state: StateName | None = Asked(None, description=f"状態：{STATES}")


def field_known(key: str | None) -> str | None:
    """The key of a field that was asked for (1 query, none when nothing was)."""
    if key is not None and not Field.objects.filter(pk=key).exists():
        raise no_key("field", key)
    return key


def problems(filters: ProblemFilters) -> QuerySet[Any]:
    """Problems that were published, whoever asks."""
    found = (
        Problem.objects.filter(published_at__isnull=False)
        .select_related("need__area")
        .prefetch_related("criteria")
        .annotate(received=Count("proposals", filter=Q(opened_at__isnull=False, proposals__is_withdrawn=False)))
    )
    wanted = {"state": filters.state, "need__field": field_known(filters.field)}
    found = found.filter(**{name: value for name, value in wanted.items() if value is not None})
    if filters.area is not None:
        area = area_of_code(filters.area)
        if area is None:
            raise no_key("area", filters.area, NO_AREA)
        found = found.filter(need__area=area)
    return found


def problem_item(problem: Any) -> dict[str, Any]:
    names = (
        "title", "wanted", "site", "conditions", "state", "published_at", "asks_until", "closes_at", "opened_at",
        "result", "address",
    )  # fmt: skip
    return {name: getattr(problem, name) for name in names} | {
        "number": problem.pk,
        "area": problem.need.area.code,
        "need": None if problem.need.is_internal else problem.need_id,
        "field": problem.need.field_id,
        "criteria": [f"{each.name}：{each.weight}" for each in problem.criteria.all()],
        "proposals": problem.received if problem.opened_at else None,
    }


offer(
    router,
    Dataset(
        key="problems",
        title="課題 / Problems",
        about=(
            "団体が提案を求めている課題、求めた課題。提案は入らず、その数も開けるまで入らない。"
            " / Problems for which areas ask or asked for proposals. Proposals are not in it, nor how many there are until"
            " they are opened."
        ),
        source="団体の記録 / Records of the areas",
        page="exchange:problem_list",
        answer=ProblemAnswer,
        filters=ProblemFilters,
        rows=problems,
        item=problem_item,
        order=("pk",),
        models=(Problem,),
    ),
)
