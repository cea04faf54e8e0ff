"""What is kept of bodies that meet: each meeting with its agenda, who presented what, its papers and results.

A meeting in preparation is its body's alone; a paper is shown to whom its access and embargo allow (`network.access`).
"""

from __future__ import annotations

from datetime import datetime

from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Block
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.core.models import FrozenFile


@track()
class Body(models.Model):
    """A task force, council or working group; its `key` begins the addresses of its meetings."""

    class Kind(models.TextChoices):
        TASK_FORCE = "task-force", _("タスクフォース")
        SUBCOMMITTEE = "subcommittee", _("分科会")
        COUNCIL = "council", _("協議会・懇談会")
        WORKING_GROUP = "working-group", _("ワーキンググループ")

    key = models.SlugField(_("記号"), primary_key=True, max_length=40)
    order = models.PositiveSmallIntegerField(_("並び"), unique=True)
    kind = models.CharField(_("種類"), max_length=20, choices=Kind)
    name = models.CharField(_("名称"), max_length=100)
    purpose = models.TextField(_("趣旨"), blank=True)
    questions = models.TextField(_("主な検討課題"), blank=True, help_text=_("一行に一つ"))
    source = models.CharField(_("出典"), max_length=300, blank=True)
    block = models.ForeignKey(
        Block,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bodies",
        verbose_name=_("地域ブロック"),
        help_text=_("選ぶと、その総合通信局等も事務局になります。"),
    )

    class Meta:
        ordering = ("order",)
        verbose_name = _("会議体")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("network:body", self.key)

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/bodies/{self.key}"

    @property
    def question_lines(self) -> list[str]:
        return self.questions.splitlines()


@track()
class Meeting(models.Model):
    """One meeting of a body. While it is prepared its day is provisional, and only the body and its secretariat see it."""

    class State(models.TextChoices):
        PREPARING = "preparing", _("準備中")
        CALLED = "called", _("開催予定")
        HELD = "held", _("開催済")
        CANCELLED = "cancelled", _("中止")

    # In these states its members may say something about it where others read it: not before others know of it.
    TAKES_OPINIONS = (State.CALLED, State.HELD)

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="meetings", verbose_name=_("会議体"))
    number = models.PositiveSmallIntegerField(_("第何回"))
    held_on = models.DateField(_("開催日"), db_index=True)
    slug = models.SlugField(_("住所"), max_length=60, unique=True)
    results = models.TextField(_("結果"), blank=True, help_text=_("決まったこと・まとまったもの。一行に一つ"))
    source = models.CharField(_("出典"), max_length=300, blank=True)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.HELD)
    starts_at = models.DateTimeField(_("開始"), null=True, blank=True)
    ends_at = models.DateTimeField(_("終了"), null=True, blank=True)
    place = models.CharField(_("場所"), max_length=200, blank=True, help_text=_("オンラインなら、そのように"))
    version = models.PositiveIntegerField(_("何度目の記録か"), default=1)

    class Meta:
        ordering = ("held_on", "body__order")
        verbose_name = _("会合")
        constraints = (
            models.UniqueConstraint(
                fields=["body", "number"],
                name="one_meeting_per_body_and_number",
                violation_error_message=_("この会議体には、同じ回の会合がすでにあります。"),
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1),
                name="meeting_number_is_positive",
                violation_error_message=_("回は1以上の数です。"),
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(starts_at__lt=models.F("ends_at")),
                name="meeting_begins_before_it_ends",
                violation_error_message=_("終了は、開始より後にしてください。"),
            ),
        )

    def __str__(self) -> str:
        return gettext("%(kind)s 第%(number)s回会合") % {"kind": self.body.get_kind_display(), "number": self.number}

    def get_absolute_url(self) -> str:
        return address_of("network:meeting", self.slug)

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/meetings/{self.slug}"

    @property
    def result_lines(self) -> list[str]:
        """What came of it; what is written down beforehand is shown to nobody before it was held."""
        return self.results.splitlines() if self.state == self.State.HELD else []


