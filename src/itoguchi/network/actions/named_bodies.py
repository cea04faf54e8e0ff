"""What people do with associations that carry a thread: say which organisation each one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.network.access import can_enter
from itoguchi.network.models import NamedBody

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account, Organisation

NOT_CONNECTING = _("団体と参加組織を結べるのは、事務局の担当者だけです。")


@transaction.atomic
def connect_body(body: NamedBody, organisation: Organisation | None, *, by: Account | None, why: str) -> NamedBody:
    """Say which organisation a body of the source is, or that it is none of them; nothing is made anew.

    Raises PermissionDenied, ValidationError without a reason or for an organisation that is another body already.
    """
    if by and not can_enter(by):
        raise PermissionDenied(NOT_CONNECTING)
    if not why.strip():
        raise ValidationError({"why": _("なぜ結ぶ・外すのかを書いてください。")})
    locked = NamedBody.objects.select_for_update().get(pk=body.pk)
    locked.organisation = organisation
    locked.full_clean()
    with journal(by=by, why=why):
        locked.save()
    return locked
