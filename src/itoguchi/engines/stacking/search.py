"""The exact search: linear programmes by GLOP, branching where schemes cannot be combined (§7)."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, inf
from typing import Any, NamedTuple

from itoguchi.engines.stacking.problem import Limit, NotStackable, Problem, Scheme, earlier

Cell = tuple[str, int]  # kind, year
SCALE = 1000.0  # GLOP counts in thousand yen: its tolerances fit such figures
PAID = 0.01  # yen; less is the noise of floating point
MARGIN, PRECISE = 0.001, 1e-5  # §7: yen
SHORT = 1000  # §8: what a yen above the budget counts as
MOST_NODES = 50_000
NONE: frozenset[int] = frozenset()


@dataclass(slots=True)
class Row:
    """Σ coefficient × payment ≤ most, in exact fractions; `loose`: what it is without its limit."""

    terms: dict[int, Fraction]
    most: Fraction
    limit: Limit | None = None
    loose: Fraction | None = None


class Node(NamedTuple):
    """A part of the search: schemes left out, payments shut, least own shares that hold, schemes counted as used."""

    out: frozenset[int] = NONE
    shut: frozenset[int] = NONE
    own: frozenset[int] = NONE
    kept: frozenset[int] = NONE


class Solved(NamedTuple):
    """The best of a node when what cannot be combined may be: relief in yen, payments in yen by column."""

    relief: float
    paid: list[float] | None  # None where nobody needed them


@dataclass(frozen=True, slots=True)
class Found:
    """A combination: its own burden to the yen (§7), its schemes, and where in the search it stands."""

    own: int
    count: int
    keys: tuple[str, ...]
    node: Node
    used: frozenset[int]
    paid: list[float]
    basis: tuple[list[int], list[int]]  # GLOP's status of columns and rows

    @property
    def rank(self) -> tuple[int, int, tuple[str, ...]]:
        return self.own, self.count, self.keys


@dataclass(slots=True)
class Rules:
    """What may be combined, with one limit loosened or none."""

    closure: list[frozenset[int]]
    conflicts: list[frozenset[int]]
    out: frozenset[int]
    items: frozenset[frozenset[int]] = field(default_factory=frozenset)


def fits(scheme: Scheme, cell: Cell) -> bool:
    return (not scheme.kinds or cell[0] in scheme.kinds) and (not scheme.years or cell[1] in scheme.years)


class Model:
    """A problem whose every figure is known, as one linear programme that is solved again and again."""

    def __init__(self, problem: Problem, sizes: Mapping[Cell, int] | None = None) -> None:
        """`sizes`: the costs by which least sizes and least own shares are judged, if not the costs themselves (§9)."""
        self.schemes = sorted(problem.schemes, key=lambda scheme: scheme.key)
        self.costs: dict[Cell, int] = {
            (cost.kind, cost.year): int(cost.yen)  # type: ignore[arg-type]  # known by now
            for cost in sorted(problem.costs, key=lambda cost: (cost.year, cost.kind))
        }
        self.sizes = sizes or self.costs
        self.total = sum(self.costs.values())
        self.place = {scheme.key: number for number, scheme in enumerate(self.schemes)}
        self.before = earlier(self.schemes)
        self.columns: list[tuple[int, Cell]] = []
        self.most: list[Fraction] = []
        self.of_scheme: list[dict[Cell, int]] = []
        self.misfits: dict[int, Limit] = {}
        self.limits: dict[Limit, list[int]] = {}
        for number, scheme in enumerate(self.schemes):
            self._add_columns(number, scheme)
        self.in_cell: dict[Cell, list[int]] = {cell: [] for cell in self.costs}
        for column, (_number, cell) in enumerate(self.columns):
            self.in_cell[cell].append(column)
        self.worth = [self.schemes[number].worth for number, _cell in self.columns]
        self.rows: list[Row] = []
        self.own_rows: dict[int, int] = {}  # of a scheme: the row of its least own share
        self._add_rows()
        self.spare: dict[int, Limit] = {}  # the columns of yen above a budget (§8)
        self._add_budget(problem)
        self._rules: dict[Limit | None, Rules] = {}
        self._owners = {place: number for number, place in self.own_rows.items()}
        self._start()

    # What the problem says

    def _add_columns(self, number: int, scheme: Scheme) -> None:
        cells = [cell for cell, yen in self.costs.items() if fits(scheme, cell) and yen]
        if not cells:
            years = tuple(sorted({year for _kind, year in self.costs}))
            cells = [cell for cell, yen in self.costs.items() if fits(replace(scheme, years=years), cell) and yen]
            self.misfits[number] = Limit("window" if cells else "kinds", (scheme.key,))
        size = sum(self.sizes[cell] for cell in self.costs if fits(scheme, cell))
        if number not in self.misfits and size < int(scheme.least_size):  # type: ignore[arg-type]
            short = int(scheme.least_size) - size  # type: ignore[arg-type]
            self.misfits[number] = Limit("least_size", (scheme.key,), short=short)
        cells = cells if scheme.rate else []
        self.of_scheme.append({cell: len(self.columns) + at for at, cell in enumerate(cells)})
        self.columns += [(number, cell) for cell in cells]
        self.most += [_rate(scheme) * self.costs[cell] for cell in cells]

    def _row(self, terms: Iterable[int] | dict[int, Fraction], most: Fraction | int, limit: Limit | None = None,
             loose: Fraction | None = None) -> None:  # fmt: skip
        given = terms if isinstance(terms, dict) else dict.fromkeys(terms, Fraction(1))
        if given:
            if limit:
                self.limits.setdefault(limit, []).append(len(self.rows))
            self.rows.append(Row(given, Fraction(most), limit, loose))

    def _add_rows(self) -> None:
        for cell, yen in self.costs.items():
            if len(self.in_cell[cell]) > 1:
                self._row(self.in_cell[cell], yen)
        for number, scheme in enumerate(self.schemes):
            self._add_ceilings(number, scheme)
            self._add_rest(number, scheme)
        for number, scheme in enumerate(self.schemes):
            self._add_least_own(number, scheme)
        for a, b in sorted(self.pairs("excludes_on_item")):
            limit = Limit("excludes_on_item", (self.schemes[a].key, self.schemes[b].key))
            self.limits.setdefault(limit, [])
            for cell in self.of_scheme[a].keys() & self.of_scheme[b].keys():
                both = self.of_scheme[a][cell], self.of_scheme[b][cell]
                if all(self.most[column] for column in both):
                    self._row({column: 1 / self.most[column] for column in both}, 1, limit)
        for a, b in sorted(self.pairs("excludes")):
            self._add_exclusion(a, b)

    def _add_ceilings(self, number: int, scheme: Scheme) -> None:
        """§4: what rate and ceiling give for a year is cut down to the unit; so is the ceiling in all."""
        columns = self.of_scheme[number]
        for year in sorted({year for _kind, year in columns}):
            mine = [column for (_kind, at), column in columns.items() if at == year]
            by_rate = _cut(sum((self.most[column] for column in mine), Fraction(0)), scheme.unit)
            limit = Limit("ceiling_by_year", (scheme.key,), year)
            if scheme.ceiling_by_year is not None and int(scheme.ceiling_by_year) < by_rate:  # type: ignore[arg-type]
                self._row(mine, _cut(scheme.ceiling_by_year, scheme.unit), limit, by_rate)
            elif len(mine) == 1:
                self.most[mine[0]] = by_rate
            elif by_rate < sum(self.most[column] for column in mine):
                self._row(mine, by_rate)
        if scheme.ceiling is not None and int(scheme.ceiling) < sum(self.most[c] for c in columns.values()):  # type: ignore[arg-type]
            self._row(columns.values(), _cut(scheme.ceiling, scheme.unit), Limit("ceiling", (scheme.key,)))

    def _add_rest(self, number: int, scheme: Scheme) -> None:
        """§2: at most its rate of what those asked before it left; with a rate of 1 the cost itself says so."""
        rate = _rate(scheme)
        for cell, column in self.of_scheme[number].items():
            first = [c for c in self.in_cell[cell] if self.schemes[self.columns[c][0]].key in self.before[scheme.key]]
            if first and rate < 1:
                self._row({column: Fraction(1), **dict.fromkeys(first, rate)}, rate * self.costs[cell])

    def _add_least_own(self, number: int, scheme: Scheme) -> None:
        """§5: grants and private money together leave the least own share of the costs the scheme is for."""
        if not scheme.least_own:
            return
        gifts = [
            column
            for cell, column_ in self.of_scheme[number].items()
            for column in self.in_cell[cell]
            if column == column_ or self.schemes[self.columns[column][0]].instrument in {"grant", "private"}
        ]
        base = sum(self.sizes[cell] for cell in self.of_scheme[number])
        if gifts:
            self.own_rows[number] = len(self.rows)
            self._row(gifts, (1 - scheme.least_own) * base, Limit("least_own", (scheme.key,)))

    def _add_exclusion(self, a: int, b: int) -> None:
        """Of two that exclude each other the shares of the most each could pay make at most 1: true of either alone."""
        limit = Limit("excludes", (self.schemes[a].key, self.schemes[b].key))
        terms: dict[int, Fraction] = {}
        ceilings = []
        for number in (a, b):
            columns = self.of_scheme[number].values()
            whole = sum((self.most[column] for column in columns), Fraction(0))
            ceiling = self.schemes[number].ceiling
            if ceiling is not None and int(ceiling) < whole:  # type: ignore[arg-type]
                whole = Fraction(int(ceiling))  # type: ignore[arg-type]
                ceilings.append(Limit("ceiling", (self.schemes[number].key,)))
            if not whole:
                return
            terms |= dict.fromkeys(columns, 1 / whole)
        for ceiling_limit in ceilings:  # without its ceiling either could pay more: the row goes with it
            self.limits.setdefault(ceiling_limit, []).append(len(self.rows))
        self._row(terms, 1, limit)

    def _add_budget(self, problem: Problem) -> None:
        """§8: what is paid now leaves at most the budget, or so many yen above it as the new column says."""
        given: list[tuple[int | None, int]] = sorted((problem.most_own_by_year or {}).items())
        if problem.most_own is not None:
            given.append((None, problem.most_own))
        real = len(self.columns)
        for year, most in given:
            spare = len(self.columns)
            terms = {
                column: Fraction(-1)
                for column, (number, cell) in enumerate(self.columns[:real])
                if year in (None, cell[1]) and self.schemes[number].instrument != "tax_allocation"
            }
            need = sum(yen for cell, yen in self.costs.items() if year in (None, cell[1])) - most
            if need > 0:
                self.spare[spare] = Limit("most_own", (), year)
                self.columns.append((-1, ("", year or 0)))
                self.most.append(Fraction(self.total))
                self.worth.append(Fraction(-SHORT))
                self._row({**terms, spare: Fraction(-1)}, -need, self.spare[spare])

    def pairs(self, name: str) -> set[tuple[int, int]]:
        return {
            tuple(sorted((number, self.place[key])))  # type: ignore[misc]
            for number, scheme in enumerate(self.schemes)
            for key in getattr(scheme, name)
        }

    # What may be combined

    def rules(self, loosened: Limit | None = None) -> Rules:
        """§5: exclusions and requirements, with what follows from them."""
        same = self._rules.get(loosened)
        if same is None:
            same = self._rules[loosened] = self._make_rules(loosened)
        return same

    def _make_rules(self, loosened: Limit | None) -> Rules:
        def kept(name: str, a: int, b: int) -> bool:
            return loosened != Limit(name, (self.schemes[a].key, self.schemes[b].key))

        numbers = range(len(self.schemes))
        closure = [{number} for number in numbers]
        needs = [
            [self.place[k] for k in self.schemes[n].requires if kept("requires", n, self.place[k])] for n in numbers
        ]
        for _ in numbers:
            grown = [mine.union(*(needs[each] for each in mine)) for mine in closure]
            if grown == closure:
                break
            closure = grown
        banned = {pair for pair in self.pairs("excludes") if kept("excludes", *pair)}
        foes: list[set[int]] = [set() for _ in numbers]
        for a, b in banned:
            foes[a].add(b)
            foes[b].add(a)
        reach = [set().union(*(foes[each] for each in mine)) for mine in closure]
        conflicts = [frozenset(o for o in numbers if reach[n] & closure[o]) for n in numbers]
        missing = {number for number, limit in self.misfits.items() if limit != loosened}
        out = frozenset(n for n in numbers if n in conflicts[n] or closure[n] & missing)
        items = frozenset(frozenset(p) for p in self.pairs("excludes_on_item") if kept("excludes_on_item", *p))
        return Rules([frozenset(mine) for mine in closure], conflicts, out, items)

    # Solving

    def _start(self) -> None:
        from ortools.linear_solver import pywraplp  # a quarter of a second: only where something is solved

        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.solver.SetSolverSpecificParametersAsString("use_preprocessing: false use_dual_simplex: true")
        self.variables = [self.solver.NumVar(0.0, float(most) / SCALE, "") for most in self.most]
        self.constraints = []
        for row in self.rows:
            made = self.solver.Constraint(-inf, self._bound(row, float(row.most)))
            scale = SCALE if row.limit and row.limit.name.startswith("excludes") else 1.0
            for column, factor in row.terms.items():
                made.SetCoefficient(self.variables[column], float(factor) * scale)
            self.constraints.append(made)
        for place in self.own_rows.values():
            self.constraints[place].SetUb(self._nothing(self.rows[place]))
        objective = self.solver.Objective()
        for variable, worth in zip(self.variables, self.worth, strict=True):
            objective.SetCoefficient(variable, float(worth))
        objective.SetMaximization()
        self._shut: set[int] = set()
        self._own: frozenset[int] = NONE
        self._loosened: Limit | None = None
        self._known: dict[tuple[Any, ...], Solved] = {}
        self._at: tuple[Any, ...] = ()
        self._gains: dict[tuple[Any, ...], tuple[float, list[float]]] = {}
        self._worths = [float(worth) for worth in self.worth]
        self._terms = [
            [
                (c, float(f) * (SCALE if row.limit and row.limit.name.startswith("excludes") else 1.0))
                for c, f in row.terms.items()
            ]
            for row in self.rows
        ]
        self._ceilings: list[dict[int, float]] = [{} for _ in self.schemes]
        for row in self.rows:
            if row.limit and row.limit.name.startswith("ceiling"):
                self._ceilings[self.place[row.limit.keys[0]]][row.limit.year or 0] = float(row.most)

    def _nothing(self, row: Row) -> float:
        """A bound that never holds: GLOP stumbles where one it stood on becomes infinite."""
        return self._bound(row, 2.0 if row.limit and row.limit.name.startswith("excludes") else 2.0 * self.total + 1)

    @staticmethod
    def _bound(row: Row, most: float) -> float:
        return most if row.limit and row.limit.name.startswith("excludes") else most / SCALE

    def _loosen(self, limit: Limit | None, *, back: bool) -> None:
        for place in self.limits.get(limit, []) if limit else []:
            row = self.rows[place]
            if place in self._owners:
                continue
            most = row.most if back else row.loose
            self.constraints[place].SetUb(self._nothing(row) if most is None else self._bound(row, float(most)))

    def relief(self, node: Node, loosened: Limit | None = None) -> float:
        """What the best payments of a node take off in yen when whatever it leaves in may be combined."""
        key = (node.out, node.shut, node.own, loosened)
        if key not in self._known:
            self._place(node, loosened)
            if self.solver.Solve() != self.solver.OPTIMAL:
                raise NotStackable("input", "the figures are too far apart to be solved", "Give amounts of one order")
            self._known[key] = Solved(self.solver.Objective().Value() * SCALE, None)
            self._at = key
        return self._known[key].relief

    def paid(self, node: Node, loosened: Limit | None = None) -> list[float]:
        """Those payments, in yen by column."""
        key = (node.out, node.shut, node.own, loosened)
        known = self._known.get(key)
        if known is None or known.paid is None:
            self.stand_on(node, loosened)
            paid = [variable.solution_value() * SCALE for variable in self.variables]
            self._known[key] = known = Solved(self._known[key].relief, paid)
        assert known.paid is not None  # noqa: S101
        return known.paid

    def stand_on(self, node: Node, loosened: Limit | None = None) -> None:
        """Have the solver stand on a node: prices and payments are only to be had of what was solved last."""
        key = (node.out, node.shut, node.own, loosened)
        if self._at != key:
            self._known.pop(key, None)
            self.relief(node, loosened)

    def basis(self, node: Node) -> tuple[list[int], list[int]] | None:
        """What the answer to a node stands on, if it was the last one solved."""
        if self._at != (node.out, node.shut, node.own, None):
            return None
        return [each.basis_status() for each in self.variables], [each.basis_status() for each in self.constraints]

    def _closed(self, node: Node) -> set[int]:
        return set(node.shut).union(*(self.of_scheme[number].values() for number in node.out))

    def _place(self, node: Node, loosened: Limit | None) -> None:
        if loosened != self._loosened:
            self._loosen(self._loosened, back=True)
            self._loosen(loosened, back=False)
            self._loosened = loosened
        shut = self._closed(node)
        for column in shut - self._shut:
            self.variables[column].SetUb(0.0)
        for column in self._shut - shut:
            self.variables[column].SetUb(float(self.most[column]) / SCALE)
        self._shut = shut
        for number in self._own ^ node.own:
            place = self.own_rows[number]
            row = self.rows[place]
            self.constraints[place].SetUb(
                self._bound(row, float(row.most)) if number in node.own else self._nothing(row)
            )
        self._own = node.own

    def gains(self, alone: Node, loosened: Limit | None) -> tuple[float, list[float]]:
        """The relief of a node, and by how much at most each scheme left out could raise it, in yen (by the prices of the dual)."""
        key = (alone.out, alone.shut, alone.own, loosened)
        if key not in self._gains:
            self.stand_on(alone, loosened)
            relief = self.relief(alone, loosened)
            reduced = list(self._worths)
            for terms, constraint in zip(self._terms, self.constraints, strict=True):
                price = constraint.dual_value()
                if price > 0:
                    for column, factor in terms:
                        reduced[column] -= price * factor
            self._gains[key] = relief, [self._gain(number, reduced, alone.shut) for number in range(len(self.schemes))]
        return self._gains[key]

    def _gain(self, number: int, reduced: list[float], shut: frozenset[int]) -> float:
        by_year: dict[int, float] = {}
        best = 0.0
        for (_kind, year), column in self.of_scheme[number].items():
            if reduced[column] > 0 and column not in shut:
                by_year[year] = by_year.get(year, 0.0) + reduced[column] * float(self.most[column])
                best = max(best, reduced[column])
        ceilings = self._ceilings[number]
        yearly = sum(min(yen, best * ceilings.get(year, inf)) for year, yen in by_year.items())
        return min(yearly, best * ceilings.get(0, inf)) if best else 0.0

    def prove(self, found: Found) -> tuple[list[Fraction], Fraction, bool]:
        """Payments in exact fractions, their relief, and whether exact prices prove that nothing in their part beats it.

        GLOP says which limits its answer stands on; what follows from that is worked out anew in fractions.
        """
        slack = {place for place, number in self._owners.items() if number not in found.node.own}
        basic, upper = self.solver.BASIC, self.solver.AT_UPPER_BOUND
        status, standing = found.basis
        tight = [at for at, each in enumerate(standing) if at not in slack and each != basic]
        shut = self._closed(found.node)
        open_ = [column for column in range(len(self.columns)) if column not in shut]
        paid = [Fraction(0)] * len(self.columns)
        for column in open_:
            if status[column] == upper:
                paid[column] = self.most[column]
        free = {column for column, at in enumerate(status) if at == basic}
        equations, right = [], []
        for at in tight:
            terms = self.rows[at].terms
            equations.append({column: factor for column, factor in terms.items() if column in free})
            right.append(self.rows[at].most - sum(f * paid[c] for c, f in terms.items() if c not in free and paid[c]))
        turned: dict[int, dict[int, Fraction]] = {column: {} for column in sorted(free)}
        for number, equation in enumerate(equations):
            for column, factor in equation.items():
                turned[column][number] = factor
        values = _solved(equations, right)
        prices = _solved(list(turned.values()), [self.worth[column] for column in turned])
        for column, value in values.items():
            paid[column] = value
        rows = [row for at, row in enumerate(self.rows) if at not in slack]
        holds = all(0 <= yen <= (0 if column in shut else self.most[column]) for column, yen in enumerate(paid))
        holds = holds and all(
            sum(factor * paid[column] for column, factor in row.terms.items() if paid[column]) <= row.most
            for row in rows
        )
        relief = sum((self.worth[column] * paid[column] for column in open_), Fraction(0))
        return paid, relief, holds and relief == self._bounded({tight[at]: y for at, y in prices.items()}, open_)

    def _bounded(self, prices: dict[int, Fraction], open_: list[int]) -> Fraction | None:
        """What no payments can exceed by weak duality, exactly; None where a price is below 0."""
        if min(prices.values(), default=Fraction(0)) < 0:
            return None
        reduced = list(self.worth)
        bound = Fraction(0)
        for at, price in prices.items():
            bound += price * self.rows[at].most
            for column, factor in self.rows[at].terms.items():
                reduced[column] -= price * factor
        return bound + sum(
            (reduced[column] * self.most[column] for column in open_ if reduced[column] > 0), Fraction(0)
        )

    # Searching

    def own(self, relief: float) -> int:
        return ceil(self.total - relief - MARGIN)

    def best(
        self,
        without: Iterable[frozenset[int]] = (),
        *,
        loosened: Limit | None = None,
        kept: frozenset[int] = NONE,
        below: int | None = None,
    ) -> Found | None:
        """The combination of the smallest own burden that holds none of `without` whole (§7).

        With `below` only the burden counts, and only one below it: the first found of the smallest is returned.
        """
        found = _Search(self, tuple(without), loosened, below).run(kept)
        if found is None or below is not None or not (found.node.shut or found.node.own):
            return found
        return _Search(self, (), None, None, exactly=found.used).run(found.used)


def _rate(scheme: Scheme) -> Fraction:
    assert isinstance(scheme.rate, Fraction)  # noqa: S101, known by now
    return scheme.rate


def _cut(yen: Any, unit: int) -> Fraction:
    return Fraction(yen) // unit * Fraction(unit)


def _take_out(
    pivot: int,
    terms: dict[int, Fraction],
    yen: Fraction,
    left: dict[int, tuple[dict[int, Fraction], Fraction]],
    other: int,
    holders: dict[int, set[int]],
) -> None:
    """Free an equation of one unknown by means of another equation."""
    changed, value = left[other]
    share = changed[pivot] / terms[pivot]
    for unknown, factor in terms.items():
        new = changed.get(unknown, Fraction(0)) - share * factor
        if new:
            changed[unknown] = new
            holders[unknown].add(other)
        elif unknown in changed:
            del changed[unknown]
            holders[unknown].discard(other)
    left[other] = changed, value - share * yen


def _solved(equations: list[dict[int, Fraction]], right: list[Fraction]) -> dict[int, Fraction]:
    """Σ factor × unknown = right, by elimination in fractions, the shortest equation first; what stays free is 0."""
    left = {number: (dict(terms), right[number]) for number, terms in enumerate(equations) if terms}
    holders: dict[int, set[int]] = {}
    for number, (terms, _yen) in left.items():
        for unknown in terms:
            holders.setdefault(unknown, set()).add(number)
    order = []
    while left:
        number = min(left, key=lambda at: (len(left[at][0]), at))
        terms, yen = left.pop(number)
        if not terms:
            continue
        pivot = min(terms, key=lambda unknown: (len(holders[unknown]), unknown))
        order.append((pivot, terms, yen))
        for unknown in terms:
            holders[unknown].discard(number)
        for other in list(holders[pivot]):
            _take_out(pivot, terms, yen, left, other, holders)
    found: dict[int, Fraction] = {}
    for pivot, terms, yen in reversed(order):
        rest = sum((f * found.get(u, Fraction(0)) for u, f in terms.items() if u != pivot), Fraction(0))
        found[pivot] = (yen - rest) / terms[pivot]
    return found


class _Search:
    """One search, best bound first; ties go deep first, so that a combination is soon there to compare with."""

    def __init__(self, model: Model, without: tuple[frozenset[int], ...], loosened: Limit | None, below: int | None,
                 exactly: frozenset[int] | None = None) -> None:  # fmt: skip
        self.model, self.without, self.loosened, self.below = model, without, loosened, below
        self.rules = model.rules(loosened)
        self.exactly = exactly
        self.best: Found | None = None
        self.least = inf  # the own burden of the best, to the smallest part of a yen
        self.heap: list[tuple[float, int, int, Node]] = []
        self.nodes = 0

    def run(self, kept: frozenset[int]) -> Found | None:
        out = self.rules.out
        if self.exactly is not None:
            out = frozenset(range(len(self.model.schemes))) - self.exactly
        self._push(Node(out=out), 0, kept=kept)
        while self.heap:
            own, depth, _order, node = heapq.heappop(self.heap)
            if self._is_beaten(own, node):
                continue
            self._look(node, -depth)
        return self.best

    def _closure(self, numbers: Iterable[int]) -> frozenset[int]:
        return frozenset().union(*(self.rules.closure[number] for number in numbers))

    def _own(self, relief: float) -> float:
        """To the yen; among payments of the same schemes to the smallest part of one."""
        return self.model.own(relief) if self.exactly is None else self.model.total - relief

    def _is_beaten(self, own: float, node: Node) -> bool:
        if self.exactly is not None:
            return self.best is not None and own >= self.least - PRECISE
        if self.below is not None:
            return own >= (self.best.own if self.best else self.below)
        if self.best is None or own < self.best.own:
            return False
        if own > self.best.own or len(node.kept) > self.best.count:
            return True
        return len(node.kept) == self.best.count and self._keys(node.kept) >= self.best.keys

    def _keys(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.model.schemes[number].key for number in sorted(numbers))

    def _push(self, node: Node, depth: int, *, out: Iterable[int] = (), kept: Iterable[int] = ()) -> None:
        """Add a part of the search with all that follows from what it leaves out and keeps."""
        held = node.kept | self._closure(kept)
        banned = set(node.out).union(out, *(self.rules.conflicts[number] for number in held))
        banned.update(n for n, needs in enumerate(self.rules.closure) if needs & banned)
        if held & banned:
            return
        grown = node._replace(out=frozenset(banned), kept=held)
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise NotStackable("schemes", "too many combinations tie to be told apart", "Leave schemes of no use out")
        own = self._own(self.model.relief(grown, self.loosened))
        if not self._is_beaten(own, grown):
            heapq.heappush(self.heap, (own, -depth, self.nodes, grown))

    def _look(self, node: Node, depth: int) -> None:
        relief, all_paid = self.model.relief(node, self.loosened), self.model.paid(node, self.loosened)
        amounts: dict[int, float] = {}
        for (number, _cell), yen in zip(self.model.columns, all_paid, strict=True):
            if yen > PAID and number >= 0:
                amounts[number] = amounts.get(number, 0.0) + yen
        used = self._closure(amounts)
        if self._part_conflicts(node, depth, amounts) or self._part_items(node, depth, all_paid):
            return
        if self._part_least_own(node, depth, used | node.kept, all_paid):
            return
        used = used if self.exactly is None else self.exactly
        if not any(whole <= used for whole in self.without):
            rank = self.model.own(relief), len(used), self._keys(used)
            if self.best is None or (rank < self.best.rank if self.exactly is None else self._own(relief) < self.least):
                basis = self.model.basis(node) if self.below is None else ([], [])
                if basis is None:
                    self._look_again(node, depth)
                    return
                self.least = self._own(relief)
                self.best = Found(*rank, node, used, all_paid, basis)
        if self._part_without(node, depth, used | node.kept) or self.below is not None or self.exactly is not None:
            return
        self._part_ties(node, depth, self.model.own(relief), amounts)

    def _look_again(self, node: Node, depth: int) -> None:
        """Other payments may be as good as those kept in mind: what is taken must be what the solver stands on."""
        self.model.stand_on(node)
        self._look(node, depth)

    def _part_ties(self, node: Node, depth: int, own: int, amounts: Mapping[int, float]) -> None:
        """§7: does the same burden come with fewer schemes? At least so many must join those that are kept."""
        everybody = frozenset(range(len(self.model.schemes)))
        alone = Node(everybody - node.kept, node.shut, node.own)
        relief, gains = self.model.gains(alone, self.loosened)
        lacking = self.model.total - own - 2 * MARGIN - relief
        if lacking <= 0:
            self._push(node._replace(out=alone.out), depth + 1)
            return
        free = sorted((n for n in everybody - node.out - node.kept if gains[n] > PAID), key=lambda n: (-gains[n], n))
        if self.best is not None and own == self.best.own:
            room = self.best.count - len(node.kept)
            first = sorted(everybody - node.out - node.kept)[:room]
            if self._keys(node.kept.union(first)) >= self.best.keys:  # as many would not come before it by their keys
                room -= 1
            if room <= 0:
                return
            most = sum(gains[number] for number in free[:room])
            if most < lacking:
                return
            spare = gains[free[room]] if room < len(free) else 0.0
            needed = [number for number in free[:room] if most - gains[number] + spare < lacking]
            if needed:
                self._push(node, depth + 1, kept=needed)
                return
        if free:
            paying = [number for number in free if number in amounts] or free
            self._push(node, depth + 1, kept=paying[:1])
            self._push(node, depth + 1, out=paying[:1])

    def _part_conflicts(self, node: Node, depth: int, amounts: Mapping[int, float]) -> bool:
        pairs = [(a, b) for a in amounts for b in self.rules.conflicts[a] if a < b and b in amounts]
        if not pairs:
            return False
        a, b = max(pairs, key=lambda pair: (min(amounts[pair[0]], amounts[pair[1]]), -pair[0], -pair[1]))
        first = max((a, b), key=lambda number: (number not in node.kept, amounts[number], number))
        self._push(node, depth + 1, kept=[first])
        self._push(node, depth + 1, out=[first])
        return True

    def _part_items(self, node: Node, depth: int, paid: list[float]) -> bool:
        for pair in sorted(map(sorted, self.rules.items)):
            one, other = (self.model.of_scheme[number] for number in pair)
            for cell in one:
                if cell in other and min(paid[one[cell]], paid[other[cell]]) > PAID:
                    for column in (one[cell], other[cell]):
                        self._push(node._replace(shut=node.shut | {column}), depth + 1)
                    return True
        return False

    def _part_least_own(self, node: Node, depth: int, used: frozenset[int], paid: list[float]) -> bool:
        for number in sorted(used & self.model.own_rows.keys() - node.own):
            row = self.model.rows[self.model.own_rows[number]]
            if row.limit == self.loosened:
                continue
            if sum(paid[column] for column in row.terms) > row.most + Fraction(1, 100):
                self._push(node._replace(own=node.own | {number}), depth + 1, kept=[number])
                self._push(node, depth + 1, out=[number])
                return True
        return False

    def _part_without(self, node: Node, depth: int, used: frozenset[int]) -> bool:
        """§7: a combination that holds an earlier one whole parts into those that leave out one of its schemes."""
        whole = next((whole for whole in self.without if whole <= used), None)
        if whole is None:
            return False
        free = sorted(whole - node.kept)
        for at, number in enumerate(free):
            self._push(node, depth + 1, out=[number], kept=free[:at])
        return True
