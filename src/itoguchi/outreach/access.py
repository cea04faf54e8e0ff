"""Who may plan briefings and log visits, said as sentences: the secretariat everywhere, a bureau in its own block."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from itoguchi.accounts.access import is_coordinator, memberships_of, works_for_block
from itoguchi.outreach.models import Briefing, BriefingBlock, BriefingPrefecture

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.areas.models import Area, Block


def can_plan(user: User) -> bool:
    """Plan, change, hold and cancel briefings somewhere: which ones, the sentences below say."""
    return user.has_perm("outreach.plan")


def can_plan_in(user: User, block: Block) -> bool:
    """Plan for this block and the prefectures in it."""
    return can_plan(user) and (is_coordinator(user) or works_for_block(user, block))


def can_plan_for(user: User, places: Iterable[Area | Block], *, is_nationwide: bool) -> bool:
    """Plan a briefing that counts for these; for the nation only the secretariat does."""
    if is_nationwide or is_coordinator(user):
        return can_plan(user) and is_coordinator(user)
    own = {each.block_id for each in memberships_of(user)} - {None}
    return can_plan(user) and all(getattr(place, "block_id", place.pk) in own for place in places)


def can_change(user: User, briefing: Briefing) -> bool:
    """Change, hold or cancel this briefing, and see and decide its draft; nobody decides on an own draft."""
    places: list[Area | Block] = [each.area for each in briefing.for_prefectures]
    places += [each.block for each in briefing.for_blocks]
    return can_plan_for(user, places, is_nationwide=briefing.is_nationwide)


def changeable_by(user: User) -> Q:
    """The same as a condition on briefings, so that a list needs not their places."""
    if not can_plan(user):
        return Q(pk__in=[])
    if is_coordinator(user):
        return Q()
    own = {each.block_id for each in memberships_of(user)} - {None}
    beyond = [
        Exists(BriefingPrefecture.objects.filter(briefing=OuterRef("pk")).exclude(area__block__in=own)),
        Exists(BriefingBlock.objects.filter(briefing=OuterRef("pk")).exclude(block__in=own)),
    ]
    return Q(is_nationwide=False) & ~Q(beyond[0]) & ~Q(beyond[1])


def can_see(user: User, briefing: Briefing) -> bool:
    """Public, but for drafts."""
    return briefing.state != Briefing.State.DRAFT or can_change(user, briefing)


def can_log_visits(user: User) -> bool:
    """Write down visits somewhere: a bureau in its block, the secretariat everywhere."""
    return user.has_perm("outreach.log_visits")


def can_log_visits_in(user: User, block: Block) -> bool:
    """Write down and correct visits to areas of this block, and see them all."""
    return can_log_visits(user) and (is_coordinator(user) or works_for_block(user, block))


def can_open_visits(user: User) -> bool:
    """Open the log: who writes it, and officers, for the visits to their own area that are shared with it."""
    return can_log_visits(user) or any(each.area_id for each in memberships_of(user))


def can_open_visits_to(user: User, area: Area) -> bool:
    """Read what was talked about with this area: its own officers what is shared with it, its block's bureau all."""
    return can_log_visits_in(user, area.block) or any(each.area_id == area.pk for each in memberships_of(user))


def visits_open_to(user: User) -> Q:
    """Which visits the user may see: those of the block, or shared ones to the own area; the secretariat sees all."""
    terms = memberships_of(user)
    shared = Q(is_shared_with_area=True, visited__area__in=[each.area_id for each in terms if each.area_id])
    if not can_log_visits(user):
        return shared
    return Q() if is_coordinator(user) else shared | Q(block__in=[each.block_id for each in terms if each.block_id])
