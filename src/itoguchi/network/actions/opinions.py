"""What people do with opinions: write them down, look them through, sort, merge and part them, answer them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Organisation
from itoguchi.core.journal import journal
from itoguchi.core.wording import say
from itoguchi.network.access import can_tend_opinions, can_write_as, can_write_opinion_of
from itoguchi.network.actions.entries import index_opinions
from itoguchi.network.models import Meeting, Member, Opinion, ThreadMember
from itoguchi.network.models.opinions import LONGEST
from itoguchi.network.queries import chain_of

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.areas.models import Area, Block
    from itoguchi.roadmap.models import Field

OUTSIDE_TERM = _("この日は、構成員の任期にありません。")
NOT_TENDING = _("意見を確認し、整理し、回答できるのは、事務局の担当者だけです。")
NOT_YOUR_PART = _("構成員として意見を書けるのは、任期の中で、その団体・組織の担当者か、その席の方だけです。")
NOT_WRITING = _("意見を記録できるのは、その団体の担当者、その地域の総合通信局等と事務局だけです。")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionFacts:
    """Everything that is said about an opinion when it is written down or sorted; `title` empty: its first words."""

    text: str
    kind: Opinion.Kind = Opinion.Kind.OPINION
    origin: Opinion.Origin = Opinion.Origin.BRIEFING
    said_on: date
    heard_at: str = ""
    author: Opinion.Author = Opinion.Author.UNKNOWN
    title: str = ""
    area: Area | None = None
    block: Block | None = None
    field: Field | None = None
    subject: str = ""
    may_be_public: bool = True
    member: ThreadMember | None = None
    seat: Member | None = None


@transaction.atomic
def record_opinion(facts: OpinionFacts, *, by: Account | None, today: date) -> Opinion:
    """Write down what was heard; nobody has to look it through any more.

    Raises PermissionDenied without the right, ValidationError.
    """
    if by and not can_write_opinion_of(by, facts.area, facts.block):
        raise PermissionDenied(NOT_WRITING)
    return bring_in_opinions([facts], by=by, today=today)[0]


# What organisations are, as opinions name who said something.
AUTHORS = {
    Organisation.Kind.COMPANY: Opinion.Author.COMPANY,
    Organisation.Kind.BANK: Opinion.Author.COMPANY,
    Organisation.Kind.UNIVERSITY: Opinion.Author.ACADEMIC,
    Organisation.Kind.ASSOCIATION: Opinion.Author.GROUP,
    Organisation.Kind.NPO: Opinion.Author.GROUP,
    Organisation.Kind.CITIZENS: Opinion.Author.GROUP,
    Organisation.Kind.FUND: Opinion.Author.GROUP,
}


@transaction.atomic
def say_in_thread(member: ThreadMember, facts: OpinionFacts, *, by: Account, today: date) -> Opinion:
    """Write down what an area or organisation says as a member of a thread: of its place, its field or block, its name.

    Raises PermissionDenied for another's part or outside of its term, ValidationError for a day outside of it.
    """
    if not can_write_as(by, member, today):
        raise PermissionDenied(NOT_YOUR_PART)
    if not member.stands_on(facts.said_on):
        raise ValidationError({"said_on": OUTSIDE_TERM})
    strand, kind = member.strand, member.organisation and Organisation.Kind(member.organisation.kind)
    said = replace(
        facts,
        origin=Opinion.Origin.MEMBER,
        heard_at=strand.address,
        member=member,
        seat=None,
        author=AUTHORS.get(kind, Opinion.Author.UNKNOWN) if kind else Opinion.Author.AREA,
        area=member.area,
        block=strand.block or (member.area.block if member.area else None),
        field=strand.field or facts.field,
    )
    return bring_in_opinions([said], by=by, today=today)[0]


@transaction.atomic
def say_at_meeting(meeting: Meeting, seat: Member, facts: OpinionFacts, *, by: Account, today: date) -> Opinion:
    """Write down what somebody says who sits in a council or task force, about one of its meetings.

    Raises PermissionDenied for another's seat or outside of its term, ValidationError for a meeting of another body, one
    that nobody else knows of yet or that was called off, and a day outside of the term.
    """
    if not can_write_as(by, seat, today):
        raise PermissionDenied(NOT_YOUR_PART)
    if seat.body_id != meeting.body_id or meeting.state not in Meeting.TAKES_OPINIONS:
        raise ValidationError(_("意見を書けるのは、自分の会議体の、案内された会合か開かれた会合についてだけです。"))
    if not seat.sits_on(facts.said_on):
        raise ValidationError({"said_on": OUTSIDE_TERM})
    said = replace(
        facts,
        origin=Opinion.Origin.MEMBER,
        heard_at=meeting.address,
        member=None,
        seat=seat,
        author=Opinion.Author.UNKNOWN,
        area=None,
        block=meeting.body.block,
    )
    return bring_in_opinions([said], by=by, today=today)[0]


@transaction.atomic
def bring_in_opinions(
    found: Sequence[OpinionFacts], *, by: Account | None, today: date, why: str = "", door: str = ""
) -> list[Opinion]:
    """Write down many opinions at once, all or none. Raises ValidationError for one that can't be."""
    opinions = [_written(facts, by=by, today=today) for facts in found]
    with journal(by=by, why=why, door=door):
        Opinion.objects.bulk_create(opinions, batch_size=1000)
    index_opinions(opinions)
    return opinions


