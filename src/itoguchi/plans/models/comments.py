"""What others say to a section of a plan, what the area answered, and whether it is settled."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import track
from itoguchi.plans.models.plans import Plan


@track()
class Comment(models.Model):
    """A comment of the prefecture, the bureau, the secretariat or an adviser on one section."""

    class State(models.TextChoices):
        OPEN = "open", _("回答待ち")
        ANSWERED = "answered", _("回答済")
        RESOLVED = "resolved", _("解決")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="comments", verbose_name=_("実装計画"))
    section = models.CharField(_("項目"), max_length=12)
    text = models.TextField(_("意見"), max_length=2000)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("書いた人")
    )
    said_on = models.DateField(_("書いた日"))
    state = models.CharField(_("状態"), max_length=8, choices=State, default=State.OPEN)
    answer = models.TextField(_("回答"), max_length=2000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("答えた人"),
    )
    answered_on = models.DateField(_("答えた日"), null=True, blank=True)

    class Meta:
        ordering = ("plan", "said_on", "pk")
        verbose_name = _("計画への意見")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(state="answered")
                | (~models.Q(answer="") & models.Q(answered_by__isnull=False, answered_on__isnull=False)),
                name="answered_comment_has_answer",
                violation_error_message=_("回答を書いてください。"),
            ),
        )

    def __str__(self) -> str:
        return self.text[:40]
