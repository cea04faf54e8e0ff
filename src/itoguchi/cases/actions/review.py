"""How a case or a reference model reaches everybody: asked, looked at by a second person, opened anew, ended."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.queries import predecessors_of
from itoguchi.cases.access import can_review, can_write_for
from itoguchi.cases.actions.cases import NOT_YOURS, index_cases
from itoguchi.cases.models import Case, ReferenceModel, State
from itoguchi.cases.queries.review import REVIEW, approval_of
from itoguchi.core import actions as core
from itoguchi.core.journal import journal

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.core.models import Approval

NOT_REVIEWING = _("確認できるのは、その地域ブロックの総合通信局等と事務局だけです。")
Record = TypeVar("Record", bound=Case | ReferenceModel)


@transaction.atomic
def ask_for_review(record: Record, *, by: Account, reason: str = "") -> Approval:
    """Ask the bureau or the secretariat to look at it. Raises PermissionDenied, ValidationError for a model without parts."""
    locked = _written(record, by)
    if not locked.is_being_written:
        raise ValidationError(_("公開を求められるのは、下書きだけです。"))
    if isinstance(locked, ReferenceModel) and not locked.parts.filter(ended_on=None).exists():
        raise ValidationError(_("参照モデルには、写せる部分が一つ以上必要です。"))
    locked.state = State.REVIEW
    with journal(by=by, why=str(_("公開の依頼"))):
        locked.save()
        return core.draft_approval(REVIEW, locked.address, by=by, reason=reason.strip()[:1000])


@transaction.atomic
def decide_on(record: Record, *, deed: str, by: Account, today: date, remark: str = "") -> Record:
    """`deed` approve, send_back (with a remark) or withdraw one's own. Raises PermissionDenied, ValidationError."""
    locked = _locked(record)
    approval = approval_of(locked)
    if approval is None or locked.state != State.REVIEW:
        raise ValidationError(_("確認を待っていません。ページを開き直してください。"))
    if deed != "withdraw" and not can_review(by, locked):
        raise PermissionDenied(NOT_REVIEWING)
    with journal(by=by, why=remark):
        if deed == "approve":
            core.approve(approval, by=by, remark=remark)
            locked.state, locked.published_on = State.PUBLISHED, locked.published_on or today
        elif deed == "send_back":
            core.send_back(approval, by=by, remark=remark)
            locked.state = State.RETURNED
        else:
            core.withdraw_approval(approval, by=by, predecessors=predecessors_of(by, today))
            locked.state = State.DRAFT
        locked.save()
        if locked.state == State.PUBLISHED:
            index_cases([locked])
    return locked


@transaction.atomic
def reopen(record: Record, *, by: Account | None, why: str) -> Record:
    """Write on in what was published or ended; nobody else reads it until it is looked at again."""
    return _taken_from_all(record, State.DRAFT, {State.PUBLISHED, State.ENDED}, by=by, why=why)


@transaction.atomic
def end(record: Record, *, by: Account | None, why: str) -> Record:
    """Show it to others no more; those who copied parts keep what they copied."""
    return _taken_from_all(record, State.ENDED, {State.PUBLISHED, State.DRAFT, State.RETURNED}, by=by, why=why)


def _taken_from_all(record: Record, to: State, of: set[State], *, by: Account | None, why: str) -> Record:
    locked = _written(record, by)
    if locked.state not in of:
        raise ValidationError(_("いまの状態ではできません。ページを開き直してください。"))
    if not why.strip():
        raise ValidationError({"why": _("わけを書いてください。")})
    was_open, locked.state = locked.state == State.PUBLISHED, to
    with journal(by=by, why=why):
        locked.save()
        if was_open:
            index_cases()
    return locked


def _locked(record: Record) -> Record:
    rows: Any = type(record)._default_manager.select_for_update(of=("self",))
    found: Record = rows.select_related("area__block", "solution").get(pk=record.pk)
    return found


def _written(record: Record, by: Account | None) -> Record:
    locked = _locked(record)
    if by and not can_write_for(by, locked.area):
        raise PermissionDenied(NOT_YOURS)
    return locked
