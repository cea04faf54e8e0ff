"""Implementation records: which area has come how far with which solution, since when, on what evidence."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area
from itoguchi.core.addresses import address_of
from itoguchi.core.calendar import DatedTo, Precision
from itoguchi.core.journal import track
from itoguchi.core.models import FrozenFile
from itoguchi.roadmap.models.aims import Solution, precision_field


class Stage(models.TextChoices):
    """How far an area has come with a solution. No answer yet (未回答) is no stage: there is no record."""

    INTERESTED = "interested", _("関心")
    CONSIDERING = "considering", _("検討")
    PLANNED = "planned", _("計画")
    TRIAL = "trial", _("実証")
    RUNNING = "running", _("実装")
    SHARED = "shared", _("横展開")
    STOPPED = "stopped", _("終了")
    NOT_APPLICABLE = "not-applicable", _("対象外")


# From the first to the furthest; to have stopped, or to be out of the question, is no place on it.
LADDER = (Stage.INTERESTED, Stage.CONSIDERING, Stage.PLANNED, Stage.TRIAL, Stage.RUNNING, Stage.SHARED)


def at_or_beyond(stage: Stage) -> tuple[Stage, ...]:
    """The stage and those after it.

    >>> [each.value for each in at_or_beyond(Stage.TRIAL)]
    ['trial', 'running', 'shared']
    """
    return LADDER[LADDER.index(stage) :]


@track()
class JointUse(models.Model):
    """One implementation that several areas share (共同実装): each keeps its own record, and they know of each other."""

    solution = models.ForeignKey(
        Solution, on_delete=models.PROTECT, related_name="joint_uses", verbose_name=_("分野別モデル")
    )
    name = models.CharField(_("名称"), max_length=100)

    class Meta:
        ordering = ("solution", "name")
        verbose_name = _("共同実装")
        constraints = (
            models.UniqueConstraint(
                fields=["solution", "name"],
                name="one_joint_use_of_a_name",
                violation_error_message=_("この分野別モデルには、同じ名称の共同実装がすでにあります。"),
            ),
        )

    def __str__(self) -> str:
        return self.name


@track()
class Implementation(models.Model):
    """One area's use of one solution; how far it has come stands in its stage changes."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="implementations", verbose_name=_("団体"))
    solution = models.ForeignKey(
        Solution, on_delete=models.PROTECT, related_name="implementations", verbose_name=_("分野別モデル")
    )
    section = models.CharField(_("担当課"), max_length=100, blank=True)
    is_internal = models.BooleanField(
        _("庁内限り"),
        default=False,
        help_text=_("団体・都道府県・総合通信局等・事務局だけに見せます。数には入ります。"),
    )
    joint_use = models.ForeignKey(
        JointUse,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="implementations",
        verbose_name=_("共同実装"),
    )

    class Meta:
        ordering = ("area", "solution")
        verbose_name = _("実装の記録")
        constraints = (
            models.UniqueConstraint(
                fields=["area", "solution"],
                name="one_implementation_per_area_and_solution",
                violation_error_message=_("この団体と分野別モデルの記録は、すでにあります。"),
            ),
        )
        triggers = (pgtrigger.ReadOnly(name="stays_with_area_and_solution", fields=["area", "solution"]),)

    def __str__(self) -> str:
        return f"{self.area} {self.solution}"

    def get_absolute_url(self) -> str:
        return address_of("roadmap:implementation", self.area.code, self.solution_id)

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/areas/{self.area.code}/implementations/{self.solution_id}"


@track()
class StageChange(models.Model):
    """From a day on an area is at a stage of a solution, in either direction, until its next change."""

    implementation = models.ForeignKey(
        Implementation, on_delete=models.CASCADE, related_name="changes", verbose_name=_("実装の記録")
    )
    at = models.DateField(_("いつから"))
    at_precision = precision_field()
    stage = models.CharField(_("段階"), max_length=14, choices=Stage)
    quantity = models.DecimalField(_("数量"), max_digits=14, decimal_places=3, null=True, blank=True)
    cost_yen = models.PositiveBigIntegerField(_("費用（円）"), null=True, blank=True)
    note = models.CharField(_("備考"), max_length=500, blank=True)
    evidence_link = models.URLField(_("根拠のリンク"), max_length=500, blank=True)
    evidence_file = models.ForeignKey(
        FrozenFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("根拠のファイル")
    )

    class Meta:
        ordering = ("implementation", "at")
        verbose_name = _("段階の変更")
        indexes = (models.Index(fields=["at"], name="stage_change_day"),)
        constraints = (
            models.UniqueConstraint(
                fields=["implementation", "at"],
                include=["stage"],
                name="one_stage_on_a_day",
                violation_error_message=_("この日の段階は、すでに記録されています。その記録を直してください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(stage__in=[stage.value for stage in Stage]),
                name="stage_is_known",
                violation_error_message=_("段階は、関心・検討・計画・実証・実装・横展開・終了・対象外のどれかです。"),
            ),
            models.CheckConstraint(
                condition=models.Q(quantity=None) | models.Q(quantity__gte=0),
                name="quantity_is_not_negative",
                violation_error_message=_("数量は0以上にしてください。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.when} {self.get_stage_display()}"

    @property
    def when(self) -> DatedTo:
        """Since when, as precisely as it is known."""
        return DatedTo(self.at, Precision(self.at_precision))
