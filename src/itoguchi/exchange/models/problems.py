"""Problems: needs opened to proposals, with conditions, criteria and files, and the moments that hold for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.core.models import FrozenFile
from itoguchi.support.models import Need

if TYPE_CHECKING:
    from django.db.models import QuerySet

LONGEST = 4000

# What the database holds whatever the door: its clock decides, a moment that has passed never changes.
MOMENTS_STAY = """
IF OLD.published_at IS NOT NULL AND NEW.published_at IS DISTINCT FROM OLD.published_at THEN
    RAISE EXCEPTION 'a problem is published once' USING ERRCODE = 'check_violation';
END IF;
IF OLD.published_at IS NOT NULL AND NEW.closes_at IS DISTINCT FROM OLD.closes_at
    AND (clock_timestamp() >= OLD.closes_at OR NEW.closes_at < OLD.closes_at) THEN
    RAISE EXCEPTION 'a deadline only moves back, and only before it has passed' USING ERRCODE = 'check_violation';
END IF;
IF NEW.opened_at IS DISTINCT FROM OLD.opened_at
    AND (OLD.opened_at IS NOT NULL OR clock_timestamp() < NEW.closes_at) THEN
    RAISE EXCEPTION 'proposals are opened once, after the deadline' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
ONLY_IN_DRAFT = """
IF EXISTS (
    SELECT FROM exchange_problem AS problem
    WHERE problem.id IN (NEW.problem_id, OLD.problem_id) AND problem.published_at IS NOT NULL
) THEN
    RAISE EXCEPTION 'criteria stay as they were published' USING ERRCODE = 'check_violation';
END IF;
RETURN COALESCE(NEW, OLD);
"""


@track()
class Problem(models.Model):
    """A need that an area opens to proposals. What it says of time is decided by the clock of the database."""

    class State(models.TextChoices):
        DRAFT = "draft", _("下書き")
        PUBLISHED = "published", _("公開")
        OPENED = "opened", _("開封済")
        CHOSEN = "chosen", _("選定済")
        AGREED = "agreed", _("合意")
        ENDED = "ended", _("該当なし")
        WITHDRAWN = "withdrawn", _("取下げ")

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="problems", verbose_name=_("ニーズ・課題"))
    title = models.CharField(_("題名"), max_length=100)
    wanted = models.TextField(_("求めること"), max_length=LONGEST, validators=[MaxLengthValidator(LONGEST)])
    site = models.TextField(_("場所・現地のようす"), max_length=1000, validators=[MaxLengthValidator(1000)])
    conditions = models.TextField(
        _("求める条件"), max_length=LONGEST, blank=True, validators=[MaxLengthValidator(LONGEST)]
    )
    asks_until = models.DateTimeField(_("質問の締切"))
    closes_at = models.DateTimeField(_("提案の締切"))
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.DRAFT)
    published_at = models.DateTimeField(_("公開した時"), null=True, blank=True)
    opened_at = models.DateTimeField(_("開封した時"), null=True, blank=True)
    result = models.CharField(_("結果"), max_length=500, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("書いた人"),
    )

    criteria: QuerySet[Criterion]

    class Meta:
        ordering = ("-published_at", "-pk")
        verbose_name = _("課題")
        indexes = (models.Index(fields=["state", "closes_at"], name="problem_state_closes"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(asks_until__lte=models.F("closes_at")),
                name="questions_end_before_proposals",
                violation_error_message=_("質問の締切は、提案の締切より前にしてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "withdrawn"]) | models.Q(published_at__isnull=False),
                name="published_problem_has_its_moment",
                violation_error_message=_("公開した課題には、公開した時が必要です。"),
            ),
            models.CheckConstraint(
                condition=models.Q(opened_at=None) | models.Q(opened_at__gte=models.F("closes_at")),
                name="proposals_are_opened_after_the_deadline",
                violation_error_message=_("提案を開けるのは、締切のあとです。"),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["opened", "chosen", "agreed", "ended"], opened_at__isnull=False)
                | models.Q(state__in=["draft", "published", "withdrawn"]),
                name="nothing_is_chosen_unopened",
                violation_error_message=_("選べるのは、提案を開けたあとです。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["ended", "withdrawn"]) | ~models.Q(result=""),
                name="problem_without_agreement_says_why",
                violation_error_message=_("理由を書いてください。"),
            ),
            models.UniqueConstraint(
                fields=["need"],
                condition=~models.Q(state__in=["ended", "withdrawn"]),
                name="one_open_problem_per_need",
                violation_error_message=_("このニーズの課題は、すでに開かれています。"),
            ),
        )
        triggers = (
            pgtrigger.Trigger(
                name="moments_stay", when=pgtrigger.Before, operation=pgtrigger.Update, func=MOMENTS_STAY
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("exchange:problem", str(self.pk))

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/problems/{self.pk}"


@track()
class Criterion(models.Model):
    """By what proposals are rated, and how much it weighs; published with the problem and unchanged from then on."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="criteria", verbose_name=_("課題"))
    name = models.CharField(_("評価の観点"), max_length=60)
    weight = models.PositiveSmallIntegerField(_("重み"), validators=[MinValueValidator(1), MaxValueValidator(100)])
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("problem", "order", "pk")
        verbose_name = _("評価の観点")
        constraints = (
            models.UniqueConstraint(fields=["problem", "name"], name="one_criterion_of_a_name"),
            models.CheckConstraint(
                condition=models.Q(weight__gte=1, weight__lte=100), name="criterion_weighs_something"
            ),
        )
        triggers = (
            pgtrigger.Trigger(
                name="criteria_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=ONLY_IN_DRAFT,
            ),
        )

    def __str__(self) -> str:
        return self.name


@track()
class ProblemFile(models.Model):
    """A paper that belongs to a problem; one that comes later is there for everybody from that moment on."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="files", verbose_name=_("課題"))
    file = models.ForeignKey(FrozenFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("ファイル"))
    added_at = models.DateTimeField(_("加えた時"), db_default=Now())

    class Meta:
        ordering = ("pk",)
        verbose_name = _("課題の資料")

    def __str__(self) -> str:
        return str(self.file)
