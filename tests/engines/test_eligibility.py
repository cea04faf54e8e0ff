"""The rules of docs/engines/matching.md, §1 … §7: who may use a scheme."""

from __future__ import annotations

import operator
import random
from collections.abc import Mapping
from itertools import product
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itoguchi.engines.matching import eligibility
from itoguchi.engines.matching.eligibility import (
    FACTS,
    KINDS,
    PROBLEMS,
    NotARule,
    Reason,
    State,
    Table,
    Verdict,
    answer_all,
    explain,
    facts_of,
    gaps_of,
    parse,
    reasons_of,
    remarks,
    who_may,
)

WIFI = {
    "any": [
        {"applicant": ["third_sector"]},
        {
            "all": [
                {"applicant": ["area"]},
                {"any": [{"fiscal_strength": {"at_most": 0.8}}, {"disadvantaged": True}]},
                {"not": {"used_within_years": 5}},
            ]
        },
    ]
}

# An answer by another way: JSON read afresh for each applicant, no rule object, no bits.

Facts = Mapping[str, Any]
ENDS = {"at_least": operator.ge, "above": operator.gt, "at_most": operator.le, "below": operator.lt}


def within(since: Any, years: float) -> bool | None:
    if isinstance(since, dict):
        if since.get("at_most", inf) < years:
            return True
        return False if since["at_least"] >= years else None
    return None if since is None else since != "never" and since < years


def plain(rule: Any, facts: Facts) -> bool | None:
    ((word, asked),) = rule.items()
    if word == "not":
        found = plain(asked, facts)
        return None if found is None else not found
    if word in {"all", "any"}:
        found_of_each = [plain(part, facts) for part in asked]
        decisive = word == "any"
        if decisive in found_of_each:
            return decisive
        return None if None in found_of_each else not decisive
    if word == "used_within_years":
        return within(facts.get("years_since_use", {}).get(asked["of"]), asked["years"])
    value = facts.get(word)
    if value is None:
        return None
    if isinstance(asked, dict):
        return all(ENDS[end](value, bound) for end, bound in asked.items())
    if isinstance(asked, bool):
        return bool(value is asked)
    if word in {"field", "solution"}:
        return bool(set(value) & set(asked))
    if word == "members":
        return set(asked) <= set(value)
    return value in asked


def some_facts(rng: random.Random) -> dict[str, Any]:
    known = {
        "kind": rng.choice(sorted(KINDS)),
        "prefecture": rng.choice("ABC"),
        "population": rng.choice([0, 999, 1000, 1001, 5000, 40_000]),
        "fiscal_strength": rng.choice([0.0, 0.4, 0.79, 0.8, 0.81, 1.2]),
        "disadvantaged": rng.random() < 0.5,
        "years_since_use": {
            "ict": rng.choice([0, 2.5, 5, "never", None, {"at_least": 3}, {"at_least": 1, "at_most": 4}])
        },
        "members": rng.sample(["area", "company", "npo"], rng.randrange(4)),
        "field": rng.sample(["health", "tourism", "farm"], rng.randrange(4)),
        "size": rng.choice([1_000_000, 10_000_000]),
    }
    return {key: value for key, value in known.items() if rng.random() < 0.8}


def some_rule(rng: random.Random, depth: int = 3) -> Any:
    if depth and rng.random() < 0.6:
        if rng.random() < 0.25:
            return {"not": some_rule(rng, depth - 1)}
        return {rng.choice(["all", "any"]): [some_rule(rng, depth - 1) for _ in range(rng.randrange(1, 4))]}
    word = rng.choice(
        ["kind", "prefecture", "population", "fiscal_strength", "disadvantaged", "members", "field", "used"]
    )
    match word:
        case "kind":
            return {word: rng.sample(sorted(KINDS), rng.randrange(1, 4))}
        case "prefecture":
            return {word: rng.sample("ABCD", rng.randrange(1, 3))}
        case "population":
            return {word: rng.choice([{"at_least": 1000}, {"above": 1000}, {"at_least": 1, "below": 5000}])}
        case "fiscal_strength":
            return {word: rng.choice([{"at_most": 0.8}, {"below": 0.8}, {"above": 0.4, "at_most": 1.0}])}
        case "disadvantaged":
            return {word: rng.random() < 0.5}
        case "members":
            return {word: rng.sample(["area", "company", "npo"], rng.randrange(1, 3))}
        case "field":
            return {word: rng.sample(["health", "tourism", "farm"], rng.randrange(1, 3))}
    return {"used_within_years": {"years": rng.choice([2.5, 5]), "of": "ict"}}


