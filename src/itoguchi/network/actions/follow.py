"""What people do to follow: follow and unfollow, keep the shared box of a section; and what the worker tells the boxes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext, ngettext, override
from django.utils.translation import gettext_lazy as _

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
LINK_OVER = _("このリンクは使えません。期限が過ぎたか、宛先が変わったか、新しいリンクが送られています。")
MOST = 200  # things that one follower follows
OFFICES = ("area", "block", "organisation")
SALT = "network.confirm_box"
LINK_LASTS = timedelta(days=7)
PAUSE = timedelta(minutes=10)  # between two links to one address: nobody's mail is flooded


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
    """Write a new shared box of one's own office, or a changed one; a new address is asked first whether notices may come.

    Raises PermissionDenied, ValidationError.
    """
    if by and not can_keep_box(by, box):
        raise PermissionDenied(NOT_YOUR_BOX)
    box.full_clean()
    was = SharedBox.objects.select_for_update().filter(pk=box.pk).first()
    is_same = was is not None and was.email == box.email
    box.confirmed_email, box.asked_at = (was.confirmed_email, was.asked_at) if was and is_same else ("", None)
    with journal(by=by):
        box.save()
    if box.asked_at is None:
        _ask(box, by=by)
    return box


@transaction.atomic
def ask_box_again(box: SharedBox, *, by: Account) -> None:
    """Send the link once more to an address that nobody confirmed; the link before it opens nothing any more.

    Raises PermissionDenied, ValidationError when one was sent just now, or the address is confirmed or used no more.
    """
    if not can_keep_box(by, box):
        raise PermissionDenied(NOT_YOUR_BOX)
    locked = SharedBox.objects.select_for_update(of=("self",)).select_related(*OFFICES).get(pk=box.pk)
    if settings.SMTP is None:
        raise ValidationError(_("このサイトからはメールを送れません。"))
    if locked.is_confirmed or not locked.is_active:
        raise ValidationError(_("この宛先は、確認を待っていません。"))
    if locked.asked_at and timezone.now() - locked.asked_at < PAUSE:
        raise ValidationError(_("確認のメールは、さきほど送りました。10分ほど待ってから、もう一度お試しください。"))
    _ask(locked, by=by)


def _ask(box: SharedBox, *, by: Account | None) -> None:
    """Write the link to the address of a box, if it is used and waits for it; without a mail server nothing is asked."""
    if settings.SMTP is None or box.is_confirmed or not box.is_active:
        return
    box.asked_at = timezone.now()
    with journal(by=by):
        box.save()
    post(
        f"confirm box {box.pk}, {box.asked_at.isoformat()}",
        box,
        lambda: gettext("お知らせの宛先の確認"),
        lambda: (
            gettext(
                "このメールアドレスに、%(box)sへのお知らせを送る設定がされました。\n"
                "次のページを開いて確認すると、お知らせが届くようになります（7日以内）。\n"
                "心当たりがなければ、何もしないでください。ほかには何も届きません。"
            )
            % {"box": box}
        ),
        f"/follow/confirm/{link_of(box)}",
    )


def link_of(box: SharedBox) -> str:
    """The end of the address that confirms a box: good for its address and the last asking alone."""
    return signing.dumps([box.pk, box.email, box.asked_at.isoformat() if box.asked_at else ""], salt=SALT)


def box_of(link: str) -> SharedBox | None:
    """The box of a link that is good; None for one that is over, or of an address or asking before the last one.

    Raises BadSignature for what never was a link.
    """
    try:
        pk, email, asked = signing.loads(link, salt=SALT, max_age=LINK_LASTS)
    except signing.SignatureExpired:
        return None
    box = SharedBox.objects.filter(pk=pk, email=email, is_active=True).select_related(*OFFICES).first()
    is_last = box is not None and box.asked_at is not None and box.asked_at.isoformat() == asked
    return box if is_last else None


@transaction.atomic
def confirm_box(link: str) -> SharedBox:
    """Take the word of who reads mail at the address that notices may come; again it stays as it is.

    Raises BadSignature for what never was a link, ValidationError for one that opens nothing any more.
    """
    found = box_of(link)
    box = found and SharedBox.objects.select_for_update(of=("self",)).select_related(*OFFICES).get(pk=found.pk)
    if box is None or box_of(link) is None:
        raise ValidationError(LINK_OVER)
    if not box.is_confirmed:
        box.confirmed_email = box.email
        with journal(why=str(_("宛先に送ったリンクから確認"))):
            box.save()
    return box


def office_of(key: str, by: Account) -> dict[str, Any]:
    """The office of one's membership of this key, as a box names it. Raises PermissionDenied for another's."""
    found = next((each for each in memberships_of(by) if str(each.pk) == key), None)
    if found is None:
        raise PermissionDenied(NOT_YOUR_BOX)
    return {"area_id": found.area_id, "block_id": found.block_id, "organisation_id": found.organisation_id}


def tell_boxes(today: date) -> int:
    """On Mondays, one mail to each confirmed box of what is new to it, and the link to one never asked; returns how many mails."""
    if settings.SMTP is None or today.weekday() != MONDAY:
        return 0
    boxes = SharedBox.objects.filter(is_active=True).select_related(*OFFICES)
    for box in boxes.filter(asked_at=None).exclude(confirmed_email=F("email")):
        with transaction.atomic():
            _ask(box, by=None)
    return sum(_tell(box, today) for box in boxes.filter(confirmed_email=F("email")))


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
