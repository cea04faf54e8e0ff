"""Editions, fields with their solutions, KPIs with targets and readings, milestones, barriers, expected effects.

A date that may be known only to the month or year is kept by its last day, beside its precision: what is compared
with a day is the last day on which the thing may have been.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from itoguchi.core.addresses import address_of
from itoguchi.core.calendar import DatedTo, Precision
from itoguchi.core.journal import track

PRECISIONS = [
    (Precision.DAY.value, _("日")),
    (Precision.MONTH.value, pgettext_lazy("precision", "月")),
    (Precision.FISCAL_YEAR.value, _("年度")),
    (Precision.YEAR.value, _("年")),
]


def precision_field() -> models.CharField[str, str]:
    """How exactly the date beside it is known."""
    return models.CharField(_("日付の細かさ"), max_length=12, choices=PRECISIONS, default=Precision.DAY.value)


def until_field() -> models.ForeignKey[Any, Any]:
    """The edition that no longer has it; none while it is in force."""
    return models.ForeignKey(
        "roadmap.Edition",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("外れた版"),
    )


class Unit(models.TextChoices):
    """What a value counts."""

    PERCENT = "percent", "%"
    PERCENT_OF_POPULATION = "percent-of-population", _("人口に対する%")
    PLACES = "places", _("か所")
    CASES = "cases", _("件")
    REGIONS = "regions", pgettext_lazy("unit", "地域")
    AREAS = "areas", _("団体")
    PEOPLE = "people", _("人")


@track()
class Edition(models.Model):
    """One published state of the roadmap."""

    key = models.SlugField(_("記号"), primary_key=True, max_length=20)
    published = models.DateField(_("公表日"), unique=True)
    published_precision = precision_field()
    agreed_on = models.DateField(_("取りまとめた日"), null=True, blank=True)
    note = models.CharField(_("何が変わったか"), max_length=300)
    source = models.CharField(_("出典"), max_length=300)
    # What it held, as it was published: {"fields": {key: facts}, "solutions": …, and, where known, "kpis", "milestones"}.
    content = models.JSONField(_("中身"), default=dict, blank=True)

    class Meta:
        ordering = ("published",)
        verbose_name = _("版")
        triggers = (
            pgtrigger.Protect(
                name="published_edition_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__content__df=pgtrigger.F("new__content")) & ~pgtrigger.Q(old__content={}),
            ),
        )

    def __str__(self) -> str:
        return gettext("%(when)s版") % {"when": DatedTo(self.published, Precision.MONTH)}

    def get_absolute_url(self) -> str:
        return address_of("roadmap:edition", self.key)

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/roadmap/editions/{self.key}"

    @property
    def when(self) -> DatedTo:
        """When it was published, as precisely as it is known."""
        return DatedTo(self.published, Precision(self.published_precision))


@track()
class Field(models.Model):
    """A field of the roadmap, or a foundation under all of them, which is never counted as a field."""

    class Kind(models.TextChoices):
        FIELD = "field", _("分野")
        FOUNDATION = "foundation", _("基盤")

    key = models.SlugField(_("記号"), primary_key=True, max_length=40)
    order = models.PositiveSmallIntegerField(_("並び"), unique=True)
    kind = models.CharField(_("種類"), max_length=12, choices=Kind, default=Kind.FIELD)
    name = models.CharField(_("名称"), max_length=60, unique=True)
    since = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", verbose_name=_("最初の版"))
    until = until_field()

    class Meta:
        ordering = ("order",)
        verbose_name = _("分野")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=["field", "foundation"]),
                name="field_kind_is_known",
                violation_error_message=_("種類は、分野か基盤のどちらかです。"),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("roadmap:field", self.key)

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/fields/{self.key}"

    @property
    def is_foundation(self) -> bool:
        return self.kind == self.Kind.FOUNDATION


@track()
class Solution(models.Model):
    """An implementation model of the roadmap (分野別モデル)."""

    key = models.SlugField(_("記号"), primary_key=True, max_length=40)
    field = models.ForeignKey(Field, on_delete=models.PROTECT, related_name="solutions", verbose_name=_("分野"))
    order = models.PositiveSmallIntegerField(_("並び"), unique=True)
    name = models.CharField(_("名称"), max_length=60, unique=True)
    since = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", verbose_name=_("最初の版"))
    until = until_field()
    field_is_derived = models.BooleanField(_("分野は読み取り"), default=False)
    source = models.CharField(_("出典"), max_length=300, blank=True)

    class Meta:
        ordering = ("order",)
        verbose_name = _("分野別モデル")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("roadmap:solution", self.key)

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/solutions/{self.key}"


@track()
class Kpi(models.Model):
    """An indicator of a solution, or of the whole roadmap; without a name, none of it was published.

    Its values come from outside as readings, or are counted from the areas' own records (`counting`).
    """

    class Counting(models.TextChoices):
        OUTSIDE = "outside", _("公表された値")
        SHARE = "share", _("ある段階以上の団体の割合")
        NUMBER = "number", _("ある段階以上の団体の数")
        QUANTITY = "quantity", _("ある段階以上の団体の数量の合計")

    key = models.SlugField(_("記号"), primary_key=True, max_length=40)
    solution = models.ForeignKey(
        Solution,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="kpis",
        verbose_name=_("分野別モデル"),
        help_text=_("なければロードマップ全体のKPI"),
    )
    name = models.CharField(_("KPI"), max_length=100, blank=True)
    definition = models.TextField(_("定義"), blank=True)
    unit = models.CharField(_("単位"), max_length=24, choices=Unit, blank=True)
    count_unit = models.CharField(_("実数の単位"), max_length=24, choices=Unit, blank=True)
    denominator = models.PositiveIntegerField(_("母数"), null=True, blank=True)
    counting = models.CharField(_("数え方"), max_length=10, choices=Counting, default=Counting.OUTSIDE)
    from_stage = models.CharField(_("数える段階（以上）"), max_length=14, blank=True)
    kinds = ArrayField(models.CharField(max_length=20), verbose_name=_("数える団体の種類"), default=list, blank=True)
    stated_on = models.DateField(_("目標を述べた資料の日"), null=True, blank=True)
    until = until_field()
    source = models.CharField(_("出典"), max_length=300, blank=True)

    class Meta:
        ordering = ("solution__order", "key")
        verbose_name = _("KPI")
        constraints = (
            models.UniqueConstraint(
                fields=["solution", "name"],
                name="one_kpi_of_a_name_per_solution",
                nulls_distinct=False,
                violation_error_message=_("この分野別モデルには、同じ名称のKPIがすでにあります。"),
            ),
            models.CheckConstraint(
                condition=models.Q(name="", unit="", solution__isnull=False)
                | (~models.Q(name="") & ~models.Q(unit="") & ~models.Q(source="")),
                name="published_kpi_has_unit_and_source",
                violation_error_message=_("名称のあるKPIには、単位と出典が必要です。"),
            ),
            models.CheckConstraint(
                condition=models.Q(counting="outside", from_stage="", kinds=[])
                | (~models.Q(counting="outside") & ~models.Q(from_stage="") & models.Q(solution__isnull=False)),
                name="counted_kpi_has_stage_and_solution",
                violation_error_message=_("記録から数えるKPIには、分野別モデルと、数える段階が必要です。"),
            ),
        )

    def __str__(self) -> str:
        return self.name or f"{self.solution}：KPI"

    def get_absolute_url(self) -> str:
        return address_of("roadmap:kpi", self.key)

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/kpis/{self.key}"

    @property
    def is_published(self) -> bool:
        """Whether a public source names it."""
        return bool(self.name)

    @property
    def known_since(self) -> date | None:
        """First day on which its targets may be shown: that of their source, else of the solution's first edition."""
        return self.stated_on or (self.solution.since.published if self.solution else None)

    @property
    def target(self) -> Target | None:
        """The target in force, the last one stated."""
        return max(self.targets.all(), key=lambda target: target.order, default=None)

    @property
    def earlier_targets(self) -> list[Target]:
        """What was aimed at before, from the first on."""
        return sorted(self.targets.all(), key=lambda target: target.order)[:-1]

    @property
    def newest(self) -> Reading | None:
        """The last of its readings, as far as they were asked for."""
        return max(self.readings.all(), key=lambda reading: reading.at, default=None)

    @property
    def baseline(self) -> Reading | None:
        """The reading from which the target was set, where a source names one."""
        return next((reading for reading in self.readings.all() if reading.is_baseline), None)

    @property
    def is_counted(self) -> bool:
        """Whether its values are counted from the areas' own records."""
        return self.counting != self.Counting.OUTSIDE

    @property
    def shown_readings(self) -> list[Reading]:
        """All readings; of a KPI that is counted every quarter, those at the ends of fiscal years and the last two."""
        readings = list(self.readings.all())
        return [each for each in readings[:-2] if not self.is_counted or each.at.month == 3] + readings[-2:]

    @property
    def has_counts(self) -> bool:
        return any(reading.count is not None for reading in self.readings.all())

    @property
    def has_notes(self) -> bool:
        return any(reading.note for reading in self.readings.all())

    @property
    def is_derived(self) -> bool:
        """Whether every reading was worked out from a count."""
        return all(reading.is_derived for reading in self.readings.all())

    @property
    def one_source(self) -> str:
        """The source of all its readings, where they share one."""
        sources = {reading.source for reading in self.readings.all()}
        return sources.pop() if len(sources) == 1 else ""


