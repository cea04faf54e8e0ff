"""The rules of docs/engines/stacking.md."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product
from math import ceil
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itoguchi.engines.door import run
from itoguchi.engines.stacking import (
    Between,
    Bind,
    Cost,
    Limit,
    NotStackable,
    OverBudget,
    Payment,
    Plan,
    Problem,
    Scheme,
    Stack,
    said,
    stack,
)
from itoguchi.engines.stacking.__main__ import answer_to

HALF, THIRD, ALL = Fraction(1, 2), Fraction(1, 3), Fraction(1)
SENSORS = Cost("sensors", 2027, 10_000_000)


def solved(*schemes: Scheme, costs: tuple[Cost, ...] = (SENSORS,), **limits: Any) -> Stack:
    return stack(Problem(costs, schemes, **limits))


def paid(plan: Plan, key: str) -> int:
    return sum(payment.yen for payment in plan.payments if payment.scheme == key)


# Brute force, which shares nothing with the engine but the problem: every set of schemes, every choice of who pays an
# item that two may not both pay, and for each the best payments by the simplex method in exact fractions.


def simplex(rows: list[tuple[dict[Any, Fraction], Fraction]], worth: dict[Any, Fraction]) -> Fraction:
    """The most of Σ worth × x where Σ a × x ≤ b for each row, x ≥ 0 and b ≥ 0 (Bland's rule, so that it ends)."""
    names = list(worth)
    width = len(names) + len(rows)
    table = []
    for at, (terms, most) in enumerate(rows):
        slack = [Fraction(int(at == other)) for other in range(len(rows))]
        table.append([terms.get(name, Fraction(0)) for name in names] + slack + [most])
    goal = [-worth[name] for name in names] + [Fraction(0)] * (len(rows) + 1)
    basis = list(range(len(names), width))
    while (enters := next((c for c in range(width) if goal[c] < 0), None)) is not None:
        ratios = [(row[-1] / row[enters], basis[at], at) for at, row in enumerate(table) if row[enters] > 0]
        _ratio, _leaves, at = min(ratios)
        pivot = table[at][enters]
        table[at] = [each / pivot for each in table[at]]
        for other, row in enumerate(table):
            if other != at and row[enters]:
                table[other] = [a - row[enters] * b for a, b in zip(row, table[at], strict=True)]
        goal = [a - goal[enters] * b for a, b in zip(goal, table[at], strict=True)] if goal[enters] else goal
        basis[at] = enters
    return goal[-1]


def is_for(scheme: Scheme, cost: Cost) -> bool:
    return (not scheme.kinds or cost.kind in scheme.kinds) and (not scheme.years or cost.year in scheme.years)


def comes_before(first: Scheme, then: Scheme, all_schemes: dict[str, Scheme]) -> bool:
    order = ["grant private", "bond loan", "tax_allocation"]
    stages = [next(at for at, names in enumerate(order) if each.instrument in names) for each in (first, then)]
    if stages[0] != stages[1]:
        return stages[0] < stages[1]
    return any(key == first.key or comes_before(first, all_schemes[key], all_schemes) for key in then.after)


def worth_of(scheme: Scheme) -> Fraction:
    return {"bond": scheme.returned, "loan": Fraction(0)}.get(scheme.instrument, ALL)


def whole(yen: Any, unit: int) -> Fraction:
    return Fraction(yen // unit * unit)


def best_payments(problem: Problem, used: list[Scheme], banned: set[tuple[str, Cost]]) -> Fraction:
    """The own burden that the schemes leave at best, in exact yen; a yen above the budget counts as 1,000."""
    schemes = {scheme.key: scheme for scheme in problem.schemes}
    cells = [(s, c) for s in used for c in problem.costs if is_for(s, c) and (s.key, c) not in banned]
    rows: list[tuple[dict[Any, Fraction], Fraction]] = []
    for cost in problem.costs:
        rows.append(({(s.key, c): ALL for s, c in cells if c == cost}, Fraction(cost.yen)))
    for s in used:
        for year in {cost.year for cost in problem.costs}:
            by_rate = sum((s.rate * c.yen for c in problem.costs if is_for(s, c) and c.year == year), Fraction(0))
            most = by_rate if s.ceiling_by_year is None else min(by_rate, Fraction(s.ceiling_by_year))
            rows.append(({(k.key, c): ALL for k, c in cells if k == s and c.year == year}, whole(most, s.unit)))
        if s.ceiling is not None:
            rows.append(({(k.key, c): ALL for k, c in cells if k == s}, whole(s.ceiling, s.unit)))
        for k, cost in cells:
            if k == s:
                first = {(o.key, c): s.rate for o, c in cells if c == cost and comes_before(o, s, schemes)}
                rows.append(({(s.key, cost): ALL, **first}, s.rate * cost.yen))
        if s.least_own:
            mine = [cost for cost in problem.costs if is_for(s, cost)]
            gifts = {
                (o.key, c): ALL for o, c in cells if c in mine and (o == s or o.instrument in {"grant", "private"})
            }
            rows.append((gifts, (1 - s.least_own) * sum(cost.yen for cost in mine)))
    worth: dict[Any, Fraction] = {(s.key, c): worth_of(s) for s, c in cells}
    total, missing = sum(cost.yen for cost in problem.costs), Fraction(0)
    budgets: list[tuple[int | None, int]] = [(None, problem.most_own)] if problem.most_own is not None else []
    for year, most in [*budgets, *(problem.most_own_by_year or {}).items()]:
        need = sum(c.yen for c in problem.costs if year in (None, c.year)) - most
        if need > 0:
            now = {(s.key, c): -ALL for s, c in cells if s.instrument != "tax_allocation" and year in (None, c.year)}
            rows += [({**now, year: ALL}, Fraction(0)), ({year: ALL}, Fraction(need))]
            worth[year], missing = Fraction(1000), missing + 1000 * need
    return total + missing - simplex(rows, worth)


def brute_force(problem: Problem) -> list[tuple[int, int, tuple[str, ...], Fraction]]:
    """The best set and the next three, each without one at least of every better set."""
    found = []
    for number in range(len(problem.schemes) + 1):
        for used in combinations(sorted(problem.schemes, key=lambda scheme: scheme.key), number):
            keys = tuple(scheme.key for scheme in used)
            sizes = [sum(c.yen for c in problem.costs if is_for(s, c)) >= max(s.least_size, 1) for s in used]
            fits = all(set(s.requires) <= set(keys) and not set(s.excludes) & set(keys) for s in used)
            if not (fits and all(sizes)):
                continue
            choices = [
                [(s.key, cost), (other, cost)]
                for s in used
                for other in s.excludes_on_item
                for cost in problem.costs
                if other in keys and is_for(s, cost) and any(is_for(o, cost) for o in used if o.key == other)
            ]
            own = min(best_payments(problem, list(used), set(banned)) for banned in product(*choices))
            found.append((ceil(own), number, keys, own))
    ranked: list[tuple[int, int, tuple[str, ...], Fraction]] = []
    for each in sorted(found):
        if len(ranked) < 4 and not any(set(better[2]) <= set(each[2]) for better in ranked):
            ranked.append(each)
    return ranked


def as_ranked(found: Stack) -> list[tuple[int, int, tuple[str, ...], Fraction]]:
    plans = (found.best, *found.alternatives)
    return sorted((ceil(plan.least), len(plan.schemes), plan.schemes, plan.least) for plan in plans)


def assert_holds(problem: Problem, plan: Plan) -> None:
    """The payments keep every limit, in whole yen."""
    costs = {(cost.kind, cost.year): int(cost.yen) for cost in problem.costs}
    schemes = {scheme.key: scheme for scheme in problem.schemes}
    for cell, yen in costs.items():
        assert sum(p.yen for p in plan.payments if (p.kind, p.year) == cell) <= yen
    for key in plan.schemes:
        s = schemes[key]
        mine = [p for p in plan.payments if p.scheme == key]
        assert s.ceiling is None or sum(p.yen for p in mine) <= s.ceiling
        for year in {p.year for p in mine}:
            yen = sum(p.yen for p in mine if p.year == year)
            assert yen % s.unit == 0
            assert s.ceiling_by_year is None or yen <= s.ceiling_by_year
        for p in mine:
            first = sum(
                o.yen
                for o in plan.payments
                if (o.kind, o.year) == (p.kind, p.year) and comes_before(schemes[o.scheme], s, schemes)
            )
            assert p.yen <= s.rate * (costs[p.kind, p.year] - first)
            others = {o.scheme for o in plan.payments if (o.kind, o.year) == (p.kind, p.year)}
            assert not others & set(s.excludes_on_item)
        assert set(s.requires) <= set(plan.schemes)
        assert not set(s.excludes) & set(plan.schemes)
    assert {p.scheme for p in plan.payments} <= set(plan.schemes)
    assert plan.least <= plan.net
    tax = sum(p.yen for p in plan.payments if schemes[p.scheme].instrument == "tax_allocation")
    assert plan.now == sum(costs.values()) - sum(p.yen for p in plan.payments) + tax


RATES = st.sampled_from([ALL, HALF, THIRD, Fraction(2, 3), Fraction(3, 4), Fraction(9, 10)])


@st.composite
def problems(draw: st.DrawFn, most_schemes: int = 8) -> Problem:
    kinds = draw(st.sampled_from([("a",), ("a", "b"), ("a", "b")]))
    years = draw(st.sampled_from([(2027,), (2027, 2028)]))
    costs = tuple(Cost(kind, year, draw(st.integers(0, 90))) for kind in kinds for year in years)
    number = draw(st.integers(1, most_schemes))
    keys = [f"s{at}" for at in range(number)]
    schemes = []
    for at, key in enumerate(keys):
        others = st.lists(st.sampled_from(keys[:at]), max_size=1) if at else st.just([])
        rarely = st.booleans().flatmap(lambda yes, others=others: others if yes else st.just([]))
        instrument = draw(st.sampled_from(["grant", "grant", "grant", "private", "bond", "loan", "tax_allocation"]))
        same = [s.key for s in schemes if s.instrument in {instrument}]
        schemes.append(
            Scheme(
                key,
                instrument,
                tuple(draw(st.sets(st.sampled_from(kinds)))),
                tuple(draw(st.sets(st.sampled_from((*years, 2030)), max_size=2))),
                draw(RATES),
                draw(st.none() | st.integers(0, 50)),
                draw(st.none() | st.integers(0, 90)),
                draw(st.sampled_from([0, 0, 30])),
                draw(st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 4)])),
                draw(RATES) if instrument == "bond" else Fraction(0),
                draw(st.sampled_from([1, 1, 5])),
                tuple(draw(st.lists(st.sampled_from(same), max_size=1))) if same else (),
                tuple(draw(rarely)),
                tuple(draw(rarely)),
                tuple(draw(rarely)),
            )
        )
    most = draw(st.none() | st.none() | st.integers(0, 120))
    return Problem(costs, tuple(draw(st.permutations(schemes))), most)


