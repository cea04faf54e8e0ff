"""What became of a problem: which proposal was chosen and why, the talks about it, and what was agreed."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import track
from itoguchi.exchange.models.problems import Problem
from itoguchi.exchange.models.proposals import Proposal
from itoguchi.roadmap.models import Implementation


@track()
class Choice(models.Model):
    """The proposal that an area talks about; talks that lead to nothing end with a reason, and another may be chosen."""

    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="choices", verbose_name=_("課題"))
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="+", verbose_name=_("提案"))
    why = models.TextField(_("選んだ理由"), max_length=1000, validators=[MaxLengthValidator(1000)])
    chosen_at = models.DateTimeField(_("選んだ時"), db_default=Now())
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("選んだ人"),
    )
    ended_on = models.DateField(_("協議を終えた日"), null=True, blank=True)
    ended_why = models.CharField(_("合意に至らなかった理由"), max_length=500, blank=True)

    class Meta:
        ordering = ("problem", "-pk")
        verbose_name = _("選定")
        constraints = (
            models.UniqueConstraint(
                fields=["problem"],
                condition=models.Q(ended_on=None),
                name="talks_with_one_at_a_time",
                violation_error_message=_("すでに選ばれた提案があります。"),
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on=None, ended_why="")
                | (models.Q(ended_on__isnull=False) & ~models.Q(ended_why="")),
                name="talks_end_with_a_reason",
                violation_error_message=_("理由を書いてください。"),
            ),
        )

    def __str__(self) -> str:
        return str(self.proposal)


@track()
class Talk(models.Model):
    """What an area and the organisation that was chosen spoke about, read by both."""

    choice = models.ForeignKey(Choice, on_delete=models.CASCADE, related_name="talks", verbose_name=_("選定"))
    day = models.DateField(_("日"))
    text = models.TextField(_("話したこと"), max_length=2000, validators=[MaxLengthValidator(2000)])
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("書いた人"),
    )

    class Meta:
        ordering = ("choice", "day", "pk")
        verbose_name = _("協議")

    def __str__(self) -> str:
        return self.text[:40]


@track()
class Agreement(models.Model):
    """What was agreed, and the implementation of the roadmap that it became."""

    choice = models.OneToOneField(Choice, on_delete=models.PROTECT, related_name="agreement", verbose_name=_("選定"))
    agreed_on = models.DateField(_("合意した日"))
    text = models.TextField(_("合意したこと"), max_length=2000, validators=[MaxLengthValidator(2000)])
    cost_yen = models.PositiveBigIntegerField(_("費用（円）"), null=True, blank=True)
    implementation = models.ForeignKey(
        Implementation, on_delete=models.PROTECT, related_name="agreements", verbose_name=_("実装の記録")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("書いた人"),
    )

    class Meta:
        ordering = ("-agreed_on", "-pk")
        verbose_name = _("合意")

    def __str__(self) -> str:
        return self.text[:40]
