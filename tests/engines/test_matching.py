"""The rules of docs/engines/matching.md, §8 … §15: which schemes suit a need."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from math import log, sqrt
from typing import Any

import numpy as np
import pytest

from itoguchi.engines.door import run
from itoguchi.engines.matching import ranking
from itoguchi.engines.matching.__main__ import answer_to
from itoguchi.engines.matching.eligibility import State, Table, answer_all, explain, facts_of, parse
from itoguchi.engines.matching.ranking import WEIGHTS, Match, Matcher, Need, NotMatchable, Scheme, Window, applicants

DAY = date(2018, 5, 1)
AREAS = Table.of({"282219": facts_of({"kind": "city", "fiscal_strength": 0.42}), "132012": facts_of({"kind": "city"})})
NEED = Need("n", "282219")


def matches(schemes: list[Scheme], need: Need = NEED, **given: Any) -> dict[str, Match]:
    """In the order of their ranks."""
    return {match.scheme: match for match in Matcher(schemes, DAY, **given).match(need, AREAS, 100)}


def value(part: str, scheme: Scheme, need: Need = NEED) -> float:
    """What one part of the score is worth."""
    return next(each.value for each in matches([scheme], need)[scheme.key].parts if each.key == part)


def tags(*given: str) -> frozenset[str]:
    return frozenset(given)


# §8 the score


def test_8_the_score_is_the_weighted_mean_of_its_parts() -> None:
    found = matches([Scheme("s", fields=tags("health"))], Need("n", "282219", tags("health")))["s"]
    # solution 0.5 × 3, words 0 × 2.5, field 1 × 2, timing, size and choice 0.5 × 2.5, of 10
    assert found.score == pytest.approx((1.5 + 0 + 2 + 1.25) / 10)
    assert found.score == pytest.approx(sum(part.value * part.weight for part in found.parts))
    assert sum(part.weight for part in found.parts) == pytest.approx(1)
    assert [part.key for part in found.parts] == list(WEIGHTS)


def test_8_weights_may_be_given_and_need_not_sum_to_one() -> None:
    found = matches([Scheme("s", fields=tags("health"))], Need("n", "282219", tags("health")), weights={"field": 7})
    assert found["s"].score == pytest.approx(1)


@pytest.mark.parametrize(
    "weights", [{"colour": 1.0}, {"field": -1.0, "words": 2.0}, {"field": 0.0}, {}, {"field": float("inf")}]
)
def test_8_what_are_no_weights_is_refused(weights: dict[str, float]) -> None:
    with pytest.raises(NotMatchable) as error:
        Matcher([], DAY, weights)
    assert error.value.where == "weights"


# §9 field and solution


@pytest.mark.parametrize(
    ("of_scheme", "of_need", "expected"),
    [
        (tags("wifi"), tags("wifi", "telework"), 1.0),
        (tags("wifi"), tags("telework"), 0.0),
        (tags(), tags("wifi"), 0.5),
        (tags("wifi"), tags(), 0.5),
        (tags("wifi"), tags("never heard of"), 0.0),
    ],
)
def test_9_shared_not_shared_and_open_to_any(
    of_scheme: frozenset[str], of_need: frozenset[str], expected: float
) -> None:
    assert value("solution", Scheme("s", solutions=of_scheme), Need("n", "282219", solutions=of_need)) == expected
    assert value("field", Scheme("s", fields=of_scheme), Need("n", "282219", fields=of_need)) == expected


# §10 words


def test_10_words_are_compared_by_cosine_weighed_by_rarity() -> None:
    schemes = [Scheme("a", words=("観光", "防災", "観光")), Scheme("b", words=("防災",))]
    found = matches(schemes, Need("n", "282219", words=("観光", "見守り")))
    rare, common = log(3) + 1 - log(2), log(3) + 1 - log(3)
    of_scheme = (1 + log(2)) * rare
    of_need = sqrt(rare**2 + (log(3) + 1) ** 2)  # 見守り is in no scheme: it lengthens
    expected = of_scheme * rare / (sqrt(of_scheme**2 + common**2) * of_need)
    words = next(part for part in found["a"].parts if part.key == "words")
    assert words.value == pytest.approx(expected, rel=1e-6)
    assert words.about == ("観光",)
    assert next(part for part in found["b"].parts if part.key == "words").value == 0


def test_10_many_words_the_same_are_one() -> None:
    scheme = Scheme("s", words=("a", "b", "c", "d", "e", "f", "g"))
    found = matches([scheme], Need("n", "282219", words=scheme.words))["s"]
    words = next(part for part in found.parts if part.key == "words")
    assert words.value == pytest.approx(1, rel=1e-6)
    assert words.about == ("a", "b", "c", "d", "e")


# §11 timing


@pytest.mark.parametrize(
    ("windows", "wanted", "expected", "state", "days"),
    [
        ((), None, 0.5, "unknown", None),
        ((Window(date(2018, 4, 25), date(2018, 5, 31)),), None, 1.0, "open", 30),
        ((Window(None, date(2018, 5, 31)),), None, 1.0, "open", 30),
        ((Window(date(2018, 4, 25), date(2018, 5, 10)),), None, 10 / 30, "open", 9),
        ((Window(date(2018, 4, 25), DAY),), None, 1 / 30, "open", 0),
        ((Window(date(2018, 4, 1), date(2018, 4, 30)),), None, 0.0, "closed", None),
        ((Window(date(2018, 7, 13), date(2018, 8, 10)),), None, 1 - 73 / 365, "coming", 73),
        ((Window(date(2020, 7, 13), date(2020, 8, 10)),), None, 0.0, "coming", 804),
        ((Window(date(2018, 7, 13), date(2018, 8, 10)),), date(2018, 8, 10), 1.0, "coming", 73),
        ((Window(date(2018, 7, 13), date(2018, 8, 10)),), date(2018, 6, 1), 1 - 70 / 365, "coming", 73),
        ((Window(date(2018, 4, 25), None),), None, 1.0, "open", None),
        ((Window(date(2018, 4, 25), None, ends=date(2018, 5, 10)),), None, 10 / 30, "open", None),
        ((Window(date(2018, 4, 25), None, ends=date(2018, 4, 30)),), None, 0.0, "closed", None),
        ((Window(date(2018, 7, 13), None),), None, 1 - 73 / 365, "coming", 73),
        ((Window(date(2018, 4, 25), None),), date(2018, 5, 2), 1.0, "open", None),
        ((Window(date(2018, 7, 13), None),), date(2018, 6, 1), 1 - 42 / 365, "coming", 73),
        ((Window(date(2018, 4, 25), DAY, ends=DAY - timedelta(days=1)),), None, 0.0, "closed", None),
        ((Window(DAY, date(2018, 6, 1), begins=DAY + timedelta(days=1)),), None, 1 - 1 / 365, "coming", 0),
        (
            (Window(date(2018, 4, 25), date(2018, 5, 2)), Window(date(2018, 7, 13), date(2018, 8, 10))),
            None,
            1 - 73 / 365,
            "coming",
            73,
        ),
    ],
)
def test_11_windows(
    windows: tuple[Window, ...], wanted: date | None, expected: float, state: str, days: int | None
) -> None:
    found = matches([Scheme("s", windows=windows)], Need("n", "282219", wanted=wanted))["s"]
    assert next(part for part in found.parts if part.key == "timing").value == pytest.approx(expected)
    assert (found.timing.state, found.timing.days) == (state, days)
    assert found.timing.window == (windows[-1] if windows else None)


# §12 size, §13 choice


@pytest.mark.parametrize(
    ("least", "most", "size", "expected"),
    [
        (None, None, 5e6, 0.5),
        (1e6, 3e7, None, 0.5),
        (1e6, 3e7, 5e6, 1.0),
        (1e7, None, 5e6, 0.5),
        (None, 3e7, 1.2e8, 0.25),
        (1e6, 3e7, 1e6, 1.0),
    ],
)
def test_12_size(least: float | None, most: float | None, size: float | None, expected: float) -> None:
    found = value("size", Scheme("s", least=least, most=most), Need("n", "282219", size=size))
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("asked", "chosen", "expected"), [(None, None, 0.5), (0, 0, 0.5), (39, 17, 18 / 41), (1, 1, 2 / 3)]
)
def test_13_past_choice_is_laplaces(asked: int | None, chosen: int | None, expected: float) -> None:
    assert value("choice", Scheme("s", asked=asked, chosen=chosen)) == pytest.approx(expected)


# §14 order


def test_14_who_may_comes_before_who_perhaps_may_before_who_may_not() -> None:
    good = {"solutions": tags("wifi"), "fields": tags("net"), "words": ("a",)}
    schemes = [
        Scheme("no", parse({"kind": ["town"]}), **good),
        Scheme("unknown", parse({"population": {"at_most": 5000}}), **good),
        Scheme("no rule", None, **good),
        Scheme("yes", parse({"kind": ["city"]}), solutions=tags("other"), fields=tags("other")),
    ]
    need = Need("n", "282219", tags("net"), tags("wifi"), ("a",))
    found = matches(schemes, need)
    assert list(found) == ["yes", "no rule", "unknown", "no"]
    assert [match.eligible.value for match in found.values()] == ["yes", "unknown", "unknown", "no"]
    assert [match.has_rule for match in found.values()] == [True, False, True, True]
    assert found["no"].gaps[0].value == "city"
    assert found["yes"].score < found["no"].score


def test_14_ties_are_broken_by_key_whatever_the_order_of_input() -> None:
    keys = [f"s{number:03}" for number in range(300)]
    for seed in range(3):
        shuffled = random.Random(seed).sample(keys, len(keys))
        found = Matcher([Scheme(key) for key in shuffled], DAY).rank([NEED], AREAS, 10)
        assert found.of(0) == tuple(keys[:10])


def some_schemes(rng: random.Random, count: int) -> list[Scheme]:
    rules: list[Any] = [
        None,
        {"kind": ["city"]},
        {"kind": ["town"]},
        {"fiscal_strength": {"at_most": 0.5}},
        {"not": {"solution": ["s1"]}},
        {"size": {"at_least": 2_000_000}},
    ]

    def some(of: list[str], most: int) -> list[str]:
        return rng.sample(of, rng.randrange(most + 1))

    found = []
    for number in range(count):
        rule = rng.choice(rules)
        opens = DAY + timedelta(days=rng.randrange(-90, 200))
        asked = rng.randrange(9)
        found.append(
            Scheme(
                f"scheme-{number:04}",
                None if rule is None else parse(rule),
                tags(*some(["f1", "f2", "f3"], 2)),
                tags(*some(["s1", "s2", "s3", "s4"], 2)),
                tuple(rng.choices([f"w{word}" for word in range(40)], k=rng.randrange(12))),
                tuple(
                    Window(opens + timedelta(days=at), opens + timedelta(days=at + 40))
                    for at in range(rng.randrange(3))
                ),
                rng.choice([None, 1e6, 5e6]),
                rng.choice([None, 6e6, 5e7]),
                asked,
                rng.randrange(asked + 1),
            )
        )
    return found


def some_needs(rng: random.Random, count: int) -> list[Need]:
    return [
        Need(
            f"need-{number}",
            rng.choice(AREAS.keys),
            tags(*rng.sample(["f1", "f2", "f3"], rng.randrange(3))),
            tags(*rng.sample(["s1", "s2", "s3", "s4"], rng.randrange(3))),
            tuple(rng.choices([f"w{word}" for word in range(50)], k=rng.randrange(8))),
            rng.choice([None, 1e6, 3e6, 9e7]),
            rng.choice([None, date(2018, 6, 30), date(2019, 3, 31)]),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize(("schemes", "needs", "top"), [(7, 3, 10), (90, 130, 10), (400, 70, 25), (400, 20, 400)])
def test_14_many_at_once_are_the_best_of_all_scored_one_by_one(schemes: int, needs: int, top: int) -> None:
    given, asks = some_schemes(random.Random(1), schemes), some_needs(random.Random(2), needs)
    matcher = Matcher(given, DAY)
    found = matcher.rank(asks, AREAS, top, threads=2)
    tier = {State.YES: 1, State.UNKNOWN: 0, State.NO: -1}
    for at, need in enumerate(asks):
        scores = {match.scheme: match for match in matcher.match(need, AREAS, schemes)}
        assert len(scores) == schemes
        expected = sorted(scores.values(), key=lambda match: (-tier[match.eligible], -match.score))[:top]
        assert found.states[at].tolist() == [tier[match.eligible] for match in expected]
        np.testing.assert_allclose(found.scores[at], [match.score for match in expected], atol=2e-6)
        np.testing.assert_allclose(found.scores[at], [scores[key].score for key in found.of(at)], atol=2e-6)
        assert len(set(found.of(at))) == min(top, schemes)


@pytest.mark.parametrize(("schemes", "top"), [(1, 1), (300, 10), (300, 300)])
def test_14_machine_code_gives_exactly_the_same(monkeypatch: pytest.MonkeyPatch, schemes: int, top: int) -> None:
    given, asks = some_schemes(random.Random(4), schemes), some_needs(random.Random(5), 101)
    plain = Matcher(given, DAY).rank(asks, AREAS, top)
    monkeypatch.setattr(ranking, "MANY", 1)
    monkeypatch.setattr(ranking, "BLOCK", 48)
    compiled = Matcher(given, DAY).rank(asks, AREAS, top, threads=2)
    np.testing.assert_array_equal(compiled.places, plain.places)
    np.testing.assert_array_equal(compiled.states, plain.states)
    np.testing.assert_array_equal(compiled.scores, plain.scores)


def test_14_one_need_loads_no_compiler() -> None:
    asked = (
        "import sys; from datetime import date; from itoguchi.engines.matching import ranking as r;"
        "from itoguchi.engines.matching.eligibility import Table;"
        "r.Matcher([r.Scheme('s')], date(2018, 5, 1)).match(r.Need('n', 'a'), Table.of({'a': {}}));"
        "sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_14_what_an_area_is_said_to_ask_for_is_not_what_a_need_asks_for() -> None:
    areas = Table.of({"282219": facts_of({"kind": "city", "size": 9, "solution": ["wifi"]})})
    rules = {"size": {"size": {"at_most": 9}}, "solution": {"solution": ["wifi"]}, "kind": {"kind": ["city"]}}
    matcher = Matcher([Scheme(key, parse(rule)) for key, rule in rules.items()], DAY)
    for need in (NEED, Need("n", "282219", size=10, solutions=tags("telework"))):
        found = matcher.rank([need], areas)
        expected = answer_all(matcher.rules, applicants([need], areas)).states()[found.places[0], 0]
        assert found.states[0].tolist() == expected.tolist()


def test_14_eligibility_is_that_of_the_explanation() -> None:
    given = some_schemes(random.Random(3), 50)
    rules = {scheme.key: scheme.rule for scheme in given}
    for match in Matcher(given, DAY).match(Need("n", "132012", solutions=tags("s1"), size=1e6), AREAS, 50):
        rule = rules[match.scheme]
        assert match.has_rule is (rule is not None)
        if rule is not None:
            row = facts_of({"kind": "city", "solution": ["s1"], "size": 1_000_000})
            assert explain(rule, row, match.scheme).state == match.eligible
            assert bool(match.gaps) is (match.eligible != State.YES)


def test_14_nothing_to_rank_is_no_error() -> None:
    assert Matcher([], DAY).match(NEED, AREAS) == ()
    assert Matcher([Scheme("s")], DAY).rank([], AREAS).places.shape == (0, 1)


def test_a_need_says_who_asks_with_whom_and_how_far_it_is() -> None:
    rule = parse(
        {
            "all": [
                {"applicant": ["consortium"]},
                {"members": ["area", "company"]},
                {"recommended": True},
                {"stage": ["considering", "planned"]},
            ]
        }
    )
    asking = Need(
        "n", "282219", applicant="consortium", members=tags("area", "company"), recommended=True, stage="planned"
    )
    assert matches([Scheme("s", rule)], asking)["s"].eligible == State.YES
    assert matches([Scheme("s", rule)])["s"].eligible == State.UNKNOWN
    assert {gap.of for gap in matches([Scheme("s", rule)])["s"].gaps} == {"project"}


@pytest.mark.parametrize(
    ("schemes", "where"),
    [
        ([Scheme("s"), Scheme("s")], "schemes.s"),
        ([Scheme("s", windows=(Window(DAY, DAY - timedelta(days=1)),))], "schemes.s"),
        ([Scheme("s", least=2, most=1)], "schemes.s"),
        ([Scheme("s", most=0)], "schemes.s"),
        ([Scheme("s", asked=3, chosen=4)], "schemes.s"),
        ([Scheme("s", chosen=1)], "schemes.s"),
    ],
)
def test_what_is_no_scheme_is_refused(schemes: list[Scheme], where: str) -> None:
    with pytest.raises(NotMatchable) as error:
        Matcher(schemes, DAY)
    assert error.value.where == where


@pytest.mark.parametrize(
    ("need", "top", "where"),
    [(Need("n", "999999"), 10, "needs.n"), (Need("n", "282219", size=0), 10, "needs.n"), (NEED, 0, "top")],
)
def test_what_is_no_need_is_refused(need: Need, top: int, where: str) -> None:
    with pytest.raises(NotMatchable) as error:
        Matcher([Scheme("s")], DAY).match(need, AREAS, top)
    assert error.value.where == where


# The door: JSON in, JSON out.

PROBLEM: dict[str, Any] = {
    "day": "2018-05-01",
    "top": 5,
    "areas": {"282219": {"kind": "city", "fiscal_strength": 0.84, "years_since_use": {"ict": "never"}}},
    "schemes": [
        {
            "key": "wifi",
            "rule": {"any": [{"fiscal_strength": {"at_most": 0.8}}, {"disadvantaged": True}]},
            "solutions": ["wifi"],
            "words": ["観光", "防災"],
            "windows": [["2018-04-25", "2018-05-31"], [None, "2018-10-19"]],
            "least": 1_000_000,
        },
        {"key": "telework", "rule": {"kind": ["city"]}, "asked": 11, "chosen": 7},
        {"key": "plan", "rule": {"not": {"used_within_years": {"years": 5, "of": "ict"}}}, "fields": None},
    ],
    "needs": [
        {
            "key": "n1",
            "area": "282219",
            "solutions": ["wifi"],
            "words": ["観光"],
            "size": 5_000_000,
            "wanted": "2019-03-31",
        }
    ],
}


def test_the_door_answers() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "itoguchi.engines.matching"],
        input=json.dumps(PROBLEM),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    (need,) = json.loads(ran.stdout)["needs"]
    found = {match["scheme"]: match for match in need["matches"]}
    assert [(key, match["eligible"]) for key, match in found.items()] == [
        ("telework", "yes"),
        ("plan", "yes"),
        ("wifi", "unknown"),
    ]
    wifi = found["wifi"]
    assert [(gap["fact"], gap["value"], gap["relation"], gap["bound"]) for gap in wifi["gaps"]] == [
        ("fiscal_strength", 0.84, ">", 0.8),
        ("disadvantaged", None, "", None),
    ]
    assert wifi["window"] == {"state": "open", "opens": "2018-04-25", "closes": "2018-05-31", "days": 30}
    assert {part["part"] for part in wifi["parts"]} == set(WEIGHTS)
    assert found["plan"]["reasons"][0]["value"] == "never"


def test_the_door_passes_remarks_on() -> None:
    problem = {**PROBLEM, "schemes": [{"key": "s", "rule": {"all": []}}]}
    assert answer_to(problem)["remarks"] == [{"where": "schemes[0].rule", "problem": "always"}]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], dict[str, str]]:
    """The error that a text gets at the door, without a process of its own."""

    def error_of(text: str) -> dict[str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        assert run(answer_to) == 2
        error: dict[str, str] = json.loads(capsys.readouterr().out)["error"]
        assert error["message"]
        assert error["cure"]
        return error

    return error_of


def changed(path: str, to: Any) -> str:
    """The problem with one thing in another way."""
    problem = json.loads(json.dumps(PROBLEM))
    *way, last = [int(step) if step in {"0", "1", "2"} else step for step in path.split(".")]
    place = problem
    for step in way:
        place = place[step]
    place[last] = to
    return json.dumps(problem)


@pytest.mark.parametrize(
    ("path", "to", "where"),
    [
        ("day", "yesterday", "day"),
        ("top", 0, "top"),
        ("top", True, "top"),
        ("colour", "red", "input"),
        ("areas", [], "areas"),
        ("areas.282219.kind", "hamlet", "areas.282219.kind"),
        ("areas.282219", 3, "areas.282219"),
        ("schemes", {}, "schemes"),
        ("schemes.0.key", 3, "schemes[0].key"),
        ("schemes.1", {"rule": {}}, "schemes[1]"),
        ("schemes.0.rule", {"all": [{"colour": "red"}]}, "schemes[0].rule.all[0].colour"),
        ("schemes.0.rule", {"all": [{"recommended": True}, {"recommended": False}]}, "schemes[0].rule"),
        ("schemes.0.words", [3], "schemes[0].words"),
        ("schemes.0.windows", [["2018-01-01"]], "schemes[0].windows[0]"),
        ("schemes.0.windows", [[None, None]], "schemes[0].windows[0]"),
        ("schemes.0.windows", [["2018-01-01", "soon"]], "schemes[0].windows[0][1]"),
        ("schemes.0.least", "much", "schemes[0].least"),
        ("schemes.1.asked", 1.5, "schemes[1].asked"),
        ("schemes.1.key", "wifi", "schemes.wifi"),
        ("needs.0", {"key": "n"}, "needs[0]"),
        ("needs.0.stage", "asleep", "needs[0].stage"),
        ("needs.0.area", "999999", "needs.n1"),
        ("needs.0.wanted", 3, "needs[0].wanted"),
        ("weights", {"field": "much"}, "weights.field"),
    ],
)
def test_the_door_names_the_place_and_the_cure(
    path: str, to: Any, where: str, refused: Callable[[str], dict[str, str]]
) -> None:
    assert refused(changed(path, to))["where"] == where


def test_the_door_names_the_parts_that_exclude_each_other(refused: Callable[[str], dict[str, str]]) -> None:
    rule = {"all": [{"recommended": True}, {"recommended": False}]}
    error = refused(changed("schemes.2.rule", rule))
    assert error["message"] == "schemes[2].rule.all[0] and schemes[2].rule.all[1] exclude each other"
