"""The API of threads: who takes part where, and what runs in them, as everybody may read it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.db.models import QuerySet
from pydantic import Field as Asked

from itoguchi.core.api import Answer, Dataset, Filters, Key, column, no_key, offer
from itoguchi.network.access import VISITOR, posts_visible_to
from itoguchi.network.api.meetings import ADDRESS, SOURCE, router
from itoguchi.network.models import Post, Strand, ThreadItem, ThreadMember

STRAND = "糸の記号（例：diagonal-kinki） / Key of the thread where it runs, for example diagonal-kinki"


class ThreadMemberAnswer(Answer):
    """An area or organisation that takes or took part in a thread."""

    strand: str = column("糸 / Thread", STRAND)
    area: str | None = column("団体コード / Code of the area")
    name: str = column("名称 / Name")
    sector: str = column("種類 / Sector", "area 地方公共団体、ほかは参加組織の種類 / area, else kind of organisation")
    role: Literal["chair", "member", "observer"] = column(
        "役割 / Role", "chair 座長、member 構成員、observer オブザーバー / Chair, member, observer"
    )
    fields: list[str] = column("取り組む分野 / Fields", "分野の記号。空はすべて / Keys of fields; none means all")
    blocks: list[str] = column(
        "取り組む地域 / Blocks", "地域ブロックの記号。空はすべて / Keys of blocks; none means all"
    )
    brings: str = column("取り組みたいこと・できること / What it wants to do and can do")
    valid_from: date | None = column("いつから / From")
    valid_to: date | None = column("いつまで / Until", "最後の日。空は終わりなし / Last day; none while it has no end")
    address: str = column("住所 / Address", ADDRESS)


class ThreadItemAnswer(Answer):
    """Something that runs in a thread."""

    strand: str = column("糸 / Thread", STRAND)
    on: date = column("日 / Day")
    title: str = column("題名 / Title")
    topic: str | None = column("事項 / Topic", "事項の記号 / Key of the topic whose way it is a step of")
    note: str = column("どう扱ったか / How it was dealt with")
    about: str = column("どこにあるか / Where it is", "このサイトの住所 / Address of the thing on this site")
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class ThreadPostAnswer(Answer):
    """What a member told, asked or answered in the information link of a thread, openly."""

    number: int = column("番号 / Number")
    strand: str = column("糸 / Thread", STRAND)
    member: str = column("構成員 / Member", "構成員の住所 / Address of the member")
    kind: Literal["notice", "question", "material", "answer"] = column(
        "種類 / Kind", "notice お知らせ、question 質問、material 資料、answer 回答 / Notice, question, material, answer"
    )
    to: int | None = column("何への回答か / Answer to what", "その番号 / Number of what it answers")
    posted_on: date = column("載せた日 / Posted on")
    title: str = column("題名 / Title", "回答にはない / An answer has none")
    text: str = column("本文 / Words")
    link: str = column("リンク / Link")
    correction: str = column("訂正したこと / What was corrected")
    corrected_on: date | None = column("訂正した日 / Corrected on")
    address: str = column("住所 / Address", ADDRESS)


class ThreadFilters(Filters):
    """Of which thread."""

    strand: Key | None = Asked(None, description=STRAND)


def _of_strand(filters: ThreadFilters) -> dict[str, str]:
    if filters.strand is None:
        return {}
    if not Strand.objects.filter(pk=filters.strand).exists():
        raise no_key("strand", filters.strand)
    return {"strand": filters.strand}


def thread_members(filters: ThreadFilters) -> QuerySet[ThreadMember]:
    """Who takes or took part; requests are nobody else's (1 query, 1 more for a key)."""
    taking_part = ThreadMember.objects.filter(state=ThreadMember.State.APPROVED, **_of_strand(filters))
    return taking_part.select_related("area", "organisation")


def thread_member_item(row: ThreadMember) -> dict[str, Any]:
    names = ("role", "fields", "blocks", "brings", "valid_from", "valid_to", "sector", "address")
    return {name: getattr(row, name) for name in names} | {
        "strand": row.strand_id,
        "area": row.area.code if row.area else None,
        "name": row.area.name if row.area else row.organisation.name if row.organisation else "",
    }


def thread_items(filters: ThreadFilters) -> QuerySet[ThreadItem]:
    """What runs in threads (1 query, 1 more for a key)."""
    return ThreadItem.objects.filter(**_of_strand(filters))


def thread_item_item(row: ThreadItem) -> dict[str, Any]:
    names = ("on", "title", "note", "about", "source", "address")
    return {name: getattr(row, name) for name in names} | {"strand": row.strand_id, "topic": row.topic_id}


def thread_posts(filters: ThreadFilters) -> QuerySet[Post]:
    """Open posts and answers alone, whoever asks (1 query, 1 more for a key)."""
    return posts_visible_to(VISITOR).filter(**_of_strand(filters)).select_related("member")


def thread_post_item(row: Post) -> dict[str, Any]:
    names = ("kind", "posted_on", "title", "text", "link", "correction", "corrected_on", "address")
    return {name: getattr(row, name) for name in names} | {
        "number": row.pk,
        "strand": row.strand_id,
        "member": row.member.address,
        "to": row.to_id,
    }


offer(
    router,
    Dataset(
        key="thread-members",
        title="糸の構成員 / Members of the threads",
        about=(
            "糸に加わっている、または加わっていた団体と参加組織。申込みは入らない。"
            " / Areas and organisations that take or took part in a thread; requests are not among them."
        ),
        source=SOURCE,
        page="network:weave",
        answer=ThreadMemberAnswer,
        filters=ThreadFilters,
        rows=thread_members,
        item=thread_member_item,
        order=("strand_id", "pk"),
        models=(ThreadMember,),
    ),
)
offer(
    router,
    Dataset(
        key="thread-items",
        title="糸で扱うもの / Matters of the threads",
        about="糸で扱った資料・会合・問い。 / Papers, meetings and questions that run in the threads.",
        source=SOURCE,
        page="network:threads",
        answer=ThreadItemAnswer,
        filters=ThreadFilters,
        rows=thread_items,
        item=thread_item_item,
        order=("on", "pk"),
        models=(ThreadItem,),
    ),
)
offer(
    router,
    Dataset(
        key="thread-posts",
        title="糸の情報リンク / Information link of the threads",
        about=(
            "糸に加わっている団体のお知らせ・質問・資料と、その回答。構成員だけのものと取り下げたものは入らない。"
            " / Notices, questions and materials of areas in a thread, and answers. What is for members alone or was"
            " taken back is not among them."
        ),
        source=SOURCE,
        page="network:threads",
        answer=ThreadPostAnswer,
        filters=ThreadFilters,
        rows=thread_posts,
        item=thread_post_item,
        order=("pk",),
        models=(Post,),
    ),
)
