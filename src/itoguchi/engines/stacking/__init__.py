"""Which support schemes together leave a project the smallest own burden, what binds, and the next best.

Rules and sources: docs/engines/stacking.md (§1 …).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Any

from itoguchi.engines.stacking.problem import (
    LARGEST,
    Between,
    Cost,
    Limit,
    NotStackable,
    OverBudget,
    Problem,
    Scheme,
)
from itoguchi.engines.stacking.search import PAID, Cell, Found, Model

__all__ = [
    "Between", "Bind", "Burden", "Cost", "Limit", "NotStackable", "OverBudget", "Payment", "Plan", "Problem", "Scheme",
    "Stack", "Unused", "Width", "said", "stack",
]  # fmt: skip
NEXT_BEST = 3


@dataclass(frozen=True, slots=True)
class Payment:
    """What a scheme pays of one kind of cost in one year, in yen."""

    scheme: str
    kind: str
    year: int
    yen: int


@dataclass(frozen=True, slots=True)
class Burden:
    """A year in yen: its cost, what has to be found `now`, and what stays of that and of its debt in the end."""

    year: int
    cost: int
    now: int
    net: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A combination of schemes, its payments in whole units, and the own burden they leave (§3, §6).

    `least`: the own burden in exact yen before payments are cut to their units; no payments of these schemes leave
    less. `is_proven`: that was confirmed in exact fractions.
    """

    schemes: tuple[str, ...]
    payments: tuple[Payment, ...]
    years: tuple[Burden, ...]
    least: Fraction
    is_proven: bool

    @property
    def now(self) -> int:
        return sum(year.now for year in self.years)

    @property
    def net(self) -> int:
        return sum(year.net for year in self.years)


@dataclass(frozen=True, slots=True)
class Bind:
    """A limit without which the own burden would be smaller by so many yen (§8)."""

    limit: Limit
    saves: int


@dataclass(frozen=True, slots=True)
class Unused:
    """A scheme the best plan does without, and why."""

    scheme: str
    why: str


@dataclass(frozen=True, slots=True)
class Width:
    """Something unknown, and by how many yen the own burden falls where it alone turns out well (§9)."""

    where: str
    yen: int


@dataclass(frozen=True, slots=True)
class Stack:
    """The best plan, the next best, and between what the own burden lies where something is unknown (§7–§9)."""

    best: Plan
    alternatives: tuple[Plan, ...]
    binds: tuple[Bind, ...]
    unused: tuple[Unused, ...]
    low: int
    high: int | None
    widths: tuple[Width, ...]
    why: tuple[str, ...]


def stack(problem: Problem) -> Stack:
    """The combination of schemes with the smallest own burden. Raises NotStackable, OverBudget.

    >>> half = Scheme("half", "grant", rate=Fraction(1, 2), ceiling=4_000_000)
    >>> bond = Scheme("bond", "bond", returned=Fraction(7, 10))
    >>> found = stack(Problem((Cost("sensors", 2027, 10_000_000),), (half, bond)))
    >>> found.best.schemes, found.best.now, found.best.net
    (('bond', 'half'), 0, 1800000)
    """
    unknown = tuple(_unknown(problem))
    model = _model(problem, unknown)
    found = _ranked(model)
    good = _model(problem, ()) if unknown else model
    low = good.best() if unknown else found[0]
    assert low is not None  # noqa: S101, using nothing is always a combination
    is_short = bool(_short(model, found[0]))
    if is_short:
        if _short(good, low):
            raise _over_budget(good, low)
        model, found = good, _ranked(good)
    plans = sorted((_plan(model, each) for each in found), key=lambda plan: (plan.net, len(plan.schemes), plan.schemes))
    best = next(each for each in found if each.keys == plans[0].schemes)
    return Stack(
        plans[0],
        tuple(plans[1:]),
        _binds(model, best),
        _unused(model, best),
        min(low.own, plans[0].net) if unknown else plans[0].net,
        None if is_short else plans[0].net,
        () if is_short else _widths(problem, unknown, found[0].own),
        tuple(_why(problem, model, plans, is_short=is_short)),
    )


def _ranked(model: Model) -> list[Found]:
    """The best combination and the next ones, each without one scheme at least of every better one (§7)."""
    found: list[Found] = []
    while len(found) <= NEXT_BEST:
        best = model.best(each.used for each in found)
        if best is None or (found and _short(model, best)):
            break
        found.append(best)
    return found


