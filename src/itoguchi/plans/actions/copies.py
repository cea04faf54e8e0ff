"""Copying parts of reference models into a plan, with where each comes from, and taking them out again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from itoguchi.cases.actions import begin_reuse, withdraw_reuse
from itoguchi.cases.models import ModelPart, ReferenceModel, Reuse
from itoguchi.core.journal import journal
from itoguchi.core.wording import say
from itoguchi.plans.actions.plans import keep_version, open_plan
from itoguchi.plans.content import content_from
from itoguchi.plans.models import CopiedPart, Plan
from itoguchi.plans.queries import latest_of
from itoguchi.plans.queries.copies import PLACES

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account


@transaction.atomic
def copy_model(
    plan: Plan, model: ReferenceModel, parts: Collection[ModelPart], *, by: Account | None, today: date
) -> list[CopiedPart]:
    """Copy parts of a model, as they are now, each into its section; the area uses the model from then on.

    Raises PermissionDenied, ValidationError for no part, for one that is in the plan already or was taken out meanwhile.
    """
    locked = open_plan(plan, by)
    if not parts:
        raise ValidationError(_("写す部分を一つ以上選んでください。"))
    rows = {each.pk: each for each in model.parts.select_for_update(of=("self",)).select_related("model__area")}
    for each in parts:
        if each.pk not in rows:
            raise ValidationError(_("この部分は、この参照モデルのものではありません。"))
        if rows[each.pk].ended_on:
            raise ValidationError(
                say(
                    _("「%(part)s」は参照モデルから外されたため、写せません（%(why)s）。"),
                    part=each,
                    why=rows[each.pk].why_ended,
                )
            )
    why = str(_("参照モデル「%(model)s」から写す") % {"model": model})
    with journal(by=by, why=why):
        reuse = begin_reuse(model, locked.area, used_at=locked.address, by=by, today=today)
        made = [_copy(locked, rows[each.pk], reuse, by=by, today=today) for each in parts]
        keep_version(locked, content_from(latest_of(locked).content), by=by, why=why)
    return made


@transaction.atomic
def remove_copy(copied: CopiedPart, *, why: str, by: Account | None, today: date) -> CopiedPart:
    """Take a copied part out again, with a reason that stays; with the last one the area uses the model no more.

    Raises PermissionDenied, ValidationError.
    """
    locked = open_plan(copied.plan, by)
    row = locked.copies.select_related("reuse__area").get(pk=copied.pk)
    if row.removed_on:
        raise ValidationError(_("この部分は、すでに外してあります。"))
    row.removed_on, row.why_removed = today, why.strip()
    row.full_clean()
    with journal(by=by, why=why):
        row.save()
        left = CopiedPart.objects.filter(reuse=row.reuse, removed_on=None)
        if row.reuse.state == Reuse.State.USING and not left.exists():
            withdraw_reuse(row.reuse, why=why, by=by, today=today)
        keep_version(locked, content_from(latest_of(locked).content), by=by, why=str(_("写した部分を外す")))
    return row


@transaction.atomic
def withdraw_model(plan: Plan, model: ReferenceModel, *, why: str, by: Account | None, today: date) -> int:
    """Take out all that was copied of a model; returns how many parts. Raises PermissionDenied, ValidationError."""
    rows = list(plan.copies.filter(removed_on=None, part__model=model).select_related("plan"))
    if not rows:
        raise ValidationError(_("この参照モデルから写した部分はありません。"))
    for each in rows:
        remove_copy(each, why=why, by=by, today=today)
    return len(rows)


def _copy(plan: Plan, part: ModelPart, reuse: Reuse, *, by: Account | None, today: date) -> CopiedPart:
    with override("ja"):
        made = CopiedPart(
            plan=plan,
            section=PLACES[ModelPart.Kind(part.kind)],
            part=part,
            reuse=reuse,
            version=part.version,
            title=part.title,
            text=part.text,
            file_id=part.file_id,
            model_title=part.model.title,
            giver=str(part.model.area or _("事務局")),
            source=part.source,
            terms=part.terms,
            copied_on=today,
            by=by,
        )
    made.full_clean()
    made.save()
    return made
