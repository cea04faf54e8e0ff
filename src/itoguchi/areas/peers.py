"""Which areas are like one: from figures on record to the engine `peers`, and back to areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from itoguchi.areas.models import Area, Kind, Statistic
from itoguchi.core.remembered import remembered
from itoguchi.engines import peers as engine

SIZES = ("population", "km2")
# What areas are compared by, with the weights that nobody changed; all from figures on record.
WEIGHTS: Mapping[str, float] = {
    Statistic.Measure.POPULATION: 2.0,
    Statistic.Measure.ELDERLY_SHARE: 1.0,
    Statistic.Measure.FISCAL_STRENGTH: 1.0,
    Statistic.Measure.TERTIARY: 1.0,
    "km2": 0.5,
}
MOST = 20


@dataclass(frozen=True, slots=True)
class PeerArea:
    """An area like another: how far it is, and the share of that each trait makes, the largest first."""

    code: str
    distance: float
    is_same_type: bool
    shares: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class PeerGroup:
    """The areas most like one; `type` is its type of 類似団体, None where figures for it are missing."""

    type: str | None
    same_type: int
    peers: tuple[PeerArea, ...]
    is_alone: bool


@remembered(most=64, of=("areas",))
def peers_of(code: str, weights: tuple[tuple[str, float], ...], most: int = MOST) -> PeerGroup:
    """The municipalities most like one, 20 unless said otherwise, its own type first (2 queries).

    Raises KeyError for a code of no municipality, ValueError for weights that compare nothing.
    """
    figures, types = _figures()
    if code not in figures:
        raise KeyError(code)
    try:
        traits = [engine.Trait(key, weight, is_size=key in SIZES) for key, weight in weights]
        found = engine.Comparison(figures, traits, types).nearest(code, most)
    except engine.NotComparable as error:
        raise ValueError(str(error)) from error
    own = types[code]
    return PeerGroup(
        own,
        sum(each == own for each in types.values()) - 1 if own else 0,
        tuple(
            PeerArea(
                peer.key,
                peer.distance,
                peer.is_same_type,
                tuple(sorted(peer.shares.items(), key=lambda share: (-share[1], share[0]))),
            )
            for peer in found.peers
        ),
        found.is_alone,
    )


@remembered(most=2, of=("areas",))
def peers_of_all() -> dict[str, tuple[str, ...]]:
    """Code of every municipality → codes of the 20 most like it, by the weights that nobody changed (2 queries)."""
    figures, types = _figures()
    known = tuple((code, types[code], *(figures[code].get(key) for key in WEIGHTS)) for code in sorted(figures))
    return _all_compared(known)


@lru_cache(maxsize=2)
def _all_compared(known: tuple[tuple[Any, ...], ...]) -> dict[str, tuple[str, ...]]:
    """The same from (code, type, figures in the order of WEIGHTS), so that only another figure is reckoned anew."""
    figures = {code: dict(zip(WEIGHTS, values, strict=True)) for code, _type, *values in known}
    traits = [engine.Trait(key, weight, is_size=key in SIZES) for key, weight in WEIGHTS.items()]
    types = {code: own for code, own, *_values in known}
    return engine.Comparison(figures, traits, types).nearest_of_all(MOST)


@remembered(most=2, of=("areas",))
def _figures() -> tuple[dict[str, dict[str, float | None]], dict[str, str | None]]:
    """Newest figures and type of every municipality by code (2 queries)."""
    areas = Area.objects.exclude(kind=Kind.PREFECTURE)
    kinds = {code: (kind, km2) for code, kind, km2 in areas.values_list("code", "kind", "computed_km2")}
    figures: dict[str, dict[str, float | None]] = {code: {"km2": km2} for code, (_kind, km2) in kinds.items()}
    newest = (
        Statistic.objects.filter(area__in=areas)
        .order_by("area_id", "measure", "-year")
        .distinct("area_id", "measure")
        .values_list("area__code", "measure", "value")
    )
    for code, measure, value in newest:
        figures[code][measure] = float(value)
    return figures, {code: _type_of(kinds[code][0], figures[code]) for code in figures}


def _type_of(kind: str, figures: Mapping[str, float | None]) -> str | None:
    people = figures.get(Statistic.Measure.POPULATION)
    secondary, tertiary = figures.get(Statistic.Measure.SECONDARY), figures.get(Statistic.Measure.TERTIARY)
    try:
        return engine.similar_type(kind, int(people or 0), secondary, tertiary) if people is not None else None
    except engine.NotComparable:  # shares of more than a whole are no reason to show nobody
        return None
