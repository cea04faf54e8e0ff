"""What people do with accounts: open, close, give and end roles, keep organisations, change a password."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Account, Membership, Organisation, Role
from itoguchi.areas.models import Area, Block
from itoguchi.core.journal import journal


@transaction.atomic
def open_account(
    *, sign_in_name: str, name: str, name_en: str = "", email: str = "", password: str | None, by: Account | None
) -> Account:
    """Open an account without any role; no password means that nobody can sign in by password."""
    account = Account(sign_in_name=sign_in_name, name=name, name_en=name_en, email=email)
    if password is None:
        account.set_unusable_password()
    else:
        validate_password(password, account)
        account.set_password(password)
    account.full_clean()
    with journal(by=by, why=str(_("アカウントの開設"))):
        account.save()
    return account


@transaction.atomic
def close_account(account: Account, *, by: Account) -> None:
    """Nobody signs in with it any more; what it did stays in the journal."""
    if account.pk == by.pk:
        raise ValidationError(_("自分のアカウントは閉じられません。別の事務局の方に頼んでください。"))
    with journal(by=by, why=str(_("アカウントの閉鎖"))):
        account.is_active = False
        account.save(update_fields=["is_active"])


@transaction.atomic
def reopen_account(account: Account, *, by: Account) -> None:
    """Undo a closing."""
    with journal(by=by, why=str(_("アカウントの再開"))):
        account.is_active = True
        account.save(update_fields=["is_active"])


@transaction.atomic
def change_password(account: Account, password: str) -> None:
    """Set a new password after checking its strength; the journal does not keep passwords."""
    validate_password(password, account)
    account.set_password(password)
    account.save(update_fields=["password"])


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
    membership.full_clean()
    with journal(by=by, why=str(_("役割の登録"))):
        membership.save()
    return membership


@transaction.atomic
def end_membership(membership: Membership, *, on: date, by: Account) -> None:
    """Let a role end with the day `on`."""
    membership.valid_to = on
    membership.full_clean()
    with journal(by=by, why=str(_("役割の終了"))):
        membership.save()


@transaction.atomic
def keep_organisation(organisation: Organisation, *, by: Account | None) -> Organisation:
    """Add or change an organisation."""
    organisation.full_clean()
    with journal(by=by, why=str(_("参加組織の登録"))):
        organisation.save()
    return organisation
