"""What core keeps for all rooms: contexts of changes, imported files, approvals, what is searched, throttles."""

from __future__ import annotations

from urllib.parse import urlencode

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import track


class DataChange(models.Model):
    """A transaction that changed records of a room: written by triggers, so that nobody has to look at all of them again.

    Which rows are seen is which state the records are in: a server restored from a backup may count its transactions
    anew, hence the moment beside the number.
    """

    at = models.DateTimeField(db_default=Now())
    transaction = models.BigIntegerField()
    room = models.CharField(max_length=20, db_default="")

    class Meta:
        verbose_name = _("記録が変わった時")
        constraints = (
            models.UniqueConstraint(fields=["at", "transaction", "room"], name="one_change_per_transaction"),
        )

    def __str__(self) -> str:
        return f"{self.at} {self.transaction} {self.room}"


@track()
class ImportedFile(models.Model):
    """A file somebody brought in: which bytes, by whom, when. The rows it wrote point here."""

    name = models.CharField(_("ファイル名"), max_length=255)
    sha256 = models.CharField(_("指紋（SHA-256）"), max_length=64)
    size = models.PositiveBigIntegerField(_("大きさ（バイト）"))
    rows = models.PositiveIntegerField(_("行数"))
    source = models.CharField(_("出典"), max_length=500)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("取り込んだ人")
    )
    imported_at = models.DateTimeField(_("取り込んだ日時"), auto_now_add=True)

    class Meta:
        ordering = ("-imported_at", "-pk")
        verbose_name = _("取り込んだファイル")

    def __str__(self) -> str:
        return self.name


