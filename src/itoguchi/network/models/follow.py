"""Follow: what a person, or the shared box of a section, wants to be told of, and what a box was told already."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Language, Organisation
from itoguchi.areas.models import Area, Block
from itoguchi.core.journal import track
from itoguchi.roadmap.models.follow_up import address_here


@track()
class SharedBox(models.Model):
    """The shared address of a section of an office, to which its notices go whoever holds the post."""

    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("団体")
    )
    block = models.ForeignKey(
        Block, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("地域ブロック")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("参加組織")
    )
    section = models.CharField(_("課・係"), max_length=100)
    email = models.EmailField(_("共有のメール"))
    language = models.CharField(_("連絡の言語"), max_length=2, choices=Language, default=Language.JAPANESE)
    is_active = models.BooleanField(_("使う"), default=True)
    # Nothing but the link goes to an address that nobody has answered from: another address begins anew by itself.
    confirmed_email = models.EmailField(_("確認されたメール"), blank=True)
    asked_at = models.DateTimeField(_("確認のリンクを送った日時"), null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("課の共有の宛先")
        constraints = (
            models.CheckConstraint(
                condition=models.lookups.Exact(
                    models.Func(
                        "area", "block", "organisation", function="num_nonnulls", output_field=models.IntegerField()
                    ),
                    1,
                ),
                name="shared_box_is_of_one_body",
                violation_error_message=_("団体・地域ブロック・参加組織のどれか一つを選んでください。"),
            ),
            models.UniqueConstraint(
                fields=["area", "block", "organisation", "email"],
                nulls_distinct=False,
                name="one_shared_box_per_office_and_address",
                violation_error_message=_("この宛先はすでにあります。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.area or self.block or self.organisation} {self.section}"

    @property
    def office(self) -> dict[str, Any]:
        """The body by key, as memberships name it."""
        return {"area": self.area_id, "block": self.block_id, "organisation": self.organisation_id}

    @property
    def is_confirmed(self) -> bool:
        """Whether somebody who reads mail at this address has followed the link that was sent there."""
        return bool(self.email) and self.confirmed_email == self.email


@track()
class Follow(models.Model):
    """A field, block, solution, thread or case, by its address, that a person or a shared box follows since a day."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("アカウント"),
    )
    box = models.ForeignKey(
        SharedBox,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="follows",
        verbose_name=_("課の共有の宛先"),
    )
    subject = address_here(300)
    since = models.DateField(_("いつから"))

    class Meta:
        ordering = ("subject",)
        verbose_name = _("フォロー")
        constraints = (
            models.CheckConstraint(
                condition=(models.Q(account=None, box__isnull=False) | models.Q(account__isnull=False, box=None))
                & ~models.Q(subject=""),
                name="follow_is_of_a_person_or_a_box",
            ),
            models.UniqueConstraint(
                fields=["account", "box", "subject"], nulls_distinct=False, name="one_follow_per_follower_and_subject"
            ),
        )

    def __str__(self) -> str:
        return self.subject


class ToldBox(models.Model):
    """Something a shared box was told of once; it is not told again."""

    box = models.ForeignKey(SharedBox, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    on = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["box", "key"], name="box_told_once"),)

    def __str__(self) -> str:
        return self.key
