"""Who may use a scheme: rules kept as data, checked on saving, answered yes, no or unknown with the reason.

Rules: docs/engines/matching.md (§1 … §7).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, reduce
from math import inf
from operator import and_, or_
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from itoguchi.engines.door import Refused

Bools = NDArray[np.bool_]
MOST_CONDITIONS, DEEPEST, MOST_WORDS = 64, 8, 2000  # §1
LARGEST = 10**15  # of a number
MOST_STEPS = 20_000  # §2: beyond this a rule is too tangled for people too
USED = "years_since_use"

KINDS = frozenset({"prefecture", "designated_city", "special_ward", "city", "town", "village"})
BODIES = frozenset(
    {"area", "association", "bank", "chamber", "citizens", "company", "fund", "npo", "third_sector", "university"}
)
STAGES = frozenset({"interested", "considering", "planned", "trial", "running", "shared", "stopped", "not-applicable"})


class Form(StrEnum):
    """How a fact is written and asked for (§1)."""

    NUMBER = "number"  # within a range
    ONE = "one"  # one word, among those listed
    SOME = "some"  # words, at least one of those listed
    ALL = "all"  # words, all of those listed
    YES_NO = "yes-no"


@dataclass(frozen=True, slots=True)
class Fact:
    """What a rule may ask for; `of` says who knows it (text: nobody yet), `words` are all there are (empty: any)."""

    form: Form
    of: Literal["area", "project", "text"]
    unit: str = ""
    is_whole: bool = False
    words: frozenset[str] = frozenset()


FACTS: Mapping[str, Fact] = {
    "kind": Fact(Form.ONE, "area", words=KINDS),
    "area": Fact(Form.ONE, "area"),
    "prefecture": Fact(Form.ONE, "area"),
    "block": Fact(Form.ONE, "area"),
    "population": Fact(Form.NUMBER, "area", "people", is_whole=True),
    "fiscal_strength": Fact(Form.NUMBER, "area"),
    "disadvantaged": Fact(Form.YES_NO, "area"),
    USED: Fact(Form.NUMBER, "area", "years"),
    "applicant": Fact(Form.ONE, "project", words=BODIES | {"consortium"}),
    "members": Fact(Form.ALL, "project", words=BODIES),
    "recommended": Fact(Form.YES_NO, "project"),
    "field": Fact(Form.SOME, "project"),
    "solution": Fact(Form.SOME, "project"),
    "stage": Fact(Form.ONE, "project", words=STAGES),
    "size": Fact(Form.NUMBER, "project", "yen", is_whole=True),
    "unentered": Fact(Form.YES_NO, "text"),
}
KNOWABLE = frozenset(key for key, fact in FACTS.items() if fact.of != "text")
USED_WITHIN = "used_within_years"  # the one word of a rule that has another name than its fact
WORDS = tuple(sorted({*FACTS, USED_WITHIN, "all", "any", "not"} - {USED}))

# What may be wrong with a rule or a fact: message and cure; the key lets a page say it in its own language.
PROBLEMS: Mapping[str, tuple[str, str]] = {
    "shape": ("this is not one condition", "Write an object with one word"),
    "word": ("{0} is not known", "Use {1}"),
    "list": ("this is no list of words", "Write at least one, as […]"),
    "yes_no": ("{0} is neither true nor false", "Write true or false"),
    "number": ("{0} is no number", "Write one from 0 to 10¹⁵"),
    "whole": ("{0} is no whole number", "Write it without a fraction"),
    "range": ("this is no range", "Write one lower end (at_least or above), one upper (at_most or below), or both"),
    "empty_range": ("nothing lies between {0} and {1}", "Put the lower end below the upper"),
    "too_deep": ("it is nested more than {0} deep", "Take parts out of each other"),
    "too_long": ("there are more than {0}", "Leave out what says the same"),
    "never": ("nobody can ever meet this", "Mend or remove it"),
    "clash": ("{0} exclude each other", "Mend or remove one of them"),
    "always": ("everybody meets this", "Remove it, or say what was meant"),
    "tangled": ("it is too tangled to be checked", "Say it more simply"),
    "row": ("these are no facts", "Write them as {{…}}"),
    "unknown_key": ("{0} is not among them", "Give one that is"),
}


class NotARule(Refused):
    """A rule or a fact that nothing can be answered from; `problem` is a key of PROBLEMS, `about` its values."""

    def __init__(self, problem: str, where: str, *about: object) -> None:
        message, cure = PROBLEMS[problem]
        super().__init__(where, message.format(*about), cure.format(*about))
        self.problem, self.about = problem, about


@dataclass(frozen=True, slots=True)
class Remark:
    """What is odd about a rule that may be kept all the same: `always` or `never` (§2)."""

    where: str
    problem: str


class State(StrEnum):
    """The answer for one applicant."""

    YES = "yes"
    UNKNOWN = "unknown"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`; without an end where it is open."""

    low: float = 0.0
    high: float = inf
    has_low: bool = True
    has_high: bool = True

    def holds(self, value: Any) -> Any:
        """Of a number or, one by one, of an array; NaN is in no range."""
        above = value >= self.low if self.has_low else value > self.low
        below = value <= self.high if self.has_high else value < self.high
        return above & below

    def misses(self, low: Any, high: Any) -> Any:
        """Whether no number from `low` to `high` is in it; of numbers or, one by one, of arrays. NaN misses none."""
        below = high < self.low if self.has_low else high <= self.low
        above = low > self.high if self.has_high else low >= self.high
        return below | above

    def beside(self, value: float) -> tuple[str, float]:
        """How a number stands to the end that decides: `(">", 0.8)` for 0.84 where 0.8 is the most."""
        if not (value >= self.low if self.has_low else value > self.low):
            return ("<" if self.has_low else "<="), self.low
        if self.high < inf:
            if self.holds(value):
                return ("<=" if self.has_high else "<"), self.high
            return (">" if self.has_high else ">="), self.high
        return (">=" if self.has_low else ">"), self.low