@track()
class Target(models.Model):
    """What a KPI should reach by when; a later one takes the place of the ones before."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="targets", verbose_name=_("KPI"))
    order = models.PositiveSmallIntegerField(_("並び"))
    value = models.DecimalField(_("目標値"), max_digits=14, decimal_places=3)
    unit = models.CharField(_("単位"), max_length=24, choices=Unit)
    by = models.DateField(_("期限"))
    by_precision = precision_field()
    stated_on = models.DateField(_("定めた日"), null=True, blank=True, help_text=_("なければ、わかる範囲で初めから"))

    class Meta:
        ordering = ("kpi", "order")
        verbose_name = _("目標")
        constraints = (models.UniqueConstraint(fields=["kpi", "order"], name="one_target_per_place_of_kpi"),)

    def __str__(self) -> str:
        return shown_value(self.value, self.unit)

    @property
    def when(self) -> DatedTo:
        """By when, as precisely as it is known."""
        return DatedTo(self.by, Precision(self.by_precision))


@track()
class Reading(models.Model):
    """A dated value of a KPI; a derived one was worked out from a count that was published."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="readings", verbose_name=_("KPI"))
    at = models.DateField(_("時点"))
    at_precision = precision_field()
    value = models.DecimalField(_("実績値"), max_digits=14, decimal_places=3)
    is_derived = models.BooleanField(_("計算した値"), default=False)
    is_baseline = models.BooleanField(_("基準値"), default=False)
    count = models.PositiveBigIntegerField(_("実数"), null=True, blank=True)
    note = models.CharField(_("内訳・注記"), max_length=300, blank=True)
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("kpi", "at")
        verbose_name = _("実績値")
        constraints = (
            models.UniqueConstraint(
                fields=["kpi", "at", "at_precision"],
                name="one_reading_per_kpi_and_time",
                violation_error_message=_("このKPIには、同じ時点の実績値がすでにあります。"),
            ),
            models.UniqueConstraint(
                fields=["kpi"],
                condition=models.Q(is_baseline=True),
                name="one_baseline_per_kpi",
                violation_error_message=_("このKPIには、基準値がすでにあります。"),
            ),
        )

    def __str__(self) -> str:
        return shown_value(self.value, self.kpi.unit)

    def get_absolute_url(self) -> str:
        return f"{self.kpi.get_absolute_url()}#at-{self.when.written}"

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"{self.kpi.address}#at-{self.when.written}"

    @property
    def when(self) -> DatedTo:
        """At what time, as precisely as it is known."""
        return DatedTo(self.at, Precision(self.at_precision))

    @property
    def shown_count(self) -> str:
        """The number behind a share: `242団体`; nothing where none is known."""
        return shown_value(Decimal(self.count), self.kpi.count_unit) if self.count is not None else ""


