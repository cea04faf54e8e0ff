"""Sheets and plans for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from itoguchi.areas.models import Area
from itoguchi.plans.actions import begin_plan, drop_aim, save_section
from itoguchi.plans.content import Heading, YearOfMoney, draft_of, title_of
from itoguchi.plans.models import Plan
from itoguchi.plans.queries import latest_of
from itoguchi.roadmap.models import Solution
from itoguchi.support.models import Need
from tests.personas import account_of

TAMBA = "282219"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A first step sheet as far as a draft reads it."""

    area: Area
    day: date
    need: Need | None = None
    solution: Solution | None = None
    words: str = ""
    peers: tuple[Any, ...] = ()
    cost: Any = None
    costs: tuple[Any, ...] = ()
    may: tuple[Any, ...] = ()
    may_not: tuple[Any, ...] = ()
    unknown: tuple[Any, ...] = ()
    schemes: dict[str, Any] = field(default_factory=dict)
    money: Any = None
    dates: Any = None
    helpers: tuple[Any, ...] = ()
    actions: tuple[Any, ...] = ()


def a_sheet(code: str = TAMBA, solution: str = "", **more: Any) -> Sheet:
    """A sheet of an area, for a solution by key."""
    chosen = Solution.objects.select_related("field").get(key=solution) if solution else None
    area = Area.objects.select_related("prefecture", "block").get(code=code)
    return Sheet(**({"area": area, "day": timezone.localdate(), "solution": chosen} | more))


def a_plan(code: str = TAMBA, solution: str = "telework", *, is_internal: bool = True, **more: Any) -> Plan:
    """A plan being written, internal unless said otherwise, as its officer began it."""
    sheet = a_sheet(code, solution, **more)
    return begin_plan(
        sheet.area,
        draft_of(sheet),
        title=title_of(sheet),
        solutions=[sheet.solution] if sheet.solution else [],
        by=account_of("officer") if code == TAMBA else None,
        today=sheet.day,
        is_internal=is_internal,
    )


def filled(plan: Plan) -> Plan:
    """The plan with words in every section and no KPI without target."""
    for key in Heading.values:
        money = (YearOfMoney(year=2030, cost=(1000, 2000)),) if key == Heading.MONEY else None
        save_section(plan, key, f"本文 {key}", seen=latest_of(plan).number, by=account_of("officer"), money=money)
    for aim in plan.kpis.all():
        drop_aim(aim, by=account_of("officer"))
    return plan
