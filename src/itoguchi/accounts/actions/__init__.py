"""What people do with accounts: open, change, close, give and end roles, keep organisations, change a password."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.access import can_decide_hand_over, can_keep_rule
from itoguchi.accounts.models import (
    Account,
    ApiToken,
    ApprovalRule,
    HandedDuty,
    HandOver,
    Language,
    Membership,
    Organisation,
    Role,
)
from itoguchi.accounts.queries import END_RULE, colleagues, digest_of, hand_overs, reachable
from itoguchi.areas.models import Area, Block
from itoguchi.core import actions as core
from itoguchi.core.duties import duties_of
from itoguchi.core.journal import journal
from itoguchi.core.mail import post
from itoguchi.core.models import Approval


def _journal(by: Account | None, why: Any) -> AbstractContextManager[None]:
    """The reason is written down in Japanese whoever acts, so that each reader's language can be put in its place."""
    with translation.override("ja"):
        return journal(by=by, why=str(why))


NOT_YOUR_OFFICE = _("承認の決まりを扱えるのは、その組織で公開を担う担当者と事務局だけです。")
NOT_YOUR_HAND_OVER = _("引継ぎを決められるのは、同じ役割の同僚と事務局です。自分の引継ぎは自分では決められません。")
LONGEST_TOKEN = timedelta(days=366)


def _keep(record: Model, *, only: Collection[str] | None = None) -> None:
    """Check and save; of two who save the same at once the second reads why not, as if it had come later."""
    record.full_clean()
    try:
        with transaction.atomic():
            record.save(update_fields=only)
    except IntegrityError:
        record.full_clean()
        raise


@transaction.atomic
def open_account(
    *,
    sign_in_name: str,
    name: str,
    name_en: str = "",
    email: str = "",
    language: str = Language.JAPANESE,
    password: str | None,
    by: Account | None,
) -> Account:
    """Open an account without any role; no password means that nobody can sign in by password."""
    account = Account(sign_in_name=sign_in_name, name=name, name_en=name_en, email=email, language=language)
    if password is None:
        account.set_unusable_password()
    else:
        validate_password(password, account)
        account.set_password(password)
    with _journal(by, _("アカウントの開設")):
        _keep(account)
    return account


@transaction.atomic
def change_account(account: Account, *, by: Account, **facts: str) -> None:
    """Change `name`, `name_en`, `email` or `language`; the sign-in name stays, since addresses carry it."""
    unknown = facts.keys() - {"name", "name_en", "email", "language"}
    if unknown:
        raise TypeError(f"an account's {', '.join(sorted(unknown))} is not changed like this")
    for field, fact in facts.items():
        setattr(account, field, fact)
    with _journal(by, _("アカウントの変更")):
        _keep(account, only=facts)


@transaction.atomic
def close_account(account: Account, *, by: Account) -> None:
    """Nobody signs in with it any more; what it did stays in the journal."""
    if account.pk == by.pk:
        raise ValidationError(_("自分のアカウントは閉じられません。別の事務局の方に頼んでください。"))
    with _journal(by, _("アカウントの閉鎖")):
        account.is_active = False
        account.save(update_fields=["is_active"])
        if account.memberships.filter(role=Role.COORDINATOR).exists():
            _leave_a_coordinator(timezone.localdate())


@transaction.atomic
def reopen_account(account: Account, *, by: Account) -> None:
    """Undo a closing."""
    with _journal(by, _("アカウントの再開")):
        account.is_active = True
        account.save(update_fields=["is_active"])


@transaction.atomic
def change_password(account: Account, password: str, *, at: datetime, by: Account) -> None:
    """Set a new password after checking its strength; all other sessions end.

    Somebody else than the account itself gives it when the old one is forgotten. The journal keeps when and by whom,
    never the password.
    """
    validate_password(password, account)
    account.set_password(password)
    account.password_changed_at = at
    why = _("パスワードの変更") if account.pk == by.pk else _("事務局による新しいパスワードの発行")
    with _journal(by, why):
        account.save(update_fields=["password", "password_changed_at"])


