"""The API of implementation plans that are approved and open to all."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from pydantic import Field as Asked

from itoguchi.areas.queries import area_of_code
from itoguchi.core.api import Answer, Dataset, Filters, Key, column, no_key, offer, sent
from itoguchi.plans.api.first_step import router
from itoguchi.plans.models import Plan
from itoguchi.roadmap.models import Solution

Code = Annotated[str, Asked(pattern=r"^[0-9]{6}$")]
Number = Annotated[int, Asked(ge=1, le=2**31 - 1)]
NO_AREA = _("この団体コードはありません（%(key)s）。")


class AreaPlanAnswer(Answer):
    """What is known of one plan."""

    number: int = column("番号 / Number")
    area: str = column("団体 / Area", "団体コード / Code of the area")
    title: str = column("題名 / Title")
    solutions: list[str] = column("分野別モデル / Solutions", "分野別モデルの記号 / Keys of the solutions")
    need: int | None = column(
        "ニーズ / Need", "もとになったニーズの番号（公開のものだけ） / Number of the need behind it, where that is open"
    )
    begun_on: date = column("作り始めた日 / Begun on")
    version: int = column(
        "承認された版 / Approved version", "承認された版の番号 / Number of the version that was approved"
    )
    address: str = column("住所 / Address", "この記録のページ / Page of this record on the site")


class AreaPlanMoney(Answer):
    """Yen of one fiscal year, each from … to …; no end where the most is not known, null where nothing is."""

    year: int = column("年度 / Fiscal year")
    cost: list[int | None] | None = column("費用（円） / Cost in yen")
    own: list[int | None] | None = column("自己負担（円） / Own burden in yen")
    net: list[int | None] | None = column(
        "実質の負担（円） / Net burden in yen", "交付税措置などを除いたもの / Without what tax allocations give back"
    )


class AreaPlanTarget(Answer):
    """What the plan aims at."""

    key: str = column("KPIの記号 / Key of the KPI")
    name: str = column("KPI / KPI")
    unit: str = column("単位 / Unit")
    target: str | None = column("目標値 / Target")
    by: date | None = column("いつまでに / By when")


class AreaPlanStep(Answer):
    """Something that the plan wants done."""

    what: str = column("すること / What")
    by: date = column("いつまでに / By when")
    is_done: bool = column("済み / Done", "承認されたときに / When it was approved")


class AreaPlanCopy(Answer):
    """A part of a reference model that stands in a section, with where it comes from."""

    section: str = column("項目 / Section")
    title: str = column("題名 / Title")
    text: str = column("本文 / Text")
    model: str = column("参照モデルの記号 / Key of the reference model")
    giver: str = column("提供した団体 / Given by")
    version: int = column("写した版 / Version copied")
    source: str = column("出典 / Source")
    terms: str = column("利用の条件 / Terms of use")
    copied_on: date = column("写した日 / Copied on")
    file: str = column("ファイル / File", "写した部分に付いたファイルの名前 / Name of the file that came with it")


class AreaPlanDetail(AreaPlanAnswer):
    """One plan with all that it said when it was approved."""

    sections: dict[str, str] = column("項目ごとの文 / Text of each section")
    money: list[AreaPlanMoney] = column("年度ごとの費用 / Money by year")
    kpis: list[AreaPlanTarget] = column("KPIと目標 / KPIs and targets")
    actions: list[AreaPlanStep] = column("すること / Things to do")
    copies: list[AreaPlanCopy] = column("写した部分 / Parts copied from reference models")


class PlanFilters(Filters):
    """Which plans."""

    area: Code | None = Asked(None, description="団体コード / Code of an area")
    solution: Key | None = Asked(None, description="分野別モデルの記号 / Key of a solution")


def plans(filters: PlanFilters) -> QuerySet[Plan]:
    """Approved open plans alone, whoever asks."""
    found = (
        Plan.objects.filter(is_internal=False, approved__isnull=False)
        .select_related("area", "need", "approved")
        .prefetch_related("solutions")
    )
    if filters.area is not None:
        area = area_of_code(filters.area)
        if area is None:
            raise no_key("area", filters.area, NO_AREA)
        found = found.filter(area=area)
    if filters.solution is not None:
        if not Solution.objects.filter(pk=filters.solution).exists():
            raise no_key("solution", filters.solution)
        found = found.filter(solutions=filters.solution)
    return found


def plan_item(plan: Plan) -> dict[str, Any]:
    return {
        "number": plan.pk,
        "area": plan.area.code,
        "title": plan.title,
        "solutions": [each.pk for each in plan.solutions.all()],
        "need": plan.need_id if plan.need and not plan.need.is_internal else None,
        "begun_on": plan.begun_on,
        "version": plan.approved.number if plan.approved else 0,
        "address": plan.address,
    }


offer(
    router,
    Dataset(
        key="plans",
        title="実装計画 / Plans",
        about=(
            "団体の地域IoT実装計画のうち、承認され、公開されたもの。"
            " / Implementation plans of areas that are approved and open to all."
        ),
        source="団体の記録 / Records of the areas",
        page="plans:plan_list",
        answer=AreaPlanAnswer,
        filters=PlanFilters,
        rows=plans,
        item=plan_item,
        order=("pk",),
        models=(Plan,),
    ),
)


@router.get(
    "/plans/{number}", auth=None, response=AreaPlanDetail, url_name="area_plan", operation_id="get_area_plan",
    summary="一つの実装計画 / One plan",
)  # fmt: skip
def plan(request: HttpRequest, number: Number) -> HttpResponse:
    """承認されたときの中身とともに。 / With all that it said when it was approved."""
    found = plans(PlanFilters(area=None, solution=None)).filter(pk=number).first()
    if found is None or found.approved is None:
        raise no_key("number", str(number))
    names = AreaPlanCopy.model_fields
    copies = [{name: each.get(name, "") for name in names} for each in found.approved.content.get("copies", ())]
    return sent(plan_item(found) | found.approved.content | {"copies": copies})
