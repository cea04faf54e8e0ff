"""What every room asks of core: find records by word, list approvals that wait."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Case, IntegerField, Min, QuerySet, Value, When

from itoguchi.core import search as engine
from itoguchi.core.folding import fold
from itoguchi.core.models import Approval, SearchEntry, SynonymGroup
from itoguchi.core.remembered import remembered

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.core.search import Found, Hit, Marked, Suggestion


def states_of_rooms() -> dict[str, str]:
    """Room → a name for the state its records are in: the same name, the same records; "" is all rooms (1 query).

    Transactions that are seen only ever become more; old rows are forgotten long after the last of them has ended.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_database(), COALESCE(room, ''), count(*), max(at) FROM core_datachange GROUP BY ROLLUP (room)"
        )
        return {room: f"{database} {changes} {last}" for database, room, changes, last in cursor}


def state_of_records() -> str:
    """A name for the state that the records of all rooms are in (1 query)."""
    return states_of_rooms()[""]


def find(text: str, *, room: str = "", limit: int = 20) -> list[SearchEntry]:
    """Entries with a word equal to `text` or beginning with it; whole words first, then by reading (1 query)."""
    word = fold(text)
    if not word:
        return []
    rank = Min(Case(When(words__word=word, then=Value(0)), default=Value(1), output_field=IntegerField()))
    entries = SearchEntry.objects.filter(words__word__startswith=word)
    if room:
        entries = entries.filter(room=room)
    return list(entries.annotate(rank=rank).order_by("rank", "reading", "key")[:limit])


def search(text: str, *, top: int = 10, room: str = "", first: int = 0) -> Found:
    """The entries of all rooms, or of one, that answer `text` best, with marks, reasons and counts by room.

    The `first` ones are left out. 1 query while the records are the same, else 4.
    """
    return engine.found(state_of_records(), text, top, {"room": room} if room else {}, first)


def entries_of(ids: Iterable[str]) -> dict[str, SearchEntry]:
    """Entries by what the index calls them, `room/key`; one that went in the meantime is missing (1 query)."""
    asked = set(ids)
    keys = {id_.partition("/")[2] for id_ in asked}
    found = {f"{each.room}/{each.key}": each for each in SearchEntry.objects.filter(key__in=keys)}
    return {id_: entry for id_, entry in found.items() if id_ in asked}


def marked(found: Found) -> list[tuple[Hit, SearchEntry, Marked]]:
    """What was found with its entries and their texts, cut where they match (1 query)."""
    entries = entries_of(hit.document.id for hit in found.hits)
    return [(hit, entry, engine.marked(hit, entry)) for hit in found.hits if (entry := entries.get(hit.document.id))]


def suggestions(prefix: str, *, top: int = 8) -> tuple[Suggestion, ...]:
    """Titles and words that go on as `prefix` begins, by spelling or reading (queries as for `search`)."""
    return engine.suggested(state_of_records(), prefix, top)


@remembered(most=64, of=("core",))
def everyday_words(field: str) -> str:
    """Words in which people speak of a field, by its key: 猿、サル、鳥獣… (1 query)"""
    return "、".join(dict.fromkeys(engine.words_of_field(field)))


def entries_since(text: str, since: datetime, *, room: str = "", most: int = 100) -> list[SearchEntry]:
    """Entries that answer `text`, among the best `most`, and came or were changed since a moment (queries as for `search`, and 1)."""
    found = entries_of(hit.document.id for hit in search(text, top=most, room=room).hits)
    return [each for each in found.values() if each.changed_at > since]


@dataclass(frozen=True, slots=True)
class Synonyms:
    """A group of equal words as its page shows it: shipped, edited (`edit`), or added (an edit that replaces none)."""

    name: str
    field: str
    words: tuple[str, ...]
    shipped: tuple[str, ...]
    edit: SynonymGroup | None

    @property
    def is_off(self) -> bool:
        return bool(self.edit and self.edit.is_off)


def synonym_groups() -> list[Synonyms]:
    """All groups, also those that are off: the shipped ones in their order, then those added (1 query)."""
    edits = list(SynonymGroup.objects.order_by("pk"))
    by_name = {each.replaces: each for each in edits if each.replaces}
    found = [
        Synonyms(
            name, each.field if each else group.field, tuple(each.words) if each else group.words, group.words, each
        )
        for name, group in engine.shipped_synonyms().items()
        for each in [by_name.pop(name, None)]
    ]
    added = [each for each in edits if not each.replaces or each.replaces in by_name]
    return [*found, *(Synonyms(f"+{each.pk}", each.field, tuple(each.words), (), each) for each in added)]


def last_synonym_changes(most: int = 20) -> list[Any]:
    """The newest entries of the journal of groups of equal words, one for each group: these can be undone (1 query)."""
    events: Any = SynonymGroup.pgh_event_model  # type: ignore[attr-defined]
    newest = events.objects.order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id").values("pgh_id")
    return list(events.objects.filter(pk__in=newest).select_related("pgh_context").order_by("-pgh_id")[:most])


def approvals_waiting_for(account: Account) -> QuerySet[Approval]:
    """Drafts of others that wait for a decision."""
    return Approval.objects.filter(state=Approval.State.DRAFTED).exclude(drafter=account).select_related("drafter")