def mirrored(problem: Problem) -> Problem:
    """Exclusions hold both ways, whoever names them: brute force reads them from one side."""
    pairs = {(s.key, o) for s in problem.schemes for o in s.excludes}
    return replace(
        problem,
        schemes=tuple(
            replace(s, excludes=tuple(sorted({b for a, b in pairs | {(b, a) for a, b in pairs} if a == s.key})))
            for s in problem.schemes
        ),
    )


@given(problems())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_7_it_equals_brute_force(problem: Problem) -> None:
    expected = brute_force(mirrored(problem))
    try:
        found = stack(problem)
    except OverBudget:
        assert expected[0][3] > sum(int(cost.yen) for cost in problem.costs)
        return
    over = [each for each in expected if each[3] > sum(int(cost.yen) for cost in problem.costs)]
    assert as_ranked(found) == [each for each in expected if each not in over]
    for plan in (found.best, *found.alternatives):
        assert plan.is_proven
        assert_holds(problem, plan)


HALF_UP_TO_4 = Scheme("half", "grant", rate=HALF, ceiling=4_000_000)
BOND = Scheme("bond", "bond", returned=Fraction(7, 10))


@pytest.mark.parametrize(
    ("problem", "where"),
    [
        (lambda: Problem((), ()), "costs"),
        (lambda: Problem((replace(SENSORS, yen=-1),), ()), "costs[0].yen"),
        (lambda: Problem((replace(SENSORS, yen=Between(Fraction(1))),), ()), "costs[0].yen"),
        (lambda: Problem((replace(SENSORS, year=0),), ()), "costs[0].year"),
        (lambda: Problem((SENSORS, SENSORS), ()), "costs[1]"),
        (lambda: Problem((SENSORS,), (BOND, BOND)), "schemes[1].key"),
        (lambda: Problem((SENSORS,), (replace(BOND, instrument="gift"),)), "schemes[0].instrument"),
        (lambda: Problem((SENSORS,), (replace(BOND, kinds=("roof",)),)), "schemes[0].kinds"),
        (lambda: Problem((SENSORS,), (replace(BOND, rate=Fraction(6, 5)),)), "schemes[0].rate"),
        (lambda: Problem((SENSORS,), (replace(BOND, rate=Between(HALF, THIRD)),)), "schemes[0].rate"),
        (lambda: Problem((SENSORS,), (replace(HALF_UP_TO_4, returned=HALF),)), "schemes[0].returned"),
        (lambda: Problem((SENSORS,), (replace(BOND, ceiling=-1),)), "schemes[0].ceiling"),
        (lambda: Problem((SENSORS,), (replace(BOND, unit=0),)), "schemes[0].unit"),
        (lambda: Problem((SENSORS,), (replace(BOND, excludes=("nobody",)),)), "schemes[0].excludes"),
        (lambda: Problem((SENSORS,), (replace(BOND, requires=("bond",)),)), "schemes[0].requires"),
        (lambda: Problem((SENSORS,), (replace(HALF_UP_TO_4, after=("bond",)), BOND)), "schemes"),
        (lambda: Problem((SENSORS,), (), most_own=-1), "most_own"),
        (lambda: Problem((SENSORS,), (), most_own_by_year={2030: 1}), "most_own_by_year.2030"),
    ],
)
def test_1_what_cannot_be_asked_is_refused_with_its_place(problem: Any, where: str) -> None:
    with pytest.raises(NotStackable) as error:
        problem()
    assert error.value.where == where
    assert error.value.message
    assert error.value.cure


