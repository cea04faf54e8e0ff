"""What the network hands down to be found: meetings, papers, clauses, topics, threads, members, associations, public opinions, open posts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from itoguchi.core.actions import Entry, drop_search_entries, keep_search_entries, replace_search_entries
from itoguchi.core.calendar import format_date
from itoguchi.network.access import VISITOR, papers_visible_to, posts_visible_to
from itoguchi.network.models import (
    Clause,
    Meeting,
    Member,
    NamedBody,
    Opinion,
    Paper,
    PointAtIssue,
    Post,
    Strand,
    Thread,
    Topic,
)
from itoguchi.network.queries import meetings, strands

LONGEST = 300  # of a title, and of a word by whose beginning it is found
OPINIONS = "opinions/"  # how the keys of their entries begin


def index_network() -> int:
    """Hand meetings, papers, clauses, topics with their points, threads, associations and members down to the search index."""
    return replace_search_entries("network", _entries(), but=OPINIONS)


def index_opinions(found: Iterable[Opinion]) -> None:
    """Hand those down that everybody may read; one that was merged is found as the other."""
    opinions = list(found)
    shown = [each for each in opinions if each.is_public and each.merged_into_id is None]
    keep_search_entries("network", [_entry_of(each, "意見", "opinion", each.text, each.answer) for each in shown])
    drop_search_entries("network", [f"{OPINIONS}{each.pk}" for each in opinions if each not in shown])


def index_posts(found: Iterable[Post]) -> None:
    """Hand those down that everybody may read; an answer is found on the page of what it answers."""
    posts = [each for each in found if each.to_id is None]
    shown = set(posts_visible_to(VISITOR).filter(pk__in=[each.pk for each in posts]).values_list("pk", flat=True))
    keep_search_entries("network", [_entry_of_post(each) for each in posts if each.pk in shown])
    drop_search_entries("network", [each.address.strip("/") for each in posts if each.pk not in shown])


def _entry_of_post(post: Post) -> Entry:
    return _entry_of(post, "情報リンク", "information link", post.text)


def _entries() -> Iterator[Entry]:
    yield from map(_entry, meetings())
    for paper in papers_visible_to(VISITOR).select_related("meeting"):
        yield _entry_of(
            paper, f"資料（{paper.provider}）", "paper", paper.number, paper.theme, paper.introduction, paper.text
        )
    for clause in Clause.objects.all():
        yield _entry_of(clause, "提言の項目", "clause of a recommendation", clause.heading, clause.text)
    for topic in Topic.objects.all():
        yield _entry_of(topic, "検討を加速すべき事項", "topic to speed up", topic.text)
    for point in PointAtIssue.objects.all():
        yield _entry_of(point, "論点", "point at issue", point.heading, point.text)
    for thread in Thread.objects.all():
        yield _entry_of(thread, "糸", "thread", thread.members, thread.jobs)
    for body in NamedBody.objects.all():
        yield replace(
            _entry_of(body, "全国・地域の団体", "national or regional body", body.quote),
            path=f"/named-bodies/{body.slug}",
        )
    for strand in strands().exclude(thread="horizontal"):  # which is found as the thread
        council = strand.block.council if strand.block else ""
        yield _entry_of(strand, "糸", "thread", council)
    yield from map(_entry_of_post, posts_visible_to(VISITOR).filter(to=None))
    for member in Member.objects.filter(until=None):
        yield _entry_of(member, "構成員", "member", member.affiliation, member.post)


def _entry_of(
    row: Paper | Clause | Topic | PointAtIssue | Thread | Strand | Member | NamedBody | Opinion | Post,
    detail: str,
    detail_en: str,
    *texts: str,
) -> Entry:
    title = row.name if isinstance(row, Topic | Thread | Member) else str(row)
    key = row.address.strip("/")
    return Entry(
        key=key,
        title=title[:LONGEST],
        path=row.address,
        reading=key,
        detail=detail[:LONGEST],
        detail_en=detail_en,
        text="\n".join(filter(None, texts)),
        words=tuple(word[:LONGEST] for word in (title, *texts)),
    )


def _entry(meeting: Meeting) -> Entry:
    said = [item.text for item in meeting.agenda.all()]
    said += [f"{each.title}（{each.speaker}）" for item in meeting.agenda.all() for each in item.presentations.all()]
    return Entry(
        key=meeting.slug,
        title=f"{meeting.body.name} 第{meeting.number}回会合",
        path=meeting.address,
        reading=meeting.slug,
        detail=format_date(meeting.held_on, "ja"),
        detail_en=format_date(meeting.held_on, "en"),
        text="\n".join([*said, *meeting.result_lines]),
        words=(
            meeting.slug,
            meeting.body.name,
            meeting.held_on.isoformat(),
            *(item.text for item in meeting.agenda.all()),
            *(each.title for item in meeting.agenda.all() for each in item.presentations.all()),
        ),
    )
