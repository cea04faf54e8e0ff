"""Who takes part: members as the source names them, bodies it counts on, examples it shows."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Organisation
from itoguchi.areas.models import Kind
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.network.models.meetings import Body


@track()
class Member(models.Model):
    """Somebody whom the source names as a member of a body, in the words of the source."""

    class Role(models.TextChoices):
        CHAIR = "chair", _("座長")
        DEPUTY = "deputy", _("座長代理")
        HEAD = "head", _("主査")
        MEMBER = "member", _("構成員")

    slug = models.SlugField(_("住所"), max_length=60, unique=True)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="members", verbose_name=_("会議体"))
    order = models.PositiveSmallIntegerField(_("並び"))
    name = models.CharField(_("氏名"), max_length=60, help_text=_("資料に書かれたとおり"))
    role = models.CharField(_("役割"), max_length=10, choices=Role)
    field = models.CharField(_("分野"), max_length=40, blank=True)
    affiliation = models.CharField(_("所属"), max_length=100, blank=True)
    post = models.CharField(_("役職"), max_length=100, blank=True)
    named_in = models.CharField(_("名のある記録"), max_length=100, blank=True, help_text=_("言語の印を除いた住所"))
    since = models.DateField(_("名がある日"))
    source = models.CharField(_("出典"), max_length=300, blank=True)
    kana = models.CharField(
        _("よみ"), max_length=60, blank=True, help_text=_("例：いとぐち はなこ。五十音順に並べます。")
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="seats",
        verbose_name=_("アカウント"),
        help_text=_("選ぶと、構成員限りの資料、日程調整、発言の確認が開きます。"),
    )
    until = models.DateField(_("いつまで"), null=True, blank=True)

    class Meta:
        ordering = ("body", "order")
        verbose_name = _("構成員")
        constraints = (
            models.UniqueConstraint(fields=["body", "order"], name="one_member_per_place_in_body"),
            models.UniqueConstraint(
                fields=["body", "account"],
                condition=models.Q(account__isnull=False, until=None),
                name="one_seat_per_account_in_body",
                violation_error_message=_("このアカウントは、すでにこの会議体の構成員です。"),
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="member_leaves_after_joining",
                violation_error_message=_("「いつまで」は、加わった日より後にしてください。"),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{address_of('network:members')}#{self.slug}"

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"/members#{self.slug}"

    def sits_on(self, day: date) -> bool:
        """Whether somebody belongs to the body on a day, first and last day included."""
        return self.since <= day and (self.until is None or day <= self.until)


@track()
class NamedBody(models.Model):
    """A national association or regional council that the source counts on for carrying the threads."""

    class Reach(models.TextChoices):
        NATIONAL = "national", _("全国")
        REGIONAL = "regional", _("地域")

    slug = models.SlugField(_("住所"), max_length=60, unique=True)
    order = models.PositiveSmallIntegerField(_("並び"), unique=True)
    name = models.CharField(_("名称"), max_length=100)
    reach = models.CharField(_("範囲"), max_length=10, choices=Reach)
    quote = models.TextField(_("資料の言葉"))
    strand = models.ForeignKey(
        "network.Strand",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ways",
        verbose_name=_("担う糸"),
        help_text=_("この団体を通して、その先のすべての団体に届く"),
    )
    reaches = ArrayField(
        models.CharField(max_length=20, choices=Kind),
        verbose_name=_("届く団体の種類"),
        default=list,
        blank=True,
        help_text=_("資料の名称から分かるものだけ"),
    )
    organisation = models.OneToOneField(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="named_body",
        verbose_name=_("参加組織"),
        help_text=_("この名の団体そのもの。新しくは作らず、すでにある参加組織から選びます。"),
        error_messages={"unique": _("この参加組織は、すでにほかの団体と結ばれています。")},
    )
    since = models.DateField(_("名がある日"))
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("order",)
        verbose_name = _("全国・地域の団体")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("network:named_body", self.slug)

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"/threads/#{self.slug}"

    @property
    def names(self) -> list[str]:
        """What it is called where somebody is named: as the source has it, and as its organisation is registered."""
        return list(dict.fromkeys([self.name, *([self.organisation.name] if self.organisation else [])]))


@track()
class Example(models.Model):
    """An example of new efforts that a body's slides show."""

    slug = models.SlugField(_("住所"), max_length=60, unique=True)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="examples", verbose_name=_("会議体"))
    order = models.PositiveSmallIntegerField(_("並び"), unique=True)
    heading = models.CharField(_("見出し"), max_length=100)
    title = models.CharField(_("題名"), max_length=100)
    text = models.CharField(_("内容"), max_length=200, blank=True)
    since = models.DateField(_("いつから"))
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("order",)
        verbose_name = _("新たな取組の例")

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"/members#{self.slug}"