def test_2_each_stage_sees_what_the_ones_before_left() -> None:
    national = Scheme("national", "grant", rate=HALF)
    top_up = Scheme("top-up", "grant", rate=HALF, after=("national",))
    bond = Scheme("bond", "bond", rate=Fraction(9, 10), returned=HALF)
    found = solved(bond, top_up, national).best
    assert [paid(found, key) for key in ("national", "top-up", "bond")] == [5_000_000, 2_500_000, 2_250_000]
    assert (found.now, found.net) == (250_000, 1_375_000)


def test_3_own_burden_now_and_in_the_end() -> None:
    found = solved(HALF_UP_TO_4, BOND).best
    assert (found.now, found.net, found.least) == (0, 1_800_000, 1_800_000)
    assert found.payments == (Payment("bond", "sensors", 2027, 6_000_000), Payment("half", "sensors", 2027, 4_000_000))
    tax = Scheme("tax", "tax_allocation", rate=Fraction(4, 5))
    assert (solved(HALF_UP_TO_4, tax).best.now, solved(HALF_UP_TO_4, tax).best.net) == (6_000_000, 1_200_000)


def test_4_what_a_rate_gives_is_cut_to_the_unit() -> None:
    found = solved(replace(HALF_UP_TO_4, unit=1000), costs=(Cost("sensors", 2027, 3_333_333),)).best
    assert (paid(found, "half"), found.least) == (1_666_000, 1_667_333)