@transaction.atomic
def grant_membership(
    account: Account,
    *,
    role: Role | str,
    area: Area | None = None,
    block: Block | None = None,
    organisation: Organisation | None = None,
    valid_from: date,
    valid_to: date | None = None,
    by: Account | None,
) -> Membership:
    """Give a role for a term; raises ValidationError when it does not fit or stands already."""
    membership = Membership(
        account=account,
        role=role,
        area=area,
        block=block,
        organisation=organisation,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    with _journal(by, _("役割の登録")):
        _keep(membership)
    return membership


@transaction.atomic
def end_membership(membership: Membership, *, on: date, by: Account) -> None:
    """Let a role end with the day `on`; raises ValidationError when nobody of the secretariat would be left."""
    with _journal(by, _("役割の終了")):
        _end(membership, on)


def _end(membership: Membership, on: date) -> None:
    membership.valid_to = on
    _keep(membership, only=["valid_to"])
    if membership.role == Role.COORDINATOR:
        _leave_a_coordinator(on + timedelta(days=1))


def _leave_a_coordinator(day: date) -> None:
    """Without the secretariat nobody could open an account or give a role any more.

    The lock lets two who end each other's role come one after the other.
    """
    standing = Membership.objects.select_for_update().filter(role=Role.COORDINATOR, account__is_active=True)
    if not any(each.stands_on(day) for each in standing):
        raise ValidationError(
            _("事務局の最後の一人の役割は終えられません。先に、別の方に事務局の役割を登録してください。")
        )


@transaction.atomic
def keep_organisation(organisation: Organisation, *, by: Account | None) -> Organisation:
    """Add or change an organisation."""
    with _journal(by, _("参加組織の登録")):
        _keep(organisation)
    return organisation


@transaction.atomic
def make_token(membership: Membership, *, name: str, last_day: date, today: date, by: Account) -> tuple[ApiToken, str]:
    """A new key for one of one's own memberships, and its secret, which is shown once and never kept.

    Raises PermissionDenied for the membership of another, ValidationError when it is over or the term too long.
    """
    if membership.account_id != by.pk:
        raise PermissionDenied(_("鍵は自分の役割にだけ作れます。"))
    if not membership.stands_on(today):
        raise ValidationError({"membership": _("いまの役割ではありません。いまの役割を選んでください。")})
    if not today <= last_day <= today + LONGEST_TOKEN:
        raise ValidationError({"last_day": _("今日から1年以内の日にしてください。")})
    secret = f"ito_{secrets.token_urlsafe(32)}"
    token = ApiToken(membership=membership, name=name, last_day=last_day, digest=digest_of(secret))
    with _journal(by, _("APIの鍵の作成")):
        _keep(token)
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, at: datetime, by: Account) -> None:
    """It opens nothing any more, from this moment on; its owner does it, or who manages accounts."""
    if token.membership.account_id != by.pk and not by.has_perm("accounts.manage"):
        raise PermissionDenied(_("ほかの人の鍵です。"))
    if token.revoked_at is None:
        token.revoked_at = at
        with _journal(by, _("APIの鍵の停止")):
            token.save(update_fields=["revoked_at"])


@transaction.atomic
def require_approval(office: Membership, *, since: date, today: date, by: Account) -> ApprovalRule:
    """From `since` on nobody of the office publishes alone; `office` is any membership in it.

    Raises ValidationError while fewer than two people work there: nothing could be published any more.
    """
    if not can_keep_rule(by, office):
        raise PermissionDenied(NOT_YOUR_OFFICE)
    if since < today:
        raise ValidationError({"since": _("今日からあとの日を入れてください。")})
    if colleagues(office.office, today).values("account").distinct().count() < 2:
        raise ValidationError(
            _(
                "この組織の担当者は一人だけです。承認する人がいないため、先に二人目のアカウントを事務局に頼んでください。"
            )
        )
    rule = ApprovalRule(area=office.area, block=office.block, organisation=office.organisation, since=since)
    with _journal(by, _("承認の決まりの登録")):
        _keep(rule)
    return rule


@transaction.atomic
def ask_to_end_rule(rule: ApprovalRule, *, why: str, by: Account) -> Approval:
    """Ask a second person to let the rule end: whoever could lift it alone would not be bound by it."""
    if not can_keep_rule(by, rule):
        raise PermissionDenied(NOT_YOUR_OFFICE)
    if not why.strip():
        raise ValidationError({"why": _("やめる理由を書いてください。承認する方が読みます。")})
    if ApprovalRule.objects.select_for_update().get(pk=rule.pk).until is not None:
        raise ValidationError(_("この決まりは、すでに終わっています。"))
    with _journal(by, why):
        return core.draft_approval(END_RULE, rule.address, by=by, reason=why)