def kept(rule: Any) -> bool:
    try:
        parse(rule)
    except NotARule:
        return False
    return True


# §1 reading


def test_1_a_rule_of_a_real_scheme_is_read() -> None:
    rule = parse(WIFI)
    assert isinstance(rule, eligibility.AnyOf)
    assert parse(WIFI) == rule
    assert hash(rule)


@pytest.mark.parametrize(
    ("rule", "where", "problem"),
    [
        ([], "rule", "shape"),
        ({}, "rule", "shape"),
        ({"kind": ["town"], "block": ["kinki"]}, "rule", "shape"),
        ({"all": {"kind": ["town"]}}, "rule.all", "list"),
        ({"all": [{"kind": ["town"]}, 3]}, "rule.all[1]", "shape"),
        ({"any": [{"not": {"colour": "red"}}]}, "rule.any[0].not.colour", "word"),
        ({"years_since_use": {"at_most": 3}}, "rule.years_since_use", "word"),
        ({"kind": ["hamlet"]}, "rule.kind", "word"),
        ({"kind": "town"}, "rule.kind", "list"),
        ({"kind": []}, "rule.kind", "list"),
        ({"prefecture": [28]}, "rule.prefecture", "list"),
        ({"prefecture": [str(number) for number in range(2001)]}, "rule.prefecture", "too_long"),
        ({"disadvantaged": 1}, "rule.disadvantaged", "yes_no"),
        ({"population": 5000}, "rule.population", "range"),
        ({"population": {}}, "rule.population", "range"),
        ({"population": {"most": 3}}, "rule.population", "range"),
        ({"population": {"at_most": 3, "below": 4}}, "rule.population", "range"),
        ({"population": {"at_most": 0.5}}, "rule.population.at_most", "whole"),
        ({"population": {"at_most": -1}}, "rule.population.at_most", "number"),
        ({"population": {"at_most": True}}, "rule.population.at_most", "number"),
        ({"population": {"at_most": "3"}}, "rule.population.at_most", "number"),
        ({"population": {"at_most": 10**400}}, "rule.population.at_most", "number"),
        ({"fiscal_strength": {"at_most": float("nan")}}, "rule.fiscal_strength.at_most", "number"),
        ({"population": {"at_least": 10, "at_most": 5}}, "rule.population", "empty_range"),
        ({"population": {"at_least": 5, "below": 5}}, "rule.population", "empty_range"),
        ({"used_within_years": {"years": 5}}, "rule.used_within_years", "word"),
        ({"used_within_years": "five"}, "rule.used_within_years", "number"),
        ({"used_within_years": 0}, "rule.used_within_years", "empty_range"),
        ({"all": [{"kind": ["town"]}] * 65}, "rule.all", "too_long"),
        ({"all": [{"any": [{"kind": ["town"]}] * 40}] * 2}, "rule", "too_long"),
    ],
)
def test_1_what_is_no_rule_is_refused_with_its_place(rule: Any, where: str, problem: str) -> None:
    with pytest.raises(NotARule) as error:
        parse(rule)
    assert (error.value.where, error.value.problem) == (where, problem)
    assert error.value.message
    assert error.value.cure
    assert "{" not in error.value.message


def test_1_a_rule_may_be_eight_deep_and_no_deeper() -> None:
    def nested(depth: int) -> Any:
        return {"not": nested(depth - 1)} if depth else {"disadvantaged": True}

    assert parse(nested(8))
    with pytest.raises(NotARule) as error:
        parse(nested(9))
    assert error.value.problem == "too_deep"


def test_1_a_vocabulary_finds_words_that_are_not() -> None:
    assert parse({"block": ["kinki"]}, {"block": ["kinki", "tokai"]})
    with pytest.raises(NotARule) as error:
        parse({"block": ["kinky"]}, {"block": ["kinki", "tokai"]})
    assert error.value.about == ("kinky", "kinki, tokai")


def test_every_problem_has_its_message_and_its_cure() -> None:
    for problem in PROBLEMS:
        assert str(NotARule(problem, "rule", 1, 2)).startswith("rule: ")


