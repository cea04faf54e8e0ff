"""What is kept of reports: those that were published, byte for byte, and the corrections to them."""

from __future__ import annotations

from datetime import date, datetime

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.core.models import Approval, FrozenFile


@track(exclude=["figures", "records"])
class PublishedReport(models.Model):
    """A status report frozen by one person and published by another; the row never changes, its approval does."""

    slug = models.SlugField(_("住所"), max_length=20, unique=True, help_text=_("変わらない。例：2017-03-24"))
    as_of = models.DateField(_("時点"), db_index=True)
    version = models.CharField(_("糸口の版"), max_length=40)
    previous = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("前回の報告")
    )
    figures = models.JSONField(_("数値"), help_text=_("番号・名前・値・単位・定義・もとの記録"))
    records = models.JSONField(_("もとの記録"), help_text=_("住所ごとに、報告がその記録について述べたこと"))
    files = models.ManyToManyField(FrozenFile, through="FileOfReport", related_name="+", verbose_name=_("ファイル"))
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="+", verbose_name=_("承認"))

    class Meta:
        ordering = ("-as_of", "-pk")
        verbose_name = _("公開した状況報告")
        triggers = (
            pgtrigger.Protect(name="published_report_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return address_of("reports:published", self.slug)

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"/reports/published/{self.slug}"

    @property
    def is_public(self) -> bool:
        return self.approval.state == Approval.State.APPROVED

    @property
    def is_waiting(self) -> bool:
        return self.approval.state == Approval.State.DRAFTED

    @property
    def published_at(self) -> datetime | None:
        return self.approval.decided_at if self.is_public else None


@track()
class FileOfReport(models.Model):
    """One of the files of a published report."""

    report = models.ForeignKey(PublishedReport, on_delete=models.PROTECT, related_name="+", verbose_name=_("状況報告"))
    file = models.OneToOneField(FrozenFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("ファイル"))

    class Meta:
        ordering = ("pk",)
        verbose_name = _("報告のファイル")
        triggers = (
            pgtrigger.Protect(name="file_of_report_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return str(self.file)


@track(exclude=["figures", "records"])
class Correction(models.Model):
    """正誤表: what a published report should have said, as the records say now; published by a second person."""

    report = models.ForeignKey(
        PublishedReport, on_delete=models.PROTECT, related_name="corrections", verbose_name=_("状況報告")
    )
    number = models.PositiveSmallIntegerField(_("番号"))
    differences = models.JSONField(_("正誤"))
    figures = models.JSONField(_("直したあとの数値"))
    records = models.JSONField(_("直したあとの記録"))
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="+", verbose_name=_("承認"))

    class Meta:
        ordering = ("report", "number")
        verbose_name = _("正誤表")
        constraints = (
            models.UniqueConstraint(
                fields=["report", "number"],
                name="one_correction_per_report_and_number",
                violation_error_message=_("同じ番号の正誤表がすでにあります。もう一度どうぞ。"),
            ),
        )
        triggers = (pgtrigger.Protect(name="correction_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.report} {self.number}"

    @property
    def is_public(self) -> bool:
        return self.approval.state == Approval.State.APPROVED

    @property
    def is_waiting(self) -> bool:
        return self.approval.state == Approval.State.DRAFTED

    @property
    def day(self) -> date:
        """When it was published, else drafted."""
        return (self.approval.decided_at or self.approval.drafted_at).date()
