"""Reuses of reference models: which area uses which model since when, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area
from itoguchi.cases.models.cases import LONGEST
from itoguchi.cases.models.reference_models import ModelMeasure, ReferenceModel
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.roadmap.models.follow_up import address_here

if TYPE_CHECKING:
    from django.db.models import QuerySet


@track()
class Reuse(models.Model):
    """One area uses one model. It counts until it is withdrawn; who it is, others see once it is open."""

    class State(models.TextChoices):
        USING = "using", _("利用中")
        WITHDRAWN = "withdrawn", _("取下げ")

    model = models.ForeignKey(
        ReferenceModel, on_delete=models.PROTECT, related_name="reuses", verbose_name=_("参照モデル")
    )
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="reuses", verbose_name=_("団体"))
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.USING)
    is_internal = models.BooleanField(
        _("庁内限り"), default=True, help_text=_("数には入りますが、団体の名前は見せません。")
    )
    used_at = address_here(300)  # the plan, by its address: the higher room is not known here
    begun_on = models.DateField(_("使い始めた日"))
    withdrawn_on = models.DateField(_("取り下げた日"), null=True, blank=True)
    why_withdrawn = models.CharField(_("取り下げたわけ"), max_length=300, blank=True)
    cost_yen = models.PositiveBigIntegerField(_("これまでの費用の合計（円）"), null=True, blank=True)
    remark = models.TextField(_("使ってみて分かったこと"), max_length=LONGEST, blank=True)
    reported_on = models.DateField(_("結果を報告した日"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("使い始めた人"),
    )

    outcomes: QuerySet[Outcome]

    class Meta:
        ordering = ("model", "begun_on", "pk")
        verbose_name = _("参照モデルの利用")
        constraints = (
            models.UniqueConstraint(
                fields=["model", "area"],
                condition=models.Q(state="using"),
                name="one_running_reuse_per_model_and_area",
                violation_error_message=_("この団体は、この参照モデルをすでに使っています。"),
            ),
            models.CheckConstraint(
                condition=models.Q(state="using", withdrawn_on=None)
                | (models.Q(state="withdrawn", withdrawn_on__isnull=False) & ~models.Q(why_withdrawn="")),
                name="withdrawn_reuse_has_day_and_reason",
                violation_error_message=_("取り下げた日と、わけを書いてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(reported_on=None) | models.Q(is_internal=False),
                name="reported_reuse_is_open",
                violation_error_message=_("報告した結果は、団体の名前とともに公開されます。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.model} {self.area}"

    def get_absolute_url(self) -> str:
        return address_of("cases:report", str(self.pk))

    @property
    def address(self) -> str:
        """Lasting address without mark of language, where its outcome is reported."""
        return f"/reuses/{self.pk}/report"


@track()
class Outcome(models.Model):
    """What a reuse changed, in a measure of its model; said again, it is put right."""

    reuse = models.ForeignKey(Reuse, on_delete=models.CASCADE, related_name="outcomes", verbose_name=_("利用"))
    measure = models.ForeignKey(ModelMeasure, on_delete=models.PROTECT, related_name="outcomes", verbose_name=_("指標"))
    before = models.DecimalField(_("前の値"), max_digits=14, decimal_places=3)
    before_on = models.DateField(_("前の値の日"))
    after = models.DecimalField(_("後の値"), max_digits=14, decimal_places=3)
    after_on = models.DateField(_("後の値の日"))

    class Meta:
        ordering = ("reuse", "measure")
        verbose_name = _("利用の結果")
        constraints = (
            models.UniqueConstraint(fields=["reuse", "measure"], name="one_outcome_per_reuse_and_measure"),
            models.CheckConstraint(
                condition=models.Q(after_on__gt=models.F("before_on")),
                name="outcome_is_later_than_before",
                violation_error_message=_("後の値の日は、前の値の日より後にしてください。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.reuse} {self.measure}"
