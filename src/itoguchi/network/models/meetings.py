"""What is kept of bodies that meet: each meeting with its agenda, who presented what, its papers and results."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track


@track()
class Body(models.Model):
    """A task force, council or working group; its `key` begins the addresses of its meetings."""

    class Kind(models.TextChoices):
        TASK_FORCE = "task-force", _("タスクフォース")
        SUBCOMMITTEE = "subcommittee", _("分科会")

    key = models.SlugField(_("記号"), primary_key=True, max_length=40)
    order = models.PositiveSmallIntegerField(_("並び"), unique=True)
    kind = models.CharField(_("種類"), max_length=20, choices=Kind)
    name = models.CharField(_("名称"), max_length=100)
    purpose = models.TextField(_("趣旨"), blank=True)
    questions = models.TextField(_("主な検討課題"), blank=True, help_text=_("一行に一つ"))
    source = models.CharField(_("出典"), max_length=300, blank=True)

    class Meta:
        ordering = ("order",)
        verbose_name = _("会議体")

    def __str__(self) -> str:
        return self.name

    @property
    def question_lines(self) -> list[str]:
        return self.questions.splitlines()


@track()
class Meeting(models.Model):
    """One meeting of a body."""

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="meetings", verbose_name=_("会議体"))
    number = models.PositiveSmallIntegerField(_("第何回"))
    held_on = models.DateField(_("開催日"), db_index=True)
    slug = models.SlugField(_("住所"), max_length=60, unique=True)
    results = models.TextField(_("結果"), blank=True, help_text=_("決まったこと・まとまったもの。一行に一つ"))
    source = models.CharField(_("出典"), max_length=300)

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
        return self.results.splitlines()


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
    """Something that was handed in at a meeting, as far as the source quotes it."""

    slug = models.SlugField(_("住所"), max_length=60, unique=True)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="papers", verbose_name=_("会合"))
    order = models.PositiveSmallIntegerField(_("並び"))
    number = models.CharField(_("資料番号"), max_length=20, blank=True)
    theme = models.CharField(_("主題"), max_length=100)
    title = models.CharField(_("題名"), max_length=200)
    text = models.TextField(_("内容"), blank=True)
    provider = models.CharField(_("提出者"), max_length=100)
    introduction = models.TextField(_("紹介の文"), blank=True)
    since = models.DateField(_("いつから"))
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("meeting", "order")
        verbose_name = _("資料")
        constraints = (
            models.UniqueConstraint(
                fields=["meeting", "number"],
                condition=~models.Q(number=""),
                name="one_paper_per_meeting_and_number",
                violation_error_message=_("この会合には、同じ番号の資料がすでにあります。"),
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        """Lasting address without mark of language: its place on the page of its meeting."""
        return f"{self.meeting.address}#{self.slug}"
