"""Stacking as JSON: `python -m itoguchi.engines.stacking < in.json > out.json` (docs/engines/stacking.md)."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Any

from itoguchi.engines.door import run
from itoguchi.engines.stacking import Between, Cost, NotStackable, Plan, Problem, Scheme, said, stack

AMOUNTS, SHARES = ("ceiling_by_year", "ceiling", "least_size"), ("rate", "least_own", "returned")
KEYS = ("after", "excludes", "excludes_on_item", "requires")


def _known(given: Any, where: str, needed: set[str], allowed: set[str]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise NotStackable(where, "this is no object", "Write it as {…}")
    if missing := needed - given.keys():
        raise NotStackable(where, f"{min(missing)} is missing", "Add it")
    if unknown := given.keys() - needed - allowed:
        raise NotStackable(where, f"{min(unknown)} is not known", f"Use {', '.join(sorted(needed | allowed))}")
    return given


def _list(given: Any, where: str) -> list[Any]:
    if not isinstance(given, list):
        raise NotStackable(where, "this is no list", "Write it as […]")
    return given


def _whole(given: Any, where: str) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise NotStackable(where, f"{given!r} is no whole number", "Write it in digits")
    return given


def _text(given: Any, where: str) -> str:
    if not isinstance(given, str) or not given:
        raise NotStackable(where, f"{given!r} is no name", 'Write it as "…"')
    return given


def _share(given: Any, where: str) -> Fraction:
    """A share as "2/3" or 0.75; a number counts as it is written."""
    try:
        if isinstance(given, bool) or not isinstance(given, (int, float, str)):
            raise ValueError
        return Fraction(str(given))
    except (ValueError, ZeroDivisionError):
        raise NotStackable(where, f"{given!r} is no share", 'Write it as "2/3" or 0.75') from None


def _amount(given: Any, where: str) -> int | Between:
    """Whole yen, [low, high] where only that is known, or null where nothing is."""
    if given is None:
        return Between(Fraction(0))
    if isinstance(given, list):
        low, high = _pair(given, where)
        return Between(Fraction(_whole(low, where)), None if high is None else Fraction(_whole(high, where)))
    return _whole(given, where)


def _rate(given: Any, where: str) -> Fraction | Between:
    if given is None:
        return Between(Fraction(0), Fraction(1))
    if isinstance(given, list):
        low, high = _pair(given, where)
        return Between(_share(low, where), _share(high, where))
    return _share(given, where)


def _pair(given: list[Any], where: str) -> list[Any]:
    if len(given) != 2:
        raise NotStackable(where, "this is no range", "Write it as [low, high]")
    return given


def _scheme(given: Any, where: str) -> Scheme:
    allowed = {"kinds", "years", "unit", *AMOUNTS, *SHARES, *KEYS}
    given = _known(given, where, {"key", "instrument"}, allowed)
    made: dict[str, Any] = {
        name: tuple(_text(each, f"{where}.{name}") for each in _list(given[name], f"{where}.{name}"))
        for name in ("kinds", *KEYS)
        if name in given
    }
    made |= {name: _amount(given[name], f"{where}.{name}") for name in AMOUNTS if name in given}
    made |= {name: _share(given[name], f"{where}.{name}") for name in SHARES[1:] if name in given}
    if "rate" in given:
        made["rate"] = _rate(given["rate"], f"{where}.rate")
    if "years" in given:
        made["years"] = tuple(_whole(each, f"{where}.years") for each in _list(given["years"], f"{where}.years"))
    if "unit" in given:
        made["unit"] = _whole(given["unit"], f"{where}.unit")
    return Scheme(_text(given["key"], f"{where}.key"), _text(given["instrument"], f"{where}.instrument"), **made)


def _cost(given: Any, where: str) -> Cost:
    given = _known(given, where, {"kind", "year", "yen"}, set())
    kind, year = _text(given["kind"], f"{where}.kind"), _whole(given["year"], f"{where}.year")
    return Cost(kind, year, _amount(given["yen"], f"{where}.yen"))


def _years(given: Any) -> dict[int, int]:
    if not isinstance(given, dict):
        raise NotStackable("most_own_by_year", "this is no object", 'Write it as {"2027": yen}')
    found = {}
    for year, yen in given.items():
        if not year.isdecimal():
            raise NotStackable(f"most_own_by_year.{year}", "this is no fiscal year", "Write it as 2027")
        found[int(year)] = _whole(yen, f"most_own_by_year.{year}")
    return found


def _told(plan: Plan) -> dict[str, Any]:
    return {
        "schemes": list(plan.schemes),
        "payments": [{"scheme": p.scheme, "kind": p.kind, "year": p.year, "yen": p.yen} for p in plan.payments],
        "years": [{"year": y.year, "cost": y.cost, "own_now": y.now, "own_net": y.net} for y in plan.years],
        "own_now": plan.now,
        "own_net": plan.net,
        "own_least": str(plan.least),
        "proven": plan.is_proven,
    }


def answer_to(given: Any) -> dict[str, Any]:
    """The answer to one problem; raises NotStackable with the place of what is wrong."""
    given = _known(given, "input", {"costs", "schemes"}, {"most_own", "most_own_by_year"})
    found = stack(
        Problem(
            tuple(_cost(each, f"costs[{at}]") for at, each in enumerate(_list(given["costs"], "costs"))),
            tuple(_scheme(each, f"schemes[{at}]") for at, each in enumerate(_list(given["schemes"], "schemes"))),
            _whole(given["most_own"], "most_own") if given.get("most_own") is not None else None,
            _years(given.get("most_own_by_year", {})),
        )
    )
    return {
        "best": _told(found.best),
        "alternatives": [_told(plan) for plan in found.alternatives],
        "own": {"low": found.low, "high": found.high},
        "unknown": [{"where": width.where, "yen": width.yen} for width in found.widths],
        "binds": [{"limit": said(bind.limit), "saves": bind.saves} for bind in found.binds],
        "unused": [{"scheme": unused.scheme, "why": unused.why} for unused in found.unused],
        "why": list(found.why),
    }


if __name__ == "__main__":
    sys.exit(run(answer_to))