Value = float | str | bool | frozenset[str] | Range  # a range: a number somewhere in it
Row = Mapping[tuple[str, str], Value]  # §3: what is known of one applicant, by fact and what it is about


@dataclass(frozen=True, slots=True)
class Condition:
    """What is asked of one fact; `of` names the scheme whose use is meant ("": the rule's own)."""

    fact: str
    asks: Range | frozenset[str] | bool
    of: str = ""

    def holds(self, value: Value) -> bool:
        """Of one value, which has the fact's form."""
        match FACTS[self.fact].form:
            case Form.NUMBER | Form.ONE if not isinstance(self.asks, bool):
                return bool(self.asks.holds(value)) if isinstance(self.asks, Range) else value in self.asks
            case Form.SOME:
                return not self.asks.isdisjoint(value)  # type: ignore[union-attr, arg-type]
            case Form.ALL:
                return self.asks <= value  # type: ignore[operator]
        return self.asks is value


@dataclass(frozen=True, slots=True)
class AllOf:
    """Met where all parts are; without parts, by everybody."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Met where one part is."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Met where its part is not."""

    part: Rule


Rule = Condition | AllOf | AnyOf | Not
Vocabulary = Mapping[str, Collection[str]]


# Reading (§1)


def parse(given: object, vocabulary: Vocabulary | None = None) -> Rule:
    """The rule that JSON says; `vocabulary` lists all prefectures, blocks, fields … there are, where known.

    Raises NotARule with the place of what is wrong, also where nobody can ever meet it (§2).

    >>> parse({"fiscal_strength": {"at_most": 0.8}})
    Condition(fact='fiscal_strength', asks=Range(low=0.0, high=0.8, has_low=True, has_high=True), of='')
    >>> parse({"all": [{"population": {"at_most": 5000}}, {"population": {"at_least": 10000}}]})
    Traceback (most recent call last):
    ...
    itoguchi.engines.matching.eligibility.NotARule: rule: rule.all[0] and rule.all[1] exclude each other. Mend or \
remove one of them.
    """
    words = {key: frozenset(each) for key, each in (vocabulary or {}).items()}
    words |= {key: fact.words for key, fact in FACTS.items() if fact.words}
    rule = _parse(given, "rule", 0, words)
    conditions = list(conditions_of(rule))
    if len(conditions) > MOST_CONDITIONS:
        raise NotARule("too_long", "rule", f"{MOST_CONDITIONS} conditions")
    sense = _Sense(conditions, words)
    if not sense.can_be(rule):
        raise _why_never(rule, "rule", sense)
    return rule