def test_4_a_scheme_whose_costs_are_too_small_or_of_other_years_is_not_used() -> None:
    small = Scheme("small", "grant", least_size=10_000_001)
    late = Scheme("late", "grant", years=(2030,))
    found = solved(small, late)
    assert (found.best.schemes, found.alternatives) == ((), ())
    assert [each.why for each in found.unused] == [
        "§4 late is for other years",
        "§4 the least size of small, missed by 1 yen",
    ]
    assert {bind.limit.name: bind.saves for bind in found.binds} == {"window": 10_000_000, "least_size": 10_000_000}


def test_5_exclusions_requirements_and_own_shares() -> None:
    costs = (SENSORS, Cost("network", 2027, 2_000_000))
    a, b = Scheme("a", "grant", rate=HALF), Scheme("b", "grant", kinds=("network",))
    assert solved(a, b, costs=costs).best.net == 5_000_000
    assert solved(a, replace(b, excludes=("a",)), costs=costs).best.schemes == ("a",)
    assert solved(a, replace(b, excludes_on_item=("a",)), costs=costs).best.net == 5_000_000
    free = Scheme("plan", "grant", rate=Fraction(0))
    assert solved(replace(a, requires=("plan",)), free).best.schemes == ("a", "plan")
    assert solved(replace(b, kinds=(), least_own=Fraction(1, 10))).best.net == 1_000_000


