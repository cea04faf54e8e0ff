"""How good and how fast forecasts are, beside four ways that others would take, on the spread of 259 policies.

    python bench/diffusion.py [policy_adoptions.json.gz]   # prints tables; exits 1 where a bound is missed

Each series is cut where its count first reaches 20 % and 40 % of the population and forecast one to five years on. What
is learnt from other series is learnt from nine tenths of them, the forecast ones never among them. The score is the
continuous ranked probability score (CRPS, twice the mean quantile loss over the 19 levels; smaller is better), as is
the share of true counts inside the 80 % interval.
"""

from __future__ import annotations

import gzip
import json
import os
import platform
import sys
import time
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from itoguchi.engines.diffusion import LEVELS, Forecaster, Series

DATA = Path(__file__).resolve().parents[2] / "shared/data/policy_adoptions.json.gz"
CUTS, HORIZONS, FOLDS = (0.2, 0.4), range(1, 6), 10
QUANTILES = np.array(LEVELS)
LOW, HIGH = LEVELS.index(0.1), LEVELS.index(0.9)
Way = Callable[[Series, list[date]], np.ndarray]  # quantiles, shape (days, 19)


def last_value(series: Series, at: list[date]) -> np.ndarray:
    """Nothing changes."""
    return np.full((len(at), len(LEVELS)), float(series.counts[-1]))


def drift(series: Series, at: list[date]) -> np.ndarray:
    """The past's yearly steps, drawn again in any order."""
    if len(series.counts) < 2:
        return last_value(series, at)
    rng = np.random.default_rng(1)
    steps = np.diff(series.counts)
    paths = series.counts[-1] + rng.choice(steps, (2000, len(at))).cumsum(1)
    return np.quantile(np.clip(paths, 0, series.population), LEVELS, axis=0).T


def least_squares_bass(series: Series, at: list[date]) -> np.ndarray:
    """Bass's curve fitted by least squares, its residuals drawn again for the spread."""
    if len(series.counts) < 2:
        return last_value(series, at)
    counts = np.array(series.counts, float)
    years = np.arange(1, len(counts) + 1 + len(at), dtype=float)

    def curve(found: np.ndarray) -> np.ndarray:
        p, q, ceiling = np.exp(found[0]), np.exp(found[1]), found[2]
        fallen = np.exp(-np.minimum((p + q) * years, 700))
        return ceiling * (1 - fallen) / (1 + q / p * fallen)

    bounds = ([-14.0, -14.0, float(counts.max())], [0.0, 2.0, float(series.population) + 1e-6])
    start = [-5.0, -1.5, (counts.max() + series.population) / 2]
    found = least_squares(lambda x: curve(x)[: len(counts)] - counts, start, bounds=bounds)
    fitted = curve(found.x)
    paths = fitted[len(counts) :] + np.random.default_rng(1).choice(counts - fitted[: len(counts)], (2000, len(at)))
    return np.quantile(np.clip(paths, 0, series.population), LEVELS, axis=0).T


def auto_ets(series: Series, at: list[date]) -> np.ndarray:
    """statsforecast's AutoETS; where it cannot fit, the last value."""
    from statsforecast.models import AutoETS

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = AutoETS(model="ZZN").forecast(
                y=np.array(series.counts, float), h=len(at), level=[round(100 * (1 - 2 * x)) for x in LEVELS[:9]]
            )
    except Exception:
        return last_value(series, at)
    rows = [found[f"lo-{round(100 * (1 - 2 * x))}"] for x in LEVELS[:9]]
    rows += [found["mean"], *(found[f"hi-{round(100 * (1 - 2 * x))}"] for x in reversed(LEVELS[:9]))]
    return np.clip(np.stack(rows, axis=1), 0, series.population)


def score(quantiles: np.ndarray, count: float) -> float:
    """CRPS by its quantile loss."""
    return 2 * float(np.mean(np.where(count >= quantiles, QUANTILES, QUANTILES - 1) * (count - quantiles)))


