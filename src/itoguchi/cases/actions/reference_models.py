"""What people do with reference models: offer one, change it, keep its parts and take one out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.cases.access import can_write_for
from itoguchi.cases.actions.cases import CLOSED, NOT_YOURS, index_cases
from itoguchi.cases.models import Case, ModelMeasure, ModelPart, ReferenceModel, State
from itoguchi.core.journal import journal
from itoguchi.core.wording import say

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.areas.models import Area
    from itoguchi.core.models import FrozenFile
    from itoguchi.roadmap.models import Solution

PART_FIELDS = ("kind", "title", "text", "case", "source", "link", "file", "licence")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureFacts:
    """An effect that reuses report."""

    name: str
    unit: str
    is_more_better: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """Everything that is said about a reference model, its parts apart."""

    title: str
    solution: Solution
    about: str
    cases: frozenset[Case] = frozenset()
    licence: str = "cc-by-4.0"
    measures: tuple[MeasureFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFacts:
    """Everything that is said about a part, and where it comes from."""

    kind: str
    title: str
    text: str
    source: str
    case: Case | None = None
    link: str = ""
    file: FrozenFile | None = None
    licence: str = ""


@transaction.atomic
def offer_model(key: str, area: Area | None, facts: ModelFacts, *, by: Account | None) -> ReferenceModel:
    """Begin a reference model of an area, or of the secretariat. Raises PermissionDenied, ValidationError."""
    if by and not can_write_for(by, area):
        raise PermissionDenied(NOT_YOURS)
    if ReferenceModel.objects.filter(pk=key).exists():
        raise ValidationError({"key": _("この記号は使われています。")})
    return _write(ReferenceModel(key=key, area=area, written_by=by), facts, by=by)


@transaction.atomic
def change_model(model: ReferenceModel, facts: ModelFacts, *, by: Account | None, why: str = "") -> ReferenceModel:
    """Put what is said about a model right while it is written. Raises PermissionDenied, ValidationError."""
    locked = _locked(model, by)
    if not locked.is_being_written:
        raise ValidationError(CLOSED)
    return _write(locked, facts, by=by, why=why)


@transaction.atomic
def keep_part(
    model: ReferenceModel, facts: PartFacts, *, by: Account | None, today: date, part: ModelPart | None = None
) -> ModelPart:
    """Add a part, or change one, which gives it the next version; who copied it keeps the version that was copied.

    Raises PermissionDenied, ValidationError while it waits or is published, or for a part that was taken out.
    """
    locked = _locked(model, by)
    if not locked.is_being_written:
        raise ValidationError(CLOSED)
    row = locked.parts.get(pk=part.pk) if part else ModelPart(model=locked)
    if row.ended_on:
        raise ValidationError(_("外した部分は直せません。新しい部分として加えてください。"))
    before = [getattr(row, name) for name in PART_FIELDS] if part else None
    for name in PART_FIELDS:
        said = getattr(facts, name)
        setattr(row, name, said.strip() if isinstance(said, str) else said)
    if before == [getattr(row, name) for name in PART_FIELDS]:
        return row
    if row.case is not None and row.case.state != State.PUBLISHED:
        raise ValidationError({"case": _("公開中の事例を選んでください。")})
    row.version, row.changed_on = (row.version + 1 if part else 1), today
    row.full_clean()
    with journal(by=by, why=str(_("参照モデルの部分"))):
        row.save()
    return row


@transaction.atomic
def end_part(part: ModelPart, *, why: str, by: Account | None, today: date) -> ModelPart:
    """Take a part out, in any state: nobody copies it any more, and whoever did is told in the plan."""
    locked = _locked(part.model, by)
    row = locked.parts.select_for_update().get(pk=part.pk)
    if row.ended_on:
        raise ValidationError(_("この部分は、すでに外してあります。"))
    others = locked.parts.filter(ended_on=None).exclude(pk=row.pk)
    if locked.state == State.PUBLISHED and not others.exists():
        raise ValidationError(_("最後の部分は外せません。参照モデルの公開を終えてください。"))
    row.ended_on, row.why_ended = today, why.strip()
    row.full_clean()
    with journal(by=by, why=why):
        row.save()
    return row


def _locked(model: ReferenceModel, by: Account | None) -> ReferenceModel:
    rows = ReferenceModel.objects.select_for_update(of=("self",)).select_related("area", "solution")
    locked = rows.get(pk=model.pk)
    if by and not can_write_for(by, locked.area):
        raise PermissionDenied(NOT_YOURS)
    return locked


def _write(model: ReferenceModel, facts: ModelFacts, *, by: Account | None, why: str = "") -> ReferenceModel:
    for name in ("title", "solution", "about", "licence"):
        said = getattr(facts, name)
        setattr(model, name, said.strip() if isinstance(said, str) else said)
    model.full_clean(exclude={"cases"}, validate_unique=False)
    if any(each.state != State.PUBLISHED for each in facts.cases):
        raise ValidationError({"cases": _("公開中の事例を選んでください。")})
    with journal(by=by, why=why or str(_("参照モデルの記録"))):
        model.save()
        model.cases.set(facts.cases)
        _write_measures(model, facts.measures)
    if model.state == State.PUBLISHED:
        index_cases([model])
    return model


def _write_measures(model: ReferenceModel, measures: Iterable[MeasureFacts]) -> None:
    """The measures as they are given now; one that somebody reported in can't go."""
    known = {each.name: each for each in model.measures.all()}
    for facts in measures:
        row = known.pop(facts.name, None) or ModelMeasure(model=model, name=facts.name)
        if row.pk and row.unit != facts.unit and row.outcomes.exists():
            raise ValidationError(say(_("「%(name)s」は報告があるため、単位を変えられません。"), name=row.name))
        row.unit, row.is_more_better = facts.unit, facts.is_more_better
        row.full_clean()
        row.save()
    for gone in known.values():
        if gone.outcomes.exists():
            raise ValidationError(say(_("「%(name)s」は報告があるため、外せません。"), name=gone.name))
        gone.delete()
