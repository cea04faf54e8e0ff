"""The bridge to the engine `search`: the entries of all rooms in one index, which reads again only what changed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from math import sqrt
from threading import Lock

import yaml
from django.conf import settings

from itoguchi.core.folding import fold
from itoguchi.core.models import SearchEntry, SearchWord, SynonymGroup
from itoguchi.engines.search import Document, Index, NotSearchable, Read, read_document
from itoguchi.engines.search import Found as Found
from itoguchi.engines.search import Group as Group
from itoguchi.engines.search import Hit as Hit
from itoguchi.engines.search import Suggestion as Suggestion
from itoguchi.engines.search.asking import Reason as Reason
from itoguchi.engines.search.reading import words_of as words_of

TEXTS = ("detail", "title_en", "detail_en")  # columns of an entry that pages show beside its title
GLANCE = 80  # signs of a long line that a page shows
KANA = re.compile("[\u3041-\u30ff]*")  # a reading has a place of its own

Parts = tuple[tuple[str, bool], ...]

_lock = Lock()
_kept: dict[str, Index] = {}  # the last index, by the state of the records it was made in


@cache
def shipped_synonyms() -> dict[str, Group]:
    """The groups of equal words the product ships (data/search/synonyms.yaml), by field and first word."""
    given = yaml.safe_load((settings.REFERENCE_DATA / "search/synonyms.yaml").read_text(encoding="utf-8"))
    groups = [Group(tuple(group["words"]), group["field"]) for group in given["groups"]]
    return {f"{group.field} {group.words[0]}": group for group in groups}


def synonyms() -> tuple[Group, ...]:
    """The groups in use: the shipped ones, unless edited, and those that were added (1 query)."""
    edited = list(SynonymGroup.objects.order_by("pk"))
    replaced = {each.replaces for each in edited}
    shipped = [group for name, group in shipped_synonyms().items() if name not in replaced]
    return (*shipped, *(Group(tuple(each.words), each.field) for each in edited if not each.is_off))


def is_searchable(word: str) -> bool:
    """Whether a word can stand in a group: something of it is searched by."""
    try:
        Index((), (Group((word, f"{word}の別名")),))
    except NotSearchable:
        return False
    return True


def words_of_field(key: str) -> tuple[str, ...]:
    """All words of the groups of a field (1 query)."""
    return tuple(word for group in synonyms() if group.field == key for word in group.words)


def _documents() -> list[Document]:
    """What each entry is found by (2 queries): its title, text and words, with its room as facet.

    The first lines of the text are TEXTS, so that marks lead back to them; what else it says follows.
    """
    words = defaultdict[int, list[str]](list)
    for entry, word in SearchWord.objects.order_by("word").values_list("entry", "word"):
        if not KANA.fullmatch(word):
            words[entry].append(word)
    return [
        Document(
            id=f"{entry.room}/{entry.key}",
            title=entry.title,
            reading=entry.reading,
            text="\n".join(
                [*(" ".join(getattr(entry, name).split()) for name in TEXTS), *_rest(entry, words[entry.pk])]
            ),
            facets={"room": entry.room},
        )
        for entry in SearchEntry.objects.all()
    ]


def _rest(entry: SearchEntry, words: list[str]) -> list[str]:
    """What an entry says beyond TEXTS, and words that stand nowhere in it (folded, they read worse)."""
    said = fold("\n".join([entry.title, *(getattr(entry, name) for name in TEXTS), entry.text]))
    return [*entry.text.splitlines(), *(word for word in words if word not in said)]


def index_of(state: str) -> Index:
    """The index of all entries in a state of the records (core.queries.state_of_records)."""
    with _lock:
        if state not in _kept:
            groups = synonyms()
            before = next(iter(_kept.values()), None) or Index((), groups)
            known = {each.document.id: each for each in before.reads}
            now = [
                known[document.id] if document.id in known and known[document.id].document == document else document
                for document in _documents()
            ]
            is_same = groups == before.synonyms and len(now) == len(known) and not any(map(_is_new, now))
            after = before if is_same else Index(now, groups)
            _kept.clear()
            _kept[state] = after
        return _kept[state]


def _is_new(each: Document | Read) -> bool:
    return isinstance(each, Document)


def found(state: str, text: str, top: int, facets: dict[str, str], first: int = 0) -> Found:
    """The entries that answer `text` best, but for the `first` ones; a hit's document has the id `room/key`."""
    return index_of(state).find(text, top, facets, first=first)


def suggested(state: str, prefix: str, top: int) -> tuple[Suggestion, ...]:
    """How what is being typed may go on."""
    return index_of(state).suggest(prefix, top)


