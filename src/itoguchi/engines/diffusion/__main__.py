"""Forecasts as JSON: `python -m itoguchi.engines.diffusion < in.json > out.json` (docs/engines/diffusion.md)."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

import numpy as np

from itoguchi.engines.diffusion import LEVELS, Forecaster, NotASeries, Series, Target
from itoguchi.engines.diffusion.places import Places
from itoguchi.engines.door import Refused, run


def _known(given: Any, where: str, needed: set[str], allowed: set[str]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise NotASeries(where, "this is no object", "Write it as {…}")
    if missing := needed - given.keys():
        raise NotASeries(where, f"{min(missing)} is missing", "Add it")
    if unknown := given.keys() - needed - allowed:
        raise NotASeries(where, f"{min(unknown)} is not known", f"Use {', '.join(sorted(needed | allowed))}")
    return given


def _whole(given: Any, where: str) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise NotASeries(where, f"{given!r} is no whole number", "Write it in digits")
    return given


def _day(given: Any, where: str) -> date:
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise NotASeries(where, f"{given!r} is no day", "Write it as 2018-09-30") from None


def _list(given: Any, where: str) -> list[Any]:
    if not isinstance(given, list):
        raise NotASeries(where, "this is no list", "Write it as […]")
    return given


def _series(given: dict[str, Any], where: str) -> Series:
    pairs = _list(given["observations"], f"{where}observations")
    for at, pair in enumerate(pairs):
        if len(_list(pair, f"{where}observations[{at}]")) != 2:
            raise NotASeries(f"{where}observations[{at}]", "this is no pair", 'Write it as ["2015-06-30", 154]')
    try:
        return Series(
            _whole(given["population"], f"{where}population"),
            tuple(_day(day, f"{where}observations[{at}]") for at, (day, _count) in enumerate(pairs)),
            tuple(_whole(count, f"{where}observations[{at}]") for at, (_day_, count) in enumerate(pairs)),
        )
    except NotASeries as error:
        if error.where.startswith(where):
            raise
        raise NotASeries(f"{where}{error.where}", error.message, error.cure) from None


def _places(given: Any, where: str) -> Places:
    rows = [
        _known(each, f"{where}[{at}]", {"since"}, {"beside", "alike"}) for at, each in enumerate(_list(given, where))
    ]

    def others(name: str) -> tuple[tuple[int, ...], ...]:
        lists = [_list(row.get(name, []), f"{where}[{at}].{name}") for at, row in enumerate(rows)]
        return tuple(tuple(_whole(each, f"{where}[{at}].{name}") for each in found) for at, found in enumerate(lists))

    since = [row["since"] and _day(row["since"], f"{where}[{at}].since") for at, row in enumerate(rows)]
    return Places(tuple(since), others("beside"), others("alike"))


def _forecaster(given: Any, where: str) -> Forecaster:
    pairs = enumerate(_list(given, where))
    needed = {"population", "observations"}
    return Forecaster([_series(_known(each, f"{where}[{at}]", needed, set()), f"{where}[{at}].") for at, each in pairs])


def forecast(given: Any, where: str = "", shared: Forecaster | None = None) -> dict[str, Any]:
    """One forecast from its JSON; raises NotASeries with the place of what is wrong."""
    allowed = {"target", "reference", "seed", "places"}
    given = _known(given, where or "input", {"population", "observations", "at"}, allowed)
    series = _series(given, where)
    at = [_day(each, f"{where}at[{number}]") for number, each in enumerate(_list(given["at"], f"{where}at"))]
    target = None
    if given.get("target") is not None:
        wanted = _known(given["target"], f"{where}target", {"value", "by"}, set())
        target = Target(_whole(wanted["value"], f"{where}target.value"), _day(wanted["by"], f"{where}target.by"))
    seed = _whole(given.get("seed", 1), f"{where}seed")
    if seed < 0:
        raise NotASeries(f"{where}seed", f"{seed} is below 0", "Give 0 or more")
    forecaster = shared
    if given.get("reference") is not None:
        forecaster = _forecaster(given["reference"], f"{where}reference")
    try:
        places = _places(given["places"], "places") if given.get("places") is not None else None
        found = (forecaster or Forecaster()).forecast(series, at, np.random.default_rng(seed), target, places)
    except Refused as error:
        raise NotASeries(f"{where}{error.where}", error.message, error.cure) from None
    answer: dict[str, Any] = {
        "forecasts": [
            {
                "date": day.isoformat(),
                "median": round(float(median), 2),
                "quantiles": {f"{level:.2f}": round(float(x), 2) for level, x in zip(LEVELS, row, strict=True)},
            }
            for day, median, row in zip(found.days, found.median, found.quantiles, strict=True)
        ],
        "why": list(found.why),
    }
    if target:
        days = {f"{level:g}": day and day.isoformat() for level, day in found.reached_by.items()}
        answer["target"] = {"probability": found.probability, "reached_by": days}
    return answer


def answer_to(given: Any) -> dict[str, Any]:
    """The answer to one problem or to a batch; raises NotASeries."""
    if not isinstance(given, dict) or "batch" not in given:
        return forecast(given)
    given = _known(given, "input", {"batch"}, {"reference"})
    shared = _forecaster(given.get("reference", []), "reference")
    batch = enumerate(_list(given["batch"], "batch"))
    return {"batch": [forecast(each, f"batch[{at}].", shared) for at, each in batch]}


if __name__ == "__main__":
    sys.exit(run(answer_to))
