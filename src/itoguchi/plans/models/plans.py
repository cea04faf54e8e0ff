"""Implementation plans (地域IoT実装計画) of areas: what each says, version by version, what is to be done, and its KPIs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import counts_as_change, track
from itoguchi.roadmap.models import Kpi, Solution
from itoguchi.support.models import Need

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from itoguchi.plans.models.copies import CopiedPart


@track()
class Plan(models.Model):
    """The plan of one area; what it says stands in its versions. Others read it once it is approved and open."""

    class State(models.TextChoices):
        DRAFT = "draft", _("作成中")
        ASKED = "asked", _("承認待ち")
        APPROVED = "approved", _("承認済み")
        RETURNED = "returned", _("差戻し")

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="plans", verbose_name=_("団体"))
    title = models.CharField(_("題名"), max_length=100)
    need = models.ForeignKey(
        Need,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="plans",
        verbose_name=_("もとになったニーズ・課題"),
    )
    solutions = models.ManyToManyField(Solution, blank=True, related_name="plans", verbose_name=_("分野別モデル"))
    state = models.CharField(_("状態"), max_length=8, choices=State, default=State.DRAFT)
    is_internal = models.BooleanField(
        _("庁内限り"), default=True, help_text=_("団体・都道府県・総合通信局等・事務局と、頼んだ専門家だけに見せます。")
    )
    advisers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="plans_to_advise",
        verbose_name=_("意見を頼む専門家"),
        help_text=_("下書きを読み、意見を書けます。"),
    )
    approved = models.ForeignKey(
        "PlanVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("承認された版"),
    )
    begun_on = models.DateField(_("作り始めた日"))
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("作り始めた人"),
    )

    versions: QuerySet[PlanVersion]
    actions: QuerySet[PlanAction]
    kpis: QuerySet[PlanKpi]
    copies: QuerySet[CopiedPart]

    class Meta:
        ordering = ("-begun_on", "-pk")
        verbose_name = _("実装計画")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(state="approved") | models.Q(approved__isnull=False),
                name="approved_plan_names_the_version",
                violation_error_message=_("承認済みの計画には、承認された版が必要です。"),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("plans:plan", str(self.pk))

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/plans/{self.pk}"

    @property
    def is_being_written(self) -> bool:
        """Whether its text may change: not while it waits for approval, nor once it is approved."""
        return self.state in {self.State.DRAFT, self.State.RETURNED}


@counts_as_change
class PlanVersion(models.Model):
    """What a plan said when somebody saved it; the database refuses to change or delete it."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions", verbose_name=_("実装計画"))
    number = models.PositiveIntegerField(_("番号"))
    content = models.JSONField(_("中身"))
    section = models.CharField(_("変えた項目"), max_length=12, blank=True)
    why = models.CharField(_("理由"), max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("保存した人"),
    )
    at = models.DateTimeField(_("保存した日時"), auto_now_add=True)

    class Meta:
        ordering = ("plan", "-number")
        verbose_name = _("計画の版")
        constraints = (models.UniqueConstraint(fields=["plan", "number"], name="one_version_of_a_number_per_plan"),)
        triggers = (
            pgtrigger.Protect(name="plan_version_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"{self.plan} {self.number}"


@track()
class PlanAction(models.Model):
    """Something that the plan wants done by a day."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="actions", verbose_name=_("実装計画"))
    what = models.CharField(_("すること"), max_length=200)
    by = models.DateField(_("いつまでに"))
    done_on = models.DateField(_("できた日"), null=True, blank=True)

    class Meta:
        ordering = ("by", "pk")
        verbose_name = _("計画ですること")
        indexes = (models.Index(fields=["by"], condition=models.Q(done_on=None), name="plan_action_open"),)

    def __str__(self) -> str:
        return self.what


@track()
class PlanKpi(models.Model):
    """A KPI of the roadmap that the plan aims at, with the area's own target and its day once they are known."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="kpis", verbose_name=_("実装計画"))
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="+", verbose_name=_("KPI"))
    target = models.DecimalField(_("目標値"), max_digits=14, decimal_places=3, null=True, blank=True)
    by = models.DateField(_("いつまでに"), null=True, blank=True)

    class Meta:
        ordering = ("kpi__solution__order", "kpi")
        verbose_name = _("計画のKPI")
        constraints = (
            models.UniqueConstraint(
                fields=["plan", "kpi"],
                name="one_target_per_plan_and_kpi",
                violation_error_message=_("このKPIは、すでに計画にあります。"),
            ),
            models.CheckConstraint(
                condition=models.Q(target=None, by=None)
                | models.Q(target__gte=0, target__isnull=False, by__isnull=False),
                name="target_of_plan_has_its_day",
                violation_error_message=_("目標値（0以上）と、その日を、両方書いてください。"),
            ),
        )

    def __str__(self) -> str:
        return str(self.kpi)