@track()
class Approval(models.Model):
    """An outward act that one person drafts and another approves or returns."""

    class State(models.TextChoices):
        DRAFTED = "drafted", _("承認待ち")
        APPROVED = "approved", _("承認済み")
        RETURNED = "returned", _("差戻し")
        WITHDRAWN = "withdrawn", _("取下げ")

    deed = models.CharField(_("行為"), max_length=80, help_text=_("例：publish_status_report"))
    subject = models.CharField(_("対象"), max_length=200, help_text=_("対象の住所（/briefings/…）"))
    drafter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("起案者")
    )
    drafted_at = models.DateTimeField(_("起案日時"), auto_now_add=True)
    reason = models.TextField(_("起案の理由"), blank=True)
    payload = models.JSONField(
        _("起案の中身"), default=dict, blank=True, help_text=_("承認されたとき、そのとおりに行うこと")
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("承認者"),
    )
    decided_at = models.DateTimeField(_("決裁日時"), null=True, blank=True)
    remark = models.TextField(_("承認者の意見"), blank=True)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.DRAFTED)

    class Meta:
        ordering = ("-drafted_at", "-pk")
        verbose_name = _("承認")
        constraints = (
            models.UniqueConstraint(
                fields=["deed", "subject"],
                condition=models.Q(state="drafted"),
                name="one_open_approval_per_deed_and_subject",
                violation_error_message=_(
                    "同じ件の承認待ちがすでにあります。先にそちらを決裁するか取り下げてください。"
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(approver__isnull=True) | ~models.Q(approver=models.F("drafter")),
                name="drafter_is_not_approver",
                violation_error_message=_("自分の起案は承認できません。別の方に承認を頼んでください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["approved", "returned"], approver__isnull=False, decided_at__isnull=False)
                | models.Q(state__in=["drafted", "withdrawn"], approver__isnull=True, decided_at__isnull=True),
                name="decided_approval_has_approver_and_time",
                violation_error_message=_("決裁した承認には承認者と日時が必要です。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.deed} {self.subject}"


class FrozenFile(models.Model):
    """Bytes that were kept and stay as they are; the database refuses to change or delete them.

    Only `actions.drop_file` drops some that nobody else has seen yet.
    """

    name = models.CharField(_("ファイル名"), max_length=100)
    language = models.CharField(_("言語"), max_length=2, blank=True)
    content_type = models.CharField(_("種類"), max_length=100)
    content = models.BinaryField(_("中身"))
    sha256 = models.CharField(_("指紋（SHA-256）"), max_length=64)
    frozen_at = models.DateTimeField(_("固定した日時"), auto_now_add=True)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("固定したファイル")
        triggers = (pgtrigger.Protect(name="frozen_file_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return self.name


class SearchEntry(models.Model):
    """What a room hands down so that its record can be found: title, address, text, and folded words."""

    room = models.CharField(max_length=20, db_default="")
    key = models.CharField(max_length=100)
    title = models.CharField(max_length=300)
    title_en = models.CharField(max_length=300, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    detail_en = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True, help_text=_("見出しのほかに、さがせる文。一行に一つ"))
    reading = models.CharField(max_length=300, blank=True, help_text=_("並び順に使う読み"))
    path = models.CharField(max_length=300, help_text=_("言語の印を除いた住所"))
    # Rooms hand all of their entries down again and again: these two stay as long as an entry says the same.
    made_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("検索の見出し")
        constraints = (models.UniqueConstraint(fields=["room", "key"], name="one_search_entry_per_record"),)

    def __str__(self) -> str:
        return self.title


class SearchWord(models.Model):
    """One folded word of one entry: the row that exact and prefix look-ups find through an index."""

    entry = models.ForeignKey(SearchEntry, on_delete=models.CASCADE, related_name="words")
    word = models.CharField(max_length=300)

    class Meta:
        verbose_name = _("検索の語")
        indexes = (models.Index(fields=["word"], name="search_word_prefix", opclasses=["varchar_pattern_ops"]),)

    def __str__(self) -> str:
        return self.word


@track()
class SavedSearch(models.Model):
    """A question somebody asks again and again of a page that finds; what is new to it goes into the digest."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="saved_searches",
        verbose_name=_("アカウント"),
    )
    name = models.CharField(_("名前"), max_length=100)
    page = models.CharField(_("ページ"), max_length=100, help_text=_("言語の印を除いた住所"))
    question = models.JSONField(_("さがす言葉と条件"), default=dict, blank=True)
    tells = models.BooleanField(_("新しいものを知らせる"), default=True)
    seen_at = models.DateTimeField(_("ここまで見た"))

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("保存した検索")
        constraints = (
            models.UniqueConstraint(
                fields=["account", "page", "question"],
                name="one_saved_search_per_question",
                violation_error_message=_("同じ検索をもう保存しています。"),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where the question is asked, without mark of language."""
        return f"{self.page}?{urlencode(self.question)}" if self.question else self.page


@track()
class SynonymGroup(models.Model):
    """Words that mean the same in a field of the roadmap, as the secretariat has edited them.

    It stands beside the groups the product ships, or in place of one of them (`replaces`); off, neither is used.
    """

    field = models.CharField(_("分野"), max_length=60)
    words = ArrayField(models.CharField(max_length=50), verbose_name=_("同じ意味の言葉"))
    replaces = models.CharField(_("もとの組"), max_length=120, blank=True)
    is_off = models.BooleanField(_("使わない"), default=False)

    class Meta:
        ordering = ("field", "pk")
        verbose_name = _("同じ意味の言葉の組")
        constraints = (
            models.UniqueConstraint(
                fields=["replaces"], condition=~models.Q(replaces=""), name="one_edit_of_a_shipped_group"
            ),
            models.CheckConstraint(
                condition=models.Q(words__len__gte=2),
                name="group_has_two_words",
                violation_error_message=_("言葉を二つ以上書いてください。"),
            ),
        )

    def __str__(self) -> str:
        return "、".join(self.words)


class Throttle(models.Model):
    """How often something was used in one window of time; shared by all processes through the database."""

    key = models.CharField(max_length=200, primary_key=True)
    used = models.PositiveIntegerField()
    until = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("利用回数")

    def __str__(self) -> str:
        return self.key


class AnsweredRequest(models.Model):
    """What was answered to a writing request with an idempotency key: asked again, it is answered again, not done again."""

    key = models.CharField(max_length=64, primary_key=True)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    content = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        verbose_name = _("答えた書き込み")

    def __str__(self) -> str:
        return self.key


class Mail(models.Model):
    """A notice on its way to one person: written with the deed it tells of, sent by the worker, at most once."""

    class State(models.TextChoices):
        WAITING = "waiting", _("送信待ち")
        SENDING = "sending", _("送信中")
        SENT = "sent", _("送信済み")
        FAILED = "failed", _("送れなかった")
        UNKNOWN = "unknown", _("送れたか分からない")

    # The same occasion for the same person, told again, is the same mail; the message's number is made from it.
    key = models.CharField(max_length=200, unique=True)
    to = models.EmailField(_("宛先"))
    subject = models.CharField(_("件名"), max_length=200)
    body = models.TextField(_("本文"))
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(_("試した回数"), default=0)
    problem = models.CharField(_("理由"), max_length=300, blank=True)
    queued_at = models.DateTimeField(_("書いた日時"))
    due_at = models.DateTimeField(_("次に送る日時"))
    changed_at = models.DateTimeField(_("状態が変わった日時"))

    class Meta:
        ordering = ("-queued_at", "-pk")
        verbose_name = _("メール")
        indexes = (models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="mail_waiting"),)

    def __str__(self) -> str:
        return self.subject