def _written(facts: OpinionFacts, *, by: Account | None, today: date) -> Opinion:
    passed = {"moderation": Opinion.Moderation.PASSED, "moderated_on": today}
    opinion = Opinion(origin=facts.origin, heard_at=facts.heard_at, said_on=facts.said_on, entered_by=by, **passed)
    opinion.text, opinion.author = checked_text(facts.text), facts.author
    opinion.member, opinion.seat = facts.member, facts.seat
    if facts.said_on > today:
        raise ValidationError({"said_on": _("まだ来ていない日です。")})
    _sort(opinion, facts)
    opinion.clean_fields(exclude=["area", "block", "field", "member", "seat", "entered_by", "period"])
    return opinion


def checked_text(text: str) -> str:
    """The words of an opinion without spaces around; raises ValidationError for none, or more than may be."""
    words = text.replace("\x00", "").strip()
    if not words:
        raise ValidationError({"text": _("意見の文を書いてください。")})
    if len(words) > LONGEST:
        raise ValidationError(
            {"text": say(_("%(most)s字までにしてください（いま%(now)s字）。"), most=LONGEST, now=len(words))}
        )
    return words


@transaction.atomic
def moderate_opinions(
    opinions: Iterable[Opinion], *, passes: bool, by: Account | None, today: date, reason: str = ""
) -> list[Opinion]:
    """Let citizens' comments pass, or say why they are not shown; what is not sorted yet can be looked at again.

    Raises PermissionDenied without the right, ValidationError without a reason, or for one that is sorted already.
    """
    locked = _tended(opinions, by=by)
    if not passes and not reason.strip():
        raise ValidationError({"reason": _("掲載しない理由を書いてください。")})
    if any(each.sorted_on or each.answered_on or each.merged_on or each.merged.exists() for each in locked):
        raise ValidationError(_("整理した意見です。公開をやめるときは、整理のページで公開を外してください。"))
    for each in locked:
        each.moderation = Opinion.Moderation.PASSED if passes else Opinion.Moderation.REFUSED
        each.moderated_on, each.moderation_reason = today, "" if passes else reason.strip()[:300]
    return _save(locked, by=by, why=reason)


@transaction.atomic
def sort_opinion(opinion: Opinion, facts: OpinionFacts, *, by: Account | None, today: date, why: str = "") -> Opinion:
    """Say what an opinion is about; its words, day and origin stay as they came.

    Raises PermissionDenied without the right, ValidationError for one that nobody has looked through.
    """
    (locked,) = _tended([opinion], by=by)
    if locked.moderation != Opinion.Moderation.PASSED:
        raise ValidationError(_("先に、掲載するかどうかを確認してください。"))
    if locked.is_public and not facts.may_be_public and locked.merged.exists():
        raise ValidationError(
            {"may_be_public": _("ほかの意見が統合されています。統合を取り消してから、公開をやめてください。")}
        )
    _sort(locked, facts)
    locked.sorted_on = locked.sorted_on or today
    return _save([locked], by=by, why=why)[0]


def _sort(opinion: Opinion, facts: OpinionFacts) -> None:
    opinion.title = facts.title.strip() or Truncator(" ".join(opinion.text.split())).chars(40)
    for name in ("kind", "area", "block", "field", "subject", "may_be_public"):
        setattr(opinion, name, getattr(facts, name))
    if opinion.block is None and opinion.area is not None:
        opinion.block = opinion.area.block