# §2 sense


@pytest.mark.parametrize(
    ("rule", "where", "message"),
    [
        (
            {"all": [{"population": {"at_most": 5000}}, {"disadvantaged": True}, {"population": {"at_least": 10_000}}]},
            "rule",
            "rule.all[0] and rule.all[2] exclude each other",
        ),
        ({"all": [{"population": {"above": 5}}, {"population": {"below": 6}}]}, "rule", "exclude each other"),
        ({"all": [{"kind": ["town"]}, {"not": {"kind": ["town", "city"]}}]}, "rule", "exclude each other"),
        ({"all": [{"disadvantaged": True}, {"disadvantaged": False}]}, "rule", "exclude each other"),
        ({"not": {"kind": sorted(KINDS)}}, "rule", "nobody can ever meet"),
        ({"not": {"population": {"at_least": 0}}}, "rule", "nobody can ever meet"),
        ({"any": []}, "rule", "nobody can ever meet"),
        ({"population": {"below": 0}}, "rule.population", "nothing lies between"),
        ({"all": [{"members": ["area", "npo"]}, {"not": {"members": ["npo"]}}]}, "rule", "exclude each other"),
        ({"all": [{"field": ["farm"]}, {"not": {"field": ["farm", "health"]}}]}, "rule", "exclude each other"),
        (
            {"all": [{"disadvantaged": True}, {"any": [{"all": [{"kind": ["town"]}, {"kind": ["city"]}]}]}]},
            "rule.all[1].any[0]",
            "rule.all[1].any[0].all[0] and rule.all[1].any[0].all[1] exclude",
        ),
        (
            {"all": [{"used_within_years": 5}, {"not": {"used_within_years": 8}}]},
            "rule",
            "exclude each other",
        ),
    ],
)
def test_2_what_nobody_can_meet_is_refused_with_what_excludes_it(rule: Any, where: str, message: str) -> None:
    with pytest.raises(NotARule) as error:
        parse(rule)
    assert error.value.where == where
    assert message in error.value.message


@pytest.mark.parametrize(
    "rule",
    [
        {"all": []},
        {"all": [{"population": {"above": 5}}, {"population": {"below": 7}}]},
        {"all": [{"fiscal_strength": {"above": 0.5}}, {"fiscal_strength": {"below": 0.6}}]},
        {"all": [{"field": ["farm"]}, {"field": ["health"]}]},
        {"all": [{"members": ["area"]}, {"not": {"members": ["area", "npo"]}}]},
        {"all": [{"not": {"prefecture": ["A"]}}, {"not": {"prefecture": ["B"]}}]},
        {"all": [{"used_within_years": 5}, {"not": {"used_within_years": {"years": 8, "of": "ict"}}}]},
        {"all": [{"not": {"used_within_years": 10**6}}]},
    ],
)
def test_2_what_somebody_can_meet_is_kept(rule: Any) -> None:
    assert kept(rule)


def test_2_a_vocabulary_closes_the_list() -> None:
    rule = {"not": {"block": ["kinki", "tokai"]}}
    assert kept(rule)
    with pytest.raises(NotARule):
        parse(rule, {"block": ["kinki", "tokai"]})


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"any": [{"kind": ["town"]}, {"not": {"kind": ["town"]}}]}, [("rule", "always")]),
        ({"all": []}, [("rule", "always")]),
        ({"kind": sorted(KINDS)}, [("rule", "always")]),
        (
            {"any": [{"kind": ["town"]}, {"all": [{"disadvantaged": True}, {"disadvantaged": False}]}]},
            [("rule.any[1]", "never")],
        ),
        ({"all": [{"kind": ["town"]}, {"population": {"at_least": 0}}]}, [("rule.all[1]", "always")]),
        (WIFI, []),
    ],
)
def test_2_what_everybody_meets_is_remarked(rule: Any, expected: list[tuple[str, str]]) -> None:
    assert [(each.where, each.problem) for each in remarks(parse(rule))] == expected


def every_set(*words: str) -> list[list[str]]:
    return [[word for word, has in zip(words, chosen, strict=True) if has] for chosen in product([0, 1], repeat=3)]