def test_6_payments_come_in_whole_units_and_the_plan_says_what_that_costs() -> None:
    bond = replace(BOND, returned=HALF, unit=100_000)
    found = solved(Scheme("fund", "private", ceiling=4_950_000), bond)
    assert (paid(found.best, "bond"), found.best.now) == (5_000_000, 50_000)
    assert found.best.net - found.best.least == 25_000
    assert "§6 payments are cut to whole units, which costs 25000 yen" in found.why


def test_7_ties_go_to_fewer_schemes_and_then_by_key() -> None:
    third = Scheme("c", "private", ceiling=4_000_000)
    fourth = replace(third, key="b", ceiling=2_000_000)
    fifth = replace(third, key="a", ceiling=2_000_000)
    costs = (Cost("sensors", 2027, 4_000_000),)
    found = solved(third, fourth, fifth, costs=costs)
    assert found.best.schemes == ("c",)
    assert [plan.schemes for plan in found.alternatives] == [("a", "b"), ("a",), ("b",)]
    assert solved(replace(third, key="z"), replace(third, key="y"), costs=costs).best.schemes == ("y",)


@given(problems(6))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_7_the_order_of_input_does_not_matter(problem: Problem) -> None:
    turned = replace(problem, schemes=problem.schemes[::-1], costs=problem.costs[::-1])
    answers = []
    for each in (problem, turned):
        try:
            answers.append(stack(each))
        except OverBudget as error:
            answers.append(str(error))
    assert answers[0] == answers[1]


def test_8_what_binds_is_told_with_what_it_would_save() -> None:
    other = Scheme("other", "grant", rate=Fraction(1, 3), excludes=("half",))
    found = solved(HALF_UP_TO_4, other)
    assert found.binds == (
        Bind(Limit("excludes", ("half", "other")), 3_333_333),
        Bind(Limit("ceiling", ("half",)), 1_000_000),
    )
    assert [said(bind.limit) for bind in found.binds] == [
        "§5 half and other exclude each other",
        "§4 the ceiling of half in all",
    ]


def test_8_a_budget_brings_in_a_loan_or_is_refused_with_what_is_missing() -> None:
    loan = Scheme("loan", "loan", ceiling=3_000_000)
    assert solved(HALF_UP_TO_4, loan).best.schemes == ("half",)
    kept = solved(HALF_UP_TO_4, loan, most_own=4_000_000).best
    assert (kept.schemes, kept.now, kept.net) == (("half", "loan"), 4_000_000, 6_000_000)
    with pytest.raises(OverBudget) as error:
        solved(HALF_UP_TO_4, loan, most_own_by_year={2027: 2_000_000})
    assert error.value.where == "most_own_by_year.2027"
    assert "1000000 yen more" in error.value.message
    assert "the most own funds in 2027 by 1000000 yen" in error.value.cure
    assert "the ceiling of half in all" in error.value.cure


