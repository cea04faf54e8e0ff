"""The API of papers: those that everybody may see at this moment, whoever asks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from pydantic import Field

from itoguchi.core.api import Answer, Dataset, Filters, Key, column, offer
from itoguchi.network.access import VISITOR, papers_visible_to
from itoguchi.network.api.meetings import ADDRESS, SOURCE, router
from itoguchi.network.models import Correction, Paper


class CorrectionAnswer(Answer):
    """What was wrong in a paper that had come out."""

    day: date = column("日 / Day")
    text: str = column("正誤 / Correction")


class PaperAnswer(Answer):
    """A paper that was handed in at a meeting."""

    slug: str = column("記号 / Slug")
    meeting: str = column("会合 / Meeting", "会合の記号 / Slug of the meeting")
    number: str = column("資料番号 / Number")
    theme: str = column("主題 / Theme")
    title: str = column("題名 / Title")
    text: str = column("内容 / Text")
    provider: str = column("提出者 / Provider")
    since: date = column("いつから / Since")
    came_out_at: datetime | None = column(
        "見られるようになった時 / Came out", "空なら記録にない / Empty where it is not on record"
    )
    corrections: list[CorrectionAnswer] = column("正誤 / Corrections")
    file: str | None = column("ファイルの住所 / Address of the file")
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class PaperFilters(Filters):
    """Of which meeting."""

    meeting: Key | None = Field(None, description="会合の記号 / Slug of a meeting")


def papers(filters: PaperFilters) -> QuerySet[Paper]:
    """Public papers (2 queries)."""
    found = papers_visible_to(VISITOR).select_related("meeting").prefetch_related("corrections")
    return found.filter(meeting__slug=filters.meeting) if filters.meeting else found


def paper_item(row: Paper) -> dict[str, Any]:
    """What is said of it."""
    names = ("slug", "number", "theme", "title", "text", "provider", "since", "came_out_at", "source", "address")
    return {name: getattr(row, name) for name in names} | {
        "meeting": row.meeting.slug,
        "corrections": [{"day": each.day, "text": each.text} for each in row.corrections.all()],
        "file": f"/papers/{row.slug}/file" if row.file_id else None,
    }


offer(
    router,
    Dataset(
        key="papers",
        title="会合の資料 / Papers of meetings",
        about=(
            "会合で配られた資料のうち、だれでも見られるもの。構成員限りのもの、解禁前のものは入らない。"
            " / Papers of meetings that everybody may see. What is for members alone or under embargo is not among them."
        ),
        source=SOURCE,
        page="network:index",
        answer=PaperAnswer,
        filters=PaperFilters,
        rows=papers,
        item=paper_item,
        order=("pk",),
        models=(Paper, Correction),
    ),
)
