"""The rules of docs/engines/diffusion.md."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.stats import betabinom

from itoguchi.engines.diffusion import (
    EFFECTIVE,
    LEVELS,
    Candidates,
    Forecaster,
    NotASeries,
    Series,
    Target,
    expected_share,
    log_likelihood,
)
from itoguchi.engines.diffusion.__main__ import answer_to
from itoguchi.engines.diffusion.places import Contagion, Places
from itoguchi.engines.door import run

OPEN_DATA = Series(
    1788,
    tuple(date(year, 3, 31) for year in range(2013, 2019)),
    (38, 60, 103, 194, 268, 317),
)
LATER = [date(year, 3, 31) for year in range(2019, 2024)]


def series_of(*counts: int, population: int = 50) -> Series:
    return Series(population, tuple(date(2000 + year, 12, 31) for year in range(len(counts))), counts)


def forecast(series: Series, at: list[date] = LATER, target: Target | None = None, **given: Any) -> Any:
    return Forecaster(**given).forecast(series, at, np.random.default_rng(1), target)


@pytest.mark.parametrize(
    ("population", "days", "counts", "where"),
    [
        (0, ["2020-01-01"], [0], "population"),
        (-3, ["2020-01-01"], [0], "population"),
        (5, [], [], "observations"),
        (5, ["2020-01-01"], [1, 2], "observations"),
        (5, ["2020-01-01", "2021-01-01"], [1, 6], "observations[1]"),
        (5, ["2020-01-01"], [-1], "observations[0]"),
        (5, ["2020-01-01", "2020-01-01"], [1, 2], "observations[1]"),
        (5, ["2020-01-01", "2019-01-01"], [1, 2], "observations[1]"),
    ],
)
def test_1_what_is_no_series_is_refused_with_its_place(
    population: int, days: list[str], counts: list[int], where: str
) -> None:
    with pytest.raises(NotASeries) as error:
        Series(population, tuple(map(date.fromisoformat, days)), tuple(counts))
    assert error.value.where == where
    assert error.value.message
    assert error.value.cure


@pytest.mark.parametrize(
    ("p", "q", "ceiling", "now", "years"), [(0.03, 0.4, 1.0, 0.0, 3.0), (0.001, 1.1, 0.6, 0.2, 0.5)]
)
def test_2_the_share_solves_the_equation_of_the_curve(
    p: float, q: float, ceiling: float, now: float, years: float
) -> None:
    solved = solve_ivp(lambda _t, f: (p + q * f) * (ceiling - f), (0, years), [now], rtol=1e-10, atol=1e-12).y[0, -1]
    share = expected_share(*map(np.array, (p, q, ceiling, now, years)))
    assert share == pytest.approx((solved - now) / (ceiling - now), rel=1e-6)


def test_2_two_steps_are_one_step_of_their_length() -> None:
    half = expected_share(*map(np.array, (0.02, 0.5, 0.8, 0.1, 1.5)))
    middle = 0.1 + half * 0.7
    rest = expected_share(*map(np.array, (0.02, 0.5, 0.8, middle, 1.5)))
    whole = expected_share(*map(np.array, (0.02, 0.5, 0.8, 0.1, 3.0)))
    assert middle + rest * (0.8 - middle) == pytest.approx(0.1 + whole * 0.7)


def test_3_the_likelihood_is_the_beta_binomial_of_each_step() -> None:
    candidate = Candidates(*(np.array([x]) for x in (0.03, 0.4, 0.9, 20.0)))
    series = series_of(2, 5, 5, 4, 9)
    years = series.years.round(3)
    expected = 0.0
    for (before, after), length in zip(pairwise(series.counts), years, strict=True):
        share = expected_share(*map(np.array, (0.03, 0.4, 0.9, before / 50, length)))
        expected += betabinom.logpmf(max(after - before, 0), 45 - before, share * 20, (1 - share) * 20)
    assert log_likelihood(series, candidate)[0] == pytest.approx(expected)


def test_3_a_count_above_the_ceiling_tells_against_it() -> None:
    low, high = (Candidates(*(np.array([x]) for x in (0.03, 0.4, ceiling, 20.0))) for ceiling in (0.2, 0.8))
    series = series_of(2, 5, 20)
    assert log_likelihood(series, low)[0] < log_likelihood(series, high)[0] - 10


def test_4_quick_series_teach_to_expect_quick_spread_and_slow_ones_slow() -> None:
    quick, slow = [series_of(1, 12, 33, 45, 49)] * 20, [series_of(1, 1, 2, 2, 3)] * 20
    ask, at = series_of(5), [date(2003, 12, 31)]
    fast, rest, alone = (forecast(ask, at, references=each).median[0] for each in (quick, slow, []))
    assert rest < alone < fast
    assert forecast(ask, at, references=quick).why[0] != forecast(ask, at).why[0]


def test_4_the_order_of_other_series_does_not_matter() -> None:
    others = [series_of(1, 4, 9, 20), series_of(3, 3, 4), series_of(0, 0, 1, 8, 30)]
    one, other = (forecast(OPEN_DATA, references=each).quantiles for each in (others, others[::-1]))
    np.testing.assert_allclose(one, other)


def test_5_at_least_twenty_candidates_keep_a_say() -> None:
    forecaster = Forecaster()
    for series in (OPEN_DATA, series_of(*range(0, 40, 2)), series_of(1, 40, 1, 40)):
        weights, power = forecaster._posterior(series)
        assert 1 / (weights**2).sum() >= EFFECTIVE - 1e-6
        assert 0 < power <= 1
    weights, power = forecaster._posterior(series_of(3))
    assert power == 1
    np.testing.assert_allclose(weights, forecaster.weights)


def test_6_counts_that_fell_may_fall_again_and_others_do_not() -> None:
    steady, falling = forecast(series_of(5, 8, 12, 12)), forecast(series_of(14, 10, 15, 12))
    assert steady.quantiles[0, 0] >= 11.5
    assert falling.quantiles[0, 0] < 11.5
    assert any("§6" in why for why in falling.why)
    assert not any("§6" in why for why in steady.why)


def test_7_no_future_of_the_past_leaves_the_population() -> None:
    found = forecast(series_of(0, 50, 0, 50))
    assert found.quantiles.min() >= 0
    assert found.quantiles.max() <= 50


def test_8_a_target_is_likelier_the_lower_it_is_and_the_longer_there_is() -> None:
    def chance(value: int, year: int) -> float:
        found = forecast(OPEN_DATA, LATER, Target(value, date(year, 3, 31))).probability
        assert found is not None
        return found

    assert chance(317, 2019) > 0.9
    assert chance(400, 2020) > chance(800, 2020) > chance(1788, 2020)
    assert chance(800, 2019) < chance(800, 2023)
    assert chance(1789, 2040) == 0


def test_8_half_of_the_futures_reach_the_target_by_the_day_named() -> None:
    found = forecast(OPEN_DATA, [], Target(700, date(2021, 3, 31)))
    reached = found.reached_by[0.5]
    assert reached is not None
    assert forecast(OPEN_DATA, [], Target(700, reached)).probability == pytest.approx(0.5, abs=0.08)
    assert forecast(OPEN_DATA, [], Target(1789, date(2021, 3, 31))).reached_by == {0.5: None}
    assert forecast(series_of(0, 0, 0, 0), [], Target(50, date(2021, 3, 31))).reached_by == {0.5: None}


@pytest.mark.parametrize(
    "series", [OPEN_DATA, series_of(3), series_of(0), series_of(0, 0, 0), series_of(1, population=1), series_of(50, 50)]
)
def test_9_quantiles_rise_and_stay_in_the_population(series: Series) -> None:
    found = forecast(series)
    assert found.quantiles.shape == (5, 19)
    assert (np.diff(found.quantiles, axis=1) >= 0).all()
    assert found.quantiles.min() >= 0
    assert found.quantiles.max() <= series.population
    np.testing.assert_array_equal(found.median, found.quantiles[:, 9])


def test_one_observation_leaves_an_honest_wide_interval() -> None:
    known, unknown = forecast(series_of(10, 12, 14, 16, 18, 20)), forecast(series_of(20))
    width = [each.quantiles[4, 17] - each.quantiles[4, 1] for each in (known, unknown)]
    assert width[1] > width[0] > 0


def test_the_interval_covers_what_the_model_brings_about() -> None:
    """Of futures drawn from the model itself, about eight of ten lie in the 80 % interval."""
    rng = np.random.default_rng(7)
    p, q, inside = 0.02, 0.45, []
    for _ in range(60):
        counts = [int(rng.integers(1, 12))]
        for _year in range(11):
            share = float(expected_share(*map(np.array, (p, q, 1.0, counts[-1] / 200, 1.0))))
            counts.append(counts[-1] + int(rng.binomial(200 - counts[-1], rng.beta(share * 30, (1 - share) * 30))))
        past = series_of(*counts[:7], population=200)
        found = forecast(past, [date(2006 + years, 12, 31) for years in range(1, 6)])
        inside += list((found.quantiles[:, 1] <= counts[7:]) & (counts[7:] <= found.quantiles[:, 17]))
    assert 0.65 < np.mean(inside) < 0.97


def test_the_same_seed_gives_the_same_and_another_nearly_the_same() -> None:
    one, again, other = (
        Forecaster().forecast(OPEN_DATA, LATER, np.random.default_rng(seed)).median for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    np.testing.assert_allclose(one, other, rtol=0.1)


@pytest.mark.parametrize(
    ("at", "target", "where"),
    [
        ([date(2018, 3, 31)], None, "at[0]"),
        (LATER, Target(0, date(2020, 1, 1)), "target.value"),
        (LATER, Target(5, date(2018, 3, 31)), "target.by"),
    ],
)
def test_days_and_targets_that_lie_behind_are_refused(at: list[date], target: Target | None, where: str) -> None:
    with pytest.raises(NotASeries) as error:
        forecast(OPEN_DATA, at, target)
    assert error.value.where == where


# The door: JSON in, JSON out.

PROBLEM: dict[str, Any] = {
    "population": 1788,
    "observations": [["2015-06-30", 154], ["2016-03-31", 194], ["2017-03-31", 268]],
    "at": ["2018-09-30", "2020-03-31"],
    "target": {"value": 1788, "by": "2021-03-31"},
    "reference": [{"population": 47, "observations": [["2013-03-31", 5], ["2014-03-31", 12]]}],
    "seed": 1,
}


def through_the_door(given: Any) -> tuple[int, Any]:
    """Exit code and answer of a process."""
    ran = subprocess.run(
        [sys.executable, "-m", "itoguchi.engines.diffusion"],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""
    return ran.returncode, json.loads(ran.stdout)


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


def test_the_door_answers_as_described() -> None:
    code, answer = through_the_door(PROBLEM)
    assert code == 0
    assert [each["date"] for each in answer["forecasts"]] == PROBLEM["at"]
    first = answer["forecasts"][0]
    assert list(first["quantiles"]) == [f"{level:.2f}" for level in LEVELS]
    assert first["median"] == first["quantiles"]["0.50"]
    assert 0 <= answer["target"]["probability"] <= 1
    assert list(answer["target"]["reached_by"]) == ["0.5"]
    assert all(isinstance(why, str) and why.startswith("§") for why in answer["why"])
    batch = {key: PROBLEM[key] for key in PROBLEM if key != "reference"}
    code, many = through_the_door({"batch": [batch, PROBLEM], "reference": PROBLEM["reference"]})
    assert code == 0
    assert many == {"batch": [answer, answer]}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"population": 0}, "population"),
        ({"population": 0.5}, "population"),
        ({"population": True}, "population"),
        ({"population": 10**30}, "population"),
        ({"observations": []}, "observations"),
        ({"observations": "x"}, "observations"),
        ({"observations": [["2015-06-30"]]}, "observations[0]"),
        ({"observations": [["30.6.2015", 1]]}, "observations[0]"),
        ({"observations": [["2015-06-30", 1789]]}, "observations[0]"),
        ({"observations": [["2015-06-30", 1], ["2014-06-30", 2]]}, "observations[1]"),
        ({"at": ["2014-06-30"]}, "at[0]"),
        ({"at": None}, "at"),
        ({"at": ["9999-12-31"]}, "at[0]"),
        ({"target": {"value": 5}}, "target"),
        ({"target": {"value": "5", "by": "2021-03-31"}}, "target.value"),
        ({"reference": [{"population": 3, "observations": [["2015-06-30", 4]]}]}, "reference[0].observations[0]"),
        ({"reference": {}}, "reference"),
        ({"seed": -1}, "seed"),
        ({"sead": 1}, "input"),
    ],
)
def test_the_door_names_the_place_and_the_cure(
    change: dict[str, Any], where: str, refused: Callable[[str], dict[str, str]]
) -> None:
    assert refused(json.dumps(PROBLEM | change))["where"] == where


@pytest.mark.parametrize("text", ["", "[]", "{", "1", "null", '{"batch": 1}', '{"batch": [1]}', "[" * 100_000])
def test_what_is_no_problem_is_refused(text: str, refused: Callable[[str], dict[str, str]]) -> None:
    assert refused(text)


def test_a_place_in_a_batch_is_named() -> None:
    code, answer = through_the_door({"batch": [PROBLEM, PROBLEM | {"population": 3}]})
    assert code == 2
    assert answer["error"]["where"] == "batch[1].observations[0]"


# Places that follow each other.

SIDE = 42


def torus() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], Any]:
    """Numbers of the four beside each place of a torus, and of twenty like it anywhere."""
    rng = np.random.default_rng(3)
    number = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    beside = np.stack([np.roll(number, step, axis).ravel() for axis in (0, 1) for step in (1, -1)], axis=1)
    return beside, rng.integers(0, SIDE * SIDE, (SIDE * SIDE, 20)), rng


def spread(rates: tuple[float, float, float, float], years: int) -> tuple[np.ndarray[Any, Any], Any, Any]:
    """Day on which each place adopts, week by week by the rates of §10 (far away: not yet)."""
    beside, alike, rng = torus()
    day = np.full(SIDE * SIDE, 10**9)
    for now in range(0, 365 * years, 7):
        there = day < 10**9
        rate = np.dot(
            rates, [np.ones(len(day)), np.full(len(day), there.mean()), there[beside].mean(1), there[alike].mean(1)]
        )
        day[~there & (rng.random(len(day)) < -np.expm1(-rate * 7 / 365.25))] = now
    return day, beside, alike


def known_after(days: int, day: Any, beside: Any, alike: Any) -> tuple[Series, Places]:
    since = tuple(date.fromordinal(START + int(each)) if each <= days else None for each in day)
    ends = range(365, days + 1, 365)
    series = Series(
        len(day), tuple(date.fromordinal(START + end) for end in ends), tuple(int((day <= end).sum()) for end in ends)
    )
    return series, Places(since, tuple(map(tuple, beside.tolist())), tuple(map(tuple, alike.tolist())))


START = date(2017, 1, 1).toordinal()


@pytest.mark.parametrize("rates", [(0.01, 0.05, 0.4, 0.2), (0.02, 0.0, 0.6, 0.0), (0.02, 0.0, 0.0, 0.4)])
def test_10_the_rates_that_places_followed_are_found_again(rates: tuple[float, float, float, float]) -> None:
    series, places = known_after(365 * 5, *spread(rates, 5))
    found = Contagion(places, series.days[-1]).rates
    assert found.by_itself == pytest.approx(rates[0], abs=0.006)
    assert found.beside == pytest.approx(rates[2], abs=0.1)
    assert found.everywhere + found.alike == pytest.approx(rates[1] + rates[3], abs=0.1)


def test_10_the_interval_covers_what_places_that_follow_each_other_bring_about() -> None:
    day, beside, alike = spread((0.01, 0.05, 0.4, 0.2), 9)
    series, places = known_after(365 * 4, day, beside, alike)
    last = series.days[-1].toordinal()
    at = [date.fromordinal(last + 365 * years) for years in range(1, 5)]
    found = Forecaster().forecast(series, at, np.random.default_rng(1), places=places)
    counts = np.array([(day <= 365 * (4 + years)).sum() for years in range(1, 5)])
    assert ((found.quantiles[:, 0] <= counts) & (counts <= found.quantiles[:, 18])).all()
    assert found.rates
    assert found.rates.beside > 0.2
    assert any(why.startswith("§10") for why in found.why)


def test_10_nobody_has_adopted_yet_and_all_have() -> None:
    series, nobody = series_of(0, 0, population=3), Places((None,) * 3, ((1,), (0,), ()), ((), (), ()))
    found = Forecaster().forecast(series, LATER, np.random.default_rng(1), places=nobody)
    assert found.quantiles.min() >= 0
    day = date(2000, 6, 1)
    everybody = Places((day,) * 3, ((1,), (0,), ()), ((), (), ()))
    found = Forecaster().forecast(series_of(3, 3, population=3), LATER, np.random.default_rng(1), places=everybody)
    assert found.quantiles.max() <= 3


def test_10_places_are_those_of_the_population() -> None:
    one = Places((None,), ((),), ((),))
    with pytest.raises(NotASeries) as error:
        Forecaster().forecast(OPEN_DATA, LATER, np.random.default_rng(1), places=one)
    assert error.value.where == "places"


@pytest.mark.parametrize(
    ("places", "where"),
    [
        ([{"since": None}], "places"),
        ({}, "places"),
        ([{}], "places[0]"),
        ([{"since": None, "beside": [1, 2]}, {"since": None}], "places[0].beside"),
        ([{"since": "soon"}, {"since": None}], "places[0].since"),
        ([{"since": None, "alike": ["x"]}, {"since": None}], "places[0].alike"),
    ],
)
def test_10_the_door_names_what_is_no_place(places: Any, where: str, refused: Callable[[str], dict[str, str]]) -> None:
    given = {"population": 2, "observations": [["2015-06-30", 1]], "at": ["2018-09-30"], "places": places}
    assert refused(json.dumps(given))["where"] == where


def test_10_the_door_takes_places() -> None:
    places = [{"since": "2015-01-01", "beside": [1]}, {"since": None, "beside": [0], "alike": [0]}]
    given = {"population": 2, "observations": [["2015-06-30", 1]], "at": ["2018-09-30"], "places": places}
    assert any(why.startswith("§10") for why in answer_to(given)["why"])
