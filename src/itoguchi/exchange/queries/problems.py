"""Problems as each reader sees them, how far they have come by the database's clock, and the proof of equal information."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Case, Count, Prefetch, Q, QuerySet, Value, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.access import memberships_of
from itoguchi.exchange.access import can_open_problems_of, organisations_of, problems_open_to
from itoguchi.exchange.models import Answer, FirstReading, Problem, Question

if TYPE_CHECKING:
    from itoguchi.accounts.access import User


@dataclass(frozen=True, slots=True)
class Phase:
    """How far a problem has come: a key, in words, the look of its tag, and until when where that is fixed."""

    key: str
    label: Any
    look: str
    until: datetime | None = None


def clock() -> datetime:
    """What the clock of the database says at this very moment (1 query)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return timezone.localtime(cursor.fetchone()[0])


OF_STATE: dict[str, tuple[Any, str]] = {
    Problem.State.DRAFT: (_("下書き"), ""),
    Problem.State.OPENED: (_("評価中"), "key"),
    Problem.State.CHOSEN: (_("協議中"), "key"),
    Problem.State.AGREED: (_("合意"), "ok"),
    Problem.State.ENDED: (_("該当なし"), ""),
    Problem.State.WITHDRAWN: (_("取下げ"), ""),
}


def phase_of(problem: Problem, now: datetime) -> Phase:
    """How far it has come at a moment: what is stored, and, while it is published, what the clock says."""
    if problem.state != Problem.State.PUBLISHED:
        label, look = OF_STATE[problem.state]
        return Phase(problem.state, label, look)
    if now < problem.asks_until:
        return Phase("asking", _("質問・提案を受付中"), "late", problem.asks_until)
    if now < problem.closes_at:
        return Phase("proposing", _("提案を受付中"), "late", problem.closes_at)
    return Phase("closed", _("締切・開封待ち"), "")


def problems_seen_by(user: User) -> QuerySet[Any]:
    """Problems that the user may read, each with the moment `now` of the database, and `is_own`: of an own area."""
    areas = [each.area_id for each in memberships_of(user) if each.area_id]
    return (
        Problem.objects.filter(problems_open_to(user))
        .select_related("need__area__prefecture", "need__area__block", "need__field")
        .annotate(now=Now(), is_own=Case(When(need__area__in=areas, then=Value(1)), default=Value(0)))
    )


def answers_out() -> QuerySet[Answer]:
    """Answers that everybody may read: their moment has come."""
    return Answer.objects.filter(released_at__lte=Now())


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the answers that its reader sees; `waits` are those whose moment is to come, for the area alone."""

    question: Question
    is_own: bool
    answers: list[Answer]
    waits: list[Answer]


def questions_of(problem: Problem, user: User) -> list[Asked]:
    """Questions that were answered to all, one's own, and for the area's officers every one (2 queries, 1 without any)."""
    sees_all = can_open_problems_of(user, problem.need.area)
    own = set(organisations_of(user))
    now: datetime = getattr(problem, "now", None) or clock()  # the moment of the whole page, where it is known
    rows = problem.questions.prefetch_related(Prefetch("answers", to_attr="all_answers"))
    found = []
    for each in rows:
        out = [answer for answer in each.all_answers if answer.released_at <= now]
        waits = [answer for answer in each.all_answers if answer.released_at > now]
        is_own = each.organisation_id in own
        if out or is_own or sees_all:
            found.append(Asked(each, is_own, out, waits if sees_all else []))
    return found


@dataclass(frozen=True, slots=True)
class Proof:
    """That an answer was there for all at one moment: that moment, and who read it first when, never before it."""

    answer: Answer
    readings: list[FirstReading]
    readers: int

    @property
    def is_equal(self) -> bool:
        """Whether nobody read it before it was out."""
        return all(each.read_at >= self.answer.released_at for each in self.readings)


def proofs_of(problem: Problem, user: User) -> list[Proof]:
    """The log of a problem's answers that are out, in their order.

    Everybody sees each moment and how many read it, one's own first reading, and who reads for the area, once the
    proposals are opened, all of them (3 queries).
    """
    is_opened = problem.opened_at is not None and can_open_problems_of(user, problem.need.area)
    mine = Q(account=user.pk) | Q(organisation__in=organisations_of(user))
    shown = FirstReading.objects.select_related("account", "organisation")
    readings = shown if is_opened else shown.filter(mine)
    answers = (
        answers_out()
        .filter(question__problem=problem)
        .select_related("question")
        .prefetch_related(Prefetch("readings", queryset=readings, to_attr="seen"))
        .annotate(readers=Count("readings"))
    )
    return [Proof(each, each.seen, each.readers) for each in answers.order_by("released_at", "pk")]
