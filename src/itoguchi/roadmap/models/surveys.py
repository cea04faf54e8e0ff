"""Surveys: what the secretariat asks of areas by a day, and where each area's answer stands."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area, Block
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.roadmap.models.aims import Solution


@track()
class Survey(models.Model):
    """The yearly survey or an inquiry (照会): solutions and questions, asked of every area or of those of one block."""

    class Kind(models.TextChoices):
        YEARLY = "yearly", _("年次調査")
        INQUIRY = "inquiry", _("照会")

    class State(models.TextChoices):
        DRAFT = "draft", _("準備中")
        OPEN = "open", _("回答受付中")
        CLOSED = "closed", _("締切")

    key = models.CharField(
        _("記号"),
        primary_key=True,
        max_length=40,
        validators=[
            RegexValidator(
                r"\A(?!new\Z)[a-z0-9][a-z0-9-]*\Z", _("英小文字・数字・ハイフンで書いてください（new は使えません）。")
            )
        ],
        help_text=_("例：2026、2026-wifi"),
    )
    kind = models.CharField(_("種類"), max_length=10, choices=Kind, default=Kind.YEARLY)
    title = models.CharField(_("題名"), max_length=200)
    note = models.TextField(_("回答する方へ"), blank=True)
    as_of = models.DateField(_("調査時点"))
    due_on = models.DateField(_("締切日"))
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.DRAFT)
    block = models.ForeignKey(
        Block,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("地域ブロック"),
        help_text=_("なければ全国"),
    )

    class Meta:
        ordering = ("-due_on", "key")
        verbose_name = _("調査・照会")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(due_on__gte=models.F("as_of")),
                name="survey_is_due_after_its_day",
                violation_error_message=_("締切日は、調査時点と同じ日か、それより後にしてください。"),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("roadmap:survey", self.key)

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/surveys/{self.key}"


@track()
class SurveySolution(models.Model):
    """A solution whose stage is asked."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="asked", verbose_name=_("調査・照会"))
    solution = models.ForeignKey(Solution, on_delete=models.PROTECT, related_name="+", verbose_name=_("分野別モデル"))

    class Meta:
        ordering = ("survey", "solution__order")
        verbose_name = _("たずねる分野別モデル")
        constraints = (models.UniqueConstraint(fields=["survey", "solution"], name="a_solution_is_asked_once"),)

    def __str__(self) -> str:
        return str(self.solution)


@track()
class Question(models.Model):
    """A question in words, answered in words."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="questions", verbose_name=_("調査・照会"))
    order = models.PositiveSmallIntegerField(_("並び"))
    text = models.CharField(_("設問"), max_length=300)

    class Meta:
        ordering = ("survey", "order")
        verbose_name = _("設問")
        constraints = (models.UniqueConstraint(fields=["survey", "order"], name="one_question_per_place"),)

    def __str__(self) -> str:
        return self.text


@track()
class Answer(models.Model):
    """Where one area stands with a survey. Its stages are implementation records; `draft` holds what is not yet said.

    `draft` is for its own office alone: {"lines": {solution's key: line}, "replies": {question's number: text}}.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("下書き")
        ANSWERED = "answered", _("回答済")
        RETURNED = "returned", _("差戻し")
        CHECKED = "checked", _("都道府県確認済")

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="answers", verbose_name=_("調査・照会"))
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="answers", verbose_name=_("団体"))
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.DRAFT)
    draft = models.JSONField(_("下書き"), default=dict, blank=True)
    replies = models.JSONField(_("設問への回答"), default=dict, blank=True)
    remark = models.CharField(_("差戻しの理由"), max_length=300, blank=True)
    answered_at = models.DateTimeField(_("回答した日時"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("回答した人"),
    )

    class Meta:
        ordering = ("survey", "area")
        verbose_name = _("調査への回答")
        constraints = (
            models.UniqueConstraint(fields=["survey", "area"], name="one_answer_per_survey_and_area"),
            models.CheckConstraint(
                condition=~models.Q(state__in=["answered", "checked"]) | models.Q(answered_at__isnull=False),
                name="answered_has_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.survey} {self.area}"

    @property
    def address(self) -> str:
        """Where it is answered, without mark of language."""
        return f"{self.survey.address}/areas/{self.area.code}"

    @property
    def is_in(self) -> bool:
        """Whether it counts as answered."""
        return self.state in {self.State.ANSWERED, self.State.CHECKED}
