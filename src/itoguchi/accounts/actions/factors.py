"""What people do for safe sign-in: second factors, codes on paper, outside providers, sessions."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime
from typing import Any

import pyotp
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from itoguchi.accounts.access import can_manage_accounts
from itoguchi.accounts.actions import _journal, _keep
from itoguchi.accounts.models import Account, Factor, OutsideSignIn, RecoveryCode, Session

CODES = 10
DRIFT = 1  # codes of the half minute before and after count too: clocks of telephones differ
WRONG_CODE = _("番号が違うか、期限が過ぎています。認証アプリのいまの番号を入れてください。")
WRONG_PASSKEY = _("パスキーを確かめられませんでした。もう一度お試しください。")


# Codes ----------------------------------------------------------------------------------------------------


@transaction.atomic
def add_app(account: Account, *, secret: str, code: str, at: datetime, by: Account) -> list[str]:
    """Register an app that has shown it knows `secret` (base32); the first factor also gives codes for paper."""
    step = step_of(secret, code, at)
    if step is None:
        raise ValidationError({"code": WRONG_CODE})
    factor = Factor(
        account=account,
        kind=Factor.Kind.APP,
        name=str(Factor.Kind.APP.label),
        secret=secret.encode(),
        last_step=step,
        created_at=at,
        last_used_at=at,
    )
    return _add(factor, by)


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """The half minute (RFC 6238) for which `secret` gives `code` near `at`; None when it gives it in none."""
    totp = pyotp.TOTP(secret)
    now = totp.timecode(at)
    return next(
        (step for step in range(now - DRIFT, now + DRIFT + 1) if secrets.compare_digest(totp.generate_otp(step), code)),
        None,
    )


@transaction.atomic
def use_code(account: Account, code: str, *, at: datetime) -> str | None:
    """Take a code of the app or one from paper, each once only; which of the two it was, or None when it is wrong."""
    code = "".join(code.split()).replace("-", "").lower()
    if not code.isascii():
        return None
    factor = account.factors.filter(kind=Factor.Kind.APP).first()
    step = step_of(bytes(factor.secret).decode(), code, at) if factor else None
    if factor and step is not None:
        unused = Factor.objects.filter(pk=factor.pk, last_step__lt=step)
        return "app" if unused.update(last_step=step, last_used_at=at) else None
    taken, _rows = RecoveryCode.objects.filter(account=account, digest=_digest(code)).delete()
    return "recovery" if taken else None


@transaction.atomic
def renew_recovery_codes(account: Account) -> list[str]:
    """New codes for paper; those from before work no more."""
    RecoveryCode.objects.filter(account=account).delete()
    codes = [secrets.token_hex(5) for _number in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(account=account, digest=_digest(code)) for code in codes)
    return codes


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


# Passkeys -------------------------------------------------------------------------------------------------


def passkey_server(host: str) -> Fido2Server:
    """Checks passkeys made for this host name."""
    return Fido2Server(PublicKeyCredentialRpEntity(name="Itoguchi", id=host))


def begin_passkey(account: Account, host: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser is asked to make, and the state to keep until it answers."""
    options, state = passkey_server(host).register_begin(
        PublicKeyCredentialUserEntity(
            name=account.sign_in_name, id=str(account.pk).encode(), display_name=str(account)
        ),
        credentials=[_credential(each) for each in account.factors.filter(kind=Factor.Kind.PASSKEY)],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options.public_key), state


@transaction.atomic
def add_passkey(
    account: Account, *, name: str, answer: str, state: Any, host: str, at: datetime, by: Account
) -> list[str]:
    """Register what the browser made (its answer as JSON); the first factor also gives codes for paper."""
    try:
        made = passkey_server(host).register_complete(state, json.loads(answer))
        credential = made.credential_data
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValidationError(WRONG_PASSKEY) from error
    if credential is None:
        raise ValidationError(WRONG_PASSKEY)
    factor = Factor(
        account=account,
        kind=Factor.Kind.PASSKEY,
        name=name,
        secret=bytes(credential),
        credential_id=websafe_encode(credential.credential_id),
        sign_count=made.counter,
        created_at=at,
    )
    return _add(factor, by)