def _parse(given: object, where: str, depth: int, words: Mapping[str, frozenset[str]]) -> Rule:
    if not isinstance(given, dict) or len(given) != 1:
        raise NotARule("shape", where)
    ((word, asked),) = given.items()
    where = f"{where}.{word}"
    if word not in WORDS:
        raise NotARule("word", where, word, ", ".join(WORDS))
    if word in {"all", "any", "not"}:
        return _group(word, asked, where, depth, words)
    if word == USED_WITHIN:
        return _used_within(asked, where)
    match FACTS[word].form:
        case Form.NUMBER:
            return Condition(word, _range(asked, where, is_whole=FACTS[word].is_whole))
        case Form.YES_NO:
            return Condition(word, _yes_no(asked, where))
    found = _words(asked, where, words.get(word, frozenset()))
    if not found:
        raise NotARule("list", where)
    return Condition(word, found)


def _group(word: str, asked: object, where: str, depth: int, words: Mapping[str, frozenset[str]]) -> Rule:
    if depth == DEEPEST:
        raise NotARule("too_deep", where, DEEPEST)
    if word == "not":
        return Not(_parse(asked, where, depth + 1, words))
    if not isinstance(asked, list):
        raise NotARule("list", where)
    if len(asked) > MOST_CONDITIONS:
        raise NotARule("too_long", where, f"{MOST_CONDITIONS} conditions")
    parts = tuple(_parse(part, f"{where}[{at}]", depth + 1, words) for at, part in enumerate(asked))
    return AllOf(parts) if word == "all" else AnyOf(parts)


def _used_within(asked: object, where: str) -> Condition:
    years, of = asked, ""
    if isinstance(asked, dict):
        if asked.keys() != {"years", "of"} or not isinstance(asked["of"], str):
            raise NotARule("word", where, ", ".join(map(str, asked)), "years and of")
        years, of = asked["years"], asked["of"]
    years = _number(years, where, is_whole=False)
    if years == 0:
        raise NotARule("empty_range", where, 0, 0)
    return Condition(USED, Range(high=years, has_high=False), of)


def _range(asked: object, where: str, *, is_whole: bool) -> Range:
    if not isinstance(asked, dict) or not asked or asked.keys() - {"at_least", "above", "at_most", "below"}:
        raise NotARule("range", where)
    if {"at_least", "above"} <= asked.keys() or {"at_most", "below"} <= asked.keys():
        raise NotARule("range", where)
    ends = {key: _number(value, f"{where}.{key}", is_whole=is_whole) for key, value in asked.items()}
    low, high = ends.get("at_least", ends.get("above", 0.0)), ends.get("at_most", ends.get("below", inf))
    found = Range(low, high, "above" not in ends, "below" not in ends)
    if low > high or (low == high and not (found.has_low and found.has_high)):
        raise NotARule("empty_range", where, f"{low:g}", f"{high:g}")
    return found


def _number(given: object, where: str, *, is_whole: bool) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= LARGEST:
        raise NotARule("number", where, repr(given))
    if is_whole and given != int(given):
        raise NotARule("whole", where, given)
    return float(given)


def _yes_no(given: object, where: str) -> bool:
    if not isinstance(given, bool):
        raise NotARule("yes_no", where, repr(given))
    return given


def _words(given: object, where: str, known: frozenset[str]) -> frozenset[str]:
    if not isinstance(given, list | tuple | frozenset) or not all(isinstance(word, str) for word in given):
        raise NotARule("list", where)
    if len(given) > MOST_WORDS:
        raise NotARule("too_long", where, f"{MOST_WORDS} words")
    if known and (unknown := sorted(set(given) - known)):
        raise NotARule("word", where, unknown[0], ", ".join(sorted(known)))
    return frozenset(given)


def conditions_of(rule: Rule) -> Iterator[Condition]:
    """Each as often as it is written."""
    match rule:
        case Condition():
            yield rule
        case Not(part):
            yield from conditions_of(part)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from conditions_of(part)


# Sense (§2)


