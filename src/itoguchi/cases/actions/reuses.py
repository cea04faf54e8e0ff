"""What people do with reuses: begin one, show who it is, report what came of it, withdraw it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.access import works_for_area
from itoguchi.cases.models import ModelMeasure, Outcome, ReferenceModel, Reuse, State
from itoguchi.core.journal import journal

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.areas.models import Area

NOT_OF_AREA = _("参照モデルを使い、結果を報告するのは、その団体の担当者だけです。")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeFacts:
    """What changed in a measure of the model."""

    measure: ModelMeasure
    before: Decimal
    before_on: date
    after: Decimal
    after_on: date


@transaction.atomic
def begin_reuse(model: ReferenceModel, area: Area, *, used_at: str, by: Account | None, today: date) -> Reuse:
    """An area begins to use a model; where it does already, that is the answer. Raises PermissionDenied, ValidationError."""
    _must_be_of(area, by)
    locked = ReferenceModel.objects.select_for_update(of=("self",)).get(pk=model.pk)
    if locked.state != State.PUBLISHED:
        raise ValidationError(_("公開中の参照モデルだけが使えます。"))
    if running := Reuse.objects.filter(model=locked, area=area, state=Reuse.State.USING).first():
        return running
    made = Reuse(model=locked, area=area, used_at=used_at, begun_on=today, by=by)
    made.full_clean()
    with journal(by=by, why=str(_("参照モデルの利用"))):
        made.save()
    return made


@transaction.atomic
def show_reuse(reuse: Reuse, *, is_internal: bool, by: Account | None) -> Reuse:
    """Let others see who it is, or not any more; whoever reported an outcome stays seen."""
    locked = _locked(reuse, by)
    wanted = is_internal and locked.reported_on is None
    if locked.is_internal != wanted:
        locked.is_internal = wanted
        with journal(by=by, why=str(_("参照モデルの利用の公開"))):
            locked.save()
    return locked


@transaction.atomic
def report_outcome(
    reuse: Reuse,
    outcomes: Iterable[OutcomeFacts],
    *,
    by: Account | None,
    today: date,
    cost_yen: int | None = None,
    remark: str = "",
) -> Reuse:
    """Say what it cost so far and changed, openly; said again, it replaces what was said. PermissionDenied, ValidationError."""
    locked = _locked(reuse, by)
    if locked.state != Reuse.State.USING:
        raise ValidationError(_("取り下げた利用の結果は報告できません。"))
    given = list(outcomes)
    if not given and cost_yen is None:
        raise ValidationError(_("費用か、指標の前と後の値を、一つ以上書いてください。"))
    locked.cost_yen, locked.remark = cost_yen, remark.strip()
    locked.reported_on, locked.is_internal = today, False
    locked.full_clean()
    known = {each.measure_id: each for each in locked.outcomes.all()}
    with journal(by=by, why=str(_("利用の結果の報告"))):
        locked.save()
        for facts in given:
            row = known.pop(facts.measure.pk, None) or Outcome(reuse=locked, measure=facts.measure)
            if facts.measure.model_id != locked.model_id:
                raise ValidationError(_("この指標は、この参照モデルのものではありません。"))
            if facts.after_on > today:
                raise ValidationError(_("まだ来ていない日です。"))
            for name in ("before", "before_on", "after", "after_on"):
                setattr(row, name, getattr(facts, name))
            row.full_clean()
            row.save()
        for gone in known.values():
            gone.delete()
    return locked


@transaction.atomic
def withdraw_reuse(reuse: Reuse, *, why: str, by: Account | None, today: date) -> Reuse:
    """Use it no more: it and its outcome are not counted any longer. Raises PermissionDenied, ValidationError."""
    locked = _locked(reuse, by)
    if locked.state != Reuse.State.USING:
        raise ValidationError(_("この利用は、すでに取り下げてあります。"))
    locked.state, locked.withdrawn_on, locked.why_withdrawn = Reuse.State.WITHDRAWN, today, why.strip()[:300]
    locked.full_clean()
    with journal(by=by, why=why):
        locked.save()
    return locked


def _locked(reuse: Reuse, by: Account | None) -> Reuse:
    locked = Reuse.objects.select_for_update(of=("self",)).select_related("area", "model").get(pk=reuse.pk)
    _must_be_of(locked.area, by)
    return locked


def _must_be_of(area: Area, by: Account | None) -> None:
    if by and not works_for_area(by, area):
        raise PermissionDenied(NOT_OF_AREA)
