"""What people do with threads: open them, ask to join, let in, leave, say what runs in them and how a topic went on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.queries import predecessors_of
from itoguchi.areas.models import Block
from itoguchi.core import actions as core
from itoguchi.core.journal import journal
from itoguchi.network.access import can_run, can_speak_for
from itoguchi.network.models import Strand, Thread, ThreadItem, ThreadMember, Topic
from itoguchi.network.queries.threads import JOIN, request_of
from itoguchi.roadmap.models import Field

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account, Organisation
    from itoguchi.areas.models import Area
    from itoguchi.core.models import Approval
    from itoguchi.network.models import Body

NOT_RUNNING = _("この糸を運営する組織、その地域の総合通信局等と事務局だけができます。")
NOT_SPEAKING = _("自分の団体・組織の担当者だけが申し込めます。")
State = ThreadMember.State


def open_strand(
    thread: Thread,
    *,
    field: Field | None = None,
    block: Block | None = None,
    run_by: Organisation | None = None,
    body: Body | None = None,
    by: Account | None,
) -> Strand:
    """Open a thread in a field or block, or say anew who runs it and which body meets for it.

    Raises PermissionDenied, ValidationError for one that does not fit its thread.
    """
    place = field or block
    key = f"{thread.key}-{place.pk}" if place else thread.key
    strand = Strand.objects.filter(pk=key).first() or Strand(key=key, thread=thread, field=field, block=block)
    if by and not by.has_perm("network.enter"):
        raise PermissionDenied(NOT_RUNNING)
    strand.run_by, strand.body = run_by, body
    strand.full_clean(validate_unique=False)
    with journal(by=by):
        strand.save()
    return strand


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMemberFacts:
    """Who takes part as what, and where in the weave: fields and blocks by their keys, none for all of them."""

    area: Area | None = None
    organisation: Organisation | None = None
    role: ThreadMember.Role = ThreadMember.Role.MEMBER
    fields: Collection[str] = ()
    blocks: Collection[str] = ()
    brings: str = ""


@transaction.atomic
def ask_to_join(strand: Strand, facts: ThreadMemberFacts, *, by: Account, today: date, reason: str = "") -> Approval:
    """Ask who runs a thread to let an area or organisation in; they are told by mail.

    Raises PermissionDenied for another's body, ValidationError for who takes part already, or waits.
    """
    member = _member_of(strand, facts, today)
    if not can_speak_for(by, member):
        raise PermissionDenied(NOT_SPEAKING)
    standing = ThreadMember.objects.filter(strand=strand, **member.office, state=State.APPROVED)
    if any(each.stands_on(today) for each in standing):
        raise ValidationError(_("この糸には、すでに加わっています。"))
    with journal(by=by, why=reason):
        _save(member)
        return core.draft_approval(JOIN, member.address, by=by, reason=reason.strip()[:1000])


@transaction.atomic
def admit(
    strand: Strand,
    facts: ThreadMemberFacts,
    *,
    valid_from: date,
    valid_to: date | None = None,
    by: Account | None,
    why: str = "",
) -> ThreadMember:
    """Let somebody in at once, as who runs a thread invites. Raises PermissionDenied, ValidationError."""
    _must_run(strand, by)
    member = _member_of(strand, facts, valid_from)
    member.state, member.valid_from, member.valid_to = State.APPROVED, valid_from, valid_to
    with journal(by=by, why=why):
        return _save(member)


@transaction.atomic
def decide_on_member(
    member: ThreadMember,
    *,
    deed: str,
    by: Account,
    today: date,
    role: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
    remark: str = "",
) -> ThreadMember:
    """`deed` approve (from a day to a day, in a role), refuse (with a remark), or withdraw one's own request.

    Raises PermissionDenied, also for one's own request, ValidationError for one that is decided already.
    """
    locked = _locked(member)
    approval = request_of(locked)
    if approval is None or locked.state != State.ASKED:
        raise ValidationError(_("この申込みは、すでに決まっています。ページを開き直してください。"))
    if not (can_speak_for(by, locked) if deed == "withdraw" else can_run(by, locked.strand)):
        raise PermissionDenied(NOT_SPEAKING if deed == "withdraw" else NOT_RUNNING)
    with journal(by=by, why=remark):
        if deed == "approve":
            core.approve(approval, by=by, remark=remark)
            locked.state, locked.role = State.APPROVED, role or locked.role
            locked.valid_from, locked.valid_to = valid_from or today, valid_to
        elif deed == "refuse":
            core.send_back(approval, by=by, remark=remark)
            locked.state = State.REFUSED
        else:
            core.withdraw_approval(approval, by=by, predecessors=_beside(approval, by, today))
            locked.state = State.WITHDRAWN
        return _save(locked)


def _beside(approval: Approval, by: Account, today: date) -> set[int]:
    """Whose request one may take back: of who left, and of any colleague, since the office asked and not the person."""
    return {*predecessors_of(by, today), approval.drafter_id}


@transaction.atomic
def keep_term(
    member: ThreadMember, *, role: str, valid_to: date | None, by: Account | None, today: date, why: str
) -> ThreadMember:
    """Change the role, or the end of a term that is not over.

    Raises PermissionDenied, ValidationError without a reason, for a term that is over, or one that would have ended.
    """
    locked = _locked(member)
    _must_run(locked.strand, by)
    if locked.state != State.APPROVED:
        raise ValidationError(_("この申込みは、まだ認められていません。"))
    if not why.strip():
        raise ValidationError({"why": _("わけを書いてください。")})
    if locked.valid_to is not None and locked.valid_to < today:
        raise ValidationError(_("任期は終わっています。新しく加えてください。"))
    if valid_to is not None and valid_to < today:
        raise ValidationError({"valid_to": _("任期の終わりを、過ぎた日にはできません。")})
    locked.role, locked.valid_to = role, valid_to
    with journal(by=by, why=why):
        return _save(locked)


@transaction.atomic
def leave(member: ThreadMember, *, by: Account | None, today: date, why: str) -> ThreadMember:
    """End the part of a member today: it leaves, or who runs the thread ends it. Its record stays.

    Raises PermissionDenied, ValidationError without a reason, or for one whose term is over.
    """
    locked = _locked(member)
    if by and not can_speak_for(by, locked) and not can_run(by, locked.strand):
        raise PermissionDenied(NOT_RUNNING)
    if locked.state != State.APPROVED or (locked.valid_to is not None and locked.valid_to < today):
        raise ValidationError(_("この糸には加わっていません。ページを開き直してください。"))
    if not why.strip():
        raise ValidationError({"why": _("わけを書いてください。")})
    if locked.valid_from and locked.valid_from > today:  # it never began
        locked.state, locked.valid_from, locked.valid_to = State.WITHDRAWN, None, None
    else:
        locked.valid_to = today
    with journal(by=by, why=why):
        return _save(locked)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingFacts:
    """Something that runs in a thread since a day; `about` is its address where it lies elsewhere on the site."""

    on: date
    title: str
    note: str = ""
    about: str = ""
    topic: Topic | None = None
    source: str = ""


@transaction.atomic
def put_in_thread(strand: Strand, facts: ThingFacts, *, by: Account | None, why: str = "") -> ThreadItem:
    """Say that something runs in a thread; under a topic it is a step of that topic's way. Raises as the others."""
    _must_run(strand, by)
    item = ThreadItem(
        strand=strand,
        on=facts.on,
        title=facts.title.strip(),
        note=facts.note.strip(),
        about=facts.about.strip(),
        topic=facts.topic,
        source=facts.source.strip(),
    )
    item.full_clean()
    with journal(by=by, why=why):
        item.save()
    return item