def every_applicant() -> list[dict[str, Any]]:
    """One of each kind that the conditions of `some_rule` can tell apart, with nothing unknown."""
    return [
        {
            "kind": kind,
            "prefecture": prefecture,
            "population": population,
            "fiscal_strength": index,
            "disadvantaged": disadvantaged,
            "years_since_use": {"ict": years},
            "members": members,
            "field": field,
        }
        for kind, prefecture, population, index, disadvantaged, years, members, field in product(
            ["town"], "A", [0, 1, 1000, 1001, 5000], [0.4, 0.5, 0.8, 0.9, 1.1], [True, False], [0, 3, "never"],
            every_set("area", "company", "npo"), every_set("farm", "health", "tourism"),
        )
    ]  # fmt: skip


def test_2_sense_agrees_with_trying_every_applicant() -> None:
    """On rules without kinds and prefectures, whose applicants can all be listed."""
    rng, applicants = random.Random(5), every_applicant()
    seen = {True: 0, False: 0}
    while min(seen.values()) < 8:
        rule = {"all": [some_rule(rng, 2) for _ in range(4)]}
        if "kind" in str(rule) or "prefecture" in str(rule):
            continue
        can_be = any(plain(rule, facts) for facts in applicants)
        assert kept(rule) is can_be, rule
        seen[can_be] += 1


def test_2_tangled_rules_are_decided_or_refused_in_bounded_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(3)
    words = [f"field-{number}" for number in range(8)]
    for _ in range(20):
        clauses = [
            {
                "any": [
                    {"field": [word]} if rng.random() < 0.5 else {"not": {"field": [word]}}
                    for word in rng.sample(words, 3)
                ]
            }
            for _ in range(21)
        ]
        found = any(
            all(
                any(
                    bool(set(holder) & set(part["field"]))
                    if "field" in part
                    else not set(holder) & set(part["not"]["field"])
                    for part in clause["any"]
                )
                for clause in clauses
            )
            for holder in (
                [word for word, has in zip(words, bits, strict=True) if has] for bits in product([0, 1], repeat=8)
            )
        )
        assert kept({"all": clauses}) is found
    monkeypatch.setattr(eligibility, "MOST_STEPS", 1)
    with pytest.raises(NotARule) as error:
        parse(WIFI)
    assert error.value.problem == "tangled"


# §3 facts


@pytest.mark.parametrize(
    ("facts", "where"),
    [
        ([], "facts"),
        ({"colour": "red"}, "facts.colour"),
        ({"kind": "hamlet"}, "facts.kind"),
        ({"kind": 3}, "facts.kind"),
        ({"population": -1}, "facts.population"),
        ({"population": "many"}, "facts.population"),
        ({"disadvantaged": 1}, "facts.disadvantaged"),
        ({"members": "area"}, "facts.members"),
        ({"members": ["ghost"]}, "facts.members"),
        ({"years_since_use": 3}, "facts.years_since_use"),
        ({"years_since_use": {"ict": "long"}}, "facts.years_since_use.ict"),
    ],
)
def test_3_what_is_no_fact_is_refused(facts: Any, where: str) -> None:
    with pytest.raises(NotARule) as error:
        facts_of(facts)
    assert error.value.where == where


def test_3_a_table_gives_back_its_rows() -> None:
    rng = random.Random(2)
    rows = {str(number): facts_of(some_facts(rng)) for number in range(30)}
    table = Table.of(rows)
    assert [table.row(at) for at in range(30)] == list(rows.values())


# §4, §5 answers


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"applicant": "area", "fiscal_strength": 0.84, "disadvantaged": False}, State.NO),
        ({"applicant": "area", "fiscal_strength": 0.84}, State.UNKNOWN),
        ({"applicant": "area", "fiscal_strength": 0.3}, State.UNKNOWN),
        ({"applicant": "area", "fiscal_strength": 0.3, "years_since_use": {"wifi": 5}}, State.YES),
        ({"applicant": "area", "fiscal_strength": 0.3, "years_since_use": {"wifi": 4.9}}, State.NO),
        ({"applicant": "third_sector"}, State.YES),
        ({"applicant": "npo"}, State.NO),
        ({}, State.UNKNOWN),
    ],
)
def test_4_yes_no_and_unknown(facts: Facts, expected: State) -> None:
    row = facts_of(facts)
    assert explain(parse(WIFI), row, "wifi").state == expected
    states = {State.YES: 1, State.UNKNOWN: 0, State.NO: -1}
    assert who_may(parse(WIFI), Table.of({"a": row}), "wifi").tolist() == [states[expected]]


