"""Who rates the proposals for a problem, what stands between them and a firm, and the points they give."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import track
from itoguchi.exchange.models.problems import Criterion, Problem
from itoguchi.exchange.models.proposals import Proposal

MOST_POINTS = 5

# No points before the opening, from nobody who has stepped back, or has not said that nothing is in the way.
RATER_MAY = """
IF NOT EXISTS (
    SELECT FROM exchange_rater AS rater
    JOIN exchange_problem AS problem ON problem.id = rater.problem_id
    JOIN exchange_proposal AS proposal ON proposal.problem_id = problem.id AND proposal.id = NEW.proposal_id
    JOIN exchange_criterion AS criterion ON criterion.problem_id = problem.id AND criterion.id = NEW.criterion_id
    WHERE rater.id = NEW.rater_id AND rater.declares = 'free' AND rater.finished_at IS NULL
        AND problem.state = 'opened' AND NOT proposal.is_withdrawn
) THEN
    RAISE EXCEPTION 'this rater may not rate this proposal' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


@track()
class Rater(models.Model):
    """Somebody who is asked to rate; sees nothing before declaring, and nothing at all after stepping back."""

    class Declares(models.TextChoices):
        NOTHING_YET = "", _("まだ申告していない")
        FREE = "free", _("利害関係なし")
        CONFLICT = "conflict", _("利害関係あり（外れた）")

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="raters", verbose_name=_("課題"))
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("評価者")
    )
    declares = models.CharField(_("利害関係の申告"), max_length=10, choices=Declares, blank=True, default="")
    why = models.CharField(_("申告の内容"), max_length=300, blank=True)
    finished_at = models.DateTimeField(_("評価を終えた時"), null=True, blank=True)

    class Meta:
        ordering = ("problem", "pk")
        verbose_name = _("評価者")
        constraints = (
            models.UniqueConstraint(
                fields=["problem", "account"],
                name="rater_is_asked_once",
                violation_error_message=_("この方は、すでに評価者です。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(declares="conflict") | ~models.Q(why=""),
                name="conflict_is_named",
                violation_error_message=_("どんな利害関係かを書いてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at=None) | models.Q(declares="free"),
                name="only_who_is_free_finishes",
                violation_error_message=_("評価を終えられるのは、利害関係なしと申告した方だけです。"),
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="stepped_back_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__declares="conflict") & ~pgtrigger.Q(new__declares="conflict"),
            ),
        )

    def __str__(self) -> str:
        return str(self.account)


@track()
class Rating(models.Model):
    """Points of one rater for one proposal by one criterion, 1 to 5."""

    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="ratings", verbose_name=_("評価者"))
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="ratings", verbose_name=_("提案"))
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+", verbose_name=_("評価の観点"))
    points = models.PositiveSmallIntegerField(
        _("点"), validators=[MinValueValidator(1), MaxValueValidator(MOST_POINTS)]
    )
    why = models.CharField(_("理由"), max_length=300, blank=True)

    class Meta:
        ordering = ("rater", "proposal", "criterion")
        verbose_name = _("評価")
        constraints = (
            models.UniqueConstraint(fields=["rater", "proposal", "criterion"], name="points_are_given_once"),
            models.CheckConstraint(
                condition=models.Q(points__gte=1, points__lte=MOST_POINTS), name="points_are_1_to_5"
            ),
        )
        triggers = (
            pgtrigger.Trigger(
                name="rater_may",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=RATER_MAY,
            ),
        )

    def __str__(self) -> str:
        return f"{self.criterion} {self.points}"