def ask_for_passkey(host: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser is asked to sign, whoever sits before it, and the state to keep until it answers."""
    options, state = passkey_server(host).authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
    return dict(options.public_key), state


@transaction.atomic
def use_passkey(answer: str, *, state: Any, host: str, at: datetime) -> Account:
    """Whose passkey signed; raises ValidationError when none of an open account did."""
    try:
        told = json.loads(answer)
        response = AuthenticationResponse.from_dict(told)
        number = websafe_encode(response.raw_id)
        factor = Factor.objects.select_for_update(of=("self",)).select_related("account").get(credential_id=number)
        passkey_server(host).authenticate_complete(state, [_credential(factor)], told)
    except (ValueError, TypeError, KeyError, AttributeError, Factor.DoesNotExist) as error:
        raise ValidationError(WRONG_PASSKEY) from error
    count = response.response.authenticator_data.counter
    # A copy of a passkey counts on its own; most passkeys of today don't count and stay at nought.
    if not factor.account.is_active or ((count or factor.sign_count) and count <= factor.sign_count):
        raise ValidationError(WRONG_PASSKEY)
    Factor.objects.filter(pk=factor.pk).update(sign_count=count, last_used_at=at)
    return factor.account


def _credential(factor: Factor) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(factor.secret))


# Both -----------------------------------------------------------------------------------------------------


def _add(factor: Factor, by: Account) -> list[str]:
    with _journal(by, _("二要素認証の登録")):
        _keep(factor)
    if RecoveryCode.objects.filter(account=factor.account).exists():
        return []
    return renew_recovery_codes(factor.account)


@transaction.atomic
def remove_factor(factor: Factor, *, by: Account) -> None:
    """Take one factor away; with the last one the codes on paper go too."""
    if factor.account_id != by.pk:
        raise PermissionDenied
    with _journal(by, _("二要素認証の手段を外す")):
        factor.delete()
        if not Factor.objects.filter(account=by).exists():
            RecoveryCode.objects.filter(account=by).delete()


@transaction.atomic
def remove_second_factor(account: Account, *, by: Account | None) -> int:
    """Take all factors of somebody who lost them away, and end the account's sessions; how many factors it had.

    For the secretariat, and for the command line (`by` None) when the last of the secretariat is locked out.
    """
    if by is not None and not can_manage_accounts(by):
        raise PermissionDenied
    if by is not None and by.pk == account.pk:
        raise ValidationError(_("自分の二要素認証は、自分のページで外してください。"))
    with _journal(by, _("失われた二要素認証を外す")):
        number = account.factors.count()
        account.factors.all().delete()
        account.recovery_codes.all().delete()
        account.sessions.all().delete()
    return number


# Outside providers and sessions ---------------------------------------------------------------------------


@transaction.atomic
def account_from_outside(
    *, issuer: str, subject: str, email: str, email_is_verified: bool, at: datetime
) -> Account | None:
    """Whose identity this is: by an earlier link, else by a verified address that one open account has; else nobody's."""
    known = OutsideSignIn.objects.select_related("account").filter(issuer=issuer, subject=subject).first()
    if known:
        return known.account if known.account.is_active else None
    if not (email and email_is_verified):
        return None
    found = list(Account.objects.filter(email__iexact=email, is_active=True)[:2])
    if len(found) != 1:
        return None
    try:
        link_outside(found[0], issuer=issuer, subject=subject, at=at)
    except ValidationError:  # the account is somebody else's at this provider already
        return None
    return found[0]


@transaction.atomic
def link_outside(account: Account, *, issuer: str, subject: str, at: datetime) -> None:
    """Remember who the account is to a provider."""
    with _journal(account, _("外部の認証と結び付ける")):
        _keep(OutsideSignIn(account=account, issuer=issuer, subject=subject, linked_at=at))


@transaction.atomic
def unlink_outside(link: OutsideSignIn, *, by: Account) -> None:
    """Forget it again."""
    if link.account_id != by.pk:
        raise PermissionDenied
    if not by.has_usable_password():
        raise ValidationError(_("パスワードのないアカウントでは、ログインできなくなるため外せません。"))
    with _journal(by, _("外部の認証を外す")):
        link.delete()


@transaction.atomic
def end_sessions(account: Account, *, by: Account, keep: str | None = None, mark: str | None = None) -> int:
    """End the account's sessions at once and everywhere, all but the one of key `keep` or only that of a mark; how many."""
    if by.pk != account.pk and not can_manage_accounts(by):
        raise PermissionDenied
    ended = [each.pk for each in account.sessions.exclude(session_key=keep) if mark in (None, each.mark)]
    return Session.objects.filter(pk__in=ended).delete()[0]
