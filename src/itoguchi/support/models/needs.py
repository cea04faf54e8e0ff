"""Needs of areas: what one wants solved, where it was heard, and what became of it; and whether a scheme was useful for it."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.roadmap.models import Barrier, Field, Solution
from itoguchi.roadmap.models.follow_up import address_here
from itoguchi.support.models.schemes import Scheme

LONGEST = 4000


@track()
class Need(models.Model):
    """What an area wants solved, in plain words. It is entered once; what says the same is merged into the first."""

    class State(models.TextChoices):
        OPEN = "open", _("受付")
        ANSWERED = "answered", _("回答済")
        CLOSED = "closed", _("終了")
        MERGED = "merged", _("統合")

    class Heard(models.TextChoices):
        TYPED = "typed", _("団体の入力")
        BRIEFING = "briefing", _("説明会")
        VISIT = "visit", _("訪問")
        SURVEY = "survey", _("調査")

    class Urgency(models.TextChoices):
        NOW = "now", _("今年度のうちに")
        NEXT = "next", _("来年度に")
        LATER = "later", _("いずれ")

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="needs", verbose_name=_("団体"))
    title = models.CharField(_("ひとことで"), max_length=100)
    text = models.TextField(
        _("困りごと"),
        max_length=LONGEST,
        validators=[MaxLengthValidator(LONGEST)],
        help_text=_("ふだんの言葉で。例：猿が畑を荒らす、見回りの人手がない"),
    )
    field = models.ForeignKey(
        Field, on_delete=models.PROTECT, null=True, blank=True, related_name="needs", verbose_name=_("分野")
    )
    barriers = models.ManyToManyField(Barrier, blank=True, related_name="+", verbose_name=_("はばむもの"))
    solutions = models.ManyToManyField(
        Solution, blank=True, related_name="needs", verbose_name=_("考えている分野別モデル")
    )
    size_yen = models.PositiveBigIntegerField(_("見込みの費用（円）"), null=True, blank=True)
    wanted_year = models.PositiveSmallIntegerField(_("始めたい年度"), null=True, blank=True)
    urgency = models.CharField(_("いつまでに"), max_length=6, choices=Urgency, default=Urgency.NEXT)
    is_internal = models.BooleanField(
        _("庁内限り"), default=True, help_text=_("団体・都道府県・総合通信局等・事務局だけに見せます。数には入ります。")
    )
    heard = models.CharField(_("どこで聞いたか"), max_length=10, choices=Heard, default=Heard.TYPED)
    heard_at = address_here(300)  # the briefing or visit, by its address: the higher room is not known here
    heard_on = models.DateField(_("聞いた日"))
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.OPEN)
    answer = models.TextField(_("回答"), max_length=LONGEST, blank=True, validators=[MaxLengthValidator(LONGEST)])
    answered_on = models.DateField(_("回答した日"), null=True, blank=True)
    result = models.CharField(_("結果"), max_length=500, blank=True)
    closed_on = models.DateField(_("終えた日"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("統合先")
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("記録した人"),
    )

    class Meta:
        ordering = ("-heard_on", "-pk")
        verbose_name = _("ニーズ・課題")
        indexes = (models.Index(fields=["state", "field"], name="need_state_field"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state="merged", merged_into__isnull=False)
                | (~models.Q(state="merged") & models.Q(merged_into=None)),
                name="merged_need_names_the_other",
                violation_error_message=_("統合したニーズには、統合先が必要です。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(merged_into=models.F("pk")),
                name="need_is_not_merged_into_itself",
                violation_error_message=_("自分自身には統合できません。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(state="answered") | (~models.Q(answer="") & models.Q(answered_on__isnull=False)),
                name="answered_need_has_answer_and_day",
                violation_error_message=_("回答と、その日を書いてください。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(state="closed") | (~models.Q(result="") & models.Q(closed_on__isnull=False)),
                name="closed_need_has_result_and_day",
                violation_error_message=_("結果と、その日を書いてください。"),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("support:need", str(self.pk))

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/needs/{self.pk}"


@track()
class Mark(models.Model):
    """Somebody found a scheme useful for a need, or not: shown to who keeps the scheme."""

    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="marks", verbose_name=_("ニーズ・課題"))
    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="marks", verbose_name=_("支援メニュー"))
    is_useful = models.BooleanField(_("役に立つ"))
    why = models.CharField(_("理由"), max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("記録した人")
    )

    class Meta:
        ordering = ("need", "scheme")
        verbose_name = _("役に立ったか")
        constraints = (
            models.UniqueConstraint(fields=["need", "scheme", "by"], name="one_mark_of_a_person_per_need_and_scheme"),
        )

    def __str__(self) -> str:
        return f"{self.need} {self.scheme}"