class _Choices:
    """What may be true at once of the conditions on one fact: exact, by looking at each kind of value there is."""

    def __init__(self, conditions: Sequence[Condition], words: frozenset[str]) -> None:
        self.fact = FACTS[conditions[0].fact]
        self.sets = [each.asks for each in conditions if isinstance(each.asks, frozenset)]
        self.cells: set[int] = set()
        for value in self._values(conditions, words):
            self.cells.add(sum(each.holds(value) << at for at, each in enumerate(conditions)))

    def _values(self, conditions: Sequence[Condition], words: frozenset[str]) -> list[Value]:
        """One of each kind: the ends of ranges and a number between them, the words named and another."""
        if self.fact.form == Form.YES_NO:
            return [True, False]
        if self.fact.form == Form.ONE:
            return [*(words or frozenset().union(*self.sets) | {"another word"})]
        if self.fact.form != Form.NUMBER:
            return []
        ends = {0.0}
        for each in conditions:
            if isinstance(each.asks, Range):
                ends |= {each.asks.low, min(each.asks.high, 1e300)}
        ordered = sorted(ends)
        if self.fact.is_whole:
            return [value for end in ordered for value in (end - 1, end, end + 1) if value >= 0]
        return [*ordered, *((a + b) / 2 for a, b in zip(ordered, ordered[1:], strict=False)), inf]

    def allow(self, met: int, unmet: int) -> bool:
        """Whether one applicant can meet the conditions of one bit set and none of the other's."""
        if self.cells:
            return any(cell & met == met and not cell & unmet for cell in self.cells)
        sets_met, sets_unmet = ([each for at, each in enumerate(self.sets) if bits >> at & 1] for bits in (met, unmet))
        if self.fact.form == Form.SOME:  # who has nothing of what is excluded must still have one of each
            excluded = frozenset().union(*sets_unmet)
            return all(each - excluded for each in sets_met)
        had = frozenset().union(*sets_met)  # who has just what is needed must lack one of each
        return all(each - had for each in sets_unmet)


class _Sense:
    """Whether a rule can be met at all: conditions are decided one after the other, as far as their facts allow."""

    def __init__(self, conditions: Sequence[Condition], words: Mapping[str, frozenset[str]]) -> None:
        self.times = {each: conditions.count(each) for each in conditions}
        about: dict[tuple[str, str], list[Condition]] = {}
        for each in self.times:
            about.setdefault((each.fact, each.of), []).append(each)
        self.choices = {key: _Choices(found, words.get(key[0], frozenset())) for key, found in about.items()}
        self.bit = {each: 1 << at for found in about.values() for at, each in enumerate(found)}

    def can_be(self, rule: Rule) -> bool:
        """Raises NotARule where it takes too many steps."""
        self.steps = 0
        return self._search(rule, {}, {})

    def _search(
        self, rule: Rule, decided: Mapping[Condition, bool], bits: Mapping[tuple[str, str], tuple[int, int]]
    ) -> bool:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise NotARule("tangled", "rule")
        left = _decide(rule, decided)
        if isinstance(left, bool):
            return left
        chosen = max(conditions_of(left), key=self.times.__getitem__)
        about = chosen.fact, chosen.of
        met, unmet = bits.get(about, (0, 0))
        for answer in (True, False):
            now = (met | self.bit[chosen], unmet) if answer else (met, unmet | self.bit[chosen])
            if self.choices[about].allow(*now) and self._search(left, {chosen: answer}, {**bits, about: now}):
                return True
        return False


def _decide(rule: Rule, decided: Mapping[Condition, bool]) -> Rule | bool:
    """What is left of a rule once some conditions are decided."""
    match rule:
        case Condition():
            return decided.get(rule, rule)
        case Not(part):
            found = _decide(part, decided)
            return not found if isinstance(found, bool) else Not(found)
    neutral, left = isinstance(rule, AllOf), []
    for part in rule.parts:
        found = _decide(part, decided)
        if found is (not neutral):
            return found
        if not isinstance(found, bool):
            left.append(found)
    if not left:
        return neutral
    return left[0] if len(left) == 1 else type(rule)(tuple(left))


def _parts(rule: Rule, where: str) -> list[tuple[str, Rule]]:
    """Its parts with their places."""
    match rule:
        case Not(part):
            return [(f"{where}.not", part)]
        case AllOf(parts) | AnyOf(parts):
            word = "all" if isinstance(rule, AllOf) else "any"
            return [(f"{where}.{word}[{at}]", part) for at, part in enumerate(parts)]
    return []


