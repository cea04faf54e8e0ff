"""The rules of docs/engines/peers.md."""

from __future__ import annotations

import io
import json
import sys

import numpy as np
import pytest

from itoguchi.engines.door import run
from itoguchi.engines.peers import Comparison, NotComparable, Trait, compare, similar_type

TRAITS = (Trait("population", 2.0, is_size=True), Trait("aged"), Trait("tertiary"))


def areas(number: int = 60, *, seed: int = 1) -> dict[str, dict[str, float | None]]:
    rng = np.random.default_rng(seed)
    return {
        f"{place:03}": {
            "population": float(rng.lognormal(9, 1.4)),
            "aged": None if rng.random() < 0.1 else float(rng.uniform(20, 50)),
            "tertiary": float(rng.uniform(40, 80)),
        }
        for place in range(number)
    }


@pytest.mark.parametrize(
    ("kind", "population", "secondary", "tertiary", "found"),
    [
        ("designated_city", 1_000_000, None, None, "designated_city"),
        ("special_ward", 200_000, 10, 89, "special_ward"),
        ("city", 49_999, 30, 65, "city I-3"),
        ("city", 50_000, 30.1, 64.9, "city II-2"),
        ("city", 100_000, 39.9, 55, "city III-1"),
        ("city", 150_000, 39, 54.9, "city IV-0"),
        ("town", 4_999, 25, 55, "town I-2"),
        ("village", 5_000, 25.1, 54.9, "town II-1"),
        ("town", 10_000, 20, 59.9, "town III-0"),
        ("town", 15_000, 0, 0, "town IV-0"),
        ("town", 20_000, 0, 100, "town V-2"),
        ("town", 20_000, None, 100, None),
    ],
)
def test_1_types_follow_their_bands(
    kind: str, population: int, secondary: float | None, tertiary: float | None, found: str | None
) -> None:
    assert similar_type(kind, population, secondary, tertiary) == found


def test_1_there_are_35_types() -> None:
    shares = [(s, t) for s in range(0, 101, 5) for t in range(0, 101, 5) if s + t <= 100]
    kinds = ["designated_city", "special_ward", "core_city", "special_case_city", "city", "town"]
    found = {similar_type(kind, size, *each) for kind in kinds for size in range(0, 200_001, 2_500) for each in shares}
    assert len(found) == 35


@pytest.mark.parametrize(("kind", "shares"), [("prefecture", (20, 60)), ("town", (60, 60)), ("town", (-1, 60))])
def test_1_what_has_no_type_is_refused(kind: str, shares: tuple[float, float]) -> None:
    with pytest.raises(NotComparable):
        similar_type(kind, 5_000, *shares)


def brute_force(figures: dict[str, dict[str, float | None]], of: str, traits: tuple[Trait, ...]) -> list[str]:
    """The rule of §2–§4 in plain loops."""
    spreads = {}
    for trait in traits:
        known = [v[trait.key] for v in figures.values()]
        values = [np.log1p(v) if trait.is_size else v for v in known if v is not None]
        low, high = np.quantile(values, [0.25, 0.75])
        spreads[trait.key] = (high - low) / 1.349
    found = []
    for key in figures:
        weight = total = 0.0
        for trait in traits:
            one, other = figures[of][trait.key], figures[key][trait.key]
            if one is None or other is None:
                continue
            difference = (np.log1p(one) - np.log1p(other)) if trait.is_size else one - other
            weight, total = weight + trait.weight, total + trait.weight * (difference / spreads[trait.key]) ** 2
        if key != of and weight >= 2:
            found.append(((total / weight) ** 0.5, key))
    return [key for _distance, key in sorted(found)]


@pytest.mark.parametrize("of", ["000", "017", "059"])
def test_4_the_nearest_are_those_of_plain_loops(of: str) -> None:
    figures = areas()
    found = Comparison(figures, TRAITS).nearest(of, 59)
    assert [peer.key for peer in found.peers] == brute_force(figures, of, TRAITS)
    distances = [peer.distance for peer in found.peers]
    assert distances == sorted(distances)


def test_4_the_order_of_input_does_not_matter_and_ties_go_by_key() -> None:
    figures = areas() | {"900": {"population": 1.0, "aged": 1.0, "tertiary": 1.0}}
    figures |= dict.fromkeys(("903", "902", "901"), figures["900"])
    turned = dict(reversed(figures.items()))
    one, other = (Comparison(each, TRAITS).nearest("900", 10) for each in (figures, turned))
    assert one == other
    assert [peer.key for peer in one.peers[:3]] == ["901", "902", "903"]


