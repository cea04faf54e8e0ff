"""What people ask of recommendations: what was asked for, what was done, by whom, and what is late, as of a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Case, F, FilteredRelation, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, NullIf

from itoguchi.network.models import Action, Clause, PointAtIssue, Recommendation, Thread, Topic


def threads_as_of(day: date) -> list[Thread]:
    """The threads as they stood on a day, with their clauses (2 queries)."""
    return list(Thread.objects.filter(since__lte=day).prefetch_related("clauses"))


def topics_as_of(day: date) -> list[Topic]:
    """The topics to speed up, each with its points at issue of up to that day and its clauses (3 queries)."""
    points = PointAtIssue.objects.filter(since__lte=day).order_by("order")
    return list(Topic.objects.filter(since__lte=day).prefetch_related(Prefetch("points", points), "clauses"))


def clauses(day: date) -> QuerySet[Clause]:
    """Clauses of recommendations made up to a day, with `known_actions`: what was done by then (2 queries)."""
    done = Action.objects.filter(day__lte=day).order_by("day", "pk")
    # The cached property of the model is filled beforehand.
    return (
        Clause.objects.filter(recommendation__since__lte=day)  # type: ignore[no-redef]
        .select_related("recommendation", "thread", "topic")
        .prefetch_related(Prefetch("actions", done, to_attr="known_actions"))
        .order_by("recommendation", "order")
    )


def clauses_with_standing(day: date) -> QuerySet[Any]:
    """Clauses as `clauses`, each with `state`, `newest_day`, and `owner_now`, `due`, `is_late` (2 queries).

    Whose it is and by when the rest is due, the newest action says, else the clause; late is what is not done after its
    day.
    """
    done = Action.objects.filter(clause=OuterRef("pk"), day__lte=day)
    newest = Q(actions__pk=Subquery(done.order_by("-day", "-pk").values("pk")[:1]))
    return (
        clauses(day)
        .annotate(last=FilteredRelation("actions", condition=newest))
        .annotate(
            state=F("last__state"),
            newest_day=F("last__day"),
            owner_now=Coalesce(NullIf(F("last__owner"), Value("")), F("owner")),
            due=Coalesce("last__due_on", "due_on"),
        )
        .annotate(
            is_late=Case(
                When(Q(due__lt=day) & (Q(state=None) | ~Q(state=Action.State.DONE)), then=Value(1)), default=Value(0)
            )
        )
    )


def words_of(clause: Clause) -> str:
    """What a clause says now: as the last change has it, else as it was adopted (1 query)."""
    last = clause.changes.order_by("decision__meeting__held_on", "pk").last()
    return last.after if last else clause.text


def recommendations_as_of(day: date) -> list[Recommendation]:
    """Recommendations made up to a day, with their clauses and what was done by then (3 queries)."""
    return list(
        Recommendation.objects.filter(since__lte=day)
        .select_related("meeting__body")
        .prefetch_related(Prefetch("clauses", clauses(day)))
    )