def _why_never(rule: Rule, where: str, sense: _Sense) -> NotARule:
    """The smallest part that nobody can meet, or the smallest group of parts that exclude each other."""
    parts = _parts(rule, where)
    if isinstance(rule, AllOf):
        for place, part in parts:
            if not sense.can_be(part):
                return _why_never(part, place, sense)
        for kept in parts.copy():
            rest = [each for each in parts if each is not kept]
            if not sense.can_be(AllOf(tuple(part for _place, part in rest))):
                parts = rest
        places = [place for place, _part in parts]
        return NotARule("clash", where, f"{', '.join(places[:-1])} and {places[-1]}")
    if isinstance(rule, AnyOf) and len(parts) == 1:
        return _why_never(parts[0][1], parts[0][0], sense)
    return NotARule("never", where)


def remarks(rule: Rule, vocabulary: Vocabulary | None = None) -> tuple[Remark, ...]:
    """Parts that everybody or nobody can meet (§2): the rule may be kept, but is hardly what was meant.

    >>> remarks(parse({"any": [{"disadvantaged": True}, {"not": {"disadvantaged": True}}]}))
    (Remark(where='rule', problem='always'),)
    """
    words = {key: frozenset(each) for key, each in (vocabulary or {}).items()}
    words |= {key: fact.words for key, fact in FACTS.items() if fact.words}
    sense = _Sense(list(conditions_of(rule)), words)

    def of(rule: Rule, where: str) -> Iterator[Remark]:
        if not sense.can_be(Not(rule)):
            yield Remark(where, "always")
        elif not sense.can_be(rule):
            yield Remark(where, "never")
        else:
            for place, part in _parts(rule, where):
                yield from of(part, place)

    return tuple(of(rule, "rule"))


# Facts (§3)


def facts_of(given: object, where: str = "facts") -> Row:
    """What is known of one applicant, checked; None, or not given, is unknown. Raises NotARule.

    >>> facts_of({"kind": "town", "population": None, "years_since_use": {"wifi": 3, "ict": "never"}})
    {('kind', ''): 'town', ('years_since_use', 'wifi'): 3.0, ('years_since_use', 'ict'): inf}
    """
    if not isinstance(given, Mapping):
        raise NotARule("row", where)
    found: dict[tuple[str, str], Value] = {}
    for key, value in given.items():
        if key not in KNOWABLE:
            raise NotARule("word", f"{where}.{key}", key, ", ".join(sorted(KNOWABLE)))
        if key == USED:
            if not isinstance(value, Mapping):
                raise NotARule("row", f"{where}.{key}")
            for of, years in value.items():
                if years is not None:
                    found[key, of] = _years(years, f"{where}.{key}.{of}")
        elif value is not None:
            found[key, ""] = _value(FACTS[key], value, f"{where}.{key}")
    return found


def _years(given: object, where: str) -> Value:
    """Years since a use, or between what they lie: `{"at_least": 3}` where only the last three are on record."""
    if isinstance(given, Mapping):
        if given.keys() - {"at_least", "at_most"}:
            raise NotARule("range", where)
        return _range(dict(given), where, is_whole=False)
    return inf if given == "never" else _number(given, where, is_whole=False)


def _value(fact: Fact, value: object, where: str) -> Value:
    match fact.form:
        case Form.NUMBER:
            return _number(value, where, is_whole=fact.is_whole)
        case Form.YES_NO:
            return _yes_no(value, where)
        case Form.ONE:
            (word,) = _words([value], where, fact.words)
            return word
    return _words(value, where, fact.words)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """NaN where unknown; shape (rows,)."""

    values: NDArray[np.float64]

    def take(self, at: NDArray[np.intp]) -> _Numbers:
        return _Numbers(self.values[at])

    def met(self, condition: Condition) -> Bools:
        """Where a condition is met, shape (rows,)."""
        found: Bools = condition.asks.holds(self.values)  # type: ignore[union-attr]
        return found

    @property
    def known(self) -> Bools:
        return ~np.isnan(self.values)

    def at(self, row: int) -> Value | None:
        value = float(self.values[row])
        return None if np.isnan(value) else value


