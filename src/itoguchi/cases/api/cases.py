"""The API of published cases."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from ninja import Router
from pydantic import Field as Asked

from itoguchi.areas.queries import area_of_code
from itoguchi.cases.models import Case, CaseCost, CaseFigure, State
from itoguchi.core.api import Answer, Dataset, Filters, Key, column, no_key, offer
from itoguchi.roadmap.models import Solution

router = Router(tags=["cases"])
Code = Annotated[str, Asked(pattern=r"^[0-9]{6}$")]
NO_AREA = _("この団体コードはありません（%(key)s）。")


class CaseFigureAnswer(Answer):
    """What changed, before and after."""

    name: str = column("指標 / Measure")
    unit: str = column("単位 / Unit")
    before: str | None = column("前の値 / Value before")
    before_on: date | None = column("前の値の日 / Day of the value before")
    after: str | None = column("後の値 / Value after")
    after_on: date | None = column("後の値の日 / Day of the value after")
    source: str = column("出典 / Source")


class CaseCostAnswer(Answer):
    """Yen of one fiscal year for one kind of thing."""

    year: int = column("年度 / Fiscal year")
    kind: str = column("費用の種類 / Kind of cost")
    yen: int = column("円 / Yen")
    note: str = column("備考 / Note")


class CaseAnswer(Answer):
    """What one area did with one solution, in its own words."""

    number: int = column("番号 / Number")
    area: str = column("団体 / Area", "団体コード / Code of the area")
    solution: str = column("分野別モデル / Solution", "分野別モデルの記号 / Key of the solution")
    problem: int | None = column("もとの課題 / Problem", "合意した課題の番号 / Number of the problem it came from")
    title: str = column("題名 / Title")
    worry: str = column("困っていたこと / Worry")
    measures: str = column("したこと / What was done")
    since_year: int | None = column("始めた年度 / Begun in fiscal year")
    people: str = column("体制・人 / Organisation and people")
    partners: list[str] = column("連携相手 / Partners")
    schemes: list[str] = column("使った支援メニュー / Schemes used", "支援メニューの記号 / Keys of the schemes")
    pitfalls: str = column("つまずいたこと / Pitfalls")
    evidence: str = column("根拠 / Evidence")
    evidence_link: str = column("根拠のページ / Page of the evidence")
    evidence_file: str | None = column("根拠のファイル / File of the evidence", "受け取る住所 / Address to get it")
    figures: list[CaseFigureAnswer] = column("変わったこと / What changed")
    costs: list[CaseCostAnswer] = column("費用 / Costs")
    published_on: date | None = column("公開した日 / Published on")
    checked_on: date | None = column("確かめた日 / Checked on")
    still_holds: bool | None = column(
        "いまも当てはまる / Still holds", "まだ確かめられていなければ空 / Empty while nobody has checked it"
    )
    address: str = column("住所 / Address", "この記録のページ / Page of this record on the site")


class CaseFilters(Filters):
    """Which cases."""

    area: Code | None = Asked(None, description="団体コード / Code of an area")
    solution: Key | None = Asked(None, description="分野別モデルの記号 / Key of a solution")


def of_area_and_solution(rows: QuerySet[Any], area: str | None, solution: str | None) -> QuerySet[Any]:
    """Narrowed to an area and a solution; 404 for keys of none (1 query each)."""
    if area is not None:
        found = area_of_code(area)
        if found is None:
            raise no_key("area", area, NO_AREA)
        rows = rows.filter(area=found)
    if solution is not None:
        if not Solution.objects.filter(pk=solution).exists():
            raise no_key("solution", solution)
        rows = rows.filter(solution=solution)
    return rows


def cases(filters: CaseFilters) -> QuerySet[Case]:
    """Published cases alone, whoever asks."""
    rows = Case.objects.filter(state=State.PUBLISHED).select_related("area")
    rows = rows.prefetch_related("partners", "schemes", "figures", "costs")
    return of_area_and_solution(rows, filters.area, filters.solution)


def case_item(case: Case) -> dict[str, Any]:
    names = (
        "title", "worry", "measures", "since_year", "people", "pitfalls", "evidence", "evidence_link",
        "published_on", "checked_on", "still_holds", "address",
    )  # fmt: skip
    return {name: getattr(case, name) for name in names} | {
        "number": case.pk,
        "area": case.area.code,
        "solution": case.solution_id,
        "problem": case.problem_id,
        "evidence_file": f"{case.address}/file" if case.evidence_file_id else None,
        "partners": [*(each.name for each in case.partners.all()), *filter(None, [case.other_partners])],
        "schemes": [each.pk for each in case.schemes.all()],
        "figures": [_figure(each) for each in case.figures.all()],
        "costs": [{name: getattr(each, name) for name in ("year", "kind", "yen", "note")} for each in case.costs.all()],
    }


def _figure(row: Any) -> dict[str, Any]:
    values = {name: None if (value := getattr(row, name)) is None else str(value) for name in ("before", "after")}
    return {name: getattr(row, name) for name in ("name", "unit", "before_on", "after_on", "source")} | values


offer(
    router,
    Dataset(
        key="cases",
        title="事例 / Cases",
        about=(
            "団体が分野別モデルに取り組み、いくらかかり、何が変わったか。公開されたもの。"
            " / What areas did with solutions, what it cost and what changed; published cases."
        ),
        source="団体の記録 / Records of the areas",
        page="cases:case_list",
        answer=CaseAnswer,
        filters=CaseFilters,
        rows=cases,
        item=case_item,
        order=("pk",),
        models=(Case, CaseFigure, CaseCost),
    ),
)