@track()
class Milestone(models.Model):
    """A dated step towards a KPI, where a source publishes one."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="milestones", verbose_name=_("KPI"))
    text = models.CharField(_("工程"), max_length=300)
    by = models.DateField(_("期限"))
    by_precision = precision_field()
    source = models.CharField(_("出典"), max_length=300)
    until = until_field()

    class Meta:
        ordering = ("kpi", "by")
        verbose_name = _("工程")
        constraints = (models.UniqueConstraint(fields=["kpi", "text"], name="one_milestone_of_a_text_per_kpi"),)

    def __str__(self) -> str:
        return self.text

    @property
    def when(self) -> DatedTo:
        """By when, as precisely as it is known."""
        return DatedTo(self.by, Precision(self.by_precision))


@track()
class Barrier(models.Model):
    """What local governments named in the way of acting."""

    key = models.SlugField(_("記号"), primary_key=True, max_length=40)
    order = models.PositiveSmallIntegerField(_("並び"), unique=True)
    name = models.CharField(_("実装をはばむ課題"), max_length=60)
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("order",)
        verbose_name = _("実装をはばむ課題")

    def __str__(self) -> str:
        return self.name


@track()
class ExpectedEffect(models.Model):
    """What the roadmap is expected to bring in a fiscal year: in all, or in one field."""

    field = models.ForeignKey(
        Field,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="effects",
        verbose_name=_("分野"),
        help_text=_("なければロードマップ全体"),
    )
    fiscal_year = models.PositiveSmallIntegerField(_("年度"))
    output_yen = models.PositiveBigIntegerField(_("経済波及効果（円）"), null=True, blank=True)
    jobs = models.PositiveIntegerField(_("雇用（人）"), null=True, blank=True)
    ict_investment_yen = models.PositiveBigIntegerField(_("ICT投資（円）"), null=True, blank=True)
    ict_jobs = models.PositiveIntegerField(_("ICT雇用（人）"), null=True, blank=True)
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("fiscal_year", "field__order")
        verbose_name = _("期待される効果")
        constraints = (
            models.UniqueConstraint(
                fields=["field", "fiscal_year"],
                name="one_expected_effect_per_field_and_year",
                nulls_distinct=False,
                violation_error_message=_("この分野と年度の効果がすでにあります。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.field or gettext('ロードマップ全体')} {self.fiscal_year}"

    @property
    def year(self) -> str:
        """2020年度 or FY2020."""
        return str(DatedTo(date(self.fiscal_year, 4, 1), Precision.FISCAL_YEAR))

    @property
    def output(self) -> str:
        return shown_yen(self.output_yen)

    @property
    def ict_investment(self) -> str:
        return shown_yen(self.ict_investment_yen)

    @property
    def shown_jobs(self) -> str:
        return shown_value(Decimal(self.jobs), Unit.PEOPLE) if self.jobs is not None else ""

    @property
    def shown_ict_jobs(self) -> str:
        return shown_value(Decimal(self.ict_jobs), Unit.PEOPLE) if self.ict_jobs is not None else ""


def shown_value(value: Decimal, unit: str) -> str:
    """A value as people write it: `34.5 %`, `30,000か所`."""
    number = f"{value.normalize():,f}"
    match unit:
        case Unit.PERCENT:
            return f"{number} %"
        case Unit.PERCENT_OF_POPULATION:
            return gettext("人口の%(number)s %%") % {"number": number}
        case Unit.PLACES:
            return gettext("%(number)sか所") % {"number": number}
        case Unit.CASES:
            return gettext("%(number)s件") % {"number": number}
        case Unit.REGIONS:
            return gettext("%(number)s地域") % {"number": number}
        case Unit.PEOPLE:
            return gettext("%(number)s人") % {"number": number}
        case _:
            return gettext("%(number)s団体") % {"number": number}


def shown_yen(yen: int | None) -> str:
    """`4兆9,300億円` in Japanese, `4.93 trillion yen` in English; nothing where nothing is known.

    >>> shown_yen(4_930_000_000_000), shown_yen(410_000_000_000), shown_yen(None)
    ('4兆9,300億円', '4,100億円', '')
    """
    if yen is None:
        return ""
    if get_language() == "en":
        size, word = (12, "trillion") if yen >= 10**12 else (9, "billion")
        return f"{Decimal(yen).scaleb(-size).normalize():,f} {word} yen"
    trillions, rest = divmod(yen, 10**12)
    hundred_millions, ones = divmod(rest, 10**8)
    parts = [(trillions, "兆"), (hundred_millions, "億"), (ones, "")]
    return "".join(f"{number:,}{word}" for number, word in parts if number) + "円"
