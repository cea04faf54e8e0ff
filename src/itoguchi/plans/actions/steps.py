"""What a plan wants done and reached: things to do with their days, ticks, and targets of KPIs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.plans.actions.plans import locked_plan, open_plan
from itoguchi.plans.models import Plan, PlanAction, PlanKpi

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.roadmap.models import Kpi

WHY = _("計画ですること")
WHY_KPI = _("計画のKPI")


@transaction.atomic
def plan_action(
    plan: Plan, *, what: str, by_day: date, by: Account | None, action: PlanAction | None = None
) -> PlanAction:
    """Say what is to be done by a day, or put it right, while the plan is written; PermissionDenied, ValidationError."""
    locked = open_plan(plan, by)
    made = locked.actions.get(pk=action.pk) if action else PlanAction(plan=locked)
    made.what, made.by = what.strip(), by_day
    made.full_clean()
    with journal(by=by, why=str(WHY)):
        made.save()
    return made


@transaction.atomic
def remove_action(action: PlanAction, *, by: Account | None) -> None:
    """Strike out what need not be done."""
    locked = open_plan(action.plan, by)
    with journal(by=by, why=str(WHY)):
        locked.actions.get(pk=action.pk).delete()


@transaction.atomic
def tick_action(action: PlanAction, *, is_done: bool, by: Account | None, today: date) -> PlanAction:
    """Mark it as done, or take that back; in a plan of any state."""
    locked = locked_plan(action.plan, by)
    ticked = locked.actions.get(pk=action.pk)
    if is_done != (ticked.done_on is not None):
        ticked.done_on = today if is_done else None
        with journal(by=by, why=str(WHY)):
            ticked.save()
    return ticked


@transaction.atomic
def aim_at(plan: Plan, kpi: Kpi, *, target: Decimal | None, by_day: date | None, by: Account | None) -> PlanKpi:
    """Set the area's target of a KPI and its day, both or neither; said again, it replaces what was said."""
    locked = open_plan(plan, by)
    if not kpi.is_published:
        raise ValidationError(_("名称の公表されていないKPIは選べません。"))
    made = PlanKpi.objects.filter(plan=locked, kpi=kpi).first() or PlanKpi(plan=locked, kpi=kpi)
    made.target, made.by = target, by_day
    made.full_clean()
    with journal(by=by, why=str(WHY_KPI)):
        made.save()
    return made


@transaction.atomic
def drop_aim(aim: PlanKpi, *, by: Account | None) -> None:
    """Aim at this KPI no more."""
    locked = open_plan(aim.plan, by)
    with journal(by=by, why=str(WHY_KPI)):
        locked.kpis.get(pk=aim.pk).delete()