# §9: what is unknown


def _unknown(problem: Problem) -> Iterator[str]:
    """The places of all that is not known exactly."""
    for number, cost in enumerate(problem.costs):
        if isinstance(cost.yen, Between):
            yield f"costs[{number}].yen"
    for number, scheme in enumerate(problem.schemes):
        for name in ("rate", "ceiling_by_year", "ceiling", "least_size"):
            if isinstance(getattr(scheme, name), Between):
                yield f"schemes[{number}].{name}"


def _model(problem: Problem, bad: tuple[str, ...]) -> Model:
    """The problem with what stands in `bad` at its bad end and all else unknown at its good one."""

    def low(given: int | Between) -> int:
        return int(given.low) if isinstance(given, Between) else given

    def high(given: int | Between) -> int:
        return int(given.high or 0) if isinstance(given, Between) else given

    costs, sizes = [], {}
    for number, cost in enumerate(problem.costs):
        is_bad = f"costs[{number}].yen" in bad
        costs.append(replace(cost, yen=high(cost.yen) if is_bad else low(cost.yen)))
        # A larger cost may open a scheme: sizes are judged by the other end, so that the range holds all between.
        sizes[cost.kind, cost.year] = low(cost.yen) if is_bad else high(cost.yen)
    schemes = []
    for number, scheme in enumerate(problem.schemes):
        known: dict[str, Any] = {}
        for name in ("rate", "ceiling_by_year", "ceiling", "least_size"):
            given = getattr(scheme, name)
            if isinstance(given, Between):
                is_low = (f"schemes[{number}].{name}" in bad) != (name == "least_size")
                known[name] = (
                    given.low if is_low else LARGEST if name == "least_size" and not given.high else given.high
                )
        schemes.append(replace(scheme, **known))
    return Model(replace(problem, costs=tuple(costs), schemes=tuple(schemes)), sizes)


def _widths(problem: Problem, unknown: tuple[str, ...], own: int) -> tuple[Width, ...]:
    found = []
    for where in unknown:
        model = _model(problem, tuple(other for other in unknown if other != where))
        better = model.best(below=own)
        found.append(Width(where, own - better.own if better else 0))
    return tuple(sorted(found, key=lambda width: (-width.yen, width.where)))


# §3, §6: a plan in whole yen


def _plan(model: Model, found: Found) -> Plan:
    """Each scheme's payments of a year are cut down to its unit, the last kinds first."""
    exact, relief, is_proven = model.prove(found)
    payments: dict[tuple[int, int], dict[Cell, int]] = {}
    for (number, cell), yen in zip(model.columns, exact, strict=True):
        if number >= 0 and yen >= 1:
            payments.setdefault((number, cell[1]), {})[cell] = int(yen)
    now = {year: 0 for _kind, year in model.costs}
    for (_kind, year), cost_of_cell in model.costs.items():
        now[year] += cost_of_cell
    cost, net = dict(now), dict(now)
    for (number, year), paid in payments.items():
        scheme = model.schemes[number]
        over = sum(paid.values()) % scheme.unit
        for cell in sorted(paid, reverse=True):
            cut = min(over, paid[cell])
            paid[cell], over = paid[cell] - cut, over - cut
        whole = sum(paid.values())
        now[year] -= whole if scheme.instrument != "tax_allocation" else 0
        net[year] -= int(whole * scheme.worth)
    return Plan(
        found.keys,
        tuple(
            Payment(model.schemes[number].key, kind, year, yen)
            for (number, _year), paid in sorted(payments.items())
            for (kind, year), yen in sorted(paid.items())
            if yen
        ),
        tuple(Burden(year, cost[year], now[year], net[year]) for year in sorted(now)),
        model.total - relief,
        is_proven,
    )


# §8: what binds


def _binds(model: Model, best: Found) -> tuple[Bind, ...]:
    found = []
    for limit, kept in _candidates(model, best):
        better = model.best(loosened=limit, kept=kept, below=best.own)
        if better:
            found.append(Bind(limit, best.own - better.own))
    return tuple(sorted(found, key=lambda bind: (-bind.saves, bind.limit.name, bind.limit.keys, bind.limit.year or 0)))