def test_9_what_is_unknown_gives_a_range_and_says_what_makes_it() -> None:
    found = solved(Scheme("a", "grant", rate=Between(THIRD, HALF)))
    assert (found.low, found.high) == (5_000_000, 6_666_667)
    assert [(width.where, width.yen) for width in found.widths] == [("schemes[0].rate", 1_666_667)]
    unknown = solved(replace(HALF_UP_TO_4, ceiling=Between(Fraction(0))))
    assert (unknown.low, unknown.high) == (5_000_000, 10_000_000)
    cost = replace(SENSORS, yen=Between(Fraction(8_000_000), Fraction(10_000_000)))
    opened = solved(Scheme("a", "grant", rate=HALF, least_size=9_000_000), costs=(cost,))
    assert (opened.low, opened.high) == (4_000_000, 10_000_000)


def test_9_where_only_the_good_end_keeps_to_the_budget_there_is_no_high_end() -> None:
    found = solved(Scheme("a", "grant", rate=Between(THIRD, HALF)), most_own=5_000_000)
    assert (found.low, found.high) == (5_000_000, None)
    assert any(why.startswith("§9") for why in found.why)


GIVEN: dict[str, Any] = {
    "costs": [{"kind": "sensors", "year": 2027, "yen": 10_000_000}],
    "schemes": [
        {
            "key": "half",
            "instrument": "grant",
            "kinds": ["sensors"],
            "years": [2027],
            "rate": "1/2",
            "ceiling": 4000000,
        },
        {"key": "bond", "instrument": "bond", "returned": 0.7, "unit": 1000, "excludes": []},
    ],
    "most_own": 3_000_000,
    "most_own_by_year": {"2027": 3_000_000},
}


def test_the_door_answers() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "itoguchi.engines.stacking"],
        input=json.dumps(GIVEN),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["best"]["own_now"], answer["best"]["own_net"]) == (0, 1_800_000)
    assert answer["own"] == {"low": 1_800_000, "high": 1_800_000}


def test_the_door_takes_ranges_and_what_nobody_knows() -> None:
    schemes = [{"key": "a", "instrument": "grant", "rate": ["1/3", 0.5], "ceiling": None, "least_size": [0, None]}]
    answer = answer_to({"costs": [{"kind": "x", "year": 2027, "yen": [100, 200]}], "schemes": schemes})
    assert answer["own"] == {"low": 50, "high": 200}
    assert {each["where"] for each in answer["unknown"]} == {
        "costs[0].yen",
        "schemes[0].rate",
        "schemes[0].ceiling",
        "schemes[0].least_size",
    }
    assert answer_to({"costs": GIVEN["costs"], "schemes": [{"key": "a", "instrument": "grant", "rate": None}]})[
        "own"
    ] == {
        "low": 0,
        "high": 10_000_000,
    }


def changed(**schemes: Any) -> Iterator[dict[str, Any]]:
    for name, value in schemes.items():
        yield {**GIVEN, "schemes": [{"key": "a", "instrument": "grant", name: value}]}


@pytest.mark.parametrize(
    "problem",
    [
        [],
        {"costs": []},
        {**GIVEN, "wish": 1},
        {**GIVEN, "costs": 3},
        {**GIVEN, "costs": [{"kind": "", "year": 2027, "yen": 1}]},
        {**GIVEN, "most_own_by_year": []},
        {**GIVEN, "most_own_by_year": {"soon": 1}},
        *changed(rate="much", ceiling=[1], least_size=True, kinds="sensors", years=["2027"], unit=1.5, least_own="1/0"),
    ],
)
def test_the_door_refuses(problem: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(problem)))
    assert run(answer_to) == 2
    assert set(json.loads(capsys.readouterr().out)["error"]) == {"where", "message", "cure"}