@pytest.mark.parametrize(
    ("years", "expected", "relation"),
    [
        ({"at_least": 5}, State.NO, ">="),
        ({"at_least": 4}, State.UNKNOWN, ""),
        ({"at_least": 1, "at_most": 4}, State.YES, "<"),
        ({"at_least": 1, "at_most": 5}, State.UNKNOWN, ""),
    ],
)
def test_4_a_number_between_two_is_yes_or_no_where_all_of_it_is(years: Facts, expected: State, relation: str) -> None:
    rule, row = parse({"used_within_years": 5}), facts_of({"years_since_use": {"wifi": years}})
    found = only(explain(rule, row, "wifi"))
    assert (found.state, found.relation) == (expected, relation)
    assert (found.value is None) == (expected == State.UNKNOWN)
    table = Table.of({"a": row, "b": facts_of({"years_since_use": {"wifi": "never"}}), "c": {}})
    assert who_may(rule, table, "wifi").tolist() == [{State.YES: 1, State.UNKNOWN: 0, State.NO: -1}[expected], -1, 0]
    assert table.row(0) == row


def test_4_no_rule_no_answer() -> None:
    table = Table.of({"a": facts_of({"kind": "town"}), "b": {}})
    assert answer_all([("x", None), ("y", parse({"kind": ["town"]}))], table).states().tolist() == [[0, 0], [1, 0]]
    assert answer_all([], table).states().shape == (0, 2)


def test_5_all_at_once_equals_one_by_one_on_the_whole_country() -> None:
    """200 rules × 1,788 areas, by bits, by explanation, and by the plain way."""
    rng = random.Random(1)
    facts = {f"{number:06}": some_facts(rng) for number in range(1788)}
    rules: list[Any] = []
    while len(rules) < 200:
        if kept(rule := some_rule(rng)):
            rules.append(rule)
    rows = {key: facts_of(each) for key, each in facts.items()}
    parsed = [("", parse(rule)) for rule in rules]
    states = answer_all(parsed, Table.of(rows)).states()
    shown = {True: 1, None: 0, False: -1}
    expected = np.array([[shown[plain(rule, each)] for each in facts.values()] for rule in rules])
    np.testing.assert_array_equal(states, expected)
    assert {-1, 0, 1} == set(expected.ravel())
    of_state = {State.YES: 1, State.UNKNOWN: 0, State.NO: -1}
    for at, (_key, rule) in enumerate(parsed[:40]):
        assert [of_state[explain(rule, row).state] for row in list(rows.values())[:100]] == states[at, :100].tolist()


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 20))
def test_5_any_rule_on_any_facts(seed: int, count: int) -> None:
    rng = random.Random(seed)
    rule = some_rule(rng)
    if not kept(rule):
        return
    facts = {str(number): some_facts(rng) for number in range(count)}
    found = who_may(parse(rule), Table.of({key: facts_of(each) for key, each in facts.items()}))
    assert found.tolist() == [{True: 1, None: 0, False: -1}[plain(rule, each)] for each in facts.values()]


# §6 reasons


def only(verdict: Verdict | Reason) -> Reason:
    assert isinstance(verdict, Reason)
    return verdict


