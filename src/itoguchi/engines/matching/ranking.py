"""Which schemes suit a need best, in order and with the reasons, for one need or for all of them at once.

Rules and weights: docs/engines/matching.md (§8 … §15).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain
from math import inf
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from itoguchi.engines.door import Refused
from itoguchi.engines.matching.eligibility import (
    FACTS,
    Answers,
    Reason,
    Row,
    Rule,
    State,
    Table,
    Value,
    Verdict,
    answer_all,
    conditions_of,
    explain,
    gaps_of,
    reasons_of,
)

Bits = NDArray[np.uint8]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# §8: what a part counts; they need not sum to anything.
WEIGHTS: Mapping[str, float] = {
    "solution": 3.0,
    "words": 2.5,
    "field": 2.0,
    "timing": 1.5,
    "size": 0.5,
    "choice": 0.5,
}
UNKNOWN = 0.5  # §8: what a part is worth where nothing is known of it
READY = 30  # §11: days that an application takes
FAR = 365  # §11: days after which a window is too far away to be worth anything
SHOWN_WORDS = 5
REMEMBERED = 2048  # rows of 4 bytes for each scheme
BLOCK = 2000  # needs worked on at a time, a multiple of 8
MANY = 2000  # needs that take as long as compiling does
HALF = 0.5  # §14: of a score is added to whole numbers for who may use it, so that no score outweighs that

Key = TypeVar("Key", bound=Hashable)
Distinct = tuple[Floats, NDArray[np.intp]]  # distinct rows, shape (rows, schemes), and the row of each need
Sparse = tuple[NDArray[np.int32], NDArray[np.int32], Floats]  # rows of csr: where each starts, its columns and values


class NotMatchable(Refused):
    """Schemes, needs or weights that nothing can be ranked from."""


@dataclass(frozen=True, slots=True)
class Window:
    """When a scheme can be asked for, first and last day; None where only the other end is known.

    `begins` and `ends`: the days from and to which it counts, where these are others: a day's hour has not come or has gone
    by, or an end is not told but not without limit either.
    """

    opens: date | None
    closes: date | None
    begins: date | None = None
    ends: date | None = None

    @property
    def first(self) -> date:
        """The day from which it counts."""
        return self.begins or self.opens or date.min

    @property
    def last(self) -> date:
        """The day to which it counts."""
        return self.ends or self.closes or date.max


@dataclass(frozen=True, slots=True)
class Scheme:
    """What is on record of a scheme. No fields or solutions: for any. `least` and `most` in yen for one project."""

    key: str
    rule: Rule | None = None
    fields: frozenset[str] = frozenset()
    solutions: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    least: float | None = None
    most: float | None = None
    asked: int | None = None
    chosen: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What an area wants solved: `size` in yen, `wanted` the day by which it wants to have asked.

    The last four are facts for rules (§3), None where nobody said.
    """

    key: str
    area: str
    fields: frozenset[str] = frozenset()
    solutions: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    size: float | None = None
    wanted: date | None = None
    applicant: str | None = None
    members: frozenset[str] | None = None
    recommended: bool | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: its value 0 … 1, its weight, and what it rests on (§9 … §13)."""

    key: str
    value: float
    weight: float
    is_known: bool
    about: tuple[str | float, ...]


@dataclass(frozen=True, slots=True)
class Timing:
    """The window that counts (§11); `days` until it opens or, when open, until it closes (None: no end is told)."""

    state: Literal["open", "coming", "closed", "unknown"]
    window: Window | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Match:
    """A scheme for a need: may the area use it, how well it suits, and why."""

    scheme: str
    eligible: State
    has_rule: bool
    score: float
    parts: tuple[Part, ...]
    reasons: tuple[Reason, ...]
    gaps: tuple[Reason, ...]
    timing: Timing
    verdict: Verdict | Reason | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """For each need its best schemes, best first; all of shape (needs, top)."""

    needs: tuple[str, ...]
    schemes: tuple[str, ...]
    places: NDArray[np.int32]  # in `schemes`
    states: NDArray[np.int8]  # 1 yes, 0 unknown, −1 no
    scores: Floats

    def of(self, need: int) -> tuple[str, ...]:
        """The schemes of one need, by its place."""
        return tuple(self.schemes[place] for place in self.places[need])


class Matcher:
    """Knows all schemes as of a day and ranks them for any number of needs.

    `weights` are WEIGHTS unless given. Raises NotMatchable.

    >>> schemes = [Scheme("wifi", solutions=frozenset({"wifi"})), Scheme("telework", solutions=frozenset({"telework"}))]
    >>> matcher = Matcher(schemes, date(2026, 11, 24))
    >>> need = Need("n1", "282219", solutions=frozenset({"wifi"}))
    >>> [(match.scheme, round(match.score, 3)) for match in matcher.match(need, Table.of({"282219": {}}))]
    [('wifi', 0.525), ('telework', 0.225)]
    """

    def __init__(self, schemes: Iterable[Scheme], day: date, weights: Mapping[str, float] = WEIGHTS) -> None:
        self.schemes = sorted(schemes, key=lambda scheme: scheme.key)  # §14: the order of input never matters
        self.keys = tuple(scheme.key for scheme in self.schemes)
        _check_schemes(self.schemes)
        self.rules = [(scheme.key, scheme.rule) for scheme in self.schemes]
        self.asks_project = np.array([_asks_project(scheme.rule) for scheme in self.schemes], bool)
        self.weights = _shares(weights)
        self.solutions = _Tags([scheme.solutions for scheme in self.schemes])
        self.fields = _Tags([scheme.fields for scheme in self.schemes])
        self.windows = _Windows(self.schemes, day)
        self.sizes = _Sizes(self.schemes)
        self.choice = np.array([_choice(scheme) for scheme in self.schemes])
        self.words = _Words([scheme.words for scheme in self.schemes])
        # Many needs ask the same, but for their words: what that adds to the scores is worked out once.
        remember = lru_cache(REMEMBERED)
        self._topic = remember(
            lambda tags: self._weighed(
                {"solution": self.solutions.shared(tags[0]), "field": self.fields.shared(tags[1])}
            )
        )
        self._timing = remember(
            lambda wanted: self._weighed({"timing": self.windows.values(wanted), "choice": self.choice})
        )
        self._size = remember(lambda size: self._weighed({"size": self.sizes.values(size)}))
        self._alone = lru_cache(1)(self._states_alone)

    def _states_alone(self, areas: Table) -> NDArray[np.int8]:
        """What areas' facts alone say of each rule (§5), shape (schemes, areas)."""
        columns = {about: column for about, column in areas.columns.items() if FACTS[about[0]].of == "area"}
        return answer_all(self.rules, Table(areas.keys, columns)).states()

    def _weighed(self, values: Mapping[str, Doubles]) -> Floats:
        """Half of what some parts add to the scores, shape (schemes,)."""
        return np.asarray(sum(HALF * self.weights[key] * value for key, value in values.items()), np.float32)

    def rank(self, needs: Sequence[Need], areas: Table, top: int = 10, threads: int = 1) -> Ranking:
        """The best `top` schemes of each need (§14), for many needs at once. Raises NotMatchable.

        The first call with MANY needs compiles for a second. `areas` must not change between calls.
        """
        if top < 1:
            raise NotMatchable("top", f"{top} is too few", "Give 1 or more")
        table = applicants(needs, areas)
        top = min(top, len(self.schemes))
        places, ranks = np.zeros((len(needs), top), np.int32), np.zeros((len(needs), top), np.float32)
        if places.size:
            answers = self._answers(needs, areas, table)
            texts = self.words.of([need.words for need in needs]) * np.float32(HALF * self.weights["words"])
            words = self.words.by_word
            fill = _fill
            if len(needs) >= MANY:
                from itoguchi.engines.matching import many  # here: pages ask for one need and never load a compiler

                fill = many.fill

            def work(start: int) -> None:
                end = start + BLOCK
                fill(
                    _distinct(self._topic, [(need.solutions, need.fields) for need in needs[start:end]]),
                    _distinct(self._timing, [need.wanted for need in needs[start:end]]),
                    _distinct(self._size, [need.size for need in needs[start:end]]),
                    (texts.indptr[start : end + 1], texts.indices, texts.data),
                    (words.indptr, words.indices, words.data),
                    _turned(answers.yes[:, start // 8 : end // 8]),
                    _turned(answers.no[:, start // 8 : end // 8]),
                    places[start:end],
                    ranks[start:end],
                )

            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(work, range(0, len(needs), BLOCK)))
        states = ranks.astype(np.int8) - np.int8(1)
        return Ranking(tuple(need.key for need in needs), self.keys, places, states, ranks % 1 / HALF)

    def _answers(self, needs: Sequence[Need], areas: Table, table: Table) -> Answers:
        """Who may use what; `table` has the needs with their areas' facts.

        What these facts decide alone no project changes (§5): for few needs only the rest is answered again.
        """
        if len(needs) >= MANY:
            return answer_all(self.rules, table)
        states = self._alone(areas)[:, [areas.places[need.area] for need in needs]]
        (left,) = np.nonzero(self.asks_project & (states == 0).any(1))
        states[left] = answer_all([self.rules[place] for place in left], table).states()
        return Answers.of(states)

    def match(self, need: Need, areas: Table, top: int = 10) -> tuple[Match, ...]:
        """The best `top` schemes of one need with all their reasons (§8 … §15). Raises NotMatchable."""
        ranking = self.rank([need], areas, top)
        row = applicants([need], areas).row(0)
        parts: dict[str, Floats | Doubles] = {
            "solution": self.solutions.shared(need.solutions),
            "words": self.words.likeness(need.words),
            "field": self.fields.shared(need.fields),
            "timing": self.windows.values(need.wanted),
            "size": self.sizes.values(need.size),
            "choice": self.choice,
        }
        return tuple(
            self._match(need, row, int(place), {key: float(value[place]) for key, value in parts.items()})
            for place in ranking.places[0]
        )

    def _match(self, need: Need, row: Row, place: int, values: Mapping[str, float]) -> Match:
        scheme = self.schemes[place]
        verdict = None if scheme.rule is None else explain(scheme.rule, row, scheme.key)
        about = self._about(need, scheme)
        parts = tuple(Part(key, values[key], weight, *about[key]) for key, weight in self.weights.items())
        return Match(
            scheme.key,
            State.UNKNOWN if verdict is None else verdict.state,
            scheme.rule is not None,
            sum(part.weight * part.value for part in parts),
            parts,
            () if verdict is None else reasons_of(verdict),
            () if verdict is None else gaps_of(verdict),
            self.windows.timing(place, need.wanted),
            verdict,
        )

    def _about(self, need: Need, scheme: Scheme) -> dict[str, tuple[bool, tuple[str | float, ...]]]:
        """Of each part whether anything is known, and what it rests on."""
        sizes = tuple(yen for yen in (need.size, scheme.least, scheme.most) if yen is not None)
        return {
            "solution": (bool(need.solutions and scheme.solutions), tuple(sorted(need.solutions & scheme.solutions))),
            "field": (bool(need.fields and scheme.fields), tuple(sorted(need.fields & scheme.fields))),
            "words": (bool(need.words and scheme.words), self.words.shared(need.words, scheme.words)),
            "timing": (bool(scheme.windows), ()),
            "size": (need.size is not None and len(sizes) > 1, sizes),
            "choice": (bool(scheme.asked), (scheme.chosen or 0, scheme.asked) if scheme.asked else ()),
        }


def _distinct(of: Callable[[Key], Floats], keys: Sequence[Key]) -> Distinct:
    """What keys add to the scores, each that is not the same once."""
    places: dict[Key, int] = {}
    at = [places.setdefault(key, len(places)) for key in keys]
    return np.array([of(key) for key in places]), np.array(at)


def _turned(bits: Bits) -> Bits:
    """Shape (needs / 8, schemes); by way of a copy, whose rows lie closer together."""
    return bits.copy().T.copy()


def _fill(
    topics: Distinct,
    timings: Distinct,
    sizes: Distinct,
    texts: Sparse,
    words: Sparse,
    yes: Bits,
    no: Bits,
    places: NDArray[np.int32],
    ranks: Floats,
) -> None:
    """Write the best schemes of each need to `places`, best first, ties by place (§14), and their ranks to `ranks`.

    A rank is half the score, and 2 where the area may, 1 where that is unknown. `many.fill` does exactly the same.
    """
    for need in range(len(places)):
        row = topics[0][topics[1][need]] + timings[0][timings[1][need]] + sizes[0][sizes[1][need]]
        for at in range(texts[0][need], texts[0][need + 1]):
            having = slice(words[0][texts[1][at]], words[0][texts[1][at] + 1])
            row[words[1][having]] += texts[2][at] * words[2][having]
        bit = np.uint8(1 << need % 8)
        row += yes[need // 8] & bit != 0
        row += no[need // 8] & bit == 0
        places[need] = np.argsort(-row, kind="stable")[: places.shape[1]]
        ranks[need] = row[places[need]]


def applicants(needs: Sequence[Need], areas: Table) -> Table:
    """What rules may ask of the needs and their areas (§3), a row for each need."""
    for need in needs:
        if need.area not in areas.places:
            raise NotMatchable(f"needs.{need.key}", f"{need.area} is not among the areas", "Give its facts")
        if need.size is not None and not 0 < need.size < inf:
            raise NotMatchable(f"needs.{need.key}", f"{need.size} is no size", "Give yen above 0")
    said: dict[tuple[str, str], list[Value | None]] = {
        ("field", ""): [need.fields or None for need in needs],
        ("solution", ""): [need.solutions or None for need in needs],
    }
    for fact in ("size", "applicant", "members", "recommended", "stage"):
        said[fact, ""] = [getattr(need, fact) for need in needs]
    projects = Table.of_columns([need.key for need in needs], said)
    return areas.joined(np.array([areas.places[need.area] for need in needs], np.intp), projects)


def _check_schemes(schemes: Sequence[Scheme]) -> None:
    for before, scheme in zip([None, *schemes], schemes, strict=False):
        where = f"schemes.{scheme.key}"
        if before and before.key == scheme.key:
            raise NotMatchable(where, "it is given twice", "Give each scheme once")
        for window in scheme.windows:
            if window.opens and window.closes and window.opens > window.closes:
                raise NotMatchable(where, f"a window opens {window.opens}, after it closes", "Mend its days")
        least, most = scheme.least or 0.0, inf if scheme.most is None else scheme.most
        if not 0 <= least <= most or most == 0:
            raise NotMatchable(where, f"{least:g} to {most:g} yen is no size", "Mend least or most")
        if not 0 <= (scheme.chosen or 0) <= (scheme.asked or 0):
            raise NotMatchable(where, f"{scheme.chosen} of {scheme.asked} cannot be chosen", "Mend asked or chosen")


def _asks_project(rule: Rule | None) -> bool:
    return rule is not None and any(FACTS[each.fact].of == "project" for each in conditions_of(rule))


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights that sum to 1 (§8)."""
    if unknown := weights.keys() - WEIGHTS.keys():
        raise NotMatchable("weights", f"{min(unknown)} is no part of the score", f"Use {', '.join(WEIGHTS)}")
    given = {key: weights.get(key, 0.0) for key in WEIGHTS}
    whole = sum(given.values())
    if not (min(given.values()) >= 0 and 0 < whole < inf):
        raise NotMatchable("weights", "they are no weights", "Give 0 or more, and one above 0")
    return {key: weight / whole for key, weight in given.items()}


def _choice(scheme: Scheme) -> float:
    """§13: Laplace's rule of succession; 0.5 where nobody has asked yet.

    >>> round(_choice(Scheme("telework", asked=19, chosen=10)), 3)
    0.524
    """
    return ((scheme.chosen or 0) + 1) / ((scheme.asked or 0) + 2)


class _Tags:
    """Fields, or solutions, of all schemes."""

    def __init__(self, sets: Sequence[frozenset[str]]) -> None:
        self.having = {tag: np.array([tag in tags for tags in sets]) for tag in frozenset().union(*sets)}
        self.otherwise = np.array([0.0 if tags else UNKNOWN for tags in sets])

    def shared(self, tags: frozenset[str]) -> Doubles:
        """1 where a scheme has one of them, 0 where not, 0.5 where it or the need has none (§9); shape (schemes,)."""
        if not tags:
            return np.full(self.otherwise.shape, UNKNOWN)
        found = self.otherwise.copy()
        for tag in tags & self.having.keys():
            found[self.having[tag]] = 1.0
        return found


class _Sizes:
    """What projects each scheme is for, in yen (§12)."""

    def __init__(self, schemes: Sequence[Scheme]) -> None:
        self.least = np.array([scheme.least or 0.0 for scheme in schemes])
        self.most = np.array([inf if scheme.most is None else scheme.most for scheme in schemes])
        self.is_known = (self.least > 0) | (self.most < inf)

    def values(self, size: float | None) -> Doubles:
        """1 within its ends, less the farther outside; shape (schemes,)."""
        if size is None:
            return np.full(self.least.shape, UNKNOWN)
        with np.errstate(divide="ignore"):
            fit = np.minimum(np.minimum(size / self.least, self.most / size), 1.0)
        return np.where(self.is_known, fit, UNKNOWN)


class _Windows:
    """When each scheme can be asked for, as of a day (§11)."""

    def __init__(self, schemes: Sequence[Scheme], day: date) -> None:
        self.schemes, self.day = schemes, day
        ahead = [[window for window in scheme.windows if window.last >= day] for scheme in schemes]
        self.has_ahead = np.array([bool(windows) for windows in ahead], bool)
        self.otherwise = np.array([0.0 if scheme.windows else UNKNOWN for scheme in schemes])
        self.starts = np.cumsum([0, *(len(windows) for windows in ahead if windows)])[:-1]
        self.ahead = _ordinals(chain.from_iterable(ahead))

    def values(self, wanted: date | None) -> Doubles:
        """What the best window of each scheme is worth, shape (schemes,)."""
        found = self.otherwise.copy()
        if self.starts.size:
            found[self.has_ahead] = np.maximum.reduceat(_worth(self.ahead, self.day, wanted), self.starts)
        return found

    def timing(self, place: int, wanted: date | None) -> Timing:
        """The window that counts for one scheme; of two that are worth the same the one that closes first."""
        windows = sorted(self.schemes[place].windows, key=lambda window: window.last)
        ahead = [window for window in windows if window.last >= self.day]
        if not ahead:
            return Timing("closed", windows[-1], None) if windows else Timing("unknown", None, None)
        best = ahead[int(_worth(_ordinals(ahead), self.day, wanted).argmax())]
        if best.first > self.day:
            return Timing("coming", best, ((best.opens or best.first) - self.day).days)
        return Timing("open", best, (best.closes - self.day).days if best.closes else None)


def _ordinals(windows: Iterable[Window]) -> Doubles:
    """First and last days, and those by which one has asked at the latest, as numbers; shape (3, windows).

    Without an end one asks when it has opened.
    """
    days = [(window.first, window.last, window.closes or window.first) for window in windows]
    return np.array([[day.toordinal() for day in each] for each in days], float).reshape(-1, 3).T


def _worth(windows: Doubles, day: date, wanted: date | None) -> Doubles:
    """§11: time left to prepare × how soon, or, where a day is wanted, how little after it; shape (windows,)."""
    first, last, asked = windows
    ready = np.minimum((last - day.toordinal() + 1) / READY, 1.0)
    away = first - day.toordinal() if wanted is None else asked - wanted.toordinal()
    worth: Doubles = ready * np.clip(1 - away / FAR, 0.0, 1.0)
    return worth


class _Words:
    """Words of all schemes, weighed by how few schemes have them (§10)."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self.places = {word: at for at, word in enumerate(sorted({word for words in texts for word in words}))}
        having = Counter(chain.from_iterable(set(words) for words in texts))
        counts = np.array([having[word] for word in self.places], float)
        self.rarest = float(np.log(len(texts) + 1.0) + 1)
        self.rarity = self.rarest - np.log(counts + 1)
        self.by_word = csr_array(self.of(texts).T)

    def of(self, texts: Sequence[Sequence[str]]) -> csr_array:
        """Unit rows of weighed words, shape (texts, words of the schemes); words that no scheme has lengthen only."""
        places = dict(self.places)
        columns = [places.setdefault(word, len(places)) for word in chain.from_iterable(texts)]
        ends = np.cumsum([0, *map(len, texts)])
        found = csr_array((np.ones(len(columns)), np.array(columns, np.int32), ends), (len(texts), len(places)))
        found.sum_duplicates()
        rarity = np.append(self.rarity, np.full(len(places) - len(self.rarity), self.rarest))
        found.data = (1 + np.log(found.data)) * rarity[found.indices]
        lengths = np.sqrt(found.power(2).sum(1))
        found.data /= np.repeat(lengths, np.diff(found.indptr))
        return csr_array(found[:, : len(self.places)], dtype=np.float32)

    def likeness(self, text: Sequence[str]) -> Floats:
        """The cosines between one text and all schemes, shape (schemes,)."""
        found: Floats = (self.of([text]) @ self.by_word).toarray()[0]
        return found

    def shared(self, one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
        """Words of both, the rarest first."""
        both = sorted({*one} & {*other}, key=lambda word: (-self.rarity[self.places[word]], word))
        return tuple(both[:SHOWN_WORDS])
