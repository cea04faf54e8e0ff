"""What people do with decisions: write down what a meeting decided about opinions, and what that changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.core.wording import say
from itoguchi.network.access import can_tend_opinions
from itoguchi.network.actions.meetings import must_keep
from itoguchi.network.actions.opinions import NOT_TENDING
from itoguchi.network.models import Change, Clause, Decision, Meeting, Opinion
from itoguchi.network.queries import words_of
from itoguchi.roadmap.actions import Item, put_item
from itoguchi.roadmap.models import Deed, Noun, Revision, RevisionItem

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account


@transaction.atomic
def decide(
    meeting: Meeting, text: str, opinions: Iterable[Opinion], *, by: Account | None, decision: Decision | None = None
) -> Decision:
    """Write down what a meeting decided (about opinions), or that a decision is about more of them.

    Raises PermissionDenied without the right, ValidationError for no words, or an opinion that another decision is about.
    """
    opinions = list(opinions)
    if opinions or decision:
        _must_tend(by)
    else:
        must_keep(by, meeting.body)
    if meeting.state != Meeting.State.HELD:
        raise ValidationError(_("決めたことを書けるのは、開催済の会合です。"))
    made = decision or Decision()
    made.meeting, made.text = meeting, text.strip()
    made.full_clean()
    with journal(by=by):
        made.save()
        for each in Opinion.objects.select_for_update().filter(pk__in=[each.pk for each in opinions]).order_by("pk"):
            if each.decision_id not in {None, made.pk}:
                raise ValidationError(say(_("「%(title)s」には、別の対応があります。"), title=each.title))
            if each.merged_into_id is not None:
                raise ValidationError(
                    say(_("「%(title)s」は統合されています。統合先を選んでください。"), title=each.title)
                )
            if each.moderation != Opinion.Moderation.PASSED:
                raise ValidationError(_("確認の済んだ意見だけを、整理し、統合し、回答できます。"))
            each.decision = made
            each.save()
    return made


@transaction.atomic
def undecide(opinion: Opinion, *, by: Account | None, why: str) -> Opinion:
    """Take an opinion out of the decision that was written down for it by mistake. Raises PermissionDenied, ValidationError."""
    _must_tend(by)
    if not why.strip():
        raise ValidationError({"why": _("なぜ取り消すのかを書いてください。")})
    locked = Opinion.objects.select_for_update().get(pk=opinion.pk)
    locked.decision = None
    with journal(by=by, why=why):
        locked.save()
    return locked


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFacts:
    """What a decision changed: a clause, which says `after` from then on, or an item of a draft edition."""

    reason: str
    clause: Clause | None = None
    after: str = ""
    item: RevisionItem | None = None


@transaction.atomic
def record_change(decision: Decision, facts: ChangeFacts, *, by: Account | None, today: date) -> Change:
    """Write down what a decision changed; a draft edition names the decision as grounds where it named none.

    Raises PermissionDenied without the right, ValidationError for words that stay the same, or no thing to change.
    """
    _must_tend(by)
    if not facts.reason.strip():
        raise ValidationError({"reason": _("なぜ変えたのかを書いてください。新旧対照表に載ります。")})
    change = Change(decision=decision, reason=facts.reason.strip())
    if facts.clause is not None:
        change.clause, change.before, change.after = facts.clause, words_of(facts.clause), facts.after.strip()
        if change.before == change.after:
            raise ValidationError({"after": _("いまの文と同じです。変えるところを直してください。")})
    elif facts.item is not None:
        change.revision, change.noun, change.key = facts.item.revision, facts.item.noun, facts.item.key
    change.full_clean()
    with journal(by=by, why=facts.reason):
        change.save()
        item = facts.item
        if item is not None and not item.grounds and item.revision.state == Revision.State.DRAFT:
            what = None if item.deed == Deed.DROP else item.facts
            grounds = Item(noun=Noun(item.noun), key=item.key, facts=what, reason=item.reason, grounds=decision.address)
            put_item(item.revision, grounds, by=by, today=today)
    return change


@transaction.atomic
def take_back_change(change: Change, *, by: Account | None, why: str) -> None:
    """Take a change off the record that was entered by mistake; the journal keeps it."""
    _must_tend(by)
    if not why.strip():
        raise ValidationError({"why": _("なぜ取り消すのかを書いてください。")})
    with journal(by=by, why=why):
        change.delete()


def _must_tend(by: Account | None) -> None:
    if by and not can_tend_opinions(by):
        raise PermissionDenied(NOT_TENDING)
