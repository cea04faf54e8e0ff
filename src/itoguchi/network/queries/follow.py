"""What people ask of following: what they follow, and what is new to it, each thing once with every reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from itoguchi.accounts.access import memberships_of
from itoguchi.core.followed import happenings, titles_of
from itoguchi.core.remembered import remembered
from itoguchi.core.templatetags.core import day as written
from itoguchi.core.watched import Watched
from itoguchi.network.models import Follow, SharedBox, ThreadMember
from itoguchi.network.queries.posts import told_to_members
from itoguchi.network.queries.threads import TOPIC, on_day, strands_of

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.accounts.models import Account

NEWS_FOR = timedelta(days=31)
Reasons = dict[str, list[tuple[date, str]]]  # address → since when it concerns somebody, and why


def boxes_of(user: User) -> list[SharedBox]:
    """The shared boxes of the user's offices, with what they follow (2 queries, 0 for visitors)."""
    offices = [tuple(each.office.values()) for each in memberships_of(user)]
    if not offices:
        return []
    areas, blocks, organisations = ([each for each in part if each] for part in zip(*offices, strict=True))
    rows: QuerySet[SharedBox] = (
        SharedBox.objects.filter(area__in=areas)
        | SharedBox.objects.filter(block__in=blocks)
        | SharedBox.objects.filter(organisation__in=organisations)
    )
    return list(rows.select_related("area", "block", "organisation").prefetch_related("follows"))


def follows_of(account: Account) -> list[Follow]:
    """What an account follows itself (1 query)."""
    return list(Follow.objects.filter(account=account).order_by("subject"))


def named(follows: Iterable[Follow]) -> list[tuple[Follow, Any, str]]:
    """Follows with what they are and how they are called; what is there no more is called by its address."""
    wanted = list(follows)
    titles = titles_of({each.subject for each in wanted})
    return [(each, *titles.get(each.subject, ("", each.subject))) for each in wanted]


@remembered(most=256)
def watched(account: Account, day: date) -> list[Watched]:
    """What is new to what an account follows, and in the threads in which its bodies take part."""
    follows = list(Follow.objects.filter(account=account))
    parts = strands_of(account, day)
    return _news(_reasons(follows, parts), parts, day)


def news_for_box(box: SharedBox, day: date) -> list[Watched]:
    """What is new to a shared box: to what it follows, and in the threads in which its office takes part."""
    own = ThreadMember.objects.none()
    if box.area_id:
        own = ThreadMember.objects.filter(on_day(day), area=box.area_id)
    elif box.organisation_id:
        own = ThreadMember.objects.filter(on_day(day), organisation=box.organisation_id)
    rows = list(own.select_related("strand__thread", "strand__field", "strand__block", "area", "organisation"))
    return _news(_reasons(list(Follow.objects.filter(box=box)), rows), rows, day)


def _reasons(follows: Iterable[Follow], parts: Iterable[ThreadMember]) -> Reasons:
    """Why something concerns a follower, by the address that it is about (1 query a noun followed)."""
    found: Reasons = {}
    for member in parts:
        why = _("「%(thread)s」に%(member)sが加わっています") % {"thread": member.strand, "member": member}
        found.setdefault(member.strand.address, []).append((member.valid_from or member.asked_on, why))
    for each, noun, title in named(follows):
        why = _("%(noun)s「%(title)s」をフォローしています") % {"noun": noun, "title": title}
        found.setdefault(each.subject, []).append((each.since, why))
    return found


def _news(reasons: Reasons, parts: Iterable[ThreadMember], day: date) -> list[Watched]:
    """Each thing that happened since it concerns the follower, once, with every reason; to members also what is theirs alone."""
    found, first = [], day - NEWS_FOR
    for each in [*happenings(set(reasons), first, day), *told_to_members(parts, first, day)]:
        whys = [
            why for address in sorted(each.about & set(reasons)) for since, why in reasons[address] if each.on >= since
        ]
        if whys:
            why = _("%(what)s（%(day)s）。%(reasons)s。") % {
                "what": each.what,
                "day": written(each.on),
                "reasons": "。".join(dict.fromkeys(whys)),
            }
            found.append(Watched(TOPIC, each.key, each.title, why, each.path))
    return found


def follower_of(user: User, subject: str) -> Mapping[str, Any]:
    """Whether the user, and which of the user's shared boxes, follow it (up to 3 queries)."""
    boxes = boxes_of(user)
    is_own = bool(user.pk) and Follow.objects.filter(account=user.pk, subject=subject).exists()
    return {
        "is_own": is_own,
        "boxes": [(box, any(each.subject == subject for each in box.follows.all())) for box in boxes],
    }
