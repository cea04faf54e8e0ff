"""What people do to follow: follow and unfollow, keep the shared box of a section; and what the worker tells the boxes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, override

from itoguchi.accounts.access import memberships_of
from itoguchi.core.followed import titles_of
from itoguchi.core.journal import journal
from itoguchi.core.mail import post
from itoguchi.network.access import can_keep_box
from itoguchi.network.models import Follow, SharedBox, ToldBox
from itoguchi.network.queries.follow import news_for_box
from itoguchi.roadmap.actions import MONDAY, letter_of

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

NOT_YOUR_BOX = _("この宛先を変えられるのは、その団体・組織の担当者だけです。")
MOST = 200  # things that one follower follows


@transaction.atomic
def follow(subject: str, *, by: Account, today: date, box: SharedBox | None = None) -> Follow:
    """Follow a field, block, solution, thread or case, oneself or for a shared box; again it stays as it is.

    Raises PermissionDenied for another's box, ValidationError for what is not there to follow.
    """
    follower = _follower(by, box)
    if not titles_of([subject]):
        raise ValidationError({"subject": _("分野・地域ブロック・モデル・糸・事例のページの住所を入れてください。")})
    if Follow.objects.filter(**follower).count() >= MOST:
        raise ValidationError(_("フォローできるのは200件までです。いらないものを外してください。"))
    with journal(by=by):
        return Follow.objects.get_or_create(**follower, subject=subject, defaults={"since": today})[0]


@transaction.atomic
def unfollow(subject: str, *, by: Account, box: SharedBox | None = None) -> None:
    """Follow it no more. Raises PermissionDenied for another's box."""
    with journal(by=by):
        Follow.objects.filter(**_follower(by, box), subject=subject).delete()


def _follower(by: Account, box: SharedBox | None) -> dict[str, Any]:
    if box is not None and not can_keep_box(by, box):
        raise PermissionDenied(NOT_YOUR_BOX)
    return {"account": None, "box": box} if box else {"account": by, "box": None}


@transaction.atomic
def keep_box(box: SharedBox, *, by: Account | None) -> SharedBox:
    """Write a new shared box of one's own office, or a changed one. Raises PermissionDenied, ValidationError."""
    if by and not can_keep_box(by, box):
        raise PermissionDenied(NOT_YOUR_BOX)
    box.full_clean()
    with journal(by=by):
        box.save()
    return box


def office_of(key: str, by: Account) -> dict[str, Any]:
    """The office of one's membership of this key, as a box names it. Raises PermissionDenied for another's."""
    found = next((each for each in memberships_of(by) if str(each.pk) == key), None)
    if found is None:
        raise PermissionDenied(NOT_YOUR_BOX)
    return {"area_id": found.area_id, "block_id": found.block_id, "organisation_id": found.organisation_id}


def tell_boxes(today: date) -> int:
    """On Mondays, one mail to each shared box of what is new to it; returns how many mails."""
    if settings.SMTP is None or today.weekday() != MONDAY:
        return 0
    boxes = SharedBox.objects.filter(is_active=True).select_related("area", "block", "organisation")
    return sum(_tell(box, today) for box in boxes)


@transaction.atomic
def _tell(box: SharedBox, today: date) -> bool:
    with override(box.language):
        watched = news_for_box(box, today)
        told = set(
            ToldBox.objects.filter(box=box, key__in=[each.key for each in watched]).values_list("key", flat=True)
        )
        new = [each for each in watched if each.key not in told]
        if new:
            ToldBox.objects.bulk_create(
                [ToldBox(box=box, key=each.key, on=today) for each in new], ignore_conflicts=True
            )
            post(
                f"watch {today.isoformat()}, to box {box.pk}",
                box,
                lambda: (
                    ngettext("お知らせ（%(number)s件）", "お知らせ（%(number)s件）", len(new)) % {"number": len(new)}
                ),
                lambda: letter_of(new),
                "/follow",
            )
    return bool(new)
