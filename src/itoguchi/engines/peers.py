"""Which areas are like one: the ministry's types of similar municipalities, and exact nearest neighbours.

Rules and sources: docs/engines/peers.md (§1 …). Alone: `python -m itoguchi.engines.peers < in.json > out.json`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from itoguchi.engines.door import Refused, run

Floats = NDArray[np.float64]

# §1: kinds that are a type of their own, whatever their size.
SEPARATE = ("designated_city", "special_ward", "core_city", "special_case_city")
CITY_SIZES, TOWN_SIZES = (50_000, 100_000, 150_000), (5_000, 10_000, 15_000, 20_000)
NUMERALS = ("I", "II", "III", "IV", "V")
FARTHER_THAN_ALL = 1e9  # puts areas of another type behind those of the same
FEWEST_IN_COMMON = 0.5  # §4: share of the weights that two areas must both have figures for
ALONE = 0.95  # §6


class NotComparable(Refused):
    """What no comparison can be made from."""


@dataclass(frozen=True, slots=True)
class Trait:
    """What areas are compared by; a size (population, say) is compared by its logarithm (§2)."""

    key: str
    weight: float = 1.0
    is_size: bool = False


@dataclass(frozen=True, slots=True)
class Peer:
    """An area, how far it is, and which share of that each trait makes (§5)."""

    key: str
    distance: float
    is_same_type: bool
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Peers:
    """The nearest areas, nearest first; `is_alone` where even they are far (§6)."""

    peers: tuple[Peer, ...]
    is_alone: bool
    why: tuple[str, ...]


def similar_type(kind: str, population: int, secondary: float | None, tertiary: float | None) -> str | None:
    """The type of a municipality (§1); `secondary` and `tertiary` in percent of working people.

    None where the shares that decide it are missing.

    >>> similar_type("town", 7_000, 24.0, 61.0), similar_type("city", 160_000, 20.0, 60.0)
    ('town II-2', 'city IV-1')
    """
    if kind in SEPARATE:
        return kind
    if kind not in {"city", "town", "village"}:
        raise NotComparable("kind", f"{kind} has no type", "Give the kind of a municipality")
    if secondary is None or tertiary is None:
        return None
    if min(secondary, tertiary) < 0 or secondary + tertiary > 100 + 1e-9:
        raise NotComparable("tertiary", f"{secondary} and {tertiary} % are no shares of one whole", "Mend the shares")
    both = secondary + tertiary
    if kind == "city":
        industry = (3 if tertiary >= 65 else 2) if both >= 95 else (1 if tertiary >= 55 else 0)
    else:
        industry = (2 if tertiary >= 55 else 1) if both >= 80 else 0
    group, sizes = ("city", CITY_SIZES) if kind == "city" else ("town", TOWN_SIZES)
    return f"{group} {NUMERALS[sum(population >= size for size in sizes)]}-{industry}"


class Comparison:
    """Areas with their traits, ready to be compared with each other.

    `figures`: for each key of an area the value of each trait, None where nobody knows it. Raises NotComparable.
    """

    def __init__(
        self,
        figures: Mapping[str, Mapping[str, float | None]],
        traits: Sequence[Trait],
        types: Mapping[str, str | None] | None = None,
    ) -> None:
        if not traits or sum(trait.weight for trait in traits) <= 0:
            raise NotComparable("traits", "nothing has weight", "Give a trait a weight above 0")
        if len({trait.key for trait in traits}) < len(traits):
            raise NotComparable("traits", "a trait is given twice", "Name each once")
        for number, trait in enumerate(traits):
            if not (isfinite(trait.weight) and trait.weight >= 0):
                raise NotComparable(f"traits[{number}].weight", f"{trait.weight} is no weight", "Give 0 or more")
        self.keys = sorted(figures)  # §4: the order of input never matters
        self.traits = tuple(traits)
        self.types = types or {}
        self.weights = np.array([trait.weight for trait in traits], float)
        self.values = np.stack([self._scaled(figures, trait) for trait in traits], axis=1)

    def _scaled(self, figures: Mapping[str, Mapping[str, float | None]], trait: Trait) -> Floats:
        """A trait of all areas in units of its spread (§2, §3), shape (areas,); NaN where unknown."""
        given = [figures[key].get(trait.key) for key in self.keys]
        values = np.array([np.nan if value is None else value for value in given], float)
        for key, value in zip(self.keys, values, strict=True):
            if np.isinf(value) or (trait.is_size and value < 0):
                raise NotComparable(f"{key}.{trait.key}", f"{value} is no figure", "Mend it or leave it out")
        if trait.is_size:
            values = np.log1p(values)
        known = values[~np.isnan(values)]
        if not known.size:
            return values
        low, high = np.quantile(known, [0.25, 0.75])
        spread = (high - low) / 1.349 or float(known.std()) or 1.0
        scaled: Floats = values / spread
        return scaled

    def _squares(self, of: int) -> tuple[Floats, Floats]:
        """Weighted squared differences to all areas, shape (areas, traits), and the weight both have, (areas,)."""
        differences = self.values - self.values[of]
        known = ~np.isnan(differences)
        return np.where(known, differences, 0.0) ** 2 * self.weights, known @ self.weights

    def _distances(self, of: int) -> Floats:
        """To all areas (§4), shape (areas,); infinite to itself and where too little is known of both."""
        squares, weight = self._squares(of)
        enough = weight >= FEWEST_IN_COMMON * self.weights.sum()
        found: Floats = np.where(enough, np.sqrt(squares.sum(1) / np.maximum(weight, 1e-12)), np.inf)
        found[of] = np.inf
        return found

    def nearest(self, of: str, most: int = 20, *, same_type_first: bool = True) -> Peers:
        """The `most` areas most like one; those of its type first, if asked (§1). Raises NotComparable."""
        if of not in self.keys:
            raise NotComparable("of", f"{of} is not among the areas", "Give one of their keys")
        if most < 1:
            raise NotComparable("most", f"{most} is too few", "Give 1 or more")
        at = self.keys.index(of)
        distances, (squares, _weight) = self._distances(at), self._squares(at)
        own = self.types.get(of)
        is_same = np.array([own is not None and self.types.get(key) == own for key in self.keys])
        order = np.lexsort((np.arange(len(self.keys)), distances, ~is_same if same_type_first else is_same * 0))
        chosen = [int(place) for place in order if np.isfinite(distances[place])][:most]
        peers = tuple(
            Peer(self.keys[place], float(distances[place]), bool(is_same[place]), self._shares(squares[place]))
            for place in chosen
        )
        is_alone = self._is_alone(distances)
        return Peers(
            peers, is_alone, tuple(self._why(own, int(is_same.sum()) - 1 if own else None, peers, is_alone=is_alone))
        )

    def nearest_of_all(self, most: int = 20) -> dict[str, tuple[str, ...]]:
        """The same areas as `nearest` finds for each, its type first, all at once; those too little known have none."""
        values, known = np.nan_to_num(self.values), ~np.isnan(self.values)
        squares = np.zeros((len(self.keys), len(self.keys)))
        weight = np.zeros_like(squares)
        for trait, share in enumerate(self.weights):
            both = known[:, trait, None] & known[None, :, trait]
            squares += share * both * (values[:, trait, None] - values[None, :, trait]) ** 2
            weight += share * both
        distances = np.sqrt(squares / np.maximum(weight, 1e-12))
        distances[weight < FEWEST_IN_COMMON * self.weights.sum()] = np.inf
        np.fill_diagonal(distances, np.inf)
        types = np.array([self.types.get(key) or f"of no type: {key}" for key in self.keys])
        ranked = np.where(types[:, None] == types[None, :], distances, distances + FARTHER_THAN_ALL)
        order = np.argsort(ranked, axis=1, kind="stable")[:, :most]
        return {
            key: tuple(self.keys[place] for place in order[at] if np.isfinite(distances[at, place]))
            for at, key in enumerate(self.keys)
        }

    def _shares(self, squares: Floats) -> dict[str, float]:
        whole = squares.sum()
        return {
            trait.key: float(square / whole) if whole else 0.0
            for trait, square in zip(self.traits, squares, strict=True)
        }

    @cached_property
    def _usual(self) -> float:
        """§6: what the distance to the nearest stays below for 95 % of a sample of all areas."""
        sample = range(0, len(self.keys), max(len(self.keys) // 200, 1))
        found = np.array([self._distances(place).min() for place in sample])
        found = found[np.isfinite(found)]
        return float(np.quantile(found, ALONE)) if found.size else np.inf

    def _is_alone(self, distances: Floats) -> bool:
        nearest = distances.min()
        return not np.isfinite(nearest) or bool(nearest > self._usual)

    def _why(self, own: str | None, same: int | None, found: Sequence[Peer], *, is_alone: bool) -> list[str]:
        weighed = ", ".join(f"{trait.key} × {trait.weight:g}" for trait in self.traits if trait.weight)
        why = [f"§3 compared by {weighed}"]
        why.append("§1 its type is not known" if own is None else f"§1 {same} others are of its type, {own}")
        if is_alone:
            why.append("§6 few areas are like it: even the nearest is farther than others' nearest are")
        if not found:
            why.append("§4 too few figures are known to compare it")
        return why


def compare(given: Any) -> dict[str, Any]:
    """The answer to one problem in JSON; raises NotComparable."""
    try:
        traits = [
            Trait(str(key), float(weight), key in given.get("sizes", [])) for key, weight in given["weights"].items()
        ]
        comparison = Comparison(given["areas"], traits, given.get("types"))
        found = comparison.nearest(given["of"], int(given.get("most", 20)))
    except NotComparable:
        raise
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        cure = 'Give {"areas": {key: {trait: number or null}}, "weights": {trait: number}, "of": key}'
        raise NotComparable("input", f"it is not as described ({error!r})", cure) from None
    return {
        "peers": [
            {
                "key": peer.key,
                "distance": round(peer.distance, 6),
                "same_type": peer.is_same_type,
                "shares": {key: round(share, 4) for key, share in peer.shares.items()},
            }
            for peer in found.peers
        ],
        "alone": found.is_alone,
        "why": list(found.why),
    }


if __name__ == "__main__":
    sys.exit(run(compare))