@dataclass(frozen=True, slots=True)
class _Spans:
    """Numbers of which some are known only to lie between two, both the same where it is one; NaN where unknown; (rows,)."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def of(cls, values: Sequence[Any]) -> _Spans:
        ends = [(each.low, each.high) if isinstance(each, Range) else (each, each) for each in values]
        low, high = np.array(ends, float).reshape(-1, 2).T
        return cls(low, high)

    def take(self, at: NDArray[np.intp]) -> _Spans:
        return _Spans(self.low[at], self.high[at])

    def met(self, condition: Condition) -> Bools:
        """Where a condition is met whatever it is, shape (rows,)."""
        found: Bools = condition.asks.holds(self.low) & condition.asks.holds(self.high)  # type: ignore[union-attr]
        return found

    def missed(self, condition: Condition) -> Bools:
        """Where it is met by none of what it may be, shape (rows,)."""
        found: Bools = condition.asks.misses(self.low, self.high)  # type: ignore[union-attr]
        return found

    @property
    def known(self) -> Bools:
        return ~np.isnan(self.low)

    def at(self, row: int) -> Value | None:
        low, high = float(self.low[row]), float(self.high[row])
        return None if np.isnan(low) else low if low == high else Range(low, high)


@dataclass(frozen=True, slots=True)
class _Values:
    """Places in `distinct`, −1 where unknown; shape (rows,)."""

    distinct: tuple[Value, ...]
    places: NDArray[np.int32]

    def take(self, at: NDArray[np.intp]) -> _Values:
        return _Values(self.distinct, self.places[at])

    def met(self, condition: Condition) -> Bools:
        found = np.array([condition.holds(value) for value in self.distinct] + [False])  # the last: unknown
        return found[self.places]

    @property
    def known(self) -> Bools:
        return self.places >= 0

    def at(self, row: int) -> Value | None:
        place = self.places[row]
        return None if place < 0 else self.distinct[place]


class Table:
    """What is known of many applicants, in columns; of the same rows in the same order as `keys`."""

    def __init__(self, keys: Sequence[str], columns: Mapping[tuple[str, str], _Numbers | _Spans | _Values]) -> None:
        self.keys = tuple(keys)
        self.columns = columns

    @classmethod
    def of(cls, rows: Mapping[str, Row]) -> Table:
        """From the facts of each key."""
        abouts = sorted({about for row in rows.values() for about in row})
        return cls.of_columns(list(rows), {about: [row.get(about) for row in rows.values()] for about in abouts})

    @classmethod
    def of_columns(cls, keys: Sequence[str], values: Mapping[tuple[str, str], Sequence[Value | None]]) -> Table:
        """From the values of each fact, in the order of the keys; None where unknown."""
        columns: dict[tuple[str, str], _Numbers | _Spans | _Values] = {}
        for about, column in values.items():
            if about[0] == USED and any(isinstance(each, Range) for each in column):
                columns[about] = _Spans.of(column)
            elif FACTS[about[0]].form == Form.NUMBER:
                columns[about] = _Numbers(np.array(column, float))  # None becomes NaN
            else:
                places: dict[Value | None, int] = {None: -1}
                numbered = [places.setdefault(value, len(places) - 1) for value in column]
                columns[about] = _Values(tuple(places)[1:], np.array(numbered, np.int32))  # type: ignore[arg-type]
        return cls(keys, columns)

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each key is."""
        return {key: at for at, key in enumerate(self.keys)}

    def row(self, at: int) -> Row:
        """What is known of one."""
        known = {about: column.at(at) for about, column in self.columns.items()}
        return {about: value for about, value in known.items() if value is not None}

    def joined(self, at: NDArray[np.intp], other: Table) -> Table:
        """The rows of `other`, each with what is known of the row of this table that `at` names."""
        taken = {about: column.take(at) for about, column in self.columns.items()}
        return Table(other.keys, {**taken, **other.columns})


# Answers for many (§4, §5)


