"""Cases, reference models and reuses for tests, by way of the actions."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from itoguchi.areas.models import Area
from itoguchi.cases import actions
from itoguchi.cases.actions import CaseFacts, CostFacts, FigureFacts, MeasureFacts, ModelFacts, OutcomeFacts, PartFacts
from itoguchi.cases.models import Case, ReferenceModel, Reuse
from itoguchi.roadmap.models import Solution
from tests.personas import account_of

TAMBA = "282219"
MEASURE = "知らせが届く世帯の割合"


def facts_of_case(solution: str = "telework", **more: Any) -> CaseFacts:
    """What a case says; figures and costs on request."""
    said = {
        "solution": Solution.objects.get(key=solution),
        "title": "試験の事例",
        "worry": "知らせが届かない家があった。",
        "measures": "受信機を配った。",
        "evidence": "試験の議会報告",
    }
    return CaseFacts(**(said | more))


def a_figure(before: str = "40", after: str = "90", **more: Any) -> FigureFacts:
    """The share of households before and after."""
    said = {
        "name": MEASURE,
        "unit": "%",
        "before": Decimal(before),
        "before_on": date(2025, 4, 1),
        "after": Decimal(after),
        "after_on": date(2026, 4, 1),
    }
    return FigureFacts(**(said | more))


def a_case(code: str = TAMBA, *, is_published: bool = True, on: date | None = None, **more: Any) -> Case:
    """A case of an area, published unless said otherwise, `on` a day."""
    today = on or timezone.localdate()
    case = actions.record_case(Area.objects.get(code=code), facts_of_case(**more), by=None, today=timezone.localdate())
    return published(case, today) if is_published else case


def published(record: Any, day: date | None = None) -> Any:
    """The same after the secretariat asked and its approver agreed."""
    actions.ask_for_review(record, by=account_of("coordinator"))
    return actions.decide_on(
        record, deed="approve", by=account_of("approver"), today=day or timezone.localdate(), remark=""
    )


def a_part(model: ReferenceModel, **more: Any) -> Any:
    """A specification, unless said otherwise."""
    said = {
        "kind": "specification",
        "title": "業務仕様書",
        "text": "一　目的\n二　範囲",
        "source": "試験市 仕様書 2026年",
    }
    return actions.keep_part(model, PartFacts(**(said | more)), by=None, today=timezone.localdate())


def a_model(key: str = "radio", code: str = TAMBA, *, is_published: bool = True, **more: Any) -> ReferenceModel:
    """A reference model with a specification and a checklist, and one measure."""
    said = {
        "title": "試験の参照モデル",
        "solution": Solution.objects.get(key="telework"),
        "about": "小さな町の知らせ",
        "measures": (MeasureFacts(name=MEASURE, unit="%"),),
    }
    model = actions.offer_model(key, Area.objects.get(code=code), ModelFacts(**(said | more)), by=None)
    a_part(model)
    a_part(model, kind="security", title="安全管理の点検表", text="□ 鍵", licence="cc0-1.0")
    return published(model) if is_published else model


def a_reuse(model: ReferenceModel, code: str, *, day: date | None = None) -> Reuse:
    """An area uses the model, openly."""
    area = Area.objects.get(code=code)
    made = actions.begin_reuse(model, area, used_at="/plans/1", by=None, today=day or timezone.localdate())
    return actions.show_reuse(made, is_internal=False, by=None)


def reported(reuse: Reuse, before: str, after: str, *, cost_yen: int | None = None) -> Reuse:
    """What changed in the first measure of its model."""
    today = timezone.localdate()
    outcome = OutcomeFacts(
        measure=reuse.model.measures.all()[0],
        before=Decimal(before),
        before_on=today - timedelta(days=400),
        after=Decimal(after),
        after_on=today,
    )
    return actions.report_outcome(reuse, [outcome], by=None, today=today, cost_yen=cost_yen)


def cost(year: int, yen: int, kind: str = "equipment") -> CostFacts:
    """Yen of a year."""
    return CostFacts(year=year, kind=kind, yen=yen)
