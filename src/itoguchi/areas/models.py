"""What is kept of local governments: who they are, how they were called when, where they lie, their figures."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Substr
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from itoguchi.core.addresses import address_of
from itoguchi.core.journal import counts_as_change, track
from itoguchi.core.models import ImportedFile

CODE_WEIGHTS = (6, 5, 4, 3, 2)


def check_digit(first_five: str) -> str:
    """Last digit of a local government code: weights 6,5,4,3,2, 11 minus the remainder modulo 11, last digit.

    >>> check_digit("28221"), check_digit("01000")
    ('9', '6')
    """
    total = sum(weight * int(digit) for weight, digit in zip(CODE_WEIGHTS, first_five, strict=True))
    return str((11 - total % 11) % 10)


def in_language(japanese: str, english: str) -> str:
    """The text in the language of the page; Japanese where no official English exists."""
    return english if english and get_language() == "en" else japanese


def _digit(place: int) -> models.Func:
    return models.functions.Cast(Substr("code", place, 1), models.IntegerField())


def code_is_right() -> models.Q:
    """Database condition: six digits whose last is the check digit."""
    total: Any = sum(_digit(place) * weight for place, weight in enumerate(CODE_WEIGHTS, start=1))
    remainder = models.functions.Mod(total, models.Value(11))
    wanted = models.functions.Mod(models.Value(11) - remainder, models.Value(10))
    return models.Q(code__regex=r"^[0-9]{6}$") & models.Q(
        models.lookups.Exact(models.functions.Cast(Substr("code", 6, 1), models.FloatField()), wanted)
    )


class Kind(models.TextChoices):
    """Kinds of local government. Core cities are left out: no source at hand names them."""

    PREFECTURE = "prefecture", _("都道府県")
    DESIGNATED_CITY = "designated_city", _("政令指定都市")
    SPECIAL_WARD = "special_ward", _("特別区")
    CITY = "city", _("市")
    TOWN = "town", _("町")
    VILLAGE = "village", _("村")


@track()
class Block(models.Model):
    """One of the 11 regional blocks, each with its bureau of telecommunications."""

    key = models.SlugField(_("記号"), primary_key=True, max_length=20)
    order = models.PositiveSmallIntegerField(_("並び"), unique=True)
    name = models.CharField(_("名称"), max_length=20)
    name_en = models.CharField(_("英語名"), max_length=40)
    office = models.CharField(_("総合通信局等"), max_length=60)
    office_en = models.CharField(_("総合通信局等（英語）"), max_length=100)
    council = models.CharField(_("情報通信懇談会等"), max_length=100, blank=True)
    council_status = models.CharField(_("懇談会等の出典"), max_length=20)

    class Meta:
        ordering = ("order",)
        verbose_name = _("地域ブロック")

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)

    def get_absolute_url(self) -> str:
        return address_of("areas:block", self.key)


@track()
class Area(models.Model):
    """A local government as one thing through time, with its present code and name."""

    code = models.CharField(
        _("団体コード"), max_length=6, unique=True, validators=[RegexValidator(r"^[0-9]{6}$", _("6桁の数字です。"))]
    )
    name = models.CharField(_("名称"), max_length=40)
    kana = models.CharField(_("よみ"), max_length=60)
    name_en = models.CharField(_("英語名"), max_length=60)
    kind = models.CharField(_("種類"), max_length=20, choices=Kind)
    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="areas", verbose_name=_("地域ブロック"))
    prefecture = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="municipalities",
        verbose_name=_("都道府県"),
    )
    slug = models.SlugField(_("記号"), max_length=20, blank=True, help_text=_("都道府県だけ。住所に使う"))
    latitude = models.FloatField(_("緯度"), null=True, blank=True)
    longitude = models.FloatField(_("経度"), null=True, blank=True)
    computed_km2 = models.FloatField(_("面積（地図から計算、km²）"), null=True, blank=True)
    neighbours = models.ManyToManyField("self", verbose_name=_("隣接する団体"))

    class Meta:
        ordering = ("code",)
        verbose_name = _("地方公共団体")
        constraints = (
            models.CheckConstraint(
                condition=code_is_right(),
                name="area_code_has_right_check_digit",
                violation_error_message=_("団体コードの検査数字（6桁目）が合いません。コードを確かめてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(kind="prefecture", prefecture__isnull=True)
                | (~models.Q(kind="prefecture") & models.Q(prefecture__isnull=False)),
                name="municipality_has_prefecture",
                violation_error_message=_("市区町村には都道府県が必要です。"),
            ),
        )

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)

    def get_absolute_url(self) -> str:
        return address_of("areas:area", self.code)

    @property
    def is_prefecture(self) -> bool:
        return self.kind == Kind.PREFECTURE


@track()
class AreaName(models.Model):
    """What an area was called, under which code, in which days; the end of `period` is the first day after."""

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="names", verbose_name=_("団体"))
    code = models.CharField(_("団体コード"), max_length=6)
    name = models.CharField(_("名称"), max_length=40)
    kana = models.CharField(_("よみ"), max_length=60)
    name_en = models.CharField(_("英語名"), max_length=60)
    kind = models.CharField(_("種類"), max_length=20, choices=Kind)
    period = DateRangeField(_("期間"))
    source = models.CharField(_("出典"), max_length=200)

    class Meta:
        ordering = ("period",)
        verbose_name = _("名称とコードの履歴")
        constraints = (
            models.CheckConstraint(
                condition=code_is_right(),
                name="area_name_code_has_right_check_digit",
                violation_error_message=_("団体コードの検査数字（6桁目）が合いません。コードを確かめてください。"),
            ),
            ExclusionConstraint(
                name="one_name_of_an_area_on_a_day",
                expressions=[("area", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                violation_error_message=_("同じ日に二つの名称・コードは持てません。"),
            ),
            ExclusionConstraint(
                name="one_area_of_a_code_on_a_day",
                expressions=[("code", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                violation_error_message=_("同じ日に同じコードの団体は二つありません。"),
            ),
        )

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)

    @property
    def last_day(self) -> date | None:
        """Last day of this name; None while it is in use."""
        upper: date | None = self.period.upper
        return upper - timedelta(days=1) if upper else None


@counts_as_change
class Shape(models.Model):
    """Outline of an area or block as SVG path data, in the coordinates written in docs/areas-data.md."""

    class Level(models.TextChoices):
        MUNICIPALITY = "municipality", _("市区町村")
        PREFECTURE = "prefecture", _("都道府県")
        BLOCK = "block", _("地域ブロック")
        FRAME = "frame", _("枠")
        GREY = "grey", _("数えない地域")

    level = models.CharField(_("段"), max_length=12, choices=Level)
    code = models.CharField(_("団体コードまたはブロック"), max_length=20)
    path = models.TextField(_("線"))
    min_x = models.FloatField()
    min_y = models.FloatField()
    max_x = models.FloatField()
    max_y = models.FloatField()

    class Meta:
        ordering = ("level", "code")
        verbose_name = _("形")
        constraints = (models.UniqueConstraint(fields=["level", "code"], name="one_shape_per_level_and_code"),)

    def __str__(self) -> str:
        return f"{self.level} {self.code}"


@track()
class Statistic(models.Model):
    """One figure of one area in one year, with the file it came from."""

    class Measure(models.TextChoices):
        POPULATION = "population", _("人口")
        FISCAL_STRENGTH = "fiscal_strength_index", _("財政力指数")
        ELDERLY_SHARE = "elderly_share", _("高齢化率")
        DISADVANTAGED = "disadvantaged", _("条件不利地域")
        SECONDARY = "secondary_industry_share", _("第2次産業就業者の割合")
        TERTIARY = "tertiary_industry_share", _("第3次産業就業者の割合")

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="statistics", verbose_name=_("団体"))
    measure = models.CharField(_("指標"), max_length=30, choices=Measure)
    year = models.PositiveSmallIntegerField(_("年"))
    value = models.DecimalField(_("値"), max_digits=14, decimal_places=3)
    file = models.ForeignKey(
        ImportedFile,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("取り込んだファイル"),
    )

    class Meta:
        ordering = ("area", "measure", "-year")
        verbose_name = _("統計値")
        constraints = (
            models.UniqueConstraint(
                fields=["area", "measure", "year"],
                name="one_statistic_per_area_measure_year",
                violation_error_message=_("同じ団体・指標・年の値がすでにあります。"),
            ),
            models.CheckConstraint(
                condition=models.Q(value__gte=0),
                name="statistic_is_not_negative",
                violation_error_message=_("0以上の値を入れてください。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(measure="elderly_share") | models.Q(value__lte=100),
                name="elderly_share_is_a_percentage",
                violation_error_message=_("高齢化率は0から100までの%です。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(measure__in=["secondary_industry_share", "tertiary_industry_share"])
                | models.Q(value__lte=100),
                name="industry_share_is_a_percentage",
                violation_error_message=_("就業者の割合は0から100までの%です。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(measure="disadvantaged") | models.Q(value__in=[0, 1]),
                name="disadvantaged_is_yes_or_no",
                violation_error_message=_("条件不利地域は、該当（1）か非該当（0）です。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.area} {self.get_measure_display()} {self.year}"

    @property
    def shown(self) -> str:
        """The value as people write it, with its unit."""
        return shown_value(self.measure, self.value)


def shown_value(measure: str, value: Decimal) -> str:
    """A value as people write it: `41,490人`, `0.42`, `33.1 %`, 該当."""
    match measure:
        case Statistic.Measure.POPULATION:
            return _("%(people)s人") % {"people": f"{int(value):,}"}
        case Statistic.Measure.FISCAL_STRENGTH:
            return f"{value:.2f}"
        case Statistic.Measure.ELDERLY_SHARE | Statistic.Measure.SECONDARY | Statistic.Measure.TERTIARY:
            return f"{value:.1f} %"
        case _:
            return str(_("該当") if value else _("非該当"))