@dataclass(frozen=True, slots=True)
class Answers:
    """Of each rule for each row of a table; bits, little end first, of shape (rules, bytes)."""

    yes: NDArray[np.uint8]
    no: NDArray[np.uint8]
    rows: int

    @classmethod
    def of(cls, states: NDArray[np.int8]) -> Answers:
        """From what `states` gives."""
        yes, no = (np.packbits(states == state, axis=1, bitorder="little") for state in (1, -1))
        return cls(yes, no, states.shape[1])

    def states(self) -> NDArray[np.int8]:
        """1 yes, 0 unknown, −1 no; shape (rules, rows)."""
        yes, no = (
            np.unpackbits(bits, axis=1, count=self.rows, bitorder="little").view(np.int8)
            for bits in (self.yes, self.no)
        )
        return yes - no


def answer_all(rules: Sequence[tuple[str, Rule | None]], table: Table) -> Answers:
    """Whether each row of a table meets each rule, given with its scheme's key; no rule, no answer (§4).

    All rows are answered at once, a bit for each; a condition that several rules share is answered once.
    """
    count = len(table.keys)
    everybody = (1 << count) - 1
    met = _Met(table)

    def answer(rule: Rule, key: str) -> tuple[int, int]:
        match rule:
            case Condition():
                about = rule.fact, (rule.of or key if rule.fact == USED else "")
                return met.answer(rule, about) if about in table.columns else (0, 0)
            case Not(part):
                yes, no = answer(part, key)
                return no, yes
        answers = [answer(part, key) for part in rule.parts]
        if isinstance(rule, AllOf):
            return reduce(and_, (yes for yes, _no in answers), everybody), reduce(or_, (no for _yes, no in answers), 0)
        return reduce(or_, (yes for yes, _no in answers), 0), reduce(and_, (no for _yes, no in answers), everybody)

    width = (count + 7) // 8
    found = [(0, 0) if rule is None else answer(rule, key) for key, rule in rules]
    yes, no = (
        np.frombuffer(b"".join(bits.to_bytes(width, "little") for bits in side), np.uint8).reshape(len(rules), width)
        for side in (zip(*found, strict=True) if found else ((), ()))
    )
    return Answers(yes, no, count)


class _Met:
    """Who meets each condition, worked out once: a bit for each row."""

    def __init__(self, table: Table) -> None:
        self.columns = table.columns
        self.known = {about: _bits(column.known) for about, column in table.columns.items()}
        self.found: dict[tuple[Condition, str], int] = {}
        self.missed: dict[tuple[Condition, str], int] = {}

    def answer(self, condition: Condition, about: tuple[str, str]) -> tuple[int, int]:
        """Who meets it, and who does not."""
        yes, column = self.bits(condition, about), self.columns[about]
        if not isinstance(column, _Spans):
            return yes, self.known[about] & ~yes
        if (no := self.missed.get((condition, about[1]))) is None:
            no = self.missed[condition, about[1]] = _bits(column.missed(condition))
        return yes, no

    def bits(self, condition: Condition, about: tuple[str, str]) -> int:
        if (found := self.found.get((condition, about[1]))) is None:
            asks = condition.asks
            if isinstance(asks, frozenset) and len(asks) > 1:  # word by word: lists differ, their words recur
                of_each = (self.bits(Condition(condition.fact, frozenset({word})), about) for word in asks)
                found = reduce(and_ if FACTS[condition.fact].form == Form.ALL else or_, of_each)
            else:
                found = _bits(self.columns[about].met(condition))
            self.found[condition, about[1]] = found
        return found


def _bits(mask: Bools) -> int:
    """A bit for each row."""
    return int.from_bytes(np.packbits(mask, bitorder="little").tobytes(), "little")


def who_may(rule: Rule, table: Table, key: str = "") -> NDArray[np.int8]:
    """The reverse match: 1 yes, 0 unknown, −1 no for each row, shape (rows,); `key` is the scheme's."""
    states: NDArray[np.int8] = answer_all([(key, rule)], table).states()[0]
    return states


# Reasons (§6)


