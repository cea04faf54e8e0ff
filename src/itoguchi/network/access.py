"""Who may keep the meetings of a body and see its papers, record what was done about clauses, write, read and answer opinions,
who runs a thread.

`papers_visible_to`, `meetings_visible_to` and `posts_visible_to` are the only places that say who sees a paper, a meeting in
preparation, and what members of a thread tell one another: page, API, feed, search, export, calendar and notice all ask them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from itoguchi.accounts.access import memberships_of, works_for_block
from itoguchi.accounts.models import Account, Role
from itoguchi.network.models import Body, Meeting, Member, Opinion, Paper, Post, Strand, ThreadMember

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.accounts.models import Membership
    from itoguchi.areas.models import Area, Block
    from itoguchi.network.models import SharedBox

VISITOR = AnonymousUser()
PUBLIC = Q(moderation=Opinion.Moderation.PASSED, may_be_public=True)  # as `Opinion.is_public`


def can_enter(user: User) -> bool:
    """The secretariat's entry; what roles carry the right is the room accounts' to say."""
    return user.has_perm("network.enter")


def keeps_body(user: User, body: Body) -> bool:
    """Belong to its secretariat: the national one, and for a body of a block that block's bureau too."""
    return can_enter(user) or any(each.block_id and each.block_id == body.block_id for each in memberships_of(user))


def bodies_kept_by(user: User) -> QuerySet[Body]:
    """The bodies whose secretariat the user belongs to."""
    if can_enter(user):
        return Body.objects.all()
    return Body.objects.filter(block__in=[each.block_id for each in memberships_of(user) if each.block_id])


def keeps_some_body(user: User) -> bool:
    """Belong to the secretariat of a body, whichever (1 query for who works for a block, else 0)."""
    return can_enter(user) or (any(each.block_id for each in memberships_of(user)) and bodies_kept_by(user).exists())


def seats_of(user: User) -> QuerySet[Member]:
    """The user's seats in bodies, as they stand today."""
    if not isinstance(user, Account):
        return Member.objects.none()
    today = timezone.localdate()
    return Member.objects.filter(Q(until=None) | Q(until__gte=today), account=user, since__lte=today)


def sits_in(user: User, body: Body) -> bool:
    """Have a seat in a body today (1 query, 0 for visitors)."""
    return seats_of(user).filter(body=body).exists()


def meetings_visible_to(user: User) -> QuerySet[Meeting]:
    """Meetings that were called, held or cancelled; one in preparation for its members and its secretariat alone."""
    if can_enter(user):
        return Meeting.objects.all()
    shown = ~Q(state=Meeting.State.PREPARING)
    if isinstance(user, Account):
        shown |= Q(body__in=bodies_kept_by(user)) | Q(body__in=seats_of(user).values("body"))
    return Meeting.objects.filter(shown)


def papers_visible_to(user: User) -> QuerySet[Paper]:
    """Papers that the user may see at this moment, by the clock of the database; the secretariat sees its own always."""
    if can_enter(user):
        return Paper.objects.all()
    has_passed = Q(embargo_until=None) | Q(embargo_until__lte=Now()) | Q(lifted_at__isnull=False)
    out = Q(state=Paper.State.PUBLISHED) & has_passed
    shown = out & Q(access=Paper.Access.OPEN) & ~Q(meeting__state=Meeting.State.PREPARING)
    if isinstance(user, Account):
        own = Q(access__in=[Paper.Access.OPEN, Paper.Access.MEMBERS], meeting__body__in=seats_of(user).values("body"))
        shown |= (out & own) | Q(meeting__body__in=bodies_kept_by(user))
    return Paper.objects.filter(shown)


def can_tend_opinions(user: User) -> bool:
    """Look citizens' comments through, sort, merge and answer opinions, and write down what they changed."""
    return user.has_perm("network.enter")


def can_write_opinions(user: User) -> bool:
    """Write down opinions that were heard: the secretariat, bureaus, and officers of areas; whose, the next says."""
    return can_tend_opinions(user) or any(each.area_id or each.block_id for each in memberships_of(user))


def can_write_opinion_of(user: User, area: Area | None, block: Block | None) -> bool:
    """Write down what this area, or somebody in this block, said: its own officers, its bureau, the secretariat."""
    if can_tend_opinions(user):
        return True
    if area is not None:
        return any(each.area_id == area.pk for each in memberships_of(user)) or works_for_block(user, area.block)
    return block is not None and works_for_block(user, block)


def can_write_as(user: User, part: ThreadMember | Member, day: date) -> bool:
    """Write opinions as a member on a day within its term: who speaks for that area or organisation, who has that seat."""
    if isinstance(part, ThreadMember):
        return part.stands_on(day) and can_speak_for(user, part)
    return part.sits_on(day) and part.account_id is not None and part.account_id == user.pk


