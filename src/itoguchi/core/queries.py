"""What every room asks of core: find records by word, list approvals that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Case, IntegerField, Min, QuerySet, Value, When

from itoguchi.core import search as engine
from itoguchi.core.folding import fold
from itoguchi.core.models import Approval, SearchEntry

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.core.search import Found, Suggestion


def state_of_records() -> str:
    """A name for the state that all records are in: the same name, the same records (1 query).

    Transactions that are seen only ever become more; old rows are forgotten long after the last of them has ended.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), count(*), max(at) FROM core_datachange")
        database, changes, last = cursor.fetchone()
    return f"{database} {changes} {last}"


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


def search(text: str, *, top: int = 10, room: str = "") -> Found:
    """The entries of all rooms, or of one, that answer `text` best, with marks, reasons and counts by room.

    1 query while the records are the same, else 3.
    """
    return engine.found(state_of_records(), text, top, {"room": room} if room else {})


def suggestions(prefix: str, *, top: int = 8) -> tuple[Suggestion, ...]:
    """Titles and words that go on as `prefix` begins, by spelling or reading (queries as for `search`)."""
    return engine.suggested(state_of_records(), prefix, top)


def has_entries(room: str) -> bool:
    """Whether a room has handed anything down."""
    return SearchEntry.objects.filter(room=room).exists()


def approvals_waiting_for(account: Account) -> QuerySet[Approval]:
    """Drafts of others that wait for a decision."""
    return Approval.objects.filter(state=Approval.State.DRAFTED).exclude(drafter=account).select_related("drafter")