@dataclass(frozen=True, slots=True)
class Reason:
    """How one applicant stands to one condition: `value` `relation` `bound`, as in 0.84 > 0.8.

    `is_wanted` is False where the rule wants the condition not met; `state` says whether the rule's wish is fulfilled.
    An unknown value is None, without relation: `of` says whether the area or the project has to enter it, or whether the
    text of the call says what the rule does not.
    """

    where: str
    condition: Condition
    is_wanted: bool
    state: State
    value: Value | None
    relation: str
    bound: float | bool | frozenset[str] | None
    unit: str
    of: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one applicant stands to a group of conditions, of which all or any are wanted."""

    where: str
    together: Literal["all", "any"]
    state: State
    parts: tuple[Verdict | Reason, ...]


def explain(rule: Rule, row: Row, key: str = "") -> Verdict | Reason:
    """The answer for one applicant with everything it rests on; a `not` is carried down to the conditions (§6).

    >>> found = explain(parse({"fiscal_strength": {"at_most": 0.8}}), facts_of({"fiscal_strength": 0.84}))
    >>> found.state.value, found.value, found.relation, found.bound
    ('no', 0.84, '>', 0.8)
    """
    return _explain(rule, row, key, "rule", is_wanted=True)


def _explain(rule: Rule, row: Row, key: str, where: str, *, is_wanted: bool) -> Verdict | Reason:
    match rule:
        case Condition():
            return _reason(rule, row, key, where, is_wanted=is_wanted)
        case Not(part):
            return _explain(part, row, key, f"{where}.not", is_wanted=not is_wanted)
    parts = tuple(_explain(part, row, key, place, is_wanted=is_wanted) for place, part in _parts(rule, where))
    states = {part.state for part in parts}
    if isinstance(rule, AllOf) == is_wanted:
        state = next((each for each in (State.NO, State.UNKNOWN) if each in states), State.YES)
        return Verdict(where, "all", state, parts)
    state = next((each for each in (State.YES, State.UNKNOWN) if each in states), State.NO)
    return Verdict(where, "any", state, parts)


def _reason(condition: Condition, row: Row, key: str, where: str, *, is_wanted: bool) -> Reason:
    fact = FACTS[condition.fact]
    value = row.get((condition.fact, condition.of or key if condition.fact == USED else ""))
    is_met, end = _answer(condition, value)
    if value is None or is_met is None or end is None:
        return Reason(where, condition, is_wanted, State.UNKNOWN, None, "", None, fact.unit, fact.of)
    relation, bound = _relation(condition, end, is_met=is_met)
    state = State.YES if is_met == is_wanted else State.NO
    return Reason(where, condition, is_wanted, state, value, relation, bound, fact.unit, fact.of)


def _answer(condition: Condition, value: Value | None) -> tuple[bool | None, Value | None]:
    """Whether a condition is met, None where that is not known, and the value, or the end of a range, that decides."""
    if not isinstance(value, Range):
        return (None if value is None else condition.holds(value)), value
    asks: Range = condition.asks  # type: ignore[assignment]
    if asks.holds(value.low) and asks.holds(value.high):
        return True, value.high
    return (False if asks.misses(value.low, value.high) else None), value.low


def _relation(condition: Condition, value: Value, *, is_met: bool) -> tuple[str, float | bool | frozenset[str]]:
    asks = condition.asks
    if isinstance(asks, Range):
        return asks.beside(value)  # type: ignore[arg-type]
    if isinstance(asks, bool):
        return ("is" if is_met else "is not"), asks
    match FACTS[condition.fact].form:
        case Form.ONE:
            return ("in" if is_met else "not in"), asks
        case Form.SOME:
            return ("has some of" if is_met else "has none of"), asks
    return ("has", asks) if is_met else ("lacks", asks - value)  # type: ignore[operator]


def reasons_of(verdict: Verdict | Reason) -> tuple[Reason, ...]:
    """The conditions that speak for the applicant (§6)."""
    return tuple(each for each in _telling(verdict) if each.state == State.YES)


def gaps_of(verdict: Verdict | Reason) -> tuple[Reason, ...]:
    """The conditions that are not met or not known, and whose change could make the answer yes (§6)."""
    return tuple(each for each in _telling(verdict) if each.state != State.YES)


def _telling(verdict: Verdict | Reason) -> Iterator[Reason]:
    """All conditions but the alternatives that nobody needs."""
    if isinstance(verdict, Reason):
        yield verdict
        return
    is_settled = verdict.together == "any" and verdict.state == State.YES
    for part in verdict.parts:
        if not is_settled or part.state == State.YES:
            yield from _telling(part)
