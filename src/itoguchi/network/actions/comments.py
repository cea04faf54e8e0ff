"""What people do with comment periods: open and change one; send a comment, which waits until it was looked through."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from itoguchi.core.folding import fold
from itoguchi.core.journal import journal
from itoguchi.network.access import can_tend_opinions
from itoguchi.network.actions.opinions import NOT_TENDING, checked_text
from itoguchi.network.models import CommentPeriod, Opinion

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.roadmap.models import Field

SAME_WORDS = _("同じ文の意見が、もう届いています。言い添えることがあれば、言葉を変えて送ってください。")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodFacts:
    """Everything that is said about a comment period."""

    title: str
    about: str
    opens_at: datetime
    closes_at: datetime
    subject: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentFacts:
    """What a citizen sends: no name, no address, nothing by which to find anybody."""

    text: str
    kind: Opinion.Kind = Opinion.Kind.OPINION
    author: Opinion.Author = Opinion.Author.UNKNOWN
    field: Field | None = None
    may_be_public: bool = True


@transaction.atomic
def keep_period(
    slug: str, facts: PeriodFacts, *, by: Account | None, period: CommentPeriod | None = None, why: str = ""
) -> CommentPeriod:
    """Open a comment period, or put one right; its address stays. Raises PermissionDenied, ValidationError."""
    if by and not can_tend_opinions(by):
        raise PermissionDenied(NOT_TENDING)
    kept = period or CommentPeriod(slug=slug)
    for name in ("title", "about", "opens_at", "closes_at", "subject", "source"):
        setattr(kept, name, getattr(facts, name))
    kept.full_clean()
    with journal(by=by, why=why):
        kept.save()
    return kept


def send_comment(period: CommentPeriod, facts: CommentFacts, *, now: datetime) -> Opinion:
    """Take what somebody sends in a comment period; nobody sees it until it was looked through.

    Raises ValidationError outside the period, for no words, too many, or the very words that came before.
    """
    if not period.is_open_at(now):
        raise ValidationError(_("いまは受け付けていません。受付の期間を確かめてください。"))
    text = checked_text(facts.text)
    opinion = Opinion(
        period=period,
        origin=Opinion.Origin.CITIZEN,
        heard_at=period.address,
        said_on=timezone.localdate(now),
        kind=facts.kind,
        author=facts.author,
        field=facts.field,
        title=Truncator(" ".join(text.split())).chars(40),
        text=text,
        subject=period.subject,
        may_be_public=facts.may_be_public,
        fingerprint=hashlib.sha256("".join(fold(text).split()).encode()).hexdigest(),
    )
    if Opinion.objects.filter(period=period, fingerprint=opinion.fingerprint).exists():
        raise ValidationError({"text": SAME_WORDS})
    try:  # two at the same moment are told apart by the database
        with transaction.atomic(), journal(why=str(_("意見募集への意見"))):
            opinion.save()
    except IntegrityError as refused:
        if "one_opinion_of_the_same_words_per_period" not in str(refused):
            raise
        raise ValidationError({"text": SAME_WORDS}) from refused
    return opinion