def test_4_weights_decide() -> None:
    figures: dict[str, dict[str, float | None]] = {
        "a": {"population": 1000, "aged": 30},
        "b": {"population": 1000, "aged": 60},
        "c": {"population": 90_000, "aged": 30},
    }
    first = [
        Comparison(figures, [Trait("population", size, is_size=True), Trait("aged", age)]).nearest("a").peers[0].key
        for size, age in ((9, 1), (1, 9))
    ]
    assert first == ["b", "c"]


def test_4_too_little_known_is_not_compared() -> None:
    figures = areas() | {"900": {"population": None, "aged": 30.0, "tertiary": None}}
    found = Comparison(figures, TRAITS).nearest("900")
    assert found.peers == ()
    assert found.is_alone
    assert any(why.startswith("§4") for why in found.why)


def test_1_those_of_its_type_come_first() -> None:
    figures = areas()
    types = {key: "town I-0" if int(key) % 3 == 0 else "town II-0" for key in figures}
    found = Comparison(figures, TRAITS, types).nearest("000", 30)
    assert [peer.is_same_type for peer in found.peers] == [True] * 19 + [False] * 11
    plain = Comparison(figures, TRAITS, types).nearest("000", 30, same_type_first=False)
    assert [peer.distance for peer in plain.peers] == sorted(peer.distance for peer in plain.peers)


def test_5_the_shares_of_a_distance_make_a_whole() -> None:
    for peer in Comparison(areas(), TRAITS).nearest("003").peers:
        assert sum(peer.shares.values()) == pytest.approx(1)


def test_6_who_has_no_peers_is_told() -> None:
    figures = areas() | {"900": {"population": 9e6, "aged": 95.0, "tertiary": 99.0}}
    assert Comparison(figures, TRAITS).nearest("900").is_alone
    assert not Comparison(figures, TRAITS).nearest(Comparison(figures, TRAITS).nearest("001").peers[0].key).is_alone


def test_a_trait_that_is_the_same_everywhere_or_nowhere_known_is_no_trouble() -> None:
    figures: dict[str, dict[str, float | None]] = {k: {"x": 1.0, "y": float(n), "z": None} for n, k in enumerate("abc")}
    found = Comparison(figures, [Trait("x"), Trait("y"), Trait("z")]).nearest("a")
    assert [peer.key for peer in found.peers] == ["b", "c"]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ([], "input"),
        ({}, "input"),
        ({"areas": {"a": {}}, "weights": {}, "of": "a"}, "traits"),
        ({"areas": {"a": {"x": 1}}, "weights": {"x": 0}, "of": "a"}, "traits"),
        ({"areas": {"a": {"x": 1}}, "weights": {"x": -1, "y": 5}, "of": "a"}, "traits[0].weight"),
        ({"areas": {"a": {"x": -1}}, "weights": {"x": 1}, "sizes": ["x"], "of": "a"}, "a.x"),
        ({"areas": {"a": {"x": 1}}, "weights": {"x": 1}, "of": "b"}, "of"),
        ({"areas": {"a": {"x": 1}}, "weights": {"x": 1}, "of": "a", "most": 0}, "most"),
        ({"areas": {"a": {"x": "many"}}, "weights": {"x": 1}, "of": "a"}, "input"),
        ({"areas": {"a": {"x": 1}}, "weights": {"x": "much"}, "of": "a"}, "input"),
        ({"areas": {"a": {"x": 1}}, "weights": {"x": 1}, "of": "a", "most": "all"}, "input"),
        ("{", "input"),
    ],
)
def test_the_door_names_the_place_and_the_cure(
    given: object, where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = given if isinstance(given, str) else json.dumps(given)
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert run(compare) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["where"] == where
    assert error["message"]
    assert error["cure"]


def test_the_door_answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given = {
        "areas": areas(9),
        "weights": {"population": 1, "aged": 1},
        "sizes": ["population"],
        "of": "004",
        "most": 3,
    }
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(given)))
    assert run(compare) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["peers"]) == 3
    assert set(answer["peers"][0]["shares"]) == {"population", "aged"}
