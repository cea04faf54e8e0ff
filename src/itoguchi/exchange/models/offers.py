"""What organisations say of themselves to areas: where they are, how large, and what they lend, teach or test at any time."""

from __future__ import annotations

from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Organisation
from itoguchi.areas.models import Area
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.roadmap.models import Field, Solution


@track()
class Profile(models.Model):
    """Where an organisation is and how large: firms of a region are found first for their own."""

    class Size(models.TextChoices):
        SMALL = "small", _("中小企業")
        VENTURE = "venture", _("ベンチャー企業")
        LARGE = "large", _("大企業")
        OTHER = "other", _("企業ではない")

    organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, primary_key=True, related_name="profile", verbose_name=_("参加組織")
    )
    seat = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", verbose_name=_("所在地"))
    size = models.CharField(_("規模"), max_length=10, choices=Size)

    class Meta:
        verbose_name = _("組織の紹介")

    def __str__(self) -> str:
        return str(self.organisation)

    @property
    def is_small(self) -> bool:
        """Whether it is one of those that are found first for their own region."""
        return self.size in {self.Size.SMALL, self.Size.VENTURE}


@track()
class Offer(models.Model):
    """A standing offer: what an organisation lends, teaches or tests for areas that ask."""

    class Kind(models.TextChoices):
        LEND = "lend", _("貸せる")
        TEACH = "teach", _("教えられる")
        TEST = "test", _("試せる")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="offers", verbose_name=_("参加組織")
    )
    kind = models.CharField(_("種類"), max_length=10, choices=Kind)
    title = models.CharField(_("題名"), max_length=100)
    text = models.TextField(_("内容"), max_length=2000, validators=[MaxLengthValidator(2000)])
    fields = models.ManyToManyField(Field, blank=True, related_name="+", verbose_name=_("分野"))
    solutions = models.ManyToManyField(Solution, blank=True, related_name="+", verbose_name=_("分野別モデル"))
    prefectures = models.ManyToManyField(
        Area, blank=True, related_name="+", verbose_name=_("行ける都道府県"), help_text=_("選ばなければ全国")
    )
    since = models.DateField(_("いつから"))
    ended_on = models.DateField(_("やめた日"), null=True, blank=True)

    class Meta:
        ordering = ("-since", "-pk")
        verbose_name = _("提供")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("exchange:offer", str(self.pk))

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/offers/{self.pk}"
