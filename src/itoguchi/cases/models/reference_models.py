"""Reference models (参照モデル): cases packed for reuse, in parts that each say where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area
from itoguchi.cases.models.cases import LONGEST, Case, State
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.core.models import FrozenFile
from itoguchi.roadmap.models import Solution

if TYPE_CHECKING:
    from django.db.models import QuerySet

LONGEST_PART = 20_000


class Licence(models.TextChoices):
    """What others may do with a part."""

    PDL = "pdl-1.0", _("公共データ利用規約（PDL1.0）")
    BY = "cc-by-4.0", _("CC BY 4.0（出典を示せば自由に使える）")
    ZERO = "cc0-1.0", _("CC0 1.0（自由に使える）")
    ASK = "ask", _("使う前に、提供した団体に確かめる")


@track()
class ReferenceModel(models.Model):
    """What an area, or the secretariat, offers to others to copy; published once a second person has looked at it."""

    key = models.SlugField(
        _("記号"),
        primary_key=True,
        max_length=60,
        validators=[
            # It stands in the address beside /reference-models/new.
            RegexValidator(
                r"\A(?!new\Z)[a-z][a-z0-9-]*\Z",
                _("英小文字で始め、英小文字・数字・- を使ってください（new は使えません）。"),
            )
        ],
        help_text=_("住所に使います。例：disaster-mail-small-town"),
    )
    title = models.CharField(_("題名"), max_length=100)
    solution = models.ForeignKey(
        Solution, on_delete=models.PROTECT, related_name="reference_models", verbose_name=_("分野別モデル")
    )
    area = models.ForeignKey(
        Area,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reference_models",
        verbose_name=_("提供する団体"),
        help_text=_("なければ、事務局が提供します。"),
    )
    about = models.TextField(_("どんなモデルか"), max_length=LONGEST, validators=[MaxLengthValidator(LONGEST)])
    cases = models.ManyToManyField(Case, blank=True, related_name="reference_models", verbose_name=_("もとの事例"))
    licence = models.CharField(_("利用の条件"), max_length=10, choices=Licence, default=Licence.BY)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.DRAFT)
    published_on = models.DateField(_("公開した日"), null=True, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("書いた人"),
    )

    parts: QuerySet[ModelPart]
    measures: QuerySet[ModelMeasure]
    reuses: QuerySet[Any]

    class Meta:
        ordering = ("-published_on", "key")
        verbose_name = _("参照モデル")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(state="published") | models.Q(published_on__isnull=False),
                name="published_model_has_its_day",
                violation_error_message=_("公開した日が必要です。"),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("cases:reference_model", self.key)

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/reference-models/{self.key}"

    @property
    def is_being_written(self) -> bool:
        """Whether its text may change."""
        return self.state in {State.DRAFT, State.RETURNED}


@track()
class ModelPart(models.Model):
    """One part of a reference model: its text, where that comes from, and its number, which grows with each change."""

    class Kind(models.TextChoices):
        SPECIFICATION = "specification", _("仕様書")
        PROCUREMENT = "procurement", _("調達の書類")
        COST = "cost", _("費用の見積り方")
        PERSONAL_DATA = "personal-data", _("個人情報の点検表")
        SECURITY = "security", _("安全管理の点検表")
        PROCEDURE = "procedure", _("運用の手順")
        OTHER = "other", _("そのほか")

    model = models.ForeignKey(
        ReferenceModel, on_delete=models.PROTECT, related_name="parts", verbose_name=_("参照モデル")
    )
    kind = models.CharField(_("種類"), max_length=14, choices=Kind)
    title = models.CharField(_("題名"), max_length=100)
    text = models.TextField(
        _("本文"),
        max_length=LONGEST_PART,
        validators=[MaxLengthValidator(LONGEST_PART)],
        help_text=_("一行が一つの段落になります。写した団体の計画に、このまま入ります。"),
    )
    case = models.ForeignKey(
        Case,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("どの事例から"),
    )
    source = models.CharField(
        _("出典"), max_length=300, help_text=_("例：丹波篠山市「システム導入業務仕様書」2027年4月")
    )
    link = models.URLField(_("もとの書類のページ"), max_length=500, blank=True)
    file = models.ForeignKey(
        FrozenFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ファイル")
    )
    licence = models.CharField(
        _("利用の条件"),
        max_length=10,
        choices=Licence,
        blank=True,
        help_text=_("選ばなければ、参照モデルと同じ"),
    )
    version = models.PositiveSmallIntegerField(_("版"), default=1)
    changed_on = models.DateField(_("書いた日"))
    ended_on = models.DateField(_("外した日"), null=True, blank=True)
    why_ended = models.CharField(_("外したわけ"), max_length=300, blank=True)

    class Meta:
        ordering = ("model", "pk")
        verbose_name = _("参照モデルの部分")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ended_on=None, why_ended="")
                | (models.Q(ended_on__isnull=False) & ~models.Q(why_ended="")),
                name="part_that_ended_says_why",
                violation_error_message=_("外したわけを書いてください。"),
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def terms(self) -> str:
        """What others may do with it, in words."""
        return str(Licence(self.licence or self.model.licence).label)


@track()
class ModelMeasure(models.Model):
    """An effect that everybody who reuses the model measures in the same unit, so that it can be compared."""

    model = models.ForeignKey(
        ReferenceModel, on_delete=models.CASCADE, related_name="measures", verbose_name=_("参照モデル")
    )
    name = models.CharField(_("指標"), max_length=80)
    unit = models.CharField(_("単位"), max_length=20)
    is_more_better = models.BooleanField(_("大きいほどよい"), default=True)

    class Meta:
        ordering = ("model", "pk")
        verbose_name = _("参照モデルの指標")
        constraints = (
            models.UniqueConstraint(
                fields=["model", "name"],
                name="one_measure_of_a_name_per_model",
                violation_error_message=_("同じ指標が二つあります。一つにまとめてください。"),
            ),
        )

    def __str__(self) -> str:
        return self.name