def opinions_open_to(user: User) -> Q:
    """Which opinions the user may read: public ones, those of own areas, blocks, organisations and seats; the secretariat all.

    What a citizen sent is the secretariat's alone until it is public.
    """
    if can_tend_opinions(user):
        return Q(pk__isnull=False)
    terms = memberships_of(user)
    areas = [each.area_id for each in terms if each.area_id]
    blocks = [each.block_id for each in terms if each.block_id and each.role == Role.BUREAU]
    own = Q(area__in=areas) | Q(area__prefecture__in=areas) | Q(area__block__in=blocks) | Q(block__in=blocks)
    if organisations := [each.organisation_id for each in speaks_for(user) if each.organisation_id]:
        own |= Q(member__in=ThreadMember.objects.filter(organisation__in=organisations))
    if isinstance(user, Account):
        own |= Q(seat__in=seats_of(user))
    return PUBLIC | (own & ~Q(origin=Opinion.Origin.CITIZEN)) if user.pk else PUBLIC


# In these roles somebody speaks for a body; an adviser is sent as a person.
SPEAKING = frozenset({Role.OFFICER, Role.PREFECTURE, Role.PARTNER, Role.FUNDER, Role.COORDINATOR})


def can_run(user: User, strand: Strand) -> bool:
    """Let members in, and say what runs in a thread: the organisation that runs it, the bureau of its block, the secretariat."""
    if user.has_perm("network.enter"):
        return True
    return any(
        (each.role == Role.BUREAU and strand.block_id is not None and each.block_id == strand.block_id)
        or (each.role in SPEAKING and strand.run_by_id is not None and each.organisation_id == strand.run_by_id)
        for each in memberships_of(user)
    )


def runs(user: User, strand: str = "") -> Q:
    """The same as a condition on threads, or on what reaches one over `strand` ("strand__"); it asks no query."""
    if user.has_perm("network.enter"):
        return Q()
    own = memberships_of(user)
    blocks = [each.block_id for each in own if each.role == Role.BUREAU and each.block_id]
    bodies = [each.organisation_id for each in own if each.role in SPEAKING and each.organisation_id]
    return Q(**{f"{strand}block__in": blocks}) | Q(**{f"{strand}run_by__in": bodies})


def speaks_for(user: User) -> list[Membership]:
    """The memberships of today in which the user can join threads for an area or organisation."""
    return [each for each in memberships_of(user) if each.role in SPEAKING]


def can_speak_for(user: User, member: ThreadMember) -> bool:
    """Ask for, withdraw or end the part of an area or organisation: those who work for it."""
    return any(
        (member.area_id is not None and each.area_id == member.area_id)
        or (member.organisation_id is not None and each.organisation_id == member.organisation_id)
        for each in speaks_for(user)
    )


def can_see_member(user: User, member: ThreadMember) -> bool:
    """Everybody sees who takes part or took part; a request only who made it and who decides on it."""
    return member.state == member.State.APPROVED or can_speak_for(user, member) or can_run(user, member.strand)


def posts_visible_to(user: User) -> QuerySet[Post]:
    """What is told in the information link of threads, as far as the user may read it today.

    Open posts everybody, the others who takes part in that thread; what was taken back its own body and who runs the
    thread alone, with the answers under it. The secretariat reads all.
    """
    if can_enter(user):
        return Post.objects.all()
    is_there = Q(taken_back_on=None) & (Q(to=None) | Q(to__taken_back_on=None))
    shown = is_there & Q(is_open=True)
    terms = memberships_of(user)
    if terms:
        areas = [each.area_id for each in terms if each.area_id]
        organisations = [each.organisation_id for each in terms if each.organisation_id]
        own = ThreadMember.objects.filter(Q(area__in=areas) | Q(organisation__in=organisations))
        today = timezone.localdate()
        standing = own.filter(
            Q(valid_to=None) | Q(valid_to__gte=today), state=ThreadMember.State.APPROVED, valid_from__lte=today
        )
        shown |= (is_there & Q(strand__in=standing.values("strand"))) | Q(member__in=own) | runs(user, "strand__")
    return Post.objects.filter(shown)


def can_post(user: User, part: ThreadMember, day: date) -> bool:
    """Tell or ask the others of a thread something: an area that takes part; organisations answer."""
    return part.area_id is not None and can_write_as(user, part, day)


def can_take_back_post(user: User, post: Post) -> bool:
    """Take a post or answer back: who wrote it, also after its term, and who runs the thread."""
    return can_speak_for(user, post.member) or can_run(user, post.strand)


def can_keep_box(user: User, box: SharedBox) -> bool:
    """Change a shared box and what it follows: those who work in its office."""
    return any(each.office == box.office for each in memberships_of(user))
