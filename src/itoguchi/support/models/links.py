"""What was found when somebody, or the worker at night, looked whether the page of a call still opens."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from itoguchi.support.models.schemes import Scheme


class LinkCheck(models.Model):
    """The last look at a scheme's page; no record of the domain, so that looking every night changes none."""

    class Problem(models.TextChoices):
        GONE = "gone", _("ページがない")
        ERROR = "error", _("サーバーの誤り")
        NO_ANSWER = "no-answer", _("答えがない")
        REFUSED = "refused", _("内部の住所のため、見に行かない")

    scheme = models.OneToOneField(
        Scheme,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="link_check",
        verbose_name=_("支援メニュー"),
    )
    link = models.URLField(_("公募のページ"), max_length=500)
    checked_on = models.DateField(_("最後に見に行った日"))
    status = models.PositiveSmallIntegerField(_("答えの番号"), null=True, blank=True)
    problem = models.CharField(_("開けないわけ"), max_length=10, choices=Problem, blank=True)
    failed_on = models.DateField(_("開けなくなった日"), null=True, blank=True)

    class Meta:
        verbose_name = _("リンクの確認")

    def __str__(self) -> str:
        return self.link

    @property
    def said(self) -> str:
        """`ページがない（404）`, `答えがない`; `開けた` without a problem."""
        if not self.problem:
            return _text("開けた")
        return f"{self.get_problem_display()}（{self.status}）" if self.status else str(self.get_problem_display())