@transaction.atomic
def take_out_of_thread(item: ThreadItem, *, by: Account | None, why: str) -> None:
    """Take something off a thread that was put there by mistake; the journal keeps it. Raises as the others."""
    _must_run(item.strand, by)
    if not why.strip():
        raise ValidationError({"why": _("なぜ取り消すのかを書いてください。")})
    with journal(by=by, why=why):
        item.delete()


def _member_of(strand: Strand, facts: ThreadMemberFacts, day: date) -> ThreadMember:
    """A member as the facts say; a thread of a field is of that field, one of a block of that block, an area of its own."""
    fields, blocks = sorted(set(facts.fields)), sorted(set(facts.blocks))
    if strand.field_id:
        fields = [strand.field_id]
    if strand.block_id or facts.area:
        blocks = [strand.block_id or facts.area.block_id]  # type: ignore[union-attr]
    if facts.area and strand.block_id and facts.area.block_id != strand.block_id:
        raise ValidationError(_("この糸は、別の地域ブロックのものです。自分の地域の糸に申し込んでください。"))
    for name, keys, known in (("fields", fields, Field), ("blocks", blocks, Block)):
        if known.objects.filter(pk__in=keys).count() != len(keys):
            raise ValidationError({name: _("一覧にあるものから選んでください。")})
    return ThreadMember(
        strand=strand,
        area=facts.area,
        organisation=facts.organisation,
        role=facts.role,
        fields=fields,
        blocks=blocks,
        brings=facts.brings.strip(),
        asked_on=day,
    )


def _must_run(strand: Strand, by: Account | None) -> None:
    if by and not can_run(by, strand):
        raise PermissionDenied(NOT_RUNNING)


def _locked(member: ThreadMember) -> ThreadMember:
    rows = ThreadMember.objects.select_for_update(of=("self",)).select_related("strand__thread")
    return rows.get(pk=member.pk)


def _save(member: ThreadMember) -> ThreadMember:
    member.full_clean()
    member.save()
    return member