def _candidates(model: Model, best: Found) -> Iterator[tuple[Limit, frozenset[int]]]:
    """The limits that may bind, each with the schemes that any plan it keeps out must use."""
    for limit, places in model.limits.items():
        numbers = frozenset(model.place[key] for key in limit.keys)
        if limit.name.startswith("excludes") or (limit.name == "least_own" and not numbers & best.node.own):
            continue
        row = model.rows[places[0]]
        if sum(float(factor) * best.paid[column] for column, factor in row.terms.items()) > float(row.most) - PAID:
            yield limit, numbers if limit.name != "most_own" else frozenset()
    for name in ("excludes", "excludes_on_item"):
        for pair in sorted(model.pairs(name)):
            yield Limit(name, tuple(model.schemes[number].key for number in pair)), frozenset(pair)
    unused = [number for number in range(len(model.schemes)) if number not in best.used]
    for number in unused:
        for key in model.schemes[number].requires:
            yield Limit("requires", (model.schemes[number].key, key)), frozenset([number])
    yield from ((limit, frozenset([n])) for n, limit in model.misfits.items() if limit.name != "kinds")


def said(limit: Limit) -> str:
    """A limit in words."""
    first, *others = (*limit.keys, "")
    return {
        "ceiling": f"§4 the ceiling of {first} in all",
        "ceiling_by_year": f"§4 the ceiling of {first} in {limit.year}",
        "least_own": f"§5 the least own share that {first} asks for",
        "excludes": f"§5 {first} and {others[0]} exclude each other" if others else "",
        "excludes_on_item": f"§5 {first} and {others[0]} may not pay the same item" if others else "",
        "requires": f"§5 {first} requires {others[0]}" if others else "",
        "least_size": f"§4 the least size of {first}, missed by {limit.short} yen",
        "window": f"§4 {first} is for other years",
        "kinds": f"§4 {first} is for other kinds of cost",
        "most_own": f"§8 the most own funds {f'in {limit.year}' if limit.year else 'in all'}",
    }[limit.name]


def _short(model: Model, found: Found) -> dict[Limit, int]:
    """The budgets that a combination breaks, each with the yen that are missing."""
    return {limit: ceil(found.paid[spare] - PAID) for spare, limit in model.spare.items() if found.paid[spare] > PAID}


def _over_budget(model: Model, best: Found) -> OverBudget:
    short = _short(model, best)
    where = " and ".join(f"most_own_by_year.{limit.year}" if limit.year else "most_own" for limit in short)
    cures = [f"{said(limit)[3:]} by {yen} yen" for limit, yen in short.items()]
    helps = tuple(bind.limit for bind in _binds(model, best) if bind.limit.name != "most_own")[:3]
    message = f"the schemes that fit leave {' and '.join(f'{yen} yen more' for yen in short.values())} than there is"
    cure = f"Raise {' and '.join(cures)}" + (f", or see to {'; '.join(map(said, helps))}" if helps else "")
    return OverBudget(where, message, cure, sum(short.values()), helps)


# Why


def _unused(model: Model, best: Found) -> tuple[Unused, ...]:
    rules = model.rules()
    found = []
    for number, scheme in enumerate(model.schemes):
        if number in best.used:
            continue
        foes = sorted(model.schemes[foe].key for foe in rules.conflicts[number] & best.used)
        if number in model.misfits:
            why = said(model.misfits[number])
        elif number in rules.out:
            why = "§5 what it requires cannot be used"
        elif foes:
            why = f"§5 it is excluded by {', '.join(foes)}"
        else:
            why = "§7 beside the others it saves nothing"
        found.append(Unused(scheme.key, why))
    return tuple(found)


def _why(problem: Problem, model: Model, plans: list[Plan], *, is_short: bool) -> Iterator[str]:
    best = plans[0]
    yield f"§3 {model.total} yen of costs; own burden {best.net}, of which {best.now} is to be found at once"
    if cut := best.net - ceil(best.least):
        yield f"§6 payments are cut to whole units, which costs {cut} yen"
    if not all(plan.is_proven for plan in plans):
        yield "§7 not every figure could be confirmed in exact fractions"
    if is_short:
        yield "§9 where what is unknown turns out badly, the own funds do not suffice; the plan is for the good end"
    for year in best.years:
        most = (problem.most_own_by_year or {}).get(year.year)
        if most is not None and year.now > most:
            yield f"§6 cutting to units leaves {year.now - most} yen more than the most own funds in {year.year}"
    if problem.most_own is not None and best.now > problem.most_own:
        yield f"§6 cutting to units leaves {best.now - problem.most_own} yen more than the most own funds in all"
