"""The bridge to the engine `search`: the entries of all rooms in one index, which reads again only what changed."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache, lru_cache
from threading import Lock

import yaml
from django.conf import settings

from itoguchi.core.folding import fold
from itoguchi.core.models import SearchEntry, SearchWord
from itoguchi.engines.search import Document, Group, Index
from itoguchi.engines.search import Found as Found
from itoguchi.engines.search import Hit as Hit
from itoguchi.engines.search import Suggestion as Suggestion
from itoguchi.engines.search.reading import words_of as words_of

KANA = re.compile("[\u3041-\u30ff]*")  # a reading has a place of its own

_lock = Lock()
_kept: dict[str, Index] = {}  # the last index, by the state of the records it was made in


@cache
def _synonyms() -> tuple[Group, ...]:
    """The groups of equal words the product ships (data/search/synonyms.yaml)."""
    given = yaml.safe_load((settings.REFERENCE_DATA / "search/synonyms.yaml").read_text(encoding="utf-8"))
    return tuple(Group(tuple(group["words"]), group["field"]) for group in given["groups"])


def _documents() -> list[Document]:
    """What each entry is found by (2 queries): its title, both details and its words, with its room as facet."""
    words = defaultdict[int, list[str]](list)
    for entry, word in SearchWord.objects.order_by("word").values_list("entry", "word"):
        words[entry].append(word)
    return [
        Document(
            id=f"{entry.room}/{entry.key}",
            title=entry.title,
            reading=entry.reading,
            text="\n".join(
                part
                for part in (entry.detail, entry.title_en, entry.detail_en, *words[entry.pk])
                if part and part != fold(entry.title) and not KANA.fullmatch(part)
            ),
            facets={"room": entry.room},
        )
        for entry in SearchEntry.objects.all()
    ]


def index_of(state: str) -> Index:
    """The index of all entries in a state of the records (core.queries.state_of_records)."""
    with _lock:
        if state not in _kept:
            before = next(iter(_kept.values()), None) or Index((), _synonyms())
            known = {each.document.id: each.document for each in before.reads}
            now = {document.id: document for document in _documents()}
            changed = [document for id_, document in now.items() if known.get(id_) != document]
            gone = known.keys() - now.keys()
            after = before.updated(changed, gone) if changed or gone else before
            _kept.clear()
            _kept[state] = after
        return _kept[state]


def found(state: str, text: str, top: int, facets: dict[str, str]) -> Found:
    """The entries that answer `text` best; a hit's document has the id `room/key`."""
    return index_of(state).find(text, top, facets)


def suggested(state: str, prefix: str, top: int) -> tuple[Suggestion, ...]:
    """How what is being typed may go on."""
    return index_of(state).suggest(prefix, top)


Text = tuple[str, str, str]  # key, title, text


@lru_cache(maxsize=32)
def _index_over(texts: tuple[Text, ...]) -> Index:
    return Index([Document(id=key, title=title, text=text) for key, title, text in texts], _synonyms())


def likest(texts: tuple[Text, ...], asked: str, top: int) -> tuple[Hit, ...]:
    """Which of some texts that are in no room's entries say most of what is asked, best first, with the words met."""
    return _index_over(texts).find(asked, top).hits if texts else ()


def words_by_field() -> dict[str, tuple[str, ...]]:
    """Key of a field of the roadmap → everyday words that belong to it, from the groups of equal words."""
    found = defaultdict[str, tuple[str, ...]](tuple)
    for group in _synonyms():
        found[group.field] += group.words
    return dict(found)
