"""Reading of a text: its content words (SudachiPy, short units) and the features it is found by.

Rules: docs/engines/search.md §2, §3.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from functools import cache, lru_cache
from sys import intern
from threading import local

import numpy as np
from numpy.typing import NDArray
from sudachipy import Dictionary, Morpheme, SplitMode, Tokenizer

from itoguchi.engines.search.folding import fold, plain, plain_with_places

FUNCTION = {"助詞", "助動詞", "補助記号", "空白", "記号", "接続詞", "代名詞", "感動詞", "連体詞"}
HIRAGANA = re.compile("[\u3041-\u309f]+")
WRITTEN = re.compile("[^\\W\u3041-\u309f]+")  # runs of kanji, katakana, letters and digits
IDEOGRAPH = re.compile("[\u3400-\u9fff々\U00020000-\U0003ffff]")
PIECE = re.compile("(?s).{1,8000}(?:[。\n]|$)|.{1,8000}")  # the analyser takes 49,149 bytes at once
SIGN = 21  # bits of a sign's number
IS_KANJI = 2


@cache
def _kinds() -> NDArray[np.int8]:
    """For each sign: 0 for hiragana and what is no letter or digit, IS_KANJI for kanji, 1 for the rest."""
    kinds = np.zeros(0x40001, np.int8)  # the last stands for signs beyond
    signs = "".join(map(chr, range(0x40000)))
    for number, pattern in ((1, WRITTEN.pattern), (IS_KANJI, f"{IDEOGRAPH.pattern}+")):
        for run in re.finditer(pattern, signs):
            kinds[run.start() : run.end()] = number
    return kinds


UNKNOWN = 0xF0000000  # from here on the analyser numbers what its dictionary lacks, by part of speech alone
MOST_KNOWN = 100_000

_own = local()  # a tokenizer serves one thread at a time


@cache
def _dictionary() -> Dictionary:
    return Dictionary(dict="small")


def _tokenizer(reading: str = "normalized_form") -> Tokenizer:
    if not hasattr(_own, reading):
        setattr(_own, reading, _dictionary().tokenizer(SplitMode.A, fields={"pos", reading}))
    tokenizer: Tokenizer = getattr(_own, reading)
    return tokenizer


@cache
def _says_something(kind: int) -> tuple[bool, bool]:
    """Whether a part of speech is one of content words, and whether it is one when written in hiragana, too."""
    first, second, *_rest = _dictionary().pos_of(kind)
    is_content = first not in FUNCTION and second != "助動詞語幹"
    return is_content, is_content and not (second == "非自立可能" and first in {"動詞", "形容詞"})


def _word(morpheme: Morpheme) -> str:
    """The common spelling of a content word; empty for all others (§2)."""
    is_content, also_in_hiragana = _says_something(morpheme.part_of_speech_id())
    if not is_content or (not also_in_hiragana and HIRAGANA.fullmatch(morpheme.surface())):
        return ""
    return intern(plain(morpheme.normalized_form()).strip())


def _known_words() -> dict[int | str, str]:
    """What this thread read before, so that each word of the dictionary is looked at once."""
    if len(getattr(_own, "words", ())) > MOST_KNOWN or not hasattr(_own, "words"):
        _own.words = {}
    words: dict[int | str, str] = _own.words
    return words


@dataclass(frozen=True, slots=True)
class Words:
    """The content words of a text in its order, where each begins and ends in it, and its signs (§3)."""

    words: tuple[str, ...]
    begins: array[int]
    ends: array[int]
    signs: NDArray[np.int64]


NOTHING = Words((), array("I"), array("I"), np.zeros(0, np.int64))


def signs_of(simple: str) -> NDArray[np.int64]:
    """Numbers for the pairs of signs next to each other that are no hiragana, and for each kanji (§3)."""
    signs = np.frombuffer(simple.encode("utf-32-le", "replace"), np.uint32).astype(np.int64)
    kinds = _kinds()[np.minimum(signs, len(_kinds()) - 1)]
    pairs = (signs[:-1] << SIGN) | signs[1:]
    return np.concatenate([pairs[(kinds[:-1] > 0) & (kinds[1:] > 0)], signs[kinds == IS_KANJI]])


def read(text: str) -> Words:
    """The content words of a text (§2) and its signs."""
    if not text:
        return NOTHING
    simple, known, tokenizer = plain(text).encode("utf-8", "replace").decode(), _known_words(), _tokenizer()
    words, begins, ends = [], array("I"), array("I")
    for piece in PIECE.finditer(simple):
        start = piece.start()
        for morpheme in tokenizer.tokenize(piece[0]):
            number: int = morpheme.word_id()
            key = number if number < UNKNOWN else f"{number} {morpheme.surface()}"
            word = known.get(key)
            if word is None:
                word = known[key] = _word(morpheme)
            if word:
                words.append(word)
                begins.append(start + morpheme.begin())
                ends.append(start + morpheme.end())
    if simple != text:
        places = plain_with_places(text)[1]
        begins, ends = (array("I", [places[min(at, len(places) - 1)] for at in each]) for each in (begins, ends))
    return Words(tuple(words), begins, ends, signs_of(simple))


@lru_cache(maxsize=100_000)
def words_of(text: str) -> tuple[str, ...]:
    """The content words of a text alone.

    >>> words_of("公衆無線LAN"), words_of("引越しの届け出")
    (('公衆', '無線', 'lan'), ('引っ越し', '届け出'))
    """
    return read(text).words


@lru_cache(maxsize=200_000)
def sound(text: str) -> str:
    """How a text is read, in hiragana; letters stay.

    >>> sound("子育て"), sound("オープンデータ"), sound("wifi")
    ('こそだて', 'おーぷんでーた', 'wifi')
    """
    if not IDEOGRAPH.search(text):
        return fold(text)
    tokenizer, pieces = _tokenizer("reading_form"), PIECE.finditer(plain(text))
    return fold("".join(morpheme.reading_form() for piece in pieces for morpheme in tokenizer.tokenize(piece[0])))
