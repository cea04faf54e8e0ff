"""Search in Japanese: which documents answer some words, best first, which of their parts match, and why.

Rules and sources: docs/engines/search.md (§1 …). Alone: `python -m itoguchi.engines.search < in.json > out.json`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from heapq import nsmallest
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from itoguchi.engines.door import Refused
from itoguchi.engines.search.asking import BORROWED, Asked, Reason, Vocabulary
from itoguchi.engines.search.folding import fold, plain, plain_with_places
from itoguchi.engines.search.reading import SIGN, Words, read, sound, words_of
from itoguchi.engines.search.weighing import Channel

TITLE = 3.0  # §5: a word of the title counts as so many of the text
WORD, PAIR, PART, KANJI = "words", "pairs", "parts", "kanji"
CHANNELS = {WORD: 1.0, PAIR: 0.3, PART: 0.2, KANJI: 0.3}  # §4: what each kind of feature weighs
READERS = 2  # threads that read documents: the analyser lets others run meanwhile
FAINT = 0.1  # §8: what scores below this share of the best is not found

Floats = NDArray[np.float64]


class NotSearchable(Refused):
    """What no index can be made of, or no answer found with."""


@dataclass(frozen=True, slots=True)
class Document:
    """What can be found; `reading` is how its title is read in kana, `facets` what it is filtered by (key → value)."""

    id: str
    text: str
    title: str = ""
    reading: str = ""
    facets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Words that mean the same (§6), and the key of the field in which they do."""

    words: tuple[str, ...]
    field: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A document as it was read: dear to make, so a new index takes it over (§10)."""

    document: Document
    title: Words
    text: Words


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found; marks are the parts of its title and text that match, from sign to sign (§9)."""

    document: Document
    score: float
    title_marks: tuple[tuple[int, int], ...]
    marks: tuple[tuple[int, int], ...]
    why: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The best hits, how many documents were found in all, and how many of each value of each facet (§8)."""

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How what is being typed may go on (§11): the title of a document, or a word."""

    text: str
    kind: Literal["title", "word"]
    id: str = ""


def read_document(document: Document) -> Read:
    """Read one document; the only slow step of an index."""
    return Read(document, read(document.title), read(document.text))


