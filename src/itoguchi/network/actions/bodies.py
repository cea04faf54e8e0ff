"""What people do with bodies: set one up, seat its members and let them go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.network.access import can_enter
from itoguchi.network.actions.entries import index_network
from itoguchi.network.actions.meetings import must_keep
from itoguchi.network.models import Body, Member

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.areas.models import Block

NOT_FOUNDING = _("会議体を作れるのは、全国の事務局だけです。")


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyFacts:
    """What is said of a body; the bureau of its `block` is its secretariat too."""

    kind: str
    name: str
    purpose: str = ""
    questions: str = ""
    block: Block | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFacts:
    """What is said of a member; with an `account` somebody sees the members' papers and answers for themselves."""

    name: str
    role: str
    since: date
    kana: str = ""
    affiliation: str = ""
    post: str = ""
    account: Account | None = None


@transaction.atomic
def keep_body(key: str, facts: BodyFacts, *, by: Account | None, why: str = "", is_new: bool = False) -> Body:
    """Set a body up, or say something else of one that is there; what `is_new` is made once.

    Raises PermissionDenied, ValidationError.
    """
    with connection.cursor() as cursor:  # one at a time, so that two bodies never ask for one address or place
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('network_body'))")
    body = Body.objects.select_for_update().filter(key=key).first()
    if body is not None and is_new:
        raise ValidationError({"key": _("この記号の会議体は、すでにあります。")})
    if body is None:
        if by is not None and not can_enter(by):
            raise PermissionDenied(NOT_FOUNDING)
        body = Body(key=key, order=(Body.objects.aggregate(last=Max("order"))["last"] or 0) + 1)
    else:
        must_keep(by, body)
        if by is not None and not can_enter(by) and facts.block != body.block:
            raise PermissionDenied(NOT_FOUNDING)
    body.kind, body.name, body.purpose = facts.kind, facts.name.strip(), facts.purpose.strip()
    body.questions, body.block = "\n".join(facts.questions.splitlines()), facts.block
    body.full_clean()
    with journal(by=by, why=why):
        body.save()
    return body


@transaction.atomic
def seat_member(body: Body, facts: MemberFacts, *, by: Account | None) -> Member:
    """Let somebody sit in a body from a day on. Raises PermissionDenied, ValidationError."""
    must_keep(by, body)
    Body.objects.select_for_update().get(pk=body.pk)
    place = (body.members.aggregate(last=Max("order"))["last"] or 0) + 1
    member = Member(body=body, order=place, slug=f"{body.key}-member-{place}")
    return _write(member, facts, by=by)


@transaction.atomic
def correct_member(member: Member, facts: MemberFacts, *, by: Account | None, why: str = "") -> Member:
    """Say something else of a member. Raises PermissionDenied, ValidationError."""
    return _write(_locked(member, by), facts, by=by, why=why)


@transaction.atomic
def release_member(member: Member, *, last_day: date, by: Account | None, why: str) -> Member:
    """Let a member go after a day; what is still open with them blocks nothing and is shown as that."""
    locked = _locked(member, by)
    if not why.strip():
        raise ValidationError({"why": _("なぜ外れるのかを書いてください（任期満了、異動など）。")})
    locked.until = last_day
    locked.full_clean()
    with journal(by=by, why=why):
        locked.save()
    index_network()
    return locked


def _locked(member: Member, by: Account | None) -> Member:
    locked = Member.objects.select_for_update(of=("self",)).select_related("body").get(pk=member.pk)
    must_keep(by, locked.body)
    return locked


def _write(member: Member, facts: MemberFacts, *, by: Account | None, why: str = "") -> Member:
    member.name, member.kana, member.role, member.since = (
        facts.name.strip(),
        facts.kana.strip(),
        facts.role,
        facts.since,
    )
    member.affiliation, member.post, member.account = facts.affiliation.strip(), facts.post.strip(), facts.account
    member.full_clean()
    with journal(by=by, why=why):
        member.save()
    index_network()
    return member
