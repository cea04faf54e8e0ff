"""Asking about a problem, answering to everybody at one moment, and noting when somebody first read an answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.exchange.access import can_answer_for, can_open_problems_of, organisations_of
from itoguchi.exchange.actions.problems import must_own
from itoguchi.exchange.models import Answer, FirstReading, Problem, Question
from itoguchi.exchange.queries.problems import answers_out, clock

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account, Organisation

NOT_ANSWERING = _("質問と提案ができるのは、参加組織の担当者だけです。")
MOST_QUESTIONS = 50  # of one organisation about one problem
QUESTIONS_OVER = _("質問の締切を過ぎました。")


def must_not_own(problem: Problem, by: Account) -> None:
    """Who opens problems for the area knows more than others: that account neither asks nor proposes there."""
    if can_open_problems_of(by, problem.need.area):
        raise PermissionDenied(_("この団体の担当者は、この団体の課題に質問も提案もできません。"))


@transaction.atomic
def ask(problem: Problem, text: str, *, organisation: Organisation, by: Account) -> Question:
    """Ask in the name of an organisation. Raises PermissionDenied for who does not work there, ValidationError when late."""
    if not can_answer_for(by, organisation):
        raise PermissionDenied(NOT_ANSWERING)
    must_not_own(problem, by)
    asked = Problem.objects.select_for_update(of=("self",)).get(pk=problem.pk)
    if asked.state != Problem.State.PUBLISHED or clock() >= asked.asks_until:
        raise ValidationError(QUESTIONS_OVER)
    if asked.questions.filter(organisation=organisation).count() >= MOST_QUESTIONS:
        raise ValidationError(_("一つの課題への質問は、一つの組織から%(most)s件までです。") % {"most": MOST_QUESTIONS})
    question = Question(problem=asked, organisation=organisation, text=text.strip(), by=by)
    question.full_clean(exclude={"asked_at"})
    with journal(by=by, why=str(_("質問"))):
        question.save()
    return question


@transaction.atomic
def answer_question(
    question: Question, text: str, *, by: Account | None, releases_at: datetime | None = None
) -> Answer:
    """Answer a question, or put an answer right by one more; everybody sees it from `releases_at` (now) on.

    Raises PermissionDenied for others than the area's officers, ValidationError for a moment past, or after proposals end.
    """
    problem = Problem.objects.select_for_update(of=("self",)).select_related("need__area").get(pk=question.problem_id)
    must_own(by, problem.need.area)
    now = clock()
    if problem.state != Problem.State.PUBLISHED or (releases_at or now) >= problem.closes_at:
        raise ValidationError({"releases_at": _("回答を見せられるのは、提案の締切より前だけです。")})
    if releases_at is not None and releases_at < now:
        raise ValidationError({"releases_at": _("過ぎた時です。空にすると、いま全員に見せます。")})
    answer = Answer(question=question, text=text.strip(), released_at=releases_at or now, by=by)
    answer.full_clean()
    with journal(by=by, why=str(_("質問への回答"))):
        answer.save()
    answer.refresh_from_db()
    return answer


@transaction.atomic
def note_reading(problem: Problem, *, by: Account) -> int:
    """Note which answers somebody now has on the screen for the first time; returns how many.

    Officers of the area know the answers and are not noted.
    """
    if can_open_problems_of(by, problem.need.area):
        return 0
    own = next(iter(organisations_of(by)), None)
    new = answers_out().filter(question__problem=problem).exclude(readings__account=by.pk)
    rows = [FirstReading(answer=each, account=by, organisation_id=own) for each in new.order_by("pk")]
    FirstReading.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