@dataclass(frozen=True, slots=True)
class Marked:
    """What a page shows of a hit: each text cut into parts, which match or not; a line more where none of them does."""

    title: Parts
    detail: Parts
    title_en: Parts
    detail_en: Parts
    line: Parts


def marked(hit: Hit, entry: SearchEntry) -> Marked:
    """The texts of an entry found, with the marks of its hit."""
    title = _cut(hit.document.title, hit.title_marks)
    lines, at = list[Parts](), 0
    for line in hit.document.text.split("\n")[: len(TEXTS) + len(entry.text.splitlines())]:
        here = [(begin - at, end - at) for begin, end in hit.marks if begin < at + len(line) and end > at]
        lines.append(_cut(line, here))
        at += len(line) + 1
    shown = dict(zip(TEXTS, lines, strict=False))
    is_shown = any(match for parts in (title, *shown.values()) for _part, match in parts)
    telling = (parts for parts in lines[len(TEXTS) :] if any(match for _part, match in parts))
    return Marked(title=title, line=() if is_shown else _around(next(telling, ())), **shown)


def _cut(text: str, marks: Iterable[tuple[int, int]]) -> Parts:
    """A text as parts that match or not, from sign to sign."""
    parts, at = list[tuple[str, bool]](), 0
    for begin, end in marks:
        parts += [(text[at : max(begin, at)], False), (text[max(begin, at) : end], True)]
        at = end
    return tuple((part, match) for part, match in (*parts, (text[at:], False)) if part)


def _around(parts: Parts) -> Parts:
    """The first match of a line and as much around it as is read at a glance."""
    at = next((at for at, (_part, match) in enumerate(parts) if match), 0)
    near, left = list[tuple[str, bool]](), GLANCE
    if at and len(parts[at - 1][0]) > GLANCE // 2:
        near.append((f"…{parts[at - 1][0][-GLANCE // 2 :]}", False))
    elif at:
        near.append(parts[at - 1])
    for part, match in parts[at:]:
        near.append((part if len(part) <= left else f"{part[:left]}…", match))
        left -= len(part)
        if left <= 0:
            break
    return tuple(near)


Text = tuple[str, str, str]  # key, title, text


@lru_cache(maxsize=20_000)
def _read(key: str, title: str, text: str) -> Read:
    """Reading is the slow step: a text that was read stays so in every index over it."""
    return read_document(Document(id=key, title=title, text=text))


@lru_cache(maxsize=32)
def _index_over(texts: tuple[Text, ...], groups: tuple[Group, ...]) -> Index:
    return Index([_read(*each) for each in texts], groups)


def likest(texts: tuple[Text, ...], asked: str, top: int, groups: tuple[Group, ...]) -> tuple[Hit, ...]:
    """Which of some texts that are in no room's entries say most of what is asked, best first, with the words met.

    `groups` are the words that mean the same (`synonyms`).
    """
    return _index_over(texts, groups).find(asked, top).hits if texts else ()


LEANING = 0.2  # of the best score: how much two texts gain that speak of the same field in whatever words
AMONG = 200  # best ones that are looked at again for their fields


def alike(texts: tuple[Text, ...], key: str, top: int, groups: tuple[Group, ...]) -> tuple[Hit, ...]:
    """Which of some texts say the same as one of them, best first, with the words met.

    Those whose everyday words are of the same fields (`words_by_field`) gain: テレワーク and 光回線 may be one wish.
    """
    own = next(f"{title}\n{text}" for known, title, text in texts if known == key)
    fields = _fields_of(own, groups)

    def near(document: Document) -> float:
        return LEANING * _nearness(fields, _fields_of(f"{document.title}\n{document.text}", groups))

    return _index_over(texts, groups).alike(key, top, near=near, among=AMONG)


@lru_cache(maxsize=20_000)
def _fields_of(text: str, groups: tuple[Group, ...]) -> dict[str, float]:
    """How much a text speaks of each field, by the field's everyday words."""
    texts = tuple((field, "", "\n".join(words)) for field, words in words_by_field(groups).items() if field)
    return {hit.document.id: hit.score for hit in _index_over(texts, groups).find(text, len(texts) or 1).hits}


def _nearness(one: dict[str, float], other: dict[str, float]) -> float:
    """Cosine of two texts' fields: 1 the same, 0 nothing in common."""
    length = sqrt(sum(each * each for each in one.values()) * sum(each * each for each in other.values()))
    return sum(score * other.get(field, 0.0) for field, score in one.items()) / length if length else 0.0


def words_by_field(groups: Iterable[Group]) -> dict[str, tuple[str, ...]]:
    """Key of a field of the roadmap → everyday words that belong to it, from the groups of equal words."""
    found = defaultdict[str, tuple[str, ...]](tuple)
    for group in groups:
        found[group.field] += group.words
    return dict(found)
