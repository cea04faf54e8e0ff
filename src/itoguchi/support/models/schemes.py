"""Schemes, and what holds of them in a fiscal year: rates and ceilings by who asks, and windows with their time of day."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Organisation
from itoguchi.areas.models import Area
from itoguchi.core.addresses import address_of
from itoguchi.core.calendar import fiscal_year
from itoguchi.core.journal import track
from itoguchi.roadmap.models import Field, Solution


class Cost(models.TextChoices):
    """What money is spent on."""

    EQUIPMENT = "equipment", _("機器・設備")
    SOFTWARE = "software", _("システム開発・導入")
    CONSTRUCTION = "construction", _("工事")
    OPERATION = "operation", _("運用・通信")
    LABOUR = "labour", _("人件費・委託")
    TRAINING = "training", _("研修・普及")


@track(part="schemes")
class Scheme(models.Model):
    """A support scheme: what it gives, by whom, to whom (`rule`), for what; its conditions stand with its years."""

    class Kind(models.TextChoices):
        GRANT = "grant", _("補助金・交付金")
        LOAN = "loan", _("融資・出資")
        TAX = "tax", _("税制")
        ALLOCATION = "allocation", _("特別交付税")
        BOND = "bond", _("地方債")
        PEOPLE = "people", _("人的支援")
        KNOW_HOW = "know-how", _("ノウハウ・計画づくり")

    class Level(models.TextChoices):
        NATIONAL = "national", _("国")
        PREFECTURAL = "prefectural", _("都道府県")
        MUNICIPAL = "municipal", _("市区町村")
        PRIVATE = "private", _("民間")

    class Origin(models.TextChoices):
        REFERENCE = "reference", _("基準データ")
        HAND = "hand", _("手入力")
        JGRANTS = "jgrants", _("Jグランツ")
        LIST = "list", _("支援制度情報一覧")
        SAMPLE = "sample", _("見本")

    class Link(models.TextChoices):
        UNCHECKED = "unchecked", _("未確認")
        ALIVE = "alive", _("開ける")
        DEAD = "dead", _("開けない")

    key = models.CharField(
        _("記号"),
        primary_key=True,
        max_length=60,
        validators=[
            RegexValidator(
                r"\A(?!(?:new|import|table)\Z)[a-z0-9][a-z0-9-]*\Z", _("英小文字・数字・ハイフンで書いてください。")
            )
        ],
        help_text=_("住所に使う。変わらない。例：regional-iot"),
    )
    name = models.CharField(_("名称"), max_length=200)
    name_en = models.CharField(_("英語名"), max_length=200, blank=True)
    kind = models.CharField(_("種類"), max_length=12, choices=Kind)
    level = models.CharField(_("だれの支援か"), max_length=12, choices=Level, default=Level.NATIONAL)
    provider = models.CharField(_("実施主体"), max_length=100)
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="schemes",
        verbose_name=_("参加組織"),
    )
    summary = models.CharField(_("概要"), max_length=500, blank=True)
    detail = models.TextField(_("内容"), max_length=20_000, blank=True)
    who = models.CharField(_("対象者（公募の言葉）"), max_length=1000, blank=True)
    # As docs/engines/matching.md §1 has it; empty: no source tells who may use it, so that everybody's answer is "unknown".
    rule = models.JSONField(_("使える条件"), default=dict, blank=True)
    group = models.SlugField(
        _("施策のまとまり"),
        max_length=20,
        blank=True,
        help_text=_("「過去に使っていない」を、まとめて数えるもの。例：ict"),
    )
    fields = models.ManyToManyField(Field, related_name="schemes", blank=True, verbose_name=_("分野"))
    solutions = models.ManyToManyField(Solution, related_name="schemes", blank=True, verbose_name=_("分野別モデル"))
    costs = ArrayField(
        models.CharField(max_length=14, choices=Cost), verbose_name=_("対象経費"), default=list, blank=True
    )
    papers = ArrayField(models.CharField(max_length=200), verbose_name=_("提出書類"), default=list, blank=True)
    excludes = models.ManyToManyField("self", blank=True, verbose_name=_("併用できない支援メニュー"))
    # As docs/engines/stacking.md §2 to §5 have them.
    after = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        related_name="before",
        verbose_name=_("先に充てる支援メニュー"),
        help_text=_("上乗せ補助など、ほかの支援が払った残りに充てるとき、その支援"),
    )
    unit_yen = models.PositiveIntegerField(
        _("金額の単位（円）"),
        default=1,
        help_text=_("千円未満を切り捨てるなら1000"),
    )
    least_own_percent = models.PositiveSmallIntegerField(
        _("自己負担の下限（%）"),
        null=True,
        blank=True,
        help_text=_("補助金などを合わせても、対象経費のうち自ら負担する割合"),
    )
    contact = models.CharField(_("問い合わせ先"), max_length=1000, blank=True)
    link = models.URLField(_("公募のページ"), max_length=500, blank=True)
    link_state = models.CharField(_("リンクの状態"), max_length=10, choices=Link, default=Link.UNCHECKED)
    source = models.CharField(_("出典"), max_length=300)
    checked_on = models.DateField(_("最後に確かめた日"), null=True, blank=True)
    ended_on = models.DateField(_("終わった日"), null=True, blank=True)
    origin = models.CharField(_("入った経路"), max_length=10, choices=Origin, default=Origin.HAND)
    origin_key = models.CharField(_("もとの番号"), max_length=60, blank=True)
    # What the file it came from says beyond our columns, so that it goes out as it came in.
    extra = models.JSONField(_("もとのファイルの残り"), default=dict, blank=True)
    # Names of columns somebody put right by hand: an import shows what it would write there, and leaves them.
    corrected = ArrayField(models.CharField(max_length=30), verbose_name=_("手で直した項目"), default=list, blank=True)

    class Meta:
        ordering = ("name", "key")
        verbose_name = _("支援メニュー")
        constraints = (
            models.UniqueConstraint(
                fields=["origin", "origin_key"],
                condition=~models.Q(origin_key=""),
                name="one_scheme_per_number_of_its_origin",
                violation_error_message=_("同じ経路の同じ番号の支援メニューがすでにあります。"),
            ),
            models.CheckConstraint(
                condition=models.Q(unit_yen__gte=1),
                name="unit_is_at_least_one_yen",
                violation_error_message=_("金額の単位は1円以上です。"),
            ),
            models.CheckConstraint(
                condition=models.Q(least_own_percent=None) | models.Q(least_own_percent__lte=100),
                name="no_more_than_all_is_own",
                violation_error_message=_("自己負担の下限は0から100 %です。"),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("support:scheme", self.key)

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/schemes/{self.key}"


@track(part="schemes")
class SchemeYear(models.Model):
    """A scheme in one fiscal year: least cost of a project, most that one gets, how many asked and were chosen; published years stay."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="years", verbose_name=_("支援メニュー"))
    fiscal_year = models.PositiveSmallIntegerField(_("年度"))
    min_yen = models.PositiveBigIntegerField(_("下限（円）"), null=True, blank=True)
    max_yen = models.PositiveBigIntegerField(_("上限（円）"), null=True, blank=True)
    asked = models.PositiveIntegerField(_("申請"), null=True, blank=True)
    chosen = models.PositiveIntegerField(_("採択"), null=True, blank=True)
    note = models.CharField(_("備考"), max_length=500, blank=True)
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("scheme", "-fiscal_year")
        verbose_name = _("支援メニューの年度")
        constraints = (
            models.UniqueConstraint(fields=["scheme", "fiscal_year"], name="one_year_of_a_scheme"),
            models.CheckConstraint(
                condition=models.Q(fiscal_year__gte=1950, fiscal_year__lte=2100),
                name="fiscal_year_is_plausible",
                violation_error_message=_("年度は西暦で書いてください（例：2026）。"),
            ),
            models.CheckConstraint(
                condition=models.Q(asked=None) | models.Q(chosen=None) | models.Q(chosen__lte=models.F("asked")),
                name="no_more_chosen_than_asked",
                violation_error_message=_("採択は申請の数以下にしてください。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.scheme} {self.fiscal_year}"

    @property
    def choice_rate(self) -> float | None:
        """Share of those who asked that were chosen, 0 … 1; None where it was not published."""
        return self.chosen / self.asked if self.asked and self.chosen is not None else None


@track(part="schemes")
class Rate(models.Model):
    """How much of the cost is paid, and up to what; the first one whose rule an applicant meets holds."""

    year = models.ForeignKey(SchemeYear, on_delete=models.CASCADE, related_name="rates", verbose_name=_("年度"))
    order = models.PositiveSmallIntegerField(_("並び"))
    rule = models.JSONField(_("だれに"), default=dict, blank=True)  # as Scheme.rule; empty: everybody
    numerator = models.PositiveSmallIntegerField(_("分子"))
    denominator = models.PositiveSmallIntegerField(_("分母"))
    is_whole = models.BooleanField(_("定額"), default=False, help_text=_("上限まで、対象経費の全額"))
    max_yen = models.PositiveBigIntegerField(_("上限（円）"), null=True, blank=True)
    returned_percent = models.PositiveSmallIntegerField(
        _("交付税措置率（%）"),
        null=True,
        blank=True,
        help_text=_("地方債だけ。元利償還金のうち、地方交付税に算入される割合"),
    )
    note = models.CharField(_("公募の言葉"), max_length=300, blank=True)

    class Meta:
        ordering = ("year", "order")
        verbose_name = _("補助率")
        constraints = (
            models.UniqueConstraint(fields=["year", "order"], name="one_rate_per_place_of_a_year"),
            models.CheckConstraint(
                condition=models.Q(denominator__gte=1, numerator__lte=models.F("denominator")),
                name="rate_is_between_0_and_1",
                violation_error_message=_("補助率は0から1（100 %）までです。"),
            ),
            models.CheckConstraint(
                condition=models.Q(is_whole=False) | models.Q(numerator=models.F("denominator")),
                name="whole_rate_is_one",
                violation_error_message=_("定額は、上限までの全額です（1/1）。"),
            ),
            models.CheckConstraint(
                condition=models.Q(returned_percent=None) | models.Q(returned_percent__lte=100),
                name="no_more_than_all_is_returned",
                violation_error_message=_("交付税措置率は0から100 %です。"),
            ),
        )

    def __str__(self) -> str:
        return str(_("定額")) if self.is_whole else f"{self.numerator}/{self.denominator}"


@track(part="schemes")
class Window(models.Model):
    """When one may ask: from a moment to a moment (Asia/Tokyo); several a year, each end may be unknown."""

    year = models.ForeignKey(SchemeYear, on_delete=models.CASCADE, related_name="windows", verbose_name=_("年度"))
    opens_at = models.DateTimeField(_("受付開始"), null=True, blank=True)
    closes_at = models.DateTimeField(_("受付終了"), null=True, blank=True, db_index=True)
    has_time = models.BooleanField(_("時刻まで公表"), default=False)
    chosen = models.PositiveIntegerField(_("採択"), null=True, blank=True)
    note = models.CharField(_("備考"), max_length=300, blank=True)

    class Meta:
        ordering = ("year", "closes_at", "opens_at")
        verbose_name = _("受付期間")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(opens_at=None)
                | models.Q(closes_at=None)
                | models.Q(opens_at__lt=models.F("closes_at")),
                name="window_begins_before_it_ends",
                violation_error_message=_("受付終了は、受付開始より後にしてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(opens_at__isnull=False) | models.Q(closes_at__isnull=False),
                name="window_has_an_end",
                violation_error_message=_("受付開始か受付終了の、どちらかを書いてください。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.opens_at or ''} – {self.closes_at or ''}"

    def is_open(self, now: datetime) -> bool:
        """Whether one may ask at this moment, as far as both ends are known."""
        return (self.opens_at is None or self.opens_at <= now) and not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        """Whether one may ask no more at this moment; one whose end is not told is taken to be over after its fiscal year."""
        if self.closes_at is None:
            return self.year_id is not None and fiscal_year(timezone.localdate(now)) > self.year.fiscal_year
        return self.closes_at < now


@track(part="schemes")
class Step(models.Model):
    """What comes after asking, with its usual month: review, decision, report."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="steps", verbose_name=_("支援メニュー"))
    order = models.PositiveSmallIntegerField(_("並び"))
    text = models.CharField(_("手続き"), max_length=200)
    month = models.PositiveSmallIntegerField(_("例年の月"), null=True, blank=True)

    class Meta:
        ordering = ("scheme", "order")
        verbose_name = _("手続き")
        constraints = (
            models.UniqueConstraint(fields=["scheme", "order"], name="one_step_per_place_of_a_scheme"),
            models.CheckConstraint(
                condition=models.Q(month=None) | models.Q(month__gte=1, month__lte=12),
                name="month_is_one_of_twelve",
                violation_error_message=_("月は1から12です。"),
            ),
        )

    def __str__(self) -> str:
        return self.text


@track(part="schemes")
class Use(models.Model):
    """An area was chosen for a scheme in a fiscal year."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="uses", verbose_name=_("支援メニュー"))
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="scheme_uses", verbose_name=_("団体"))
    fiscal_year = models.PositiveSmallIntegerField(_("年度"))
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("scheme", "-fiscal_year", "area")
        verbose_name = _("支援メニューの利用")
        constraints = (
            models.UniqueConstraint(fields=["scheme", "area", "fiscal_year"], name="one_use_of_a_scheme_in_a_year"),
        )

    def __str__(self) -> str:
        return f"{self.area} {self.scheme} {self.fiscal_year}"


@track(part="schemes")
class UseList(models.Model):
    """Of a scheme and a fiscal year every use is on record: what has none then did not use it. Without it, nobody knows."""

    scheme = models.ForeignKey(
        Scheme, on_delete=models.CASCADE, related_name="use_lists", verbose_name=_("支援メニュー")
    )
    fiscal_year = models.PositiveSmallIntegerField(_("年度"))
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("scheme", "-fiscal_year")
        verbose_name = _("利用団体のそろった年度")
        constraints = (
            models.UniqueConstraint(fields=["scheme", "fiscal_year"], name="one_use_list_of_a_scheme_in_a_year"),
        )

    def __str__(self) -> str:
        return f"{self.scheme} {self.fiscal_year}"
