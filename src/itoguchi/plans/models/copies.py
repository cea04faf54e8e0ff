"""Parts of reference models that were copied into a plan: what each said then, where it comes from, and on what terms."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.cases.models import ModelPart, Reuse
from itoguchi.core.journal import track
from itoguchi.core.models import FrozenFile
from itoguchi.plans.models.plans import Plan


@track()
class CopiedPart(models.Model):
    """One part of a model as it stands in a section of a plan. What was copied stays as it was, whatever becomes of the part."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="copies", verbose_name=_("実装計画"))
    section = models.CharField(_("項目"), max_length=12)
    part = models.ForeignKey(ModelPart, on_delete=models.PROTECT, related_name="+", verbose_name=_("参照モデルの部分"))
    reuse = models.ForeignKey(Reuse, on_delete=models.PROTECT, related_name="+", verbose_name=_("参照モデルの利用"))
    version = models.PositiveSmallIntegerField(_("写した版"))
    title = models.CharField(_("題名"), max_length=100)
    text = models.TextField(_("本文"))
    file = models.ForeignKey(
        FrozenFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ファイル")
    )
    model_title = models.CharField(_("参照モデル"), max_length=100)
    giver = models.CharField(_("提供した団体"), max_length=100)
    source = models.CharField(_("出典"), max_length=300)
    terms = models.CharField(_("利用の条件"), max_length=100)
    copied_on = models.DateField(_("写した日"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("写した人"),
    )
    removed_on = models.DateField(_("外した日"), null=True, blank=True)
    why_removed = models.CharField(_("外したわけ"), max_length=300, blank=True)

    class Meta:
        ordering = ("plan", "pk")
        verbose_name = _("写した部分")
        constraints = (
            models.UniqueConstraint(
                fields=["plan", "part"],
                condition=models.Q(removed_on=None),
                name="a_part_stands_once_in_a_plan",
                violation_error_message=_("この部分は、すでに計画にあります。"),
            ),
            models.CheckConstraint(
                condition=models.Q(removed_on=None, why_removed="")
                | (models.Q(removed_on__isnull=False) & ~models.Q(why_removed="")),
                name="removed_part_says_why",
                violation_error_message=_("外したわけを書いてください。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(source="") & ~models.Q(terms="") & ~models.Q(model_title=""),
                name="copied_part_has_provenance",
                violation_error_message=_("写した部分には、出典と利用の条件が必要です。"),
            ),
        )

    def __str__(self) -> str:
        return self.title
