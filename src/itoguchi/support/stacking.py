"""Which schemes together leave a project the smallest own burden: from records to the engine `stacking`, and back to keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from itoguchi.engines.stacking import Between, Limit, NotStackable, OverBudget, Plan, Problem, Stack, stack
from itoguchi.engines.stacking import Cost as Cell
from itoguchi.engines.stacking import Scheme as Instrument
from itoguchi.support.models import Scheme

__all__ = ["INSTRUMENTS", "Limit", "NotStackable", "Offer", "OverBudget", "Plan", "Stack", "World", "stack_up"]

Yen = int | tuple[int, int]
INSTRUMENTS: Mapping[str, str] = {
    Scheme.Kind.GRANT: "grant",
    Scheme.Kind.LOAN: "loan",
    Scheme.Kind.BOND: "bond",
    Scheme.Kind.ALLOCATION: "tax_allocation",
}
STAGES = {"grant": 0, "private": 0, "bond": 1, "loan": 1, "tax_allocation": 2}  # docs/engines/stacking.md §2


class World(StrEnum):
    """How what nobody knows turns out: all well, as the plan takes it, or all badly."""

    GOOD = "good"
    TAKEN = "taken"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a scheme pays an area, as far as it is known; shares 0 … 1, amounts in yen.

    `ceiling` None: no limit. `kinds` empty: every kind of cost. `returned` None: a bond of which nobody knows how much
    comes back. `years`: those whose terms are published. `is_sure`: nothing stands in doubt but the years. `is_national`: a grant of
    the nation, beside which another one may seldom be used; where all turns out badly, never in one project.
    """

    key: str
    instrument: str
    rate: tuple[Fraction, Fraction]
    ceiling: tuple[int, int | None] | None
    least_size: int
    least_own: Fraction
    returned: Fraction | None
    unit: int
    kinds: frozenset[str]
    years: frozenset[int]
    after: frozenset[str]
    excludes: frozenset[str]
    is_sure: bool
    is_national: bool


def stack_up(
    costs: Mapping[tuple[str, int], Yen], offers: Sequence[Offer], world: World, most_own: int | None = None
) -> Stack:
    """The best combinations in one world; costs in yen by kind and fiscal year. Raises NotStackable, OverBudget."""
    kinds, years = {kind for kind, _year in costs}, {year for _kind, year in costs}
    there = [each for each in offers if _fits(each, kinds, years, world)]
    keys = {each.key: STAGES[each.instrument] for each in there}
    national = {each.key for each in there if each.is_national and world == World.BAD}
    return stack(
        Problem(
            costs=tuple(Cell(kind, year, _yen(yen)) for (kind, year), yen in sorted(costs.items())),
            schemes=tuple(_instrument(each, kinds, years, keys, national, world) for each in there),
            most_own=most_own,
        )
    )


def _fits(offer: Offer, kinds: set[str], years: set[int], world: World) -> bool:
    if offer.kinds and not offer.kinds & kinds:
        return False
    return world != World.BAD or (offer.is_sure and bool(offer.years & years))


def _instrument(
    offer: Offer, kinds: set[str], years: set[int], keys: Mapping[str, int], national: set[str], world: World
) -> Instrument:
    low, high = offer.rate
    stage = keys[offer.key]
    returned = offer.returned if offer.returned is not None else Fraction(world == World.GOOD)
    return Instrument(
        key=offer.key,
        instrument=offer.instrument,
        kinds=tuple(sorted(offer.kinds & kinds)),
        years=tuple(sorted(offer.years & years)) if world == World.BAD else (),
        rate=low if low == high else Between(low, high),
        ceiling_by_year=_limit(offer.ceiling),
        least_size=offer.least_size,
        least_own=offer.least_own,
        returned=returned if offer.instrument == "bond" else Fraction(0),
        unit=offer.unit,
        # What comes after a later stage anyway would go round.
        after=tuple(sorted(key for key in offer.after & keys.keys() if keys[key] <= stage)),
        excludes=tuple(
            sorted((offer.excludes | (national if offer.key in national else set())) & keys.keys() - {offer.key})
        ),
    )


def _limit(ends: tuple[int, int | None] | None) -> int | Between | None:
    if ends is None:
        return None
    low, high = ends
    return low if low == high else Between(Fraction(low), None if high is None else Fraction(high))


def _yen(yen: Yen) -> int | Between:
    if isinstance(yen, int):
        return yen
    low, high = yen
    return low if low == high else Between(Fraction(low), Fraction(high))
