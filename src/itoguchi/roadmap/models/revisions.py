"""Revisions: the next edition while it is drafted, item by item with its reason; and states frozen as of a day."""

from __future__ import annotations

from datetime import datetime

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.core.models import Approval, FrozenFile
from itoguchi.roadmap.models.aims import Edition
from itoguchi.roadmap.models.follow_up import address_here


class Noun(models.TextChoices):
    """What an edition holds."""

    FIELD = "fields", _("分野")
    SOLUTION = "solutions", _("分野別モデル")
    KPI = "kpis", _("KPI")
    MILESTONE = "milestones", _("工程")


class Deed(models.TextChoices):
    """What a revision does with it."""

    ADD = "add", _("追加")
    CHANGE = "change", _("変更")
    REBASE = "rebase", _("目標の改定")
    DROP = "drop", _("削除")


@track()
class Revision(models.Model):
    """A draft of the next edition."""

    class State(models.TextChoices):
        DRAFT = "draft", _("起案中")
        SCHEDULED = "scheduled", _("施行日待ち")
        PUBLISHED = "published", _("公表済")

    title = models.CharField(_("題名"), max_length=200)
    note = models.CharField(_("何が変わるか"), max_length=300)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.DRAFT)
    effective_on = models.DateField(_("施行日"), null=True, blank=True)
    before = models.JSONField(_("改定前の中身"), default=dict, blank=True)  # what was in force when it was published
    edition = models.OneToOneField(
        Edition, on_delete=models.PROTECT, null=True, blank=True, related_name="revision", verbose_name=_("版")
    )

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("改定案")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("roadmap:revision", str(self.pk))

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/roadmap/revisions/{self.pk}"


@track()
class RevisionItem(models.Model):
    """One thing that the revision adds, changes or drops, why, and the opinion or finding behind it."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="items", verbose_name=_("改定案"))
    noun = models.CharField(_("何を"), max_length=12, choices=Noun)
    key = models.SlugField(_("記号"), max_length=60)
    deed = models.CharField(_("どうする"), max_length=8, choices=Deed)
    facts = models.JSONField(_("中身"), default=dict, blank=True)
    reason = models.CharField(_("理由"), max_length=500)
    grounds = address_here(300)

    class Meta:
        ordering = ("revision", "pk")
        verbose_name = _("改定の項目")
        constraints = (
            models.UniqueConstraint(
                fields=["revision", "noun", "key"],
                name="one_item_per_thing_of_a_revision",
                violation_error_message=_("この改定案には、同じものの項目がすでにあります。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_noun_display()} {self.key} {self.get_deed_display()}"


@track()
class FrozenState(models.Model):
    """What there was on a day, as it was known when it was frozen: it stays, whatever is recorded later."""

    slug = models.SlugField(_("住所"), max_length=20, unique=True, help_text=_("変わらない。例：2017-03-24"))
    as_of = models.DateField(_("時点"))
    title = models.CharField(_("題名"), max_length=200)
    counts = models.OneToOneField(FrozenFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("数（公表）"))
    records = models.OneToOneField(
        FrozenFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("団体ごとの記録（関係者）")
    )
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="+", verbose_name=_("承認"))

    class Meta:
        ordering = ("-as_of", "-pk")
        verbose_name = _("固定した時点")
        triggers = (
            pgtrigger.Protect(name="frozen_state_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("roadmap:frozen", self.slug)

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/roadmap/frozen/{self.slug}"

    @property
    def is_public(self) -> bool:
        """Whether a second person has approved it."""
        return self.approval.state == Approval.State.APPROVED

    @property
    def frozen_at(self) -> datetime:
        """When its bytes were taken."""
        return self.approval.drafted_at
