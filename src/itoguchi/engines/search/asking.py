"""What somebody asks for: the words of a question, their synonyms, sounds and near words, each with its weight.

Rules: docs/engines/search.md §6, §7.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Literal

from itoguchi.engines.search.folding import fold, plain
from itoguchi.engines.search.nearness import Lexicon
from itoguchi.engines.search.reading import IDEOGRAPH, SIGN, WRITTEN, read, sound, words_of

# What a word that stands for another weighs, the word itself weighing 1.
SYNONYM, SOUND, NEAR = 0.5, 0.8, (0.6, 0.4)
BORROWED = re.compile("[\u30a1-\u30ffa-z]+")
RUN = re.compile("[\u3041-\u30ff]+|[a-z0-9]+")  # what is written in one kind of kana or letters

Form = Literal["word", "synonym", "sound", "near", "part", "kanji"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a document was found: what was asked, in which form it was met, and what was met."""

    asked: str
    form: Form
    found: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question understood: features and their weights, the words that answer it, and parts of its own words."""

    words: Mapping[str, float]
    pairs: Mapping[tuple[str, str], float]
    parts: Mapping[int, float]
    kanji: Mapping[int, float]
    reasons: Mapping[str, Reason]  # by the word of documents
    written: Mapping[str, str]  # two signs as they were asked → the word they are of
    across: Mapping[str, str]  # two signs that are of no one word → what they stand in
    signs: Mapping[str, str]  # one kanji → likewise


class Vocabulary:
    """The words and pairs of words of all documents with how many have each, and the groups of equal words."""

    def __init__(
        self, words: Mapping[str, int], pairs: Mapping[tuple[str, ...], int], groups: Sequence[tuple[str, ...]]
    ) -> None:
        self.words = words
        self.others: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for group in groups:
            for word in group:
                self.others[words_of(word)] += [other for other in group if other != word]
        self._longest = max(map(len, self.others), default=0)
        spellings: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        often: Counter[str] = Counter()
        for spelling, count in chain((((word,), count) for word, count in words.items()), pairs.items()):
            if len(spelling) == 1 or all(map(BORROWED.fullmatch, spelling)):
                heard = sound("".join(spelling))
                spellings[heard].add(spelling)
                often[heard] += count
        self.lexicon = Lexicon(spellings, often)

    def understand(self, text: str) -> Asked:
        """Take a question apart; what is not a word of the documents is looked for among near ones."""
        simple = plain(text)
        given = read(simple)
        asked = _Understanding()
        tokens = [
            (simple[begin:end], word) for word, begin, end in zip(given.words, given.begins, given.ends, strict=True)
        ]
        for surface, word in tokens:
            asked.add(surface, "word", (word,), 1.0)
            asked.written |= {one + other: surface for run in WRITTEN.findall(surface) for one, other in pairwise(run)}
            asked.signs |= dict.fromkeys(IDEOGRAPH.findall(surface), surface)
        asked.pairs.update(Counter(pairwise(given.words)))
        explained = self._add_synonyms(asked, tokens)
        for run in RUN.finditer(simple):
            inside = [
                (simple[begin:end], word)
                for word, begin, end in zip(given.words, given.begins, given.ends, strict=True)
                if begin < run.end() and end > run.start() and word not in explained
            ]
            unknown = [surface for surface, word in inside if word not in self.words]
            if unknown or (not inside and "ー" in run[0]):
                self._add_sounds(asked, run[0], unknown)
        parts = Counter(sign for sign in given.signs.tolist() if sign >= 1 << SIGN)
        kanji = Counter(ord(sign) for surface, _word in tokens for sign in IDEOGRAPH.findall(surface))
        across = {one + other: run for run in WRITTEN.findall(simple) for one, other in pairwise(run)}
        return Asked(asked.words, asked.pairs, parts, kanji, asked.reasons, asked.written, across, asked.signs)

    def _add_synonyms(self, asked: _Understanding, tokens: Sequence[tuple[str, str]]) -> set[str]:
        """Add equal words (§6), the longest first; returns the words they stand for."""
        explained, at = set[str](), 0
        while at < len(tokens):
            for length in range(min(self._longest, len(tokens) - at), 0, -1):
                words = tuple(word for _surface, word in tokens[at : at + length])
                if words in self.others:
                    said = "".join(surface for surface, _word in tokens[at : at + length])
                    for other in self.others[words]:
                        asked.add(said, "synonym", words_of(other), SYNONYM)
                    explained |= set(words)
                    at += length - 1
                    break
            at += 1
        return explained

    def _add_sounds(self, asked: _Understanding, run: str, unknown: Sequence[str]) -> None:
        """Add words that are read as the run or parts of it; failing that, words that sound nearly so (§7)."""
        heard = fold(run)
        for each in [heard] if heard in self.lexicon.spellings else self.lexicon.inside(heard):
            for words in self.lexicon.spellings[each]:
                asked.add(run, "sound", words, SOUND)
            unknown = [surface for surface in unknown if fold(surface) not in each]
        for each in [run] if unknown and self.lexicon.near(heard) else unknown:
            for near, slips in self.lexicon.near(fold(each)):
                for words in self.lexicon.spellings[near]:
                    asked.add(each, "near", words, NEAR[slips - 1])


class _Understanding:
    """A question while it is being taken apart."""

    def __init__(self) -> None:
        self.words: dict[str, float] = {}
        self.pairs: dict[tuple[str, str], float] = {}
        self.reasons: dict[str, Reason] = {}
        self.written: dict[str, str] = {}
        self.signs: dict[str, str] = {}

    def add(self, asked: str, form: Form, words: tuple[str, ...], weight: float) -> None:
        """Let words stand for what was asked; several share its weight, and their pair has it whole."""
        for word in words:
            self.words.setdefault(word, weight / len(words))
            self.reasons.setdefault(word, Reason(asked, form, " ".join(words)))
        for pair in pairwise(words):
            self.pairs.setdefault(pair, weight)