@track()
class AgendaItem(models.Model):
    """One item of a meeting's agenda, in the words of the record."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="agenda", verbose_name=_("会合"))
    order = models.PositiveSmallIntegerField(_("並び"))
    text = models.CharField(_("議事"), max_length=300)

    class Meta:
        ordering = ("meeting", "order")
        verbose_name = _("議事")
        constraints = (models.UniqueConstraint(fields=["meeting", "order"], name="one_item_per_place_on_agenda"),)

    def __str__(self) -> str:
        return self.text


@track()
class Presentation(models.Model):
    """Who presented what under an item; the speaker as written in the record."""

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="presentations", verbose_name=_("議事"))
    order = models.PositiveSmallIntegerField(_("並び"))
    speaker = models.CharField(_("発表者"), max_length=100)
    title = models.CharField(_("題名"), max_length=200)

    class Meta:
        ordering = ("item", "order")
        verbose_name = _("プレゼンテーション")
        constraints = (models.UniqueConstraint(fields=["item", "order"], name="one_presentation_per_place_in_item"),)

    def __str__(self) -> str:
        return self.title


@track()
class Paper(models.Model):
    """Something that is handed in at a meeting; `network.access.papers_visible_to` says who sees it, at every door."""

    class Access(models.TextChoices):
        OPEN = "open", _("公開")
        MEMBERS = "members", _("構成員限り")
        SECRETARIAT = "secretariat", _("事務局限り")

    class State(models.TextChoices):
        DRAFT = "draft", _("準備中")
        PUBLISHED = "published", _("配付済")

    slug = models.SlugField(_("住所"), max_length=60, unique=True)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="papers", verbose_name=_("会合"))
    order = models.PositiveSmallIntegerField(_("並び"))
    number = models.CharField(_("資料番号"), max_length=20, blank=True)
    theme = models.CharField(_("主題"), max_length=100, blank=True)
    title = models.CharField(_("題名"), max_length=200)
    text = models.TextField(_("内容"), blank=True)
    provider = models.CharField(_("提出者"), max_length=100)
    introduction = models.TextField(_("紹介の文"), blank=True)
    since = models.DateField(_("いつから"))
    source = models.CharField(_("出典"), max_length=300, blank=True)
    access = models.CharField(_("見られる人"), max_length=12, choices=Access, default=Access.OPEN)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.PUBLISHED)
    embargo_until = models.DateTimeField(_("解禁の時"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("解禁を早めた時"), null=True, blank=True)
    came_out_at = models.DateTimeField(_("はじめて見られるようになった時"), null=True, blank=True)
    file = models.ForeignKey(
        FrozenFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ファイル")
    )

    class Meta:
        ordering = ("meeting", "order")
        verbose_name = _("資料")
        indexes = (
            models.Index(
                fields=["embargo_until"],
                condition=models.Q(came_out_at=None, embargo_until__isnull=False),
                name="papers_under_embargo",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(lifted_at=None) | models.Q(embargo_until__isnull=False, state="published"),
                name="only_an_embargo_is_lifted",
                violation_error_message=_("早められるのは、配付した資料の解禁だけです。"),
            ),
            models.UniqueConstraint(
                fields=["meeting", "number"],
                condition=~models.Q(number=""),
                name="one_paper_per_meeting_and_number",
                violation_error_message=_("この会合には、同じ番号の資料がすでにあります。"),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}#{self.slug}"

    @property
    def address(self) -> str:
        """Lasting address without mark of language: its place on the page of its meeting."""
        return f"{self.meeting.address}#{self.slug}"

    @property
    def name(self) -> str:
        """Number and title, as an agenda lists it."""
        return f"{self.number}　{self.title}" if self.number else self.title

    def is_out_at(self, now: datetime) -> bool:
        """Whether those to whom its access opens it see it at a moment."""
        has_passed = self.embargo_until is None or self.embargo_until <= now or self.lifted_at is not None
        return self.state == self.State.PUBLISHED and has_passed


@track()
class Correction(models.Model):
    """正誤: what was wrong in a paper that had come out, and what is right; shown with the paper."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="corrections", verbose_name=_("資料"))
    day = models.DateField(_("日"))
    text = models.TextField(_("正誤"), max_length=1000, validators=[MaxLengthValidator(1000)])

    class Meta:
        ordering = ("day", "pk")
        verbose_name = _("正誤")

    def __str__(self) -> str:
        return self.text[:40]
