"""Who may write what about the roadmap and its records; everybody may read the roadmap and open records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from itoguchi.accounts.access import memberships_of, works_for_block

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.areas.models import Area
    from itoguchi.roadmap.models import FrozenState


def can_record_readings(user: User) -> bool:
    """Record how far a KPI has come."""
    return user.has_perm("roadmap.record")


def can_record_for(user: User, area: Area) -> bool:
    """Record how far this area has come: its own officers, its prefecture's, the secretariat."""
    if user.has_perm("roadmap.record"):
        return True
    return any(each.area_id in {area.pk, area.prefecture_id} - {None} for each in memberships_of(user))


def can_see_all_of(user: User, area: Area) -> bool:
    """See its internal records too: who may record for it, and its block's bureau."""
    return can_record_for(user, area) or works_for_block(user, area.block)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose internal records somebody sees: those of these areas and of these blocks, or of all."""

    sees_all: bool
    areas: frozenset[int]
    blocks: frozenset[str]

    def implementations(self, path: str = "") -> Q:
        """Which implementations may be seen in full; `path` leads from the rows asked for to the implementation."""
        if self.sees_all:
            return Q(**{f"{path}pk__isnull": False})  # all of them, and "not open" is none
        of_areas, of_prefectures, of_blocks = (f"{path}area{end}__in" for end in ("", "__prefecture", "__block"))
        own = Q(**{of_areas: self.areas}) | Q(**{of_prefectures: self.areas}) | Q(**{of_blocks: self.blocks})
        return Q(**{f"{path}is_internal": False}) | own


def scope_of(user: User) -> Scope:
    """What the user sees beside open records; the same for all who see the same, so that work on it is shared."""
    if user.has_perm("roadmap.record"):
        return Scope(sees_all=True, areas=frozenset(), blocks=frozenset())
    terms = memberships_of(user)
    return Scope(
        sees_all=False,
        areas=frozenset(each.area_id for each in terms if each.area_id),
        blocks=frozenset(each.block_id for each in terms if each.block_id),
    )


def implementations_open_to(user: User, path: str = "") -> Q:
    """Which implementations the user may see in full: open ones, and internal ones of areas that are theirs.

    `path` leads from the rows asked for to the implementation, e.g. "implementation__".
    """
    return scope_of(user).implementations(path)


def can_compose(user: User) -> bool:
    """Compose, open, remind of and close surveys and inquiries."""
    return user.has_perm("roadmap.record")


def can_check(user: User, area: Area) -> bool:
    """Check an area's answer or send it back: its prefecture, the secretariat."""
    if user.has_perm("roadmap.record"):
        return True
    return any(each.area_id == area.prefecture_id for each in memberships_of(user) if area.prefecture_id)


def can_revise(user: User) -> bool:
    """Draft revisions of the roadmap, freeze states, and decide on those of others."""
    return user.has_perm("roadmap.record")


def can_see_frozen(user: User, state: FrozenState) -> bool:
    """A frozen state is everybody's once a second person has approved it."""
    return state.is_public or can_revise(user)
