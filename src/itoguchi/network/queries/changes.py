"""新旧対照表 of what opinions changed: row by row the words before and after, why, and the opinions behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.utils.translation import gettext as _

from itoguchi.network.access import opinions_open_to
from itoguchi.network.models import Body, Change, Decision, Meeting, Opinion
from itoguchi.network.queries.opinions import Voices, voices_shown_to
from itoguchi.roadmap.access import can_revise
from itoguchi.roadmap.models import Noun, Revision
from itoguchi.roadmap.queries.revisions import Difference, compare, drafted

if TYPE_CHECKING:
    from itoguchi.accounts.access import User

Parts = list[tuple[str, bool]]
ADDRESSES = {Noun.FIELD: "fields", Noun.SOLUTION: "solutions", Noun.KPI: "kpis"}


def changes_open_to(user: User) -> QuerySet[Change]:
    """Changes that the user may read: those of a draft edition only once it is published, unless one drafts it."""
    found = Change.objects.select_related("clause__recommendation", "revision__edition", "decision__meeting__body")
    if can_revise(user):
        return found
    return found.filter(Q(revision=None) | Q(revision__state=Revision.State.PUBLISHED))


@dataclass(frozen=True, slots=True)
class ChangedDocument:
    """A recommendation or an edition that opinions changed, and how many changes there are."""

    key: str
    name: str
    address: str
    changes: list[Change]


def changed_documents(user: User) -> list[ChangedDocument]:
    """What opinions changed, document by document (1 query)."""
    found: dict[str, ChangedDocument] = {}
    for each in changes_open_to(user).order_by("pk"):
        if each.clause is not None:
            asked = each.clause.recommendation
            key, name, address = f"recommendation-{asked.pk}", asked.name, asked.address
        else:
            drafted_in: Any = each.revision
            key, name = f"revision-{drafted_in.pk}", drafted_in.title
            address = drafted_in.edition.address if drafted_in.edition else drafted_in.address
        found.setdefault(key, ChangedDocument(key, name, address, [])).changes.append(each)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row of 新旧対照表: the thing, its words before and after with what differs marked, why, and whence."""

    change: Change
    name: str
    address: str
    old: Parts
    new: Parts
    opinions: list[tuple[Opinion, Voices]]
    hidden: int  # opinions behind it that may not be read, with their voices

    @property
    def old_text(self) -> str:
        return "".join(text for text, _differs in self.old)

    @property
    def new_text(self) -> str:
        return "".join(text for text, _differs in self.new)


def rows_of(changes: list[Change], user: User, day: date) -> list[ChangedRow]:
    """Changes as rows, with the opinions behind each as far as the user may read them (up to 10 queries)."""
    of_decisions = Opinion.objects.filter(decision__in=[each.decision_id for each in changes])
    is_open = ExpressionWrapper(opinions_open_to(user), BooleanField())
    behind: list[Any] = list(of_decisions.annotate(may=is_open).order_by("said_on", "pk"))
    may = {each.pk for each in behind if each.may}
    voices = voices_shown_to(user, behind)
    differences = _differences(changes, day)
    rows = []
    for each in changes:
        of_decision = [opinion for opinion in behind if opinion.decision_id == each.decision_id]
        shown = [(opinion, voices[opinion.pk]) for opinion in of_decision if opinion.pk in may]
        hidden = sum(1 + voices[each.pk].number + voices[each.pk].hidden for each in of_decision if each.pk not in may)
        name, address, old, new = _said(each, differences)
        rows.append(ChangedRow(each, name, address, *marked_difference(old, new), shown, hidden))
    return rows


def _differences(changes: list[Change], day: date) -> Mapping[tuple[int, str, str], Difference]:
    found: dict[tuple[int, str, str], Difference] = {}
    for revision in {each.revision for each in changes if each.revision}:
        rows = (
            compare(revision.before, revision.edition.content, revision.items.all())
            if revision.edition
            else drafted(revision, day)
        )
        found |= {(revision.pk, each.noun.value, each.key): each for each in rows}
    return found


def _said(change: Change, differences: Mapping[tuple[int, str, str], Difference]) -> tuple[str, str, str, str]:
    """Name, address, words before and after."""
    if change.clause is not None:
        return str(change.clause), change.clause.address, change.before, change.after
    noun = Noun(change.noun)
    address = f"/{ADDRESSES[noun]}/{change.key}" if noun in ADDRESSES else ""
    row = differences.get((change.revision_id or 0, change.noun, change.key))
    if row is None:
        return change.key, address, "", _("（改定案から外れました）")
    return row.name, address, _lines(row.old), _lines(row.new)


def _lines(said: list[tuple[str, str]]) -> str:
    return "\n".join(f"{label}：{text}" for label, text in said) or "—"


def marked_difference(old: str, new: str) -> tuple[Parts, Parts]:
    """Both texts cut into parts, which differ or not.

    >>> marked_difference("早急に行う", "直ちに行う")
    ([('早急', True), ('に行う', False)], [('直ち', True), ('に行う', False)])
    """
    before, after = Parts(), Parts()
    for what, i, j, k, l in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():  # noqa: E741
        if i < j:
            before.append((old[i:j], what != "equal"))
        if k < l:
            after.append((new[k:l], what != "equal"))
    return before, after


def decisions_of(body: Body) -> QuerySet[Any]:
    """What the meetings of a body that were held decided, each with how many public opinions led to it (1 query)."""
    behind = Q(opinions__moderation=Opinion.Moderation.PASSED, opinions__may_be_public=True)  # as PUBLIC
    rows = Decision.objects.filter(meeting__body=body, meeting__state=Meeting.State.HELD).select_related(
        "meeting__body"
    )
    return rows.annotate(voices=Count("opinions", filter=behind)).order_by("meeting__number", "pk")


def decisions_until(day: date) -> QuerySet[Decision]:
    """What meetings decided about opinions up to a day (1 query)."""
    return Decision.objects.select_related("meeting__body").filter(meeting__held_on__lte=day)
