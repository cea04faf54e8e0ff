"""The API of opinions: what was said, what became of it and what it changed, as far as everybody may read it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.db.models import QuerySet
from django.utils import timezone
from pydantic import Field as Asked

from itoguchi.areas.models import Block
from itoguchi.core.api import Answer, Dataset, Day, Filters, Key, column, no_key, offer
from itoguchi.network import queries
from itoguchi.network.access import PUBLIC
from itoguchi.network.api.meetings import ADDRESS, router
from itoguchi.network.models import CommentPeriod, Opinion
from itoguchi.roadmap.models import Field

StateName = Literal["received", "sorted", "merged", "answered"]
VerdictName = Literal["adopted", "partly", "noted", "not-adopted"]
OriginName = Literal["citizen", "briefing", "visit", "meeting", "member", "area"]
STATES = "received 受付、sorted 整理済み、merged 統合、answered 回答済み / Received, sorted, merged, answered"
VERDICTS = (
    "adopted 採用、partly 一部採用、noted 今後の参考、not-adopted 採用しない"
    " / Adopted, adopted in part, noted, not adopted"
)
ORIGINS = (
    "citizen 意見募集、briefing 説明会、visit 訪問、meeting 会合、member 構成員、area 団体"
    " / Comment period, briefing, visit, meeting, member, local government"
)


class OpinionAnswer(Answer):
    """What somebody said, and what became of it."""

    number: int = column("番号 / Number")
    title: str = column("ひとことで / In a word")
    text: str = column("意見の文 / Words")
    kind: Literal["opinion", "issue", "proposal"] = column(
        "種類 / Kind", "opinion 意見、issue 課題・論点、proposal 提案 / Opinion, issue, proposal"
    )
    origin: OriginName = column("どこから / From where", ORIGINS)
    heard_at: str = column("聞いた場所 / Heard where", "説明会・会合などの住所 / Address of the briefing, meeting …")
    said_on: date = column("述べられた日 / Said on")
    author: str = column(
        "述べた人 / Said by",
        "resident 住民、area 地方公共団体、company 企業、academic 大学・研究機関、group NPO・団体、unknown 記載なし"
        " / Resident, local government, company, university, association, not told",
    )
    member: str | None = column(
        "述べた構成員 / Member who said it", "糸・会議体の構成員の住所 / Address of the member of a thread or body"
    )
    field: str | None = column("分野 / Field", "分野の記号 / Key of the field")
    block: str | None = column("地域ブロック / Block", "地域ブロックの記号 / Key of the block")
    period: str | None = column("意見募集 / Comment period", "意見募集の記号 / Slug of the comment period")
    subject: str = column("何についてか / About what", "項目・KPIなどの住所 / Address of the clause, KPI …")
    state: StateName = column("状態 / State", STATES)
    merged_into: int | None = column("統合先 / Merged into", "統合先の番号 / Number of the other opinion")
    verdict: VerdictName | None = column("採否 / Verdict", VERDICTS)
    answer: str = column("回答と理由 / Answer and reason")
    answered_on: date | None = column("回答した日 / Answered on")
    decision: str | None = column("対応 / Decision", "対応の住所 / Address of the decision")
    address: str = column("住所 / Address", ADDRESS)


class OpinionFilters(Filters):
    """Which opinions, as of which day."""

    as_of: Day | None = Asked(None, description="時点（なければ今日） / As of this day, else today")
    state: StateName | None = Asked(None, description=f"状態：{STATES}")
    verdict: VerdictName | None = Asked(None, description=f"採否：{VERDICTS}")
    origin: OriginName | None = Asked(None, description=f"どこから：{ORIGINS}")
    field: Key | None = Asked(None, description="分野の記号 / Key of a field")
    block: Key | None = Asked(None, description="地域ブロックの記号 / Key of a regional block")
    period: Key | None = Asked(None, description="意見募集の記号 / Slug of a comment period")


def opinions(filters: OpinionFilters) -> QuerySet[Any]:
    """Public opinions alone, whoever asks (1 query more for each key asked for)."""
    found = (
        queries.with_state(filters.as_of or timezone.localdate())
        .filter(PUBLIC)
        .select_related("period", "member", "seat")
    )
    for name, rows, key in (
        ("field", Field.objects.all(), "key"),
        ("block", Block.objects.all(), "key"),
        ("period", CommentPeriod.objects.all(), "slug"),
    ):
        asked = getattr(filters, name)
        if asked is None:
            continue
        row = rows.filter(**{key: asked}).first()
        if row is None:
            raise no_key(name, asked)
        found = found.filter(**{name: row})
    if filters.verdict:
        found = found.filter(verdict=filters.verdict, state=Opinion.State.ANSWERED)
    wanted = {"state": filters.state, "origin": filters.origin}
    return found.filter(**{name: value for name, value in wanted.items() if value is not None})


def opinion_item(row: Any) -> dict[str, Any]:
    """What is said of it up to the day asked for; an answer given later is none yet."""
    names = ("title", "text", "kind", "origin", "heard_at", "said_on", "author", "subject", "state", "address")
    is_answered, is_merged = row.state == Opinion.State.ANSWERED, row.state == Opinion.State.MERGED
    return {name: getattr(row, name) for name in names} | {
        "number": row.pk,
        "member": part.address if (part := row.member or row.seat) else None,
        "field": row.field_id,
        "block": row.block_id,
        "period": row.period.slug if row.period else None,
        "merged_into": row.merged_into_id if is_merged else None,
        "verdict": row.verdict if is_answered else None,
        "answer": row.answer if is_answered else "",
        "answered_on": row.answered_on if is_answered else None,
        "decision": f"/decisions/{row.decision_id}" if row.decision_id else None,
    }


offer(
    router,
    Dataset(
        key="opinions",
        title="意見 / Opinions",
        about=(
            "説明会・訪問・会合・意見募集で述べられた意見と、その採否。公開していないものは入らない。"
            " / What was said at briefings, visits, meetings and in comment periods, and whether it was adopted."
            " What is not public is not among them."
        ),
        source="記録ごとに記載 / Named with each record",
        page="network:opinions",
        answer=OpinionAnswer,
        filters=OpinionFilters,
        rows=opinions,
        item=opinion_item,
        order=("pk",),
        models=(Opinion,),
    ),
)
