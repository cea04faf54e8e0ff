"""What happened that people follow: in threads, to opinions; and the names of threads."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from itoguchi.core.followed import Happening, keys_at
from itoguchi.network.access import PUBLIC, VISITOR, meetings_visible_to, papers_visible_to, posts_visible_to
from itoguchi.network.models import Opinion, ThreadItem, ThreadMember
from itoguchi.network.queries.posts import told
from itoguchi.network.queries.threads import on_day, strands

THREADS, FIELDS, BLOCKS, SOLUTIONS = "/threads/", "/fields/", "/areas/blocks/", "/solutions/"
LONGEST = 120  # of a key


def key_at(address: str) -> str:
    """The key of news of something: the same whoever tells of it."""
    return f"at {address}"[:LONGEST]


def names_of_threads(keys: Collection[str]) -> dict[str, str]:
    """Key → name (1 query)."""
    return {each.pk: str(each) for each in strands().filter(pk__in=list(keys))}


def happenings(addresses: Collection[str], first: date, last: date) -> Iterator[Happening]:
    """What ran in these threads, or in those of these fields and blocks, with their papers; posts; opinions about these (up to 6 queries)."""
    own, fields, blocks = (keys_at(addresses, prefix) for prefix in (THREADS, FIELDS, BLOCKS))
    if own or fields or blocks:
        yield from _in_threads(own, fields, blocks, first, last)
    solutions = [f"{SOLUTIONS}{key}" for key in keys_at(addresses, SOLUTIONS)]
    if fields or blocks or solutions:
        yield from _opinions(fields, blocks, solutions, first, last)


def _in_threads(
    own: Collection[str], fields: Collection[str], blocks: Collection[str], first: date, last: date
) -> Iterator[Happening]:
    asked = {each.pk: each for each in strands().filter(Q(pk__in=own) | Q(field__in=fields) | Q(block__in=blocks))}
    about = {
        key: frozenset(
            [each.address]
            + ([f"{FIELDS}{each.field_id}"] if each.field_id else [])
            + ([f"{BLOCKS}{each.block_id}"] if each.block_id else [])
        )
        for key, each in asked.items()
    }
    for item in ThreadItem.objects.filter(strand__in=asked, on__gte=first, on__lte=last).order_by("pk"):
        yield Happening(
            key=key_at(item.thing),
            on=item.on,
            what=_("糸で扱うもの"),
            title=item.title,
            path=item.thing,
            about=about[item.strand_id],
        )
    yield from told(posts_visible_to(VISITOR), about, first, last)
    bodies: dict[str, frozenset[str]] = {}  # one body may meet for several threads
    for key, each in asked.items():
        if each.body_id:
            bodies[each.body_id] = bodies.get(each.body_id, frozenset()) | about[key]
    held = meetings_visible_to(VISITOR).filter(body__in=bodies, held_on__gte=first, held_on__lte=last)
    for meeting in held.select_related("body"):
        yield Happening(
            key=key_at(meeting.address),
            on=meeting.held_on,
            what=_("会合"),
            title=str(meeting),
            path=meeting.address,
            about=bodies[meeting.body_id],
        )
    papers = papers_visible_to(VISITOR).filter(meeting__body__in=bodies, came_out_at__date__range=(first, last))
    for paper in papers.select_related("meeting").order_by("pk"):
        if paper.came_out_at:
            yield Happening(
                key=key_at(paper.address),
                on=timezone.localdate(paper.came_out_at),
                what=_("会合の資料"),
                title=paper.name,
                path=paper.address,
                about=bodies[paper.meeting.body_id],
            )
    joined = ThreadMember.objects.filter(on_day(last), strand__in=own, valid_from__gte=first)
    for member in joined.select_related("area", "organisation").order_by("pk"):
        if member.valid_from:
            yield Happening(
                key=f"joined {member.pk}",
                on=member.valid_from,
                what=_("新しい構成員"),
                title=gettext("%(member)sが加わりました") % {"member": member},
                path=asked[member.strand_id].address,
                about=frozenset([asked[member.strand_id].address]),
            )


def _opinions(
    fields: Collection[str], blocks: Collection[str], solutions: Collection[str], first: date, last: date
) -> Iterator[Happening]:
    """Public opinions about them that were said or answered in these days; to be answered is another thing."""
    wanted = Q(field__in=fields) | Q(block__in=blocks) | Q(subject__in=solutions)
    moved = Q(said_on__gte=first, said_on__lte=last) | Q(answered_on__gte=first, answered_on__lte=last)
    for each in Opinion.objects.filter(PUBLIC, wanted, moved, merged_into=None).order_by("pk"):
        is_answered = each.answered_on is not None and first <= each.answered_on <= last
        about = {f"{FIELDS}{each.field_id}", f"{BLOCKS}{each.block_id}", each.subject}
        yield Happening(
            key=f"opinion {each.pk} answered" if is_answered else f"opinion {each.pk}",
            on=each.answered_on if is_answered and each.answered_on else each.said_on,
            what=_("意見への回答") if is_answered else _("意見"),
            title=each.title,
            path=each.address,
            about=frozenset(about),
        )