class Index:
    """Documents ready to be found; never changed, so that all threads may ask it.

    >>> index = Index([Document("a", "丹波市の子育て支援"), Document("b", "無線LANの整備")])
    >>> [hit.document.id for hit in index.find("丹波").hits], [hit.document.id for hit in index.find("こそだて").hits]
    (['a'], ['a'])
    """

    def __init__(self, documents: Iterable[Document | Read], synonyms: Sequence[Group] = ()) -> None:
        with ThreadPoolExecutor(READERS) as pool:
            reads = list(pool.map(lambda each: each if isinstance(each, Read) else read_document(each), documents))
        self.reads = tuple(sorted(reads, key=lambda each: each.document.id))  # the order of input never matters
        self.synonyms = tuple(synonyms)
        for before, after in pairwise(self.reads):
            if before.document.id == after.document.id:
                raise NotSearchable("documents", f"the id {after.document.id} is given twice", "Give each its own id")
        _check_synonyms(self.synonyms)
        self._words: dict[str, int] = {}
        self._channels = self._weigh()
        self._titles: dict[str, list[int]] = defaultdict(list)
        for row, each in enumerate(self.reads):
            self._titles[fold(each.document.title)].append(row)
        self._facets = {key: self._codes(key) for key in sorted({k for r in self.reads for k in r.document.facets})}

    def updated(self, changed: Iterable[Document] = (), removed: Iterable[str] = ()) -> Index:
        """An index in which documents are new, changed or gone; the others are not read again (§10)."""
        new = {document.id: document for document in changed}
        gone = set(removed) | set(new)
        return Index([*(each for each in self.reads if each.document.id not in gone), *new.values()], self.synonyms)

    def _weigh(self) -> dict[str, Channel]:
        """The features of all documents by kind (§3)."""
        numbers, texts = self._words, [words for each in self.reads for words in (each.title, each.text)]
        words = np.fromiter((numbers.setdefault(word, len(numbers)) for text in texts for word in text.words), np.int64)
        at = np.repeat(np.arange(len(texts)), [len(text.words) for text in texts])
        is_pair = at[:-1] == at[1:]
        signs = np.concatenate([np.zeros(0, np.int64), *(text.signs for text in texts)])
        of_sign = np.repeat(np.arange(len(texts)), [len(text.signs) for text in texts])
        is_part = signs >= 1 << SIGN
        given = {
            WORD: (words, at),
            PAIR: ((words[:-1] << 32 | words[1:])[is_pair], at[:-1][is_pair]),
            PART: (signs[is_part], of_sign[is_part]),
            KANJI: (signs[~is_part], of_sign[~is_part]),
        }
        return {
            kind: Channel(CHANNELS[kind], features, at // 2, np.where(at % 2, 1.0, TITLE), len(self.reads))
            for kind, (features, at) in given.items()
        }

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        words = list(self._words)
        held = self._channels[WORD].held  # words are numbered from 0 on, without gaps
        return Vocabulary(
            dict(zip(words, held.tolist(), strict=True)),
            self._borrowed(words),
            [group.words for group in self.synonyms],
        )

    def _borrowed(self, words: Sequence[str]) -> dict[tuple[str, ...], int]:
        """Pairs of words that are both written in katakana or letters, and how many documents have each."""
        is_borrowed = np.array([BORROWED.fullmatch(word) is not None for word in words], bool)
        pairs = self._channels[PAIR]
        ones, others = pairs.features >> 32, pairs.features & 0xFFFFFFFF
        chosen = np.flatnonzero(is_borrowed[ones] & is_borrowed[others])
        return {(words[ones[at]], words[others[at]]): int(pairs.held[at]) for at in chosen}

    def _codes(self, key: str) -> tuple[list[str], NDArray[np.intp]]:
        """The values of a facet, and which of them each document has; the last number stands for none."""
        values = sorted({value for each in self.reads if (value := each.document.facets.get(key)) is not None})
        number = {value: at for at, value in enumerate(values)}
        codes = [
            number[each.document.facets[key]] if key in each.document.facets else len(values) for each in self.reads
        ]
        return values, np.array(codes, np.intp)

    def _scores(self, asked: Asked) -> Floats:
        scores = np.zeros(len(self.reads))
        number = self._words
        pairs = {
            number[one] << 32 | number[other]: weight
            for (one, other), weight in asked.pairs.items()
            if one in number and other in number
        }
        words = {number[word]: weight for word, weight in asked.words.items() if word in number}
        self._channels[WORD].add_to(scores, words)
        self._channels[PAIR].add_to(scores, pairs)
        self._channels[PART].add_to(scores, asked.parts)
        self._channels[KANJI].add_to(scores, asked.kanji)
        return scores

    def find(self, text: str, top: int = 10, facets: Mapping[str, str] | None = None, *, first: int = 0) -> Found:
        """The `top` documents that answer `text` best, of those with the values of facets given, but for the `first` ones.

        Raises NotSearchable.
        """
        if top < 1:
            raise NotSearchable("top", f"{top} is too few", "Give 1 or more")
        asked = self._vocabulary.understand(text)
        scores = self._scores(asked)
        best = scores.max(initial=0.0)
        is_found = (scores > 0) & (scores >= FAINT * best)
        scores[self._titles.get(fold(text), [])] += best  # §5: who types a whole title means it
        fits = {key: self._fitting(key, value) for key, value in (facets or {}).items()}
        counts = {
            key: self._counts(key, np.logical_and.reduce([is_found, *(fit for k, fit in fits.items() if k != key)]))
            for key in self._facets
        }
        is_found = np.logical_and.reduce([is_found, *fits.values()])
        rows = np.flatnonzero(is_found)
        last = first + top
        if len(rows) > last:
            least = np.partition(scores[rows], len(rows) - last)[len(rows) - last]
            rows = rows[scores[rows] >= least]
        rows = rows[np.argsort(-scores[rows], kind="stable")][first:last]  # ties by id
        hits = tuple(self._hit(self.reads[row], float(scores[row]), asked) for row in rows)
        return Found(hits, int(is_found.sum()), counts)

    def alike(
        self, id_: str, top: int = 5, *, near: Callable[[Document], float] | None = None, among: int = 200
    ) -> tuple[Hit, ...]:
        """The `top` documents that say most of what one of them says, and it of what they say (§12); raises NotSearchable.

        What else is known of how near one of the `among` best is, `near` tells: the share of the best score that it
        gains in the order, and in the order alone.

        >>> index = Index([Document("a", "丹波の祭り"), Document("b", "丹波で祭りをする"), Document("c", "道路の除雪")])
        >>> [hit.document.id for hit in index.alike("a")]
        ['b']
        """
        row = next((row for row, each in enumerate(self.reads) if each.document.id == id_), None)
        if row is None:
            raise NotSearchable("id", f"there is no document {id_}", "Give the id of one of the documents")
        asked = self._vocabulary.understand(
            f"{self.reads[row].document.title}\n{self.reads[row].document.text}".strip()
        )
        scores = self._scores(asked)
        for kind, channel in self._channels.items():
            channel.add_back_to(scores, row, each_once=kind == WORD)
        scores[row] = 0.0
        rows = [int(at) for at in np.argsort(-scores, kind="stable")[: among if near else top] if scores[at] > 0]
        if near and rows:
            best = float(scores[rows[0]])
            gained = {at: float(scores[at]) + best * near(self.reads[at].document) for at in rows}
            rows = sorted(rows, key=lambda at: (-gained[at], self.reads[at].document.id))[:top]
        return tuple(self._hit(self.reads[at], float(scores[at]), asked) for at in rows)

    def _fitting(self, key: str, value: str) -> NDArray[np.bool_]:
        return np.array([each.document.facets.get(key) == value for each in self.reads], bool)

    def _counts(self, key: str, is_found: NDArray[np.bool_]) -> dict[str, int]:
        values, codes = self._facets[key]
        counts = np.bincount(codes[is_found], minlength=len(values))
        return {value: int(count) for value, count in zip(values, counts, strict=False) if count}

    def _hit(self, found: Read, score: float, asked: Asked) -> Hit:
        has = {*found.title.words, *found.text.words}
        why = [reason for word, reason in asked.reasons.items() if word in has]
        met = {reason.asked for reason in why}
        marks = []
        for words, text in ((found.title, found.document.title), (found.text, found.document.text)):
            spans = [
                (begin, end)
                for word, begin, end in zip(words.words, words.begins, words.ends, strict=True)
                if word in asked.reasons
            ]
            simple, places = "", list[int]()
            for part, of in (*asked.written.items(), *(() if why else asked.across.items())):
                if of in met:
                    continue
                if not simple:
                    simple, places = plain_with_places(text)
                at = simple.find(part)
                while at >= 0:
                    spans.append((places[at], places[at + len(part)]))
                    why.append(Reason(of, "part", part))
                    at = simple.find(part, at + 1)
            marks.append(_merged(spans))
        met |= {reason.asked for reason in why}
        shown = plain(f"{found.document.title} {found.document.text}")
        why += [Reason(of, "kanji", sign) for sign, of in asked.signs.items() if of not in met and sign in shown]
        return Hit(found.document, score, marks[0], marks[1], tuple(dict.fromkeys(why)))

    @cached_property
    def _beginnings(self) -> list[tuple[str, int, int, str, str]]:
        """What may be typed (§11): folded beginning, rank, how seldom, text and id, sorted."""
        found = set()
        spelled: dict[str, str] = {}
        for each in self.reads:
            title, id_ = each.document.title, each.document.id
            if title:
                found |= {(key, 0, 0, title, id_) for key in (fold(title), fold(each.document.reading) or sound(title))}
                for begin in list(each.title.begins)[1:]:
                    found |= {(key(title[begin:]), 1, 0, title, id_) for key in (fold, sound)}
            for words, text in ((each.title, title), (each.text, each.document.text)):
                for word, begin, end in zip(words.words, words.begins, words.ends, strict=True):
                    spelled.setdefault(word, text[begin:end])
        for word, count in self._vocabulary.words.items():
            if len(spelled[word]) > 1 and spelled[word] not in self._titles:
                found |= {(key, 2, -count, spelled[word], "") for key in (fold(spelled[word]), sound(spelled[word]))}
        return sorted(found)

    def suggest(self, prefix: str, top: int = 8) -> tuple[Suggestion, ...]:
        """How `prefix` may go on, by spelling or reading (§11): titles that begin so, titles that hold it, words.

        >>> [each.text for each in Index([Document("a", "", title="子育て支援")]).suggest("こそd")]
        ['子育て支援', '子育て']
        """
        if top < 1:
            raise NotSearchable("top", f"{top} is too few", "Give 1 or more")
        typed = fold(prefix)
        if not typed.isascii():
            typed = typed.rstrip("abcdefghijklmnopqrstuvwxyz")  # kana half typed
        if not typed:
            return ()
        first = bisect_left(self._beginnings, (typed,))
        last = bisect_left(self._beginnings, (typed + "\U0010ffff",))
        ranked = nsmallest(
            top * 4, self._beginnings[first:last], key=lambda each: (each[1], each[2], len(each[0]), each)
        )
        found = {(text, id_): Suggestion(text, "title" if id_ else "word", id_) for _k, _r, _c, text, id_ in ranked}
        return tuple(found.values())[:top]


def _check_synonyms(groups: Sequence[Group]) -> None:
    for number, group in enumerate(groups):
        if len(set(group.words)) < 2:
            raise NotSearchable(
                f"synonyms[{number}]", "a group needs two different words", "Add another or leave it out"
            )
        for word in group.words:
            if not words_of(word):
                raise NotSearchable(f"synonyms[{number}]", f"{word} has no word that is searched by", "Write a noun")


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans in their order, those that touch made one."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((begin, end))
    return tuple(merged)
