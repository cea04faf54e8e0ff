"""How fast the best combination of schemes is found, and what other ways leave on the table.

    python bench/stacking.py   # prints tables; exits 1 where a bound is missed

50 made-up problems (見本): 30 schemes, 4 years, 6 kinds of cost. An answer holds the best plan, the next best three and what
binds. Beside it, for the best plan alone: the largest rate first (greedy), the same model as one mixed integer programme for
scipy's HiGHS and for CP-SAT, payments not cut to units; and on 8 schemes brute force over every set.
"""

from __future__ import annotations

import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from ortools.sat.python import cp_model
from scipy.optimize import Bounds, LinearConstraint, milp

from itoguchi.engines.stacking import Cost, Problem, Scheme, stack
from itoguchi.engines.stacking.search import Model

PROBLEMS, SCHEMES, YEARS, KINDS = 50, 30, 4, 6
BOUND = 100.0  # ms of CPU time: other work on the machine does not count
OTHERS, LONGEST = 10, 2.0  # problems for the slower ways, and seconds after which CP-SAT gives what it has
SHARE = {"1/1": Fraction(1), "1/2": Fraction(1, 2), "2/3": Fraction(2, 3), "3/4": Fraction(3, 4), "1/3": Fraction(1, 3)}


def problem_of(seed: int, schemes: int = SCHEMES, years: int = YEARS, kinds: int = KINDS) -> Problem:
    """A plausible project: large first costs, then running ones; half the schemes grants that exclude some others."""
    rng = random.Random(seed)
    names = [f"kind{at}" for at in range(kinds)]
    all_years = list(range(2027, 2027 + years))
    costs = []
    for at, name in enumerate(names):
        first = rng.randrange(5_000, 60_000) * 1000
        for number, year in enumerate(all_years):
            yen = first if number == at % 2 else int(first * rng.uniform(0.05, 0.2))
            costs.append(Cost(name, year, yen // 1000 * 1000 + rng.choice([0, 0, rng.randrange(1000)])))
    counts = {"grant": 15, "bond": 6, "tax_allocation": 4, "private": 3, "loan": 2}
    kindred = [name for name, number in counts.items() for _ in range(number)]
    made: list[Scheme] = []
    for at, instrument in enumerate(kindred if schemes == SCHEMES else rng.sample(kindred, schemes)):
        made.append(_scheme(rng, f"s{at:02}", instrument, names, all_years, made))
    return Problem(tuple(costs), tuple(made))


def _scheme(
    rng: random.Random, key: str, instrument: str, kinds: list[str], years: list[int], others: list[Scheme]
) -> Scheme:
    grants = [other.key for other in others if other.instrument == "grant"]
    begins = rng.randrange(len(years))
    given: dict[str, Any] = {
        "kinds": tuple(sorted(rng.sample(kinds, rng.randint(1, min(4, len(kinds)))))),
        "years": tuple(years[begins : begins + rng.randint(1, 3)]),
        "unit": 1000,
    }
    if instrument == "grant":
        given["rate"] = SHARE[rng.choice(["1/1", "1/2", "1/2", "2/3", "3/4", "1/3"])]
        given["ceiling" if rng.random() < 0.6 else "ceiling_by_year"] = rng.randrange(3, 50) * 1_000_000
        given["least_size"] = rng.choice([0, 1_000_000, 10_000_000, 100_000_000])
        given["least_own"] = rng.choice([Fraction(0)] * 5 + [Fraction(1, 10)])
        if grants and rng.random() < 0.5:
            given[rng.choice(["excludes", "excludes_on_item"])] = (rng.choice(grants),)
        elif grants and rng.random() < 0.3:
            given[rng.choice(["after", "requires"])] = (rng.choice(grants),)
    elif instrument == "bond":
        given |= {"rate": rng.choice([Fraction(1), Fraction(9, 10), Fraction(3, 4)]), "unit": 100_000}
        given["returned"] = rng.choice([Fraction(7, 10), Fraction(1, 2), Fraction(3, 10)])
        bonds = [other.key for other in others if other.instrument == "bond"]
        given["excludes_on_item"] = (rng.choice(bonds),) if bonds and rng.random() < 0.4 else ()
        given["ceiling"] = rng.randrange(10, 100) * 1_000_000
    elif instrument == "tax_allocation":
        given["rate"] = rng.choice([Fraction(1, 2), Fraction(8, 10)])
        given["ceiling_by_year"] = rng.randrange(1, 10) * 1_000_000
    else:
        given |= {"ceiling": rng.randrange(1, 10) * 1_000_000, "unit": 1}
    return Scheme(key, instrument, **given)


# Other ways. All see the same rows; a binary says whether a scheme is used, another who pays an item.


def rows_of(model: Model) -> tuple[list[tuple[dict[int, Fraction], Fraction]], int]:
    """The model as rows over payments and binaries, and the number of payments."""
    payments, schemes = len(model.columns), len(model.schemes)
    rows: list[tuple[dict[int, Fraction], Fraction]] = []
    own = {place: number for number, place in model.own_rows.items()}
    for place, row in enumerate(model.rows):
        if row.limit and row.limit.name.startswith("excludes"):
            continue
        if place in own:  # only where the scheme is used
            slack = sum(model.most[column] for column in row.terms)
            rows.append(({**row.terms, payments + own[place]: slack}, row.most + slack))
        else:
            rows.append((row.terms, row.most))
    for column, (number, _cell) in enumerate(model.columns):
        rows.append(({column: Fraction(1), payments + number: -model.most[column]}, Fraction(0)))
    one = Fraction(1)
    for a, b in model.pairs("excludes"):
        rows.append(({payments + a: one, payments + b: one}, one))
    for number, scheme in enumerate(model.schemes):
        rows += [({payments + number: one, payments + model.place[key]: -one}, Fraction(0)) for key in scheme.requires]
    rows += [({payments + number: one}, Fraction(0)) for number in model.rules().out]
    binary = payments + schemes
    for a, b in sorted(model.pairs("excludes_on_item")):
        for cell in model.of_scheme[a].keys() & model.of_scheme[b].keys():
            one_pays, other = model.of_scheme[a][cell], model.of_scheme[b][cell]
            rows.append(({one_pays: one, binary: -model.most[one_pays]}, Fraction(0)))
            rows.append(({other: one, binary: model.most[other]}, model.most[other]))
            binary += 1
    return rows, binary


def by_highs(problem: Problem) -> float:
    model = Model(problem)
    rows, width = rows_of(model)
    if not width:
        return float(model.total)
    matrix = np.zeros((len(rows), width))
    for at, (terms, _most) in enumerate(rows):
        for column, factor in terms.items():
            matrix[at, column] = float(factor)
    payments = len(model.columns)
    goal = np.zeros(width)
    goal[:payments] = [-float(worth) for worth in model.worth]
    upper = np.ones(width)
    upper[:payments] = [float(most) for most in model.most]
    found = milp(
        goal,
        constraints=LinearConstraint(matrix, ub=[float(most) for _terms, most in rows]),
        bounds=Bounds(0, upper),
        integrality=np.r_[np.zeros(payments), np.ones(width - payments)],
        options={"mip_rel_gap": 0},
    )
    return float(model.total + found.fun)


def by_cp_sat(problem: Problem) -> float:
    """In whole yen, one worker."""
    model = Model(problem)
    rows, width = rows_of(model)
    payments = len(model.columns)
    made = cp_model.CpModel()
    x = [made.new_int_var(0, int(model.most[at]) if at < payments else 1, "") for at in range(width)]
    for terms, most in rows:
        scale = np.lcm.reduce([factor.denominator for factor in (*terms.values(), most)])
        made.add(sum(int(factor * scale) * x[column] for column, factor in terms.items()) <= int(most * scale))
    made.maximize(sum(int(worth * 60) * x[column] for column, worth in enumerate(model.worth)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = LONGEST
    solver.solve(made)
    return model.total - solver.objective_value / 60


def greedy(problem: Problem) -> float:
    """Schemes by rate × worth, each as much as it can beside those taken before, in the order of their stages."""
    model = Model(problem)
    rules = model.rules()
    taken: set[int] = set()
    paid = [Fraction(0)] * len(model.columns)
    left = [row.most for row in model.rows]
    held: dict[int, list[tuple[int, Fraction]]] = {}
    for place, row in enumerate(model.rows):
        if not (row.limit and row.limit.name.startswith("excludes")):
            for column, factor in row.terms.items():
                held.setdefault(column, []).append((place, factor))
    order = sorted(
        range(len(model.schemes)),
        key=lambda n: (len(model.before[model.schemes[n].key]), -model.schemes[n].rate * model.schemes[n].worth, n),
    )
    items = {frozenset(pair) for pair in model.pairs("excludes_on_item")}
    for number in order:
        needs = rules.closure[number] | taken
        if number in rules.out or any(rules.conflicts[each] & needs for each in needs):
            continue
        taken |= rules.closure[number]
        for cell, column in model.of_scheme[number].items():
            rivals = [c for c in model.in_cell[cell] if frozenset((number, model.columns[c][0])) in items and paid[c]]
            room = min([model.most[column], *(left[place] / factor for place, factor in held.get(column, []))])
            if rivals or room <= 0:
                continue
            paid[column] = room
            for place, factor in held.get(column, []):
                left[place] -= factor * room
    return float(model.total - sum(worth * yen for worth, yen in zip(model.worth, paid, strict=True)))


def by_sets(problem: Problem) -> float:
    """Every set of schemes that may be combined, each solved by HiGHS."""
    best = float("inf")
    for number in range(len(problem.schemes) + 1):
        for used in combinations(problem.schemes, number):
            keys = {scheme.key for scheme in used}
            if all(set(s.requires) <= keys and not set(s.excludes) & keys for s in used):
                best = min(best, by_highs(Problem(problem.costs, used_only(used, keys))))
    return best


def used_only(used: tuple[Scheme, ...], keys: set[str]) -> tuple[Scheme, ...]:
    """The schemes without a word about those that are not there."""
    names = ("after", "excludes", "excludes_on_item", "requires")
    return tuple(
        replace(each, **{name: tuple(key for key in getattr(each, name) if key in keys) for name in names})
        for each in used
    )


def measure(way: Callable[[Problem], Any], problems: list[Problem]) -> tuple[list[Any], list[float]]:
    answers, spent = [], []
    for problem in problems:
        begun = time.process_time()
        answers.append(way(problem))
        spent.append(1000 * (time.process_time() - begun))
    return answers, spent


def row(name: str, spent: list[float], above: list[float]) -> None:
    more = f"{max(0.0, statistics.median(above)):,.0f} | {max(0.0, *above):,.0f}"
    print(f"| {name} | {statistics.median(spent):.1f} | {max(spent):.1f} | {more} |")


def main() -> int:
    problems = [problem_of(seed) for seed in range(PROBLEMS)]
    stack(problems[0])  # loads OR-tools
    answers, spent = measure(stack, problems)
    least = [float(min(plan.least for plan in (answer.best, *answer.alternatives))) for answer in answers]
    cut = [answer.best.net - own for answer, own in zip(answers, least, strict=True)]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    )
    print(f"\n{PROBLEMS} problems: {SCHEMES} schemes, {YEARS} years, {KINDS} kinds of cost")
    print("| way | ms, median | ms, worst | yen above the least, median | worst |\n|---|--:|--:|--:|--:|")
    row("**ours**: best, next three, what binds; in whole units", spent, cut)
    _ranked, alone = measure(lambda problem: Model(problem).best(), problems)
    row("ours: the best alone, before cutting to units", alone, [0.0] * PROBLEMS)
    same = True
    for name, way in (("HiGHS (scipy), the best alone", by_highs), ("CP-SAT, whole yen, the best alone", by_cp_sat)):
        found, taken = measure(way, problems[:OTHERS])
        above = [other - own for other, own in zip(found, least, strict=False)]
        same = same and min(above) > -1
        row(f"{name} (first {OTHERS})", taken, above)
    found, taken = measure(greedy, problems)
    row("largest rate first", taken, [other - own for other, own in zip(found, least, strict=True)])
    small = [problem_of(seed, 8, 3, 3) for seed in range(5)]
    answers_small, spent_small = measure(stack, small)
    brute, taken = measure(by_sets, small)
    print(f"\n{len(small)} problems: 8 schemes, 3 years, 3 kinds of cost")
    print("| way | ms, median | ms, worst | yen above the least, median | worst |\n|---|--:|--:|--:|--:|")
    own = [float(min(plan.least for plan in (answer.best, *answer.alternatives))) for answer in answers_small]
    row("**ours**, the whole answer", spent_small, [0.0] * len(small))
    differ = [other - mine for other, mine in zip(brute, own, strict=True)]
    row("brute force, the best alone", taken, differ)
    proven = sum(plan.is_proven for answer in answers for plan in (answer.best, *answer.alternatives))
    plans = sum(1 + len(answer.alternatives) for answer in answers)
    held = {
        f"median {statistics.median(spent):.1f} ms an answer, bound ≤ {BOUND:.0f}": statistics.median(spent) <= BOUND,
        f"worst {max(spent):.1f} ms an answer, bound ≤ {BOUND:.0f}": max(spent) <= BOUND,
        "no other way leaves less": same and min(differ) > -1,
        f"equals brute force ({max(map(abs, differ)):.4f} yen apart)": max(map(abs, differ)) < 0.01,
        f"{proven} of {plans} figures confirmed in exact fractions": proven == plans,
    }
    print()
    for said, holds in held.items():
        print(f"- {said} {'✓' if holds else '未達'}")
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
