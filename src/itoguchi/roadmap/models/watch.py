"""Watch: of what somebody wants to be told and how often, and what they have been told already."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import track


class Topic(models.TextChoices):
    """What there is to watch."""

    SURVEYS = "surveys", _("締切の近い・過ぎた調査")
    STALE = "stale", _("長く確かめられていない記録")
    MILESTONES = "milestones", _("期限の過ぎた工程")
    STANDINGS = "standings", _("KPIの状況の変化")
    # What higher rooms hand down (core.watched).
    SCHEMES = "schemes", _("ニーズに合う支援メニューの動き")
    SEARCHES = "searches", _("保存した検索に新しいもの")
    LINKS = "links", _("開けない公募のページ")
    PLANS = "plans", _("実装計画の動き")
    EXCHANGE = "exchange", _("課題の公募の動き")
    CASES = "cases", _("事例と参照モデルの動き")
    FOLLOWED = "followed", _("加わっている糸・フォローしているものの動き")
    MEETINGS = "meetings", _("会合の資料")


def all_topics() -> list[str]:
    """What everybody is told who has not chosen."""
    return list(Topic.values)


@track()
class Watching(models.Model):
    """How one account wants to be told; without a row, everything once a week."""

    class Every(models.TextChoices):
        WEEK = "week", _("毎週月曜日")
        MONTH = "month", _("毎月はじめの月曜日")
        NEVER = "never", _("メールはいらない")

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watching", verbose_name=_("アカウント")
    )
    topics = ArrayField(
        models.CharField(max_length=12, choices=Topic), verbose_name=_("知りたいこと"), default=all_topics, blank=True
    )
    every = models.CharField(_("メールの間隔"), max_length=6, choices=Every, default=Every.WEEK)

    class Meta:
        verbose_name = _("お知らせの受け取り方")

    def __str__(self) -> str:
        return str(self.account)


class Told(models.Model):
    """Something an account was told of once; it is not told again."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    on = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["account", "key"], name="told_once"),)

    def __str__(self) -> str:
        return self.key
