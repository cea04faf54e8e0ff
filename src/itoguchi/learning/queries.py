"""What people ask of the human resources plan: which plan holds on a day, with all its parts."""

from __future__ import annotations

from datetime import date

from django.db.models import Prefetch, Q, QuerySet

from itoguchi.learning.models import Group, Line, Link, Measure, Plan, Programme


def plans() -> QuerySet[Plan]:
    """All plans with issues, links, programmes, groups, lines and measures in their order (7 queries)."""
    return Plan.objects.order_by("since").prefetch_related(
        "issues", "links", Prefetch("programmes", programmes().select_related(None))
    )


def plan_as_of(day: date) -> Plan | None:
    """The plan in force on a day; None before the first (7 queries)."""
    return plans().filter(since__lte=day).last()


def plan_in_force(day: date) -> Plan | None:
    """The same with its issues and links alone (3 queries)."""
    return Plan.objects.filter(since__lte=day).order_by("since").prefetch_related("issues", "links").last()


def programmes() -> QuerySet[Programme]:
    """All programmes with plan, groups, lines and measures in their order (4 queries)."""
    lines = Line.objects.order_by("order").prefetch_related(Prefetch("measures", Measure.objects.order_by("order")))
    groups = Group.objects.order_by("order").prefetch_related(Prefetch("lines", lines))
    return Programme.objects.select_related("plan").order_by("order").prefetch_related(Prefetch("groups", groups))


def links_on(programme: Programme) -> list[Link]:
    """The plan's rules, and the connections that are said again on a programme's page (1 query)."""
    of_plan = Link.objects.filter(plan=programme.plan_id).order_by("order")
    return list(of_plan.filter(Q(kind=Link.Kind.RULE) | Q(programme=programme)))


def beside(programme: Programme) -> list[Programme]:
    """The other programmes of the same plan (1 query)."""
    return list(Programme.objects.filter(plan=programme.plan_id).exclude(pk=programme.pk).order_by("order"))


def measures_of(plan: Plan) -> QuerySet[Measure]:
    """Every measure of a plan with line, group and programme (1 query)."""
    return Measure.objects.select_related("line__group__programme").filter(line__group__programme__plan=plan)
