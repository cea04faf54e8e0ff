"""What waits for somebody in the exchange. Nothing here tells of a sealed proposal: duties are handed over and read by others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itoguchi.accounts.access import memberships_of
from itoguchi.core.duties import Duty
from itoguchi.core.remembered import remembered
from itoguchi.core.templatetags.core import day as written
from itoguchi.core.watched import Watched
from itoguchi.exchange.access import organisations_of
from itoguchi.exchange.models import Answer, Problem, Question, Rater
from itoguchi.exchange.queries.offers import problems_for

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from itoguchi.accounts.models import Account, Membership

TOPIC = "exchange"
NEWS_FOR = timedelta(days=31)  # so long an answer or a new problem is news
S = Problem.State
NEXT = {
    S.DRAFT: gettext_lazy("条件を確かめて公開する"),
    S.PUBLISHED: gettext_lazy("締切のあと、提案を開ける"),
    S.OPENED: gettext_lazy("評価をそろえて、一つを選ぶ"),
    S.CHOSEN: gettext_lazy("協議して、合意を記録する"),
}


def duties(membership: Membership, _day: date) -> list[Duty]:
    """Problems of the area that are not over, with the next step (1 query). To rate is asked of a person, not of a role."""
    if not membership.area_id:
        return []
    rows = Problem.objects.filter(need__area=membership.area_id, state__in=NEXT).annotate(
        unanswered=Count("questions", filter=Q(questions__answers=None), distinct=True)
    )
    found = []
    for each in rows.order_by("closes_at", "pk"):
        due = timezone.localdate(each.closes_at) if each.state == S.PUBLISHED else None
        found.append(Duty(gettext_lazy("課題の公募"), each.title, each.address, NEXT[S(each.state)], due))
        if each.unanswered and each.state == S.PUBLISHED:
            what, step = gettext_lazy("回答を待つ質問"), gettext_lazy("質問に答える")
            found.append(Duty(what, each.title, each.address, step))
    return found


def _unanswered(day: date) -> QuerySet[Question]:
    """Questions about running problems to which nothing is answered yet."""
    answered = Answer.objects.filter(question=OuterRef("pk"))
    rows = Question.objects.filter(~Q(Exists(answered)), problem__state=S.PUBLISHED, asked_at__date__lte=day)
    return rows.select_related("problem")


def _waiting_raters(account: int) -> QuerySet[Rater]:
    """Where somebody still has to rate; before the opening there is nothing to do."""
    rows = Rater.objects.filter(account=account, finished_at=None, problem__state=S.OPENED)
    return rows.exclude(declares=Rater.Declares.CONFLICT)


def watched(account: Account, day: date) -> list[Watched]:
    """What is new in the exchange for an account: answers to its questions, problems that suit, what it has to rate."""
    areas = {each.area_id for each in memberships_of(account, day)} - {None}
    return _watched(account.pk, tuple(sorted(areas)), tuple(organisations_of(account)), day)


@remembered(most=256, of=("accounts", "areas", "core", "exchange", "roadmap", "support"))
def _watched(account: int, areas: tuple[int, ...], own: tuple[int, ...], day: date) -> list[Watched]:
    found = [*_answers(own, day), *_suited(own, day)] if own else []
    if areas:
        found += _of_areas(areas, day)
    for each in _waiting_raters(account).select_related("problem").order_by("pk"):
        why = _("あなたは評価者です。利害関係を申告し、評価してください。")
        found.append(Watched(TOPIC, f"rate {each.pk}", each.problem.title, why, each.problem.address))
    return found


def _of_areas(areas: tuple[int, ...], day: date) -> Iterator[Watched]:
    """Questions that wait, and deadlines that have passed."""
    for each in _unanswered(day).filter(problem__need__area__in=areas):
        why = _("質問が届いています。")
        yield Watched(TOPIC, f"question {each.pk}", f"{each.problem.title}：{each}", why, each.problem.address)
    closed = Problem.objects.filter(need__area__in=areas, state=S.PUBLISHED, closes_at__date__lt=day)
    for problem in closed.order_by("pk"):
        why = _("提案の締切（%(day)s）を過ぎました。提案を開けられます。") % {"day": written(problem.closes_at)}
        yield Watched(TOPIC, f"closed {problem.pk} {problem.closes_at:%F}", problem.title, why, problem.address)


def _answers(own: tuple[int, ...], day: date) -> Iterator[Watched]:
    """Answers to own questions that are out by the day, the newest month."""
    rows = Answer.objects.filter(
        question__organisation__in=own, released_at__date__lte=day, released_at__date__gt=day - NEWS_FOR
    )
    for each in rows.filter(released_at__lte=timezone.now()).select_related("question__problem").order_by("pk"):
        problem, why = each.question.problem, _("あなたの組織の質問に回答がありました。全員に同じ時に見せています。")
        yield Watched(TOPIC, f"answer {each.pk}", problem.title, why, f"{problem.address}#questions")


def _suited(own: tuple[int, ...], day: date) -> Iterator[Watched]:
    """Problems published within a month that suit what one offers."""
    for key in own:
        for each in problems_for(key, day):
            published = each.problem.published_at
            if published and timezone.localdate(published) > day - NEWS_FOR:
                why = _("あなたの組織の提供に合う課題です（%(why)s）。") % {
                    "why": "、".join(str(reason.text) for reason in each.reasons)
                }
                yield Watched(TOPIC, f"problem {each.problem.pk}", each.problem.title, why, each.problem.address)
