"""Cases (事例): what an area did with a solution, what it cost and changed, and whether that still holds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Organisation
from itoguchi.areas.models import Area
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.core.models import FrozenFile
from itoguchi.exchange.models import Problem
from itoguchi.roadmap.models import Solution
from itoguchi.support.models import Cost, Scheme

if TYPE_CHECKING:
    from django.db.models import QuerySet

LONGEST = 4000
A_YEAR = timedelta(days=365)


class State(models.TextChoices):
    """How far a case or a reference model is on its way to everybody."""

    DRAFT = "draft", _("下書き")
    REVIEW = "review", _("確認待ち")
    RETURNED = "returned", _("差戻し")
    PUBLISHED = "published", _("公開")
    ENDED = "ended", _("公開終了")


def _text(label: object, **more: object) -> models.TextField[str, str]:
    return models.TextField(label, max_length=LONGEST, validators=[MaxLengthValidator(LONGEST)], **more)  # type: ignore[arg-type]


@track()
class Case(models.Model):
    """What one area did with one solution, in its own words; others read it once a second person has looked at it."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="cases", verbose_name=_("団体"))
    solution = models.ForeignKey(
        Solution, on_delete=models.PROTECT, related_name="cases", verbose_name=_("分野別モデル")
    )
    problem = models.ForeignKey(
        Problem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("もとの課題"),
        help_text=_("公募して合意した課題から生まれた事例であれば、その課題"),
    )
    title = models.CharField(_("題名"), max_length=100)
    worry = _text(_("困っていたこと"))
    measures = _text(_("したこと"))
    since_year = models.PositiveSmallIntegerField(_("始めた年度"), null=True, blank=True)
    people = _text(_("体制・人"), blank=True)
    partners = models.ManyToManyField(Organisation, blank=True, related_name="+", verbose_name=_("連携した参加組織"))
    other_partners = models.CharField(_("ほかの連携相手"), max_length=300, blank=True)
    schemes = models.ManyToManyField(Scheme, blank=True, related_name="cases", verbose_name=_("使った支援メニュー"))
    pitfalls = _text(_("つまずいたこと"), blank=True)
    evidence = models.CharField(_("根拠"), max_length=300, help_text=_("例：2027年3月の議会報告"))
    evidence_link = models.URLField(_("根拠のページ"), max_length=500, blank=True)
    evidence_file = models.ForeignKey(
        FrozenFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("根拠のファイル")
    )
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.DRAFT)
    published_on = models.DateField(_("公開した日"), null=True, blank=True)
    checked_on = models.DateField(_("確かめた日"), null=True, blank=True)
    still_holds = models.BooleanField(_("いまも当てはまる"), null=True, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("書いた人"),
    )

    figures: QuerySet[CaseFigure]
    costs: QuerySet[CaseCost]
    checks: QuerySet[CaseCheck]

    class Meta:
        ordering = ("-published_on", "-pk")
        verbose_name = _("事例")
        indexes = (models.Index(fields=["state", "solution"], name="case_state_solution"),)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(state="published") | models.Q(published_on__isnull=False),
                name="published_case_has_its_day",
                violation_error_message=_("公開した日が必要です。"),
            ),
            models.CheckConstraint(
                condition=models.Q(checked_on=None, still_holds=None)
                | models.Q(checked_on__isnull=False, still_holds__isnull=False),
                name="checked_case_says_what_was_found",
                violation_error_message=_("確かめた日と、いまも当てはまるかを、両方書いてください。"),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("cases:case", str(self.pk))

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/cases/{self.pk}"

    @property
    def is_being_written(self) -> bool:
        """Whether its text may change."""
        return self.state in {State.DRAFT, State.RETURNED}

    @property
    def check_due(self) -> date | None:
        """By when somebody has to say again whether it still holds; None while nobody reads it."""
        last = self.checked_on or self.published_on
        return last + A_YEAR if last and self.state == State.PUBLISHED else None


@track()
class CaseFigure(models.Model):
    """What a case changed, as a figure before and after, each with its day."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="figures", verbose_name=_("事例"))
    name = models.CharField(_("指標"), max_length=80)
    unit = models.CharField(_("単位"), max_length=20)
    before = models.DecimalField(_("前の値"), max_digits=14, decimal_places=3, null=True, blank=True)
    before_on = models.DateField(_("前の値の日"), null=True, blank=True)
    after = models.DecimalField(_("後の値"), max_digits=14, decimal_places=3, null=True, blank=True)
    after_on = models.DateField(_("後の値の日"), null=True, blank=True)
    source = models.CharField(_("出典"), max_length=200, blank=True)

    class Meta:
        ordering = ("case", "pk")
        verbose_name = _("事例の数値")
        constraints = (
            models.UniqueConstraint(
                fields=["case", "name"],
                name="one_figure_of_a_name_per_case",
                violation_error_message=_("同じ指標が二つあります。一つにまとめてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(before=None, before_on=None)
                | models.Q(before__isnull=False, before_on__isnull=False),
                name="value_before_has_its_day",
                violation_error_message=_("前の値と、その日を、両方書いてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(after=None, after_on=None) | models.Q(after__isnull=False, after_on__isnull=False),
                name="value_after_has_its_day",
                violation_error_message=_("後の値と、その日を、両方書いてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(before__isnull=False) | models.Q(after__isnull=False),
                name="figure_of_case_has_a_value",
                violation_error_message=_("前の値か後の値を書いてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(before_on=None)
                | models.Q(after_on=None)
                | models.Q(after_on__gt=models.F("before_on")),
                name="after_is_later_than_before",
                violation_error_message=_("後の値の日は、前の値の日より後にしてください。"),
            ),
        )

    def __str__(self) -> str:
        return self.name


@track()
class CaseCost(models.Model):
    """What a case cost in one fiscal year, for one kind of thing."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="costs", verbose_name=_("事例"))
    year = models.PositiveSmallIntegerField(_("年度"))
    kind = models.CharField(_("費用の種類"), max_length=14, choices=Cost)
    yen = models.PositiveBigIntegerField(_("円"))
    note = models.CharField(_("備考"), max_length=200, blank=True)

    class Meta:
        ordering = ("case", "year", "pk")
        verbose_name = _("事例の費用")
        constraints = (
            models.UniqueConstraint(
                fields=["case", "year", "kind"],
                name="one_cost_of_a_kind_per_case_and_year",
                violation_error_message=_("同じ年度の同じ種類の費用が二つあります。一つにまとめてください。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.year} {self.get_kind_display()}"


@track()
class CaseCheck(models.Model):
    """Somebody of the area looked again whether a published case still holds."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="checks", verbose_name=_("事例"))
    on = models.DateField(_("確かめた日"))
    holds = models.BooleanField(_("いまも当てはまる"))
    note = models.CharField(_("変わったこと"), max_length=1000, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("確かめた人"),
    )

    class Meta:
        ordering = ("case", "-on", "-pk")
        verbose_name = _("事例の確かめ")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(holds=True) | ~models.Q(note=""),
                name="case_that_holds_no_more_says_why",
                violation_error_message=_("当てはまらなくなったわけを書いてください。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.case} {self.on}"