def read(path: Path) -> list[Series]:
    with gzip.open(path) as file:
        return [
            Series(
                each["population"],
                tuple(date.fromisoformat(day) for day, _count in each["observations"]),
                tuple(count for _day, count in each["observations"]),
            )
            for each in json.load(file)["series"]
        ]


def cuts(series: Series) -> list[int]:
    """The number of observations up to each cut."""
    reached = [next((n for n, c in enumerate(series.counts, 1) if c >= cut * series.population), None) for cut in CUTS]
    return sorted({count for count in reached if count and count < len(series.counts)})


def measure(all_series: list[Series], way_of: Callable[[int], Way]) -> tuple[float, list[float], float, int]:
    """Mean CRPS, coverage of the 80 % interval by horizon in %, ms a forecast and how many were scored."""
    scores: list[float] = []
    inside: dict[int, list[bool]] = {horizon: [] for horizon in HORIZONS}
    spent, asked = 0.0, 0
    for fold in range(FOLDS):
        way = way_of(fold)
        for series in all_series[fold::FOLDS]:
            for known in cuts(series):
                past = Series(series.population, series.days[:known], series.counts[:known])
                at = list(series.days[known : known + len(HORIZONS)])
                begun = time.perf_counter()
                quantiles = way(past, at)
                spent, asked = spent + time.perf_counter() - begun, asked + 1
                for horizon, row, count in zip(HORIZONS, quantiles, series.counts[known:], strict=False):
                    scores.append(score(row, count))
                    inside[horizon].append(bool(row[LOW] <= count <= row[HIGH]))
    coverage = [100 * float(np.mean(inside[horizon])) for horizon in HORIZONS]
    return float(np.mean(scores)), coverage, 1000 * spent / asked, len(scores)


def main(path: Path) -> int:
    all_series = read(path)

    def ours(fold: int) -> Way:
        others = [series for number, series in enumerate(all_series) if number % FOLDS != fold]
        forecaster = Forecaster(others)
        return lambda series, at: forecaster.forecast(series, at, np.random.default_rng(1)).quantiles

    def alone(_fold: int) -> Way:
        forecaster = Forecaster()
        return lambda series, at: forecaster.forecast(series, at, np.random.default_rng(1)).quantiles

    begun = time.perf_counter()
    Forecaster(all_series)
    learning = time.perf_counter() - begun
    auto_ets(all_series[0], list(all_series[0].days[:1]))  # compiles
    others: dict[str, Way] = {
        "last value": last_value,
        "drift, bootstrap": drift,
        "Bass, least squares": least_squares_bass,
        "AutoETS of statsforecast": auto_ets,
    }
    ways = {"**ours**": ours, "ours, no other series given": alone}
    ways |= {name: (lambda _fold, way=way: way) for name, way in others.items()}
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print("| way | CRPS | 80 % interval covers, 1–5 years on | ms | forecasts |\n|---|--:|--:|--:|--:|")
    found = {}
    for name, way_of in ways.items():
        crps, coverage, spent, number = found[name] = measure(all_series, way_of)
        print(f"| {name} | {crps:.2f} | {' · '.join(f'{x:.1f}' for x in coverage)} % | {spent:.1f} | {number} |")
    crps, coverage, spent, _number = found["**ours**"]
    best = min(found[name][0] for name in others)
    held = {
        f"CRPS {crps / best:.2f} × the best other, bound ≤ 0.95": crps <= 0.95 * best,
        f"coverage {min(coverage):.1f} to {max(coverage):.1f} %, bound 76 to 84": 76
        <= min(coverage)
        <= max(coverage)
        <= 84,
        f"{spent:.1f} ms a forecast, bound ≤ 20": spent <= 20,
    }
    print(f"\nLearning from {len(all_series)} series takes {learning:.1f} s, once.")
    for said, holds in held.items():
        print(f"- {said} {'✓' if holds else '未達'}")
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA))
