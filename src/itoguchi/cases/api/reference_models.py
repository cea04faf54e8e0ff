"""The API of published reference models, with their parts, who uses them and what came of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from pydantic import Field as Asked

from itoguchi.cases.api.cases import Code, of_area_and_solution, router
from itoguchi.cases.models import ModelPart, ReferenceModel, Reuse, State
from itoguchi.core.api import Answer, Dataset, Filters, Key, column, offer


class ModelPartAnswer(Answer):
    """A part that can be copied, with where it comes from."""

    kind: str = column("種類 / Kind")
    title: str = column("題名 / Title")
    text: str = column("本文 / Text")
    version: int = column("版 / Version")
    changed_on: date = column("書いた日 / Written on")
    source: str = column("出典 / Source")
    file: str | None = column("ファイル / File", "受け取る住所 / Address to get it")
    case: int | None = column("事例の番号 / Number of the case")
    licence: str = column("利用の条件 / Terms of use")


class ReferenceModelAnswer(Answer):
    """Cases packed for reuse."""

    key: str = column("記号 / Key")
    title: str = column("題名 / Title")
    area: str | None = column(
        "提供する団体 / Offered by", "団体コード。事務局のものは空 / Code of the area; empty for the secretariat's"
    )
    solution: str = column("分野別モデル / Solution", "分野別モデルの記号 / Key of the solution")
    about: str = column("どんなモデルか / What kind of model")
    cases: list[int] = column("もとの事例 / Cases behind it", "公開中の事例の番号 / Numbers of published cases")
    licence: str = column("利用の条件 / Terms of use")
    parts: list[ModelPartAnswer] = column("写せる部分 / Parts to copy")
    using: int = column("利用中の団体の数 / Areas that use it", "取り下げは数えない / Withdrawn uses are not counted")
    withdrawn: int = column("取り下げの数 / Withdrawn uses")
    published_on: date | None = column("公開した日 / Published on")
    address: str = column("住所 / Address", "この記録のページ / Page of this record on the site")


class ReferenceModelFilters(Filters):
    """Which reference models."""

    area: Code | None = Asked(None, description="団体コード / Code of an area")
    solution: Key | None = Asked(None, description="分野別モデルの記号 / Key of a solution")


def reference_models(filters: ReferenceModelFilters) -> QuerySet[Any]:
    """Published models alone, whoever asks."""
    parts = Prefetch("parts", ModelPart.objects.filter(ended_on=None).select_related("model"))
    rows = (
        ReferenceModel.objects.filter(state=State.PUBLISHED)
        .select_related("area")
        .prefetch_related(parts, "cases")
        .annotate(
            using=Count("reuses", filter=Q(reuses__state=Reuse.State.USING), distinct=True),
            withdrawn=Count("reuses", filter=Q(reuses__state=Reuse.State.WITHDRAWN), distinct=True),
        )
    )
    return of_area_and_solution(rows, filters.area, filters.solution)


def model_item(model: Any) -> dict[str, Any]:
    names = ("key", "title", "about", "licence", "using", "withdrawn", "published_on", "address")
    return {name: getattr(model, name) for name in names} | {
        "area": model.area.code if model.area else None,
        "solution": model.solution_id,
        "cases": [each.pk for each in model.cases.all() if each.state == State.PUBLISHED],
        "parts": [_part(each) for each in model.parts.all()],
    }


def _part(part: ModelPart) -> dict[str, Any]:
    names = ("kind", "title", "text", "version", "changed_on", "source")
    return {name: getattr(part, name) for name in names} | {
        "file": f"{part.model.address}/parts/{part.pk}/file" if part.file_id else None,
        "case": part.case_id,
        "licence": part.licence or part.model.licence,
    }


offer(
    router,
    Dataset(
        key="reference-models",
        title="参照モデル / Reference models",
        about=(
            "事例を、ほかの団体が写して使えるようにまとめたもの。公開されたもの。"
            " / Cases packed for other areas to copy; published reference models."
        ),
        source="団体の記録 / Records of the areas",
        page="cases:model_list",
        answer=ReferenceModelAnswer,
        filters=ReferenceModelFilters,
        rows=reference_models,
        item=model_item,
        order=("pk",),
        models=(ReferenceModel, ModelPart, Reuse),
    ),
)
