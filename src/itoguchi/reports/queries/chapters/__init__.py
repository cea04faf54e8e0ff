"""The chapters of the status report, in their order: key, title, and what builds each out of records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from itoguchi.reports.queries.chapter import Chapter
from itoguchi.reports.queries.chapters.briefings import briefings, places_reached
from itoguchi.reports.queries.chapters.follow_up import follow_up, how_far
from itoguchi.reports.queries.chapters.meetings import meetings
from itoguchi.reports.queries.chapters.people import members, subcommittees
from itoguchi.reports.queries.chapters.plan import plan
from itoguchi.reports.queries.chapters.recommendation import funding, points, recommendation, threads
from itoguchi.reports.queries.sources import Sources


@dataclass(frozen=True, slots=True)
class Kind:
    """A chapter before it is built; `figures` are the ids of those it always has."""

    key: str
    title: Any
    build: Callable[[Sources], Chapter]
    figures: frozenset[str] = frozenset()


KINDS = (
    Kind("meetings", _("タスクフォースの開催状況"), meetings),
    Kind(
        "recommendation",
        _("提言と措置状況"),
        recommendation,
        frozenset({"clauses", "clauses-with-action", "clauses-without-action"}),
    ),
    Kind("threads", _("総合的な推進体制（縦・横・斜めの糸）"), threads, frozenset({"threads", "named-bodies"})),
    Kind(
        "briefings",
        _("地域IoT実装推進に関する地方自治体向け説明会等の開催状況"),
        briefings,
        frozenset({"briefings", "nationwide", "first-day", "last-day"}),
    ),
    Kind(
        "places",
        _("説明会等を実施した地域"),
        places_reached,
        frozenset({"prefectures", "blocks", "prefectures-not-yet", "blocks-not-yet"}),
    ),
    Kind("points", _("検討を加速すべき事項と論点"), points, frozenset({"topics", "points"})),
    Kind("funding", _("新たなファンディング手法の例"), funding, frozenset({"funding-examples"})),
    Kind("subcommittee", _("人材・リテラシー分科会"), subcommittees),
    Kind("plan", _("地域IoT人材創造プラン"), plan, frozenset({"programmes", "measures"})),
    Kind(
        "follow-up",
        _("ロードマップのフォローアップ"),
        follow_up,
        frozenset({"kpis", "kpis-asking", "kpis-unanswered", "remedies"}),
    ),
    Kind("spread", _("分野別モデルの広がり"), how_far),
    Kind("members", _("構成員"), members),
)
KIND_OF_KEY = {kind.key: kind for kind in KINDS}