@transaction.atomic
def decide_on_rule(rule: ApprovalRule, *, deed: str, today: date, by: Account, remark: str = "") -> None:
    """`deed` approve (the rule holds no more), send_back or withdraw the request that waits to end the rule."""
    locked = ApprovalRule.objects.select_for_update().get(pk=rule.pk)
    if not can_keep_rule(by, locked):
        raise PermissionDenied(NOT_YOUR_OFFICE)
    asked = Approval.objects.filter(deed=END_RULE, subject=locked.address, state=Approval.State.DRAFTED).first()
    if asked is None:
        raise ValidationError(_("この件はすでに決裁されています。"))
    with _journal(by, _("承認の決まりの終了") if deed == "approve" else remark):
        if deed == "approve":
            core.approve(asked, by=by, remark=remark)
            locked.until = max(today, locked.since)
            _keep(locked, only=["until"])
        elif deed == "send_back":
            core.send_back(asked, by=by, remark=remark)
        else:
            core.withdraw_approval(asked, by=by)


@transaction.atomic
def propose_hand_over(
    membership: Membership,
    *,
    successor: Account | None = None,
    newcomer_name: str = "",
    newcomer_email: str = "",
    last_day: date,
    note: str = "",
    today: date,
    by: Account,
) -> HandOver:
    """Propose that somebody takes one's own role over from the day after `last_day`; nothing changes until accepted.

    Raises PermissionDenied for the role of another, ValidationError for a role that is over or days outside its term.
    """
    if membership.account_id != by.pk:
        raise PermissionDenied(_("引き継げるのは自分の役割だけです。"))
    if not membership.stands_on(today):
        raise ValidationError({"membership": _("いまの役割ではありません。いまの役割を選んでください。")})
    if last_day < today or not membership.stands_on(last_day):
        raise ValidationError({"last_day": _("今日からあとで、役割の期間の中にある日を入れてください。")})
    if successor and (successor.pk == by.pk or not successor.is_active):
        raise ValidationError({"successor": _("後任には、使えるアカウントを持つ別の方を選んでください。")})
    hand_over = HandOver(
        membership=membership,
        successor=successor,
        newcomer_name="" if successor else newcomer_name.strip(),
        newcomer_email="" if successor else newcomer_email,
        last_day=last_day,
        note=note,
    )
    with _journal(by, _("引継ぎの提案")):
        _keep(hand_over)
    for each in reachable(today):
        if can_decide_hand_over(each, hand_over):
            _tell(hand_over, each, lambda: gettext("引継ぎの承認のお願い：%(role)s") % {"role": membership})
    return hand_over


def _tell(hand_over: HandOver, to: Account, subject: Callable[[], str]) -> None:
    """Write to somebody about a hand-over; the note stays on its page."""
    post(
        f"hand-over {hand_over.pk} {hand_over.state}, to {to.pk}",
        to,
        subject,
        lambda: (
            gettext("前任：%(who)s\n後任：%(to)s\n最後の日：%(day)s")
            % {"who": hand_over.membership.account, "to": hand_over.to, "day": hand_over.last_day.isoformat()}
        ),
        f"/account/hand-over/{hand_over.pk}",
    )


@transaction.atomic
def accept_hand_over(
    hand_over: HandOver, *, today: date, at: datetime, by: Account, successor: Account | None = None
) -> HandOver:
    """Give the successor the role from the day after the last day, end the other's, and note what is open now.

    Giving a role gives rights, so somebody else than who leaves decides (see can_decide_hand_over). `successor` is the
    account that was opened for a newcomer. Raises ValidationError once the last day is past, or decided already.
    """
    locked = _undecided(hand_over, by)
    membership = locked.membership
    if locked.last_day < today or not membership.stands_on(locked.last_day):
        raise ValidationError(_("最後の日が過ぎたか、役割の期間が変わりました。これからの日で提案し直してください。"))
    locked.successor = locked.successor or successor
    if locked.successor is None or not locked.successor.is_active or locked.successor_id == membership.account_id:
        raise ValidationError({"successor": _("引き継ぐには、後任のアカウントが必要です。")})
    first_day = locked.last_day + timedelta(days=1)
    with _journal(by, _("引継ぎの承認")):
        _note_duties(locked, today)
        if not any(
            each.stands_on(first_day)
            for each in locked.successor.memberships.filter(role=membership.role, **membership.office)
        ):
            ends = membership.valid_to if membership.valid_to and membership.valid_to >= first_day else None
            locked.given = Membership(
                account=locked.successor,
                role=membership.role,
                area=membership.area,
                block=membership.block,
                organisation=membership.organisation,
                valid_from=first_day,
                valid_to=ends,
            )
            _keep(locked.given)
        locked.former_end = membership.valid_to
        _end(membership, locked.last_day)
        _decide(locked, HandOver.State.ACCEPTED, by, at)
    for each in (locked.successor, membership.account):
        _tell(locked, each, lambda: gettext("引継ぎが決まりました：%(role)s") % {"role": membership})
    return locked


