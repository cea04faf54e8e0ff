"""Parts of reference models in plans: what was copied from where, and what can be copied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from itoguchi.accounts.access import memberships_of
from itoguchi.cases.models import ModelPart, ReferenceModel, Reuse, State
from itoguchi.cases.queries import places_of, published_models
from itoguchi.core.calendar import format_date
from itoguchi.plans.content import Content, Copied, Heading
from itoguchi.plans.models import CopiedPart, Plan

if TYPE_CHECKING:
    from itoguchi.accounts.access import User

# Into which section a part goes.
PLACES = {
    ModelPart.Kind.SPECIFICATION: Heading.MEASURES,
    ModelPart.Kind.PROCUREMENT: Heading.SCHEDULE,
    ModelPart.Kind.COST: Heading.MONEY,
    ModelPart.Kind.PERSONAL_DATA: Heading.RISKS,
    ModelPart.Kind.SECURITY: Heading.RISKS,
    ModelPart.Kind.PROCEDURE: Heading.ORGANISATION,
    ModelPart.Kind.OTHER: Heading.MEASURES,
}


def copies_of(plan: Plan) -> list[CopiedPart]:
    """All that was ever copied into a plan, what was removed too, with part, model and reuse (1 query)."""
    rows = plan.copies.select_related("part__model", "reuse__model", "file").defer("file__content")
    return list(rows)


def copied(row: CopiedPart) -> Copied:
    """A copied part as a version keeps it."""
    return Copied(
        key=row.pk,
        section=row.section,
        title=row.title,
        text=row.text,
        model=row.part.model_id,
        model_title=row.model_title,
        giver=row.giver,
        version=row.version,
        source=row.source,
        terms=row.terms,
        copied_on=row.copied_on,
        file=row.file.name if row.file else "",
    )


def with_news(content: Content, rows: Iterable[CopiedPart]) -> Content:
    """The same, saying of each copied part whether its giver took it out since; `rows` are the plan's."""
    parts = {each.pk: each.part for each in rows}
    return replace(content, copies=tuple(replace(each, ended=_ended(parts.get(each.key))) for each in content.copies))


def _ended(part: ModelPart | None) -> str:
    if part is None or part.ended_on is None:
        return ""
    with override("ja"):
        said = {"day": format_date(part.ended_on, "ja"), "why": part.why_ended}
        return _("この部分は%(day)sに参照モデルから外された（%(why)s）。") % said


def may_copy(user: User, model: ReferenceModel) -> bool:
    """Whether the page of a model offers to copy it: to officers of an area, once it is published."""
    return model.state == State.PUBLISHED and any(each.area_id for each in memberships_of(user))


def models_to_copy(plan: Plan, user: User) -> QuerySet[ReferenceModel]:
    """Published models: of the plan's solutions first, then of areas most like its own, then the most used (up to 4 queries)."""
    return published_models(user, plan.solutions.values_list("pk", flat=True), places_of(plan.area.code))


def parts_to_copy(model: ReferenceModel, plan: Plan) -> list[ModelPart]:
    """Parts of a model that are offered, each with `is_there`: whether the plan has it already (2 queries)."""
    there = set(plan.copies.filter(removed_on=None, part__model=model).values_list("part", flat=True))
    rows = model.parts.filter(ended_on=None).select_related("case__area", "model", "file")
    parts = list(rows.defer("file__content"))
    for each in parts:
        each.is_there = each.pk in there  # type: ignore[attr-defined]
    return parts


def plans_to_copy_into(model: ReferenceModel, areas: list[int]) -> list[Plan]:
    """Plans of some areas that are being written, those about the model's solution first (1 query)."""
    rows = Plan.objects.filter(area__in=areas, state__in=[Plan.State.DRAFT, Plan.State.RETURNED])
    return sorted(
        rows.select_related("area").prefetch_related("solutions"),
        key=lambda each: (model.solution_id not in {one.pk for one in each.solutions.all()}, -each.pk),
    )


def running_reuses(rows: Iterable[CopiedPart]) -> list[Reuse]:
    """Reuses on which copied parts rest that were not removed."""
    found = {each.reuse_id: each.reuse for each in rows if each.removed_on is None}
    return [each for each in found.values() if each.state == Reuse.State.USING]