@transaction.atomic
def merge_opinions(
    into: Opinion, others: Iterable[Opinion], *, by: Account | None, today: date, why: str
) -> list[Opinion]:
    """Let opinions that say the same lead to one of them, whose answer is theirs; the rest of each stays as it is.

    Raises PermissionDenied without the right, ValidationError for one that is answered, merged, hidden or the one itself.
    """
    asked = list(others)
    locked = {each.pk: each for each in _tended([into, *asked], by=by)}
    kept = locked.pop(into.pk)
    if not why.strip():
        raise ValidationError({"why": _("統合する理由を書いてください。")})
    if not locked:
        raise ValidationError({"others": _("統合する意見を選んでください。")})
    above = {each.pk for each in chain_of(kept)}
    for each in locked.values():
        problem = _why_not(each, kept, above)
        if problem:
            raise ValidationError(say(_("「%(title)s」：%(why)s"), title=each.title, why=problem))
        each.merged_into, each.merged_on = kept, today
    return _save(list(locked.values()), by=by, why=why)


def _why_not(opinion: Opinion, into: Opinion, above: set[int]) -> object:
    """Why an opinion can't be merged into another; nothing where it can."""
    if {opinion.moderation, into.moderation} != {Opinion.Moderation.PASSED}:
        return _("確認の済んだ意見だけを統合できます。")
    if opinion.merged_into_id is not None:
        return _("すでにほかの意見に統合されています。")
    if opinion.answered_on is not None:
        return _("回答した意見は、ほかに統合できません。回答したほうを残してください。")
    if opinion.pk in above:
        return _("統合先のほうが、この意見に統合されています。")
    if opinion.is_public and not into.is_public:
        return _("公開の意見は、公開しない意見に統合できません。公開のほうを残してください。")
    return ""


@transaction.atomic
def part_opinion(opinion: Opinion, *, by: Account | None, why: str) -> Opinion:
    """Undo a merge: the opinion stands by itself again, with what was merged into it before.

    Raises PermissionDenied without the right, ValidationError without a reason, or for one that is not merged.
    """
    (locked,) = _tended([opinion], by=by)
    if locked.merged_into_id is None:
        raise ValidationError(_("この意見は統合されていません。"))
    if not why.strip():
        raise ValidationError({"why": _("統合を取り消す理由を書いてください。")})
    locked.merged_into = locked.merged_on = None
    return _save([locked], by=by, why=why)[0]


@transaction.atomic
def answer_opinion(
    opinion: Opinion, verdict: Opinion.Verdict, answer: str, *, by: Account | None, today: date, why: str = ""
) -> Opinion:
    """Say whether an opinion is adopted, and why; said again, the day of the first answer stays and the journal keeps it.

    Raises PermissionDenied without the right, ValidationError without a reason, or for one that was merged or not looked
    through.
    """
    (locked,) = _tended([opinion], by=by)
    if locked.merged_into_id is not None:
        raise ValidationError(_("統合された意見です。統合先に回答してください。"))
    if locked.moderation != Opinion.Moderation.PASSED:
        raise ValidationError(_("先に、掲載するかどうかを確認してください。"))
    if not answer.strip():
        raise ValidationError({"answer": _("採否の理由を書いてください。")})
    if len(answer) > LONGEST:
        raise ValidationError(
            {"answer": say(_("%(most)s字までにしてください（いま%(now)s字）。"), most=LONGEST, now=len(answer))}
        )
    locked.verdict, locked.answer = Opinion.Verdict(verdict), answer.strip()
    locked.answered_on = locked.answered_on or today
    locked.sorted_on = locked.sorted_on or today
    return _save([locked], by=by, why=why)[0]


def _tended(opinions: Iterable[Opinion], *, by: Account | None) -> list[Opinion]:
    """The rows, locked in one order; raises PermissionDenied to who does not tend them."""
    if by and not can_tend_opinions(by):
        raise PermissionDenied(NOT_TENDING)
    keys = {each.pk for each in opinions}
    return list(Opinion.objects.select_for_update().filter(pk__in=keys).order_by("pk"))


def _save(opinions: list[Opinion], *, by: Account | None, why: str) -> list[Opinion]:
    for each in opinions:
        each.full_clean(exclude=["fingerprint"], validate_unique=False)
    with journal(by=by, why=why):
        for each in opinions:
            each.save()
    index_opinions(opinions)
    return opinions