@transaction.atomic
def refuse_hand_over(hand_over: HandOver, *, remark: str, at: datetime, by: Account) -> HandOver:
    """Say why not; the officer may propose it again in another way."""
    locked = _undecided(hand_over, by)
    if not remark.strip():
        raise ValidationError(_("見送る理由を書いてください。提案した方が読みます。"))
    locked.remark = remark
    with _journal(by, _("引継ぎの見送り")):
        _decide(locked, HandOver.State.REFUSED, by, at)
    return locked


@transaction.atomic
def withdraw_hand_over(hand_over: HandOver, *, today: date, at: datetime, by: Account) -> HandOver:
    """Take it back: before it is accepted who proposed it, afterwards, up to the last day, who decides such too.

    The successor's role, which has not begun yet, is taken away, and the other's ends as before.
    """
    locked = _locked_hand_over(hand_over)
    membership = locked.membership
    if membership.account_id != by.pk and not can_decide_hand_over(by, locked):
        raise PermissionDenied(NOT_YOUR_HAND_OVER)
    if locked.state not in {HandOver.State.PROPOSED, HandOver.State.ACCEPTED}:
        raise ValidationError(_("この引継ぎは、すでに終わっています。"))
    if locked.state == HandOver.State.ACCEPTED and locked.last_day < today:
        raise ValidationError(_("最後の日が過ぎたため、取り消せません。役割の登録を事務局に頼んでください。"))
    with _journal(by, _("引継ぎの取下げ")):
        given, locked.given = locked.given, None
        was_accepted = locked.state == HandOver.State.ACCEPTED
        _decide(locked, HandOver.State.WITHDRAWN, by, at)
        if given:
            given.delete()
        if was_accepted and membership.valid_to == locked.last_day:
            membership.valid_to = locked.former_end
            _keep(membership, only=["valid_to"])
    return locked


@transaction.atomic
def tick_duty(duty: HandedDuty, *, is_done: bool, at: datetime, by: Account) -> None:
    """The successor ticks off what was handed over, or takes the tick away."""
    if duty.hand_over.successor_id != by.pk or duty.hand_over.state != HandOver.State.ACCEPTED:
        raise PermissionDenied(_("済を付けられるのは後任の方だけです。"))
    duty.done_at = at if is_done else None
    with _journal(by, _("引き継いだ仕事")):
        duty.save(update_fields=["done_at"])


def _note_duties(hand_over: HandOver, today: date) -> None:
    """What is open now stays on the successor's list; kept in Japanese, as reasons are."""
    with translation.override("ja"):
        for duty in duties_of(hand_over.membership, today):
            hand_over.duties.create(
                what=str(duty.what), title=duty.title, path=duty.path, next_step=str(duty.next_step), due=duty.due
            )


def _locked_hand_over(hand_over: HandOver) -> HandOver:
    HandOver.objects.select_for_update().get(pk=hand_over.pk)
    return hand_overs().get(pk=hand_over.pk)


def _undecided(hand_over: HandOver, by: Account) -> HandOver:
    """The row, locked, so that two people deciding at once can't both win."""
    locked = _locked_hand_over(hand_over)
    if not can_decide_hand_over(by, locked):
        raise PermissionDenied(NOT_YOUR_HAND_OVER)
    if locked.state != HandOver.State.PROPOSED:
        raise ValidationError(_("この引継ぎは、すでに決まっています。"))
    return locked


def _decide(hand_over: HandOver, state: HandOver.State, by: Account, at: datetime) -> None:
    hand_over.state, hand_over.decided_by, hand_over.decided_at = state, by, at
    _keep(hand_over)
