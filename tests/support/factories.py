"""Needs and schemes for tests, by way of the actions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from itoguchi.areas.models import Area
from itoguchi.roadmap.models import Field, Solution
from itoguchi.support.actions import NeedFacts, SchemeFacts, WindowFacts, YearFacts, keep_scheme, keep_year, record_need
from itoguchi.support.actions.schemes import TOKYO
from itoguchi.support.models import Need, Scheme

TAMBA = "282219"
WORRY = "猿が畑を荒らす、見回りの人手がない"


def a_need(code: str = TAMBA, text: str = WORRY, *, on: date | None = None, **more: Any) -> Need:
    """A need of an area, internal unless said otherwise; fields and solutions by key."""
    today = timezone.localdate()
    if isinstance(more.get("field"), str):
        more["field"] = Field.objects.get(key=more["field"])
    more["solutions"] = frozenset(Solution.objects.filter(key__in=more.pop("solutions", ())))
    facts = NeedFacts(**({"title": "", "text": text} | more))
    return record_need(Area.objects.get(code=code), facts, by=None, today=today, heard_on=on or today)


def an_open_scheme(key: str, *fields: str, rule: dict[str, Any] | None = None, days: int = 12) -> Scheme:
    """A scheme for some fields, open to 17:00 in so many days."""
    facts = SchemeFacts(
        name=f"試験の支援 {key}",
        kind=Scheme.Kind.GRANT,
        provider="試験省",
        source="試験",
        rule=rule or {},
        fields=frozenset(Field.objects.filter(key__in=fields)),
    )
    scheme = keep_scheme(key, facts, by=None)
    today = timezone.localdate()
    window = WindowFacts(closes_at=datetime.combine(today + timedelta(days=days), time(17), TOKYO), has_time=True)
    keep_year(scheme, YearFacts(fiscal_year=today.year, source="試験", windows=(window,)), by=None)
    return scheme
