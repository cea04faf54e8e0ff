"""Questions about a problem and their answers: each answer is there for everybody from one moment on, and who read it when."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Organisation
from itoguchi.core.journal import track
from itoguchi.exchange.models.problems import LONGEST, Problem

# Whoever writes the row: nobody asks late, no answer is dated back, none changes once it is out, none is read before.
ASKED_IN_TIME = """
IF NOT EXISTS (
    SELECT FROM exchange_problem AS problem
    WHERE problem.id = NEW.problem_id AND problem.state = 'published' AND clock_timestamp() < problem.asks_until
) THEN
    RAISE EXCEPTION 'questions are over' USING ERRCODE = 'check_violation';
END IF;
NEW.asked_at := clock_timestamp();
RETURN NEW;
"""
NEVER_BACK = """
IF NEW.released_at IS NULL OR NEW.released_at < clock_timestamp() THEN
    NEW.released_at := clock_timestamp();
END IF;
RETURN NEW;
"""
READ_AFTER_RELEASE = """
NEW.read_at := clock_timestamp();
IF NOT EXISTS (SELECT FROM exchange_answer AS answer WHERE answer.id = NEW.answer_id AND answer.released_at <= NEW.read_at)
THEN
    RAISE EXCEPTION 'an answer is read once it is out' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


@track()
class Question(models.Model):
    """What an organisation asks about a problem; who asked is told to nobody else while proposals are sealed."""

    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="questions", verbose_name=_("課題"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("参加組織")
    )
    text = models.TextField(_("質問"), max_length=1000, validators=[MaxLengthValidator(1000)])
    asked_at = models.DateTimeField(_("質問した時"), db_default=Now())
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("質問した人")
    )

    class Meta:
        ordering = ("asked_at", "pk")
        verbose_name = _("質問")
        triggers = (
            pgtrigger.Trigger(
                name="asked_in_time", when=pgtrigger.Before, operation=pgtrigger.Insert, func=ASKED_IN_TIME
            ),
            pgtrigger.Protect(name="question_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return self.text[:40]


@track()
class Answer(models.Model):
    """An answer to a question, seen by all from `released_at` on and by none before; a later one puts it right."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers", verbose_name=_("質問"))
    text = models.TextField(_("回答"), max_length=LONGEST, validators=[MaxLengthValidator(LONGEST)])
    released_at = models.DateTimeField(_("全員に見せる時"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("回答した人"),
    )

    class Meta:
        ordering = ("released_at", "pk")
        verbose_name = _("回答")
        triggers = (
            pgtrigger.Trigger(
                name="never_back", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update, func=NEVER_BACK
            ),
            pgtrigger.Trigger(
                name="answer_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                IF OLD.released_at <= clock_timestamp() THEN
                    RAISE EXCEPTION 'an answer that is out stays as it is' USING ERRCODE = 'check_violation';
                END IF;
                RETURN COALESCE(NEW, OLD);
                """,
            ),
        )

    def __str__(self) -> str:
        return self.text[:40]


class FirstReading(models.Model):
    """When somebody first had an answer on the screen: written by the database's clock, never changed."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="readings", verbose_name=_("回答"))
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("読んだ人")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("参加組織")
    )
    read_at = models.DateTimeField(_("はじめて読んだ時"), db_default=Now())

    class Meta:
        ordering = ("answer", "read_at", "pk")
        verbose_name = _("はじめて読んだ記録")
        constraints = (models.UniqueConstraint(fields=["answer", "account"], name="first_read_once"),)
        triggers = (
            pgtrigger.Trigger(
                name="read_after_release", when=pgtrigger.Before, operation=pgtrigger.Insert, func=READ_AFTER_RELEASE
            ),
            pgtrigger.Protect(name="reading_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"{self.account} {self.read_at}"
