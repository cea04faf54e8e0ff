"""Matches as JSON: `python -m itoguchi.engines.matching < in.json > out.json` (docs/engines/matching.md)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date
from typing import Any

from itoguchi.engines.door import run
from itoguchi.engines.matching.eligibility import NotARule, Range, Reason, Remark, Row, Table, facts_of, parse, remarks
from itoguchi.engines.matching.ranking import (
    WEIGHTS,
    Match,
    Matcher,
    Need,
    NotMatchable,
    Part,
    Scheme,
    Window,
)

PROJECT = ("size", "applicant", "members", "recommended", "stage")


def _known(given: Any, where: str, needed: set[str], allowed: set[str]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise NotMatchable(where, "this is no object", "Write it as {…}")
    if missing := needed - given.keys():
        raise NotMatchable(where, f"{min(missing)} is missing", "Add it")
    if unknown := given.keys() - needed - allowed:
        raise NotMatchable(where, f"{min(unknown)} is not known", f"Use {', '.join(sorted(needed | allowed))}")
    return {key: value for key, value in given.items() if value is not None}


def _list(given: Any, where: str) -> list[Any]:
    if not isinstance(given, list):
        raise NotMatchable(where, "this is no list", "Write it as […]")
    return given


def _texts(given: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    found = _list(given.get(key, []), f"{where}.{key}")
    if not all(isinstance(each, str) for each in found):
        raise NotMatchable(f"{where}.{key}", "these are no words", 'Write them as ["…"]')
    return tuple(found)


def _key(given: Any, where: str) -> str:
    if not isinstance(given, str) or not given:
        raise NotMatchable(where, f"{given!r} is no key", "Write a text")
    return given


def _day(given: Any, where: str) -> date:
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise NotMatchable(where, f"{given!r} is no day", "Write it as 2018-09-30") from None


def _number(given: Any, where: str, *, is_whole: bool = False) -> Any:
    if isinstance(given, bool) or not isinstance(given, int if is_whole else (int, float)) or not 0 <= given <= 1e15:
        raise NotMatchable(where, f"{given!r} is no {'whole ' if is_whole else ''}number", "Write it in digits")
    return given


def _moved(error: NotARule, where: str, within: str) -> NotARule:
    """The same with its place in the whole of what was given."""
    place = f"{where}{error.where.removeprefix(within)}"
    about = error.about
    if error.problem == "clash":
        about = tuple(str(places).replace(f"{within}.", f"{where}.") for places in about)
    return NotARule(error.problem, place, *about)


def _scheme(given: Any, where: str) -> tuple[Scheme, tuple[Remark, ...]]:
    allowed = {"rule", "fields", "solutions", "words", "windows", "least", "most", "asked", "chosen"}
    given = _known(given, where, {"key"}, allowed)
    rule = None
    if "rule" in given:
        try:
            rule = parse(given["rule"])
        except NotARule as error:
            raise _moved(error, f"{where}.rule", "rule") from None
    numbers = {
        key: _number(given[key], f"{where}.{key}", is_whole=key in {"asked", "chosen"})
        for key in ("least", "most", "asked", "chosen")
        if key in given
    }
    scheme = Scheme(
        _key(given["key"], f"{where}.key"),
        rule,
        frozenset(_texts(given, "fields", where)),
        frozenset(_texts(given, "solutions", where)),
        _texts(given, "words", where),
        tuple(
            _window(pair, f"{where}.windows[{at}]")
            for at, pair in enumerate(_list(given.get("windows", []), f"{where}.windows"))
        ),
        **numbers,
    )
    noticed = () if rule is None else remarks(rule)
    return scheme, tuple(Remark(f"{where}.{each.where}", each.problem) for each in noticed)


def _window(given: Any, where: str) -> Window:
    pair = _list(given, where)
    if len(pair) != 2:
        raise NotMatchable(where, "this is no pair", 'Write it as ["2018-04-25", "2018-05-31"]')
    if pair == [None, None]:
        raise NotMatchable(where, "neither end is known", 'Write one, as in ["2018-04-25", null]')
    opens, closes = (None if day is None else _day(day, f"{where}[{at}]") for at, day in enumerate(pair))
    return Window(opens, closes)


def _need(given: Any, where: str) -> Need:
    given = _known(given, where, {"key", "area"}, {"fields", "solutions", "words", "wanted", *PROJECT})
    project = facts_of({key: given[key] for key in PROJECT if key in given}, where)
    said: dict[str, Any] = {fact: value for (fact, _of), value in project.items()}
    return Need(
        _key(given["key"], f"{where}.key"),
        _key(given["area"], f"{where}.area"),
        frozenset(_texts(given, "fields", where)),
        frozenset(_texts(given, "solutions", where)),
        _texts(given, "words", where),
        wanted=_day(given["wanted"], f"{where}.wanted") if "wanted" in given else None,
        **said,
    )


def _area(given: Any, key: str) -> Row:
    facts: Mapping[str, Any] = {"area": key, **given} if isinstance(given, dict) else given
    return facts_of(facts, f"areas.{key}")


def _weights(given: Any) -> dict[str, float]:
    given = _known(given, "weights", set(), set(WEIGHTS))
    return {key: float(_number(value, f"weights.{key}")) for key, value in given.items()}


def _said(value: Any) -> Any:
    """A value as JSON has it; who never used a scheme did so an infinite time ago."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Range):
        return {"at_least": value.low} | ({} if value.high == float("inf") else {"at_most": value.high})
    return "never" if value == float("inf") else value


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "where": reason.where,
        "fact": reason.condition.fact,
        "wanted": reason.is_wanted,
        "state": reason.state.value,
        "value": _said(reason.value),
        "relation": reason.relation,
        "bound": _said(reason.bound),
        "unit": reason.unit,
        "of": reason.of,
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "part": part.key,
        "value": round(part.value, 4),
        "weight": round(part.weight, 4),
        "known": part.is_known,
        "about": list(part.about),
    }