@pytest.mark.parametrize(
    ("rule", "facts", "state", "relation", "bound"),
    [
        ({"fiscal_strength": {"at_most": 0.8}}, {"fiscal_strength": 0.84}, "no", ">", 0.8),
        ({"fiscal_strength": {"below": 1.0}}, {"fiscal_strength": 1.0}, "no", ">=", 1.0),
        ({"fiscal_strength": {"at_most": 0.8}}, {"fiscal_strength": 0.8}, "yes", "<=", 0.8),
        ({"population": {"at_least": 5000}}, {"population": 4000}, "no", "<", 5000),
        ({"population": {"above": 5000}}, {"population": 5000}, "no", "<=", 5000),
        ({"population": {"above": 5000}}, {"population": 5001}, "yes", ">", 5000),
        ({"population": {"at_least": 5, "below": 9}}, {"population": 7}, "yes", "<", 9),
        ({"not": {"used_within_years": {"years": 5, "of": "x"}}}, {"years_since_use": {"x": 3}}, "no", "<", 5),
        ({"not": {"used_within_years": {"years": 5, "of": "x"}}}, {"years_since_use": {"x": "never"}}, "yes", ">=", 5),
        ({"kind": ["town"]}, {"kind": "city"}, "no", "not in", frozenset({"town"})),
        ({"not": {"kind": ["town"]}}, {"kind": "town"}, "no", "in", frozenset({"town"})),
        ({"members": ["area", "npo"]}, {"members": ["area"]}, "no", "lacks", frozenset({"npo"})),
        ({"members": ["area"]}, {"members": ["area", "npo"]}, "yes", "has", frozenset({"area"})),
        ({"field": ["farm"]}, {"field": ["health"]}, "no", "has none of", frozenset({"farm"})),
        ({"field": ["farm"]}, {"field": ["farm", "x"]}, "yes", "has some of", frozenset({"farm"})),
        ({"recommended": True}, {"recommended": False}, "no", "is not", True),
        ({"recommended": True}, {"recommended": True}, "yes", "is", True),
        ({"recommended": True}, {}, "unknown", "", None),
    ],
)
def test_6_the_gap_is_data(rule: Any, facts: Facts, state: str, relation: str, bound: Any) -> None:
    found = only(explain(parse(rule), facts_of(facts)))
    assert (found.state.value, found.relation, found.bound) == (state, relation, bound)


def test_6_what_is_unknown_says_who_enters_it() -> None:
    found = explain(parse({"all": [{"population": {"at_least": 5000}}, {"size": {"at_most": 10**7}}]}), {})
    assert [(gap.condition.fact, gap.of, gap.unit) for gap in gaps_of(found)] == [
        ("population", "area", "people"),
        ("size", "project", "yen"),
    ]


def test_6_reasons_and_gaps_leave_out_alternatives_that_nobody_needs() -> None:
    row = facts_of({"applicant": "area", "fiscal_strength": 0.84, "disadvantaged": True})
    found = explain(parse(WIFI), row, "wifi")
    assert found.state == State.UNKNOWN
    assert [reason.where for reason in reasons_of(found)] == ["rule.any[1].all[0]", "rule.any[1].all[1].any[1]"]
    assert [gap.where for gap in gaps_of(found)] == ["rule.any[0]", "rule.any[1].all[2].not"]


def test_6_a_not_is_carried_down() -> None:
    rule = parse({"not": {"all": [{"kind": ["town"]}, {"disadvantaged": True}]}})
    found = explain(rule, facts_of({"kind": "town", "disadvantaged": False}))
    assert isinstance(found, Verdict)
    assert (found.together, found.state) == ("any", State.YES)
    assert [(each.state.value, each.is_wanted) for each in reasons_of(found)] == [("yes", False)]


def test_6_mending_all_gaps_makes_it_yes() -> None:
    """Gaps are enough: an applicant that only lacks what they name may, once it is had."""
    row = facts_of({"applicant": "area", "fiscal_strength": 0.84, "disadvantaged": False})
    gaps = {gap.condition.fact for gap in gaps_of(explain(parse(WIFI), row, "wifi"))}
    assert gaps == {"applicant", "fiscal_strength", "disadvantaged", "years_since_use"}
    mended = facts_of({"applicant": "area", "fiscal_strength": 0.8, "years_since_use": {"wifi": "never"}})
    assert explain(parse(WIFI), mended, "wifi").state == State.YES


def test_every_fact_says_who_knows_it() -> None:
    assert {fact.of for fact in FACTS.values()} == {"area", "project", "text"}


def test_1_what_is_not_entered_is_unknown_unless_the_rest_says_no() -> None:
    rule = parse({"all": [{"prefecture": ["A"]}, {"unentered": True}]})
    table = Table.of({"in": facts_of({"prefecture": "A"}), "out": facts_of({"prefecture": "B"}), "?": facts_of({})})
    assert eligibility.who_may(rule, table).tolist() == [0, -1, 0]
    (gap,) = gaps_of(explain(rule, table.row(0)))
    assert (gap.condition.fact, gap.state, gap.value, gap.of) == ("unentered", State.UNKNOWN, None, "text")
    with pytest.raises(NotARule, match="unentered"):  # nobody can claim to know it
        facts_of({"unentered": True})
