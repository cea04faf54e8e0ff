"""What refers to a clause or paper, and so keeps it from being dropped as entered by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from itoguchi.core.journal import is_from_loading
from itoguchi.network.models import Action, Clause, CommentPeriod, Opinion, Paper, ThreadItem
from itoguchi.roadmap.models import Remedy, RevisionItem


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that refers to it: what kind of thing, in which words, and where to see it."""

    what: str
    title: str
    href: str


def mentions_of_clause(clause: Clause) -> list[Mention]:
    """What was done about a clause, what changed it, and what names it by its address (8 queries)."""
    found = list(_named(clause.address))
    done = Action.objects.filter(Q(clause=clause) | Q(evidence=clause.address)).select_related("clause")
    found += [Mention(_("措置"), each.text, each.clause.get_absolute_url()) for each in done]
    found += [
        Mention(_("対応による変更"), each.reason, each.decision.get_absolute_url())
        for each in clause.changes.select_related("decision")
    ]
    if is_from_loading(clause):
        found.append(Mention(_("基準データ"), clause.recommendation.source, clause.recommendation.get_absolute_url()))
    return found


def mentions_of_paper(paper: Paper) -> list[Mention]:
    """What names a paper by its address (5 queries)."""
    return list(_named(paper.address))


def _named(address: str) -> Iterator[Mention]:
    for opinion in Opinion.objects.filter(Q(subject=address) | Q(heard_at=address)):
        yield Mention(_("意見"), opinion.title or opinion.text[:100], opinion.get_absolute_url())
    for item in ThreadItem.objects.filter(about=address).select_related("strand"):
        yield Mention(_("糸で扱うもの"), item.title, f"{item.strand.get_absolute_url()}#item-{item.pk}")
    for period in CommentPeriod.objects.filter(subject=address):
        yield Mention(_("意見募集"), period.title, period.get_absolute_url())
    remedies: Any = Remedy.objects.filter(Q(bears_on=address) | Q(meeting=address)).select_related("question")
    for remedy in remedies:
        yield Mention(_("改善策"), remedy.text, remedy.get_absolute_url())
    for change in RevisionItem.objects.filter(grounds=address).select_related("revision"):
        yield Mention(_("改定の項目"), change.reason, change.revision.get_absolute_url())