def said_of(match: Match) -> dict[str, Any]:
    """A match as JSON."""
    window = match.timing.window
    return {
        "scheme": match.scheme,
        "eligible": match.eligible.value,
        "has_rule": match.has_rule,
        "score": round(match.score, 4),
        "parts": [_part(part) for part in match.parts],
        "reasons": [_reason(reason) for reason in match.reasons],
        "gaps": [_reason(reason) for reason in match.gaps],
        "window": {
            "state": match.timing.state,
            "opens": window.opens.isoformat() if window and window.opens else None,
            "closes": window.closes.isoformat() if window and window.closes else None,
            "days": match.timing.days,
        },
    }


def answer_to(given: Any) -> dict[str, Any]:
    """The ranked schemes of each need; raises NotMatchable or NotARule with the place of what is wrong."""
    given = _known(given, "input", {"day", "areas", "schemes", "needs"}, {"top", "weights"})
    if not isinstance(given["areas"], dict):
        raise NotMatchable("areas", "this is no object", 'Write it as {"282219": {…}}')
    areas = Table.of({key: _area(facts, key) for key, facts in given["areas"].items()})
    read = [_scheme(each, f"schemes[{at}]") for at, each in enumerate(_list(given["schemes"], "schemes"))]
    needs = [_need(each, f"needs[{at}]") for at, each in enumerate(_list(given["needs"], "needs"))]
    top = _number(given.get("top", 10), "top", is_whole=True)
    weights = _weights(given.get("weights", dict(WEIGHTS)))
    matcher = Matcher([scheme for scheme, _remarks in read], _day(given["day"], "day"), weights)
    return {
        "needs": [
            {"key": need.key, "area": need.area, "matches": [said_of(each) for each in matcher.match(need, areas, top)]}
            for need in needs
        ],
        "remarks": [{"where": each.where, "problem": each.problem} for _scheme, noticed in read for each in noticed],
    }


if __name__ == "__main__":
    sys.exit(run(answer_to))
