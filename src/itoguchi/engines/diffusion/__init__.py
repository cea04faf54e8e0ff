"""How many areas will run a solution, and when: forecasts of cumulative counts with their uncertainty.

Rules and sources: docs/engines/diffusion.md (§1 …).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import floor

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp
from scipy.stats import qmc

from itoguchi.engines.diffusion.places import DRAWS, Contagion, Places, Rates
from itoguchi.engines.door import Refused

LEVELS = tuple(round(0.05 * step, 2) for step in range(1, 20))
YEAR = 365.25  # days
POINTS = 2048  # candidate parameter sets
PATHS = 2000  # simulated futures of one forecast
EFFECTIVE = 20  # §5: at least so many candidates keep a say
DRIFT_SHARE = 0.1  # §7
PLACES_SHARE = 0.5  # §10: of the other futures, where it is known which places adopted
TREND = 0.15  # §6: the pace of a future speeds up or slows down by so much a year (standard deviation)
OUTSIDE = 25.0  # §3: what a step beyond the ceiling costs in log likelihood
OWN_PRIOR = 5.0  # §4: the prior without references counts as so many series
YEARS_AHEAD = 25  # §8: a day later than this is not named
FARTHEST = 100  # years after the last observation that may be asked for
LARGEST = 10**10  # population
# §4: means and standard deviations of log p, log q and log φ, and the share of series without ceiling.
PRIOR_MEAN, PRIOR_DEVIATION, NO_CEILING = (-4.6, -2.4, 3.5), (1.8, 1.3, 1.1), 0.43

Floats = NDArray[np.float64]


class NotASeries(Refused):
    """Observations that no forecast can be made from."""


@dataclass(frozen=True, slots=True)
class Series:
    """How many of `population` had adopted on each of `days`, oldest first; counts may fall.

    >>> Series(3, (date(2020, 3, 31), date(2019, 3, 31)), (1, 2))
    Traceback (most recent call last):
    ...
    itoguchi.engines.diffusion.NotASeries: observations[1]: 2019-03-31 does not follow 2020-03-31. Give one count a \
day, oldest first.
    """

    population: int
    days: tuple[date, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.population <= LARGEST:
            raise NotASeries(
                "population", f"{self.population} is not a population", f"Give the number of all, 1 to {LARGEST}"
            )
        if not self.days or len(self.days) != len(self.counts):
            raise NotASeries("observations", "there is no count", "Give at least one day with its count")
        for at, (day, count) in enumerate(zip(self.days, self.counts, strict=True)):
            if not 0 <= count <= self.population:
                raise NotASeries(
                    f"observations[{at}]", f"{count} is not between 0 and {self.population}", "Mend count or population"
                )
            if at and day <= self.days[at - 1]:
                raise NotASeries(
                    f"observations[{at}]",
                    f"{day} does not follow {self.days[at - 1]}",
                    "Give one count a day, oldest first",
                )

    @property
    def years(self) -> Floats:
        """Lengths of the steps between observations, in years; shape (n − 1,)."""
        return np.diff(np.array([day.toordinal() for day in self.days], float)) / YEAR


@dataclass(frozen=True, slots=True)
class Target:
    """`value` to be reached `by` a day."""

    value: int
    by: date


@dataclass(frozen=True, slots=True)
class Forecast:
    """Quantiles of the count on each day, shape (days, 19 levels); chances of the target; why, in words.

    `rates` say how fast places follow others (§10), None where it is not known which adopted.
    """

    days: tuple[date, ...]
    quantiles: Floats
    probability: float | None
    reached_by: dict[float, date | None]
    why: tuple[str, ...]
    rates: Rates | None = None

    @property
    def median(self) -> Floats:
        """Shape (days,)."""
        return self.quantiles[:, LEVELS.index(0.5)]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Parameter sets of the model (§2): p, q per year, ceiling as share of all, φ; each of shape (POINTS,)."""

    p: Floats
    q: Floats
    ceiling: Floats
    phi: Floats

    def __getitem__(self, chosen: NDArray[np.intp]) -> Candidates:
        return Candidates(self.p[chosen], self.q[chosen], self.ceiling[chosen], self.phi[chosen])


def _candidates() -> tuple[Candidates, Floats]:
    """The same parameter sets for everybody, spread evenly (Halton), and their weights without references (§4)."""
    u = qmc.Halton(5, scramble=False).random(POINTS + 1)[1:].T
    log_p, log_q, log_phi = (
        low + (high - low) * each for each, (low, high) in zip(u, ((-7.6, -1.6), (-5.3, 0.4), (0.4, 5.3)), strict=False)
    )
    ceiling = np.where(u[3] < 0.35, 1.0, u[4])
    z = (np.stack([log_p, log_q, log_phi]) - np.array(PRIOR_MEAN)[:, None]) / np.array(PRIOR_DEVIATION)[:, None]
    weights = np.exp(-0.5 * (z**2).sum(0)) * np.where(ceiling == 1.0, NO_CEILING / 0.35, (1 - NO_CEILING) / 0.65)
    return Candidates(np.exp(log_p), np.exp(log_q), ceiling, np.exp(log_phi)), weights / weights.sum()


def expected_share(p: Floats, q: Floats, ceiling: Floats, now: Floats, years: Floats) -> Floats:
    """Share of those who could still adopt that will within `years` (§2, Bass 1969 solved from the present state).

    `now` and `ceiling` are shares of the population; all arrays broadcast.

    >>> float(expected_share(*map(np.array, (0.1, 0.0, 1.0, 0.0, 1.0))).round(4))  # without imitation: 1 - exp(-0.1)
    0.0952
    """
    room = np.maximum(ceiling - now, 1e-9)
    growth = np.exp(np.minimum((p + q * ceiling) * years, 50.0))
    pull = (p + q * now) / room * growth
    later = (pull * ceiling - p) / (pull + q)
    return np.clip((later - now) / room, 1e-9, 1 - 1e-9)


def log_likelihood(series: Series, candidates: Candidates) -> Floats:
    """Of the steps of a series under each candidate (§3), shape (POINTS,)."""
    before, after = np.array(series.counts[:-1], float), np.array(series.counts[1:], float)
    if not before.size:
        return np.zeros(candidates.p.shape)
    steps = np.stack([before, np.maximum(after - before, 0), series.years.round(3)])
    (before, gained, years), times = np.unique(steps, axis=1, return_counts=True)
    before, gained, years = before[:, None], gained[:, None], years[:, None]
    room = np.maximum(np.floor(series.population * candidates.ceiling) - before, 0.0)
    share = expected_share(candidates.p, candidates.q, candidates.ceiling, before / series.population, years)
    a, b, rest = share * candidates.phi, (1 - share) * candidates.phi, np.maximum(room - gained, 0.0)
    found = (
        gammaln(room + 1) - gammaln(gained + 1) - gammaln(rest + 1)
        + gammaln(gained + a) + gammaln(rest + b) - gammaln(gained + rest + candidates.phi)
        + gammaln(candidates.phi) - gammaln(a) - gammaln(b)
    )  # fmt: skip
    likelihood: Floats = times.astype(float) @ np.where(gained <= room, found, -OUTSIDE)
    return likelihood


class Forecaster:
    """Knows what other series teach (§4) and forecasts any number of series by it."""

    def __init__(self, references: Sequence[Series] = ()) -> None:
        self.candidates, own = _candidates()
        self.references = len(references)
        self.weights = own
        if references:
            likelihoods = np.stack([log_likelihood(each, self.candidates) for each in references])
            for _ in range(20):
                shares = likelihoods + np.log(self.weights)
                shares = np.exp(shares - logsumexp(shares, axis=1, keepdims=True))
                self.weights = (shares.sum(0) + OWN_PRIOR * own) / (len(references) + OWN_PRIOR)
        fallen = sum(_fallen(each) for each in references)
        held = sum(_held(each) for each in references)
        self.falling = fallen / held if held else 0.0

    def _posterior(self, series: Series) -> tuple[Floats, float]:
        """Weights of the candidates after the series, and the power its likelihood was given (§5)."""
        seen = log_likelihood(series, self.candidates)
        seen -= seen.max()
        prior = np.log(self.weights)

        def weights(power: float) -> Floats:
            found = prior + power * seen
            shares: Floats = np.exp(found - logsumexp(found))
            return shares

        low, high = 0.0, 1.0
        if 1 / (weights(1.0) ** 2).sum() >= EFFECTIVE:
            return weights(1.0), 1.0
        for _ in range(12):
            middle = (low + high) / 2
            low, high = (middle, high) if 1 / (weights(middle) ** 2).sum() >= EFFECTIVE else (low, middle)
        return weights(low), low

    def forecast(
        self,
        series: Series,
        at: Sequence[date],
        rng: np.random.Generator,
        target: Target | None = None,
        places: Places | None = None,
    ) -> Forecast:
        """Forecast the count on each day of `at`, all after the last observation.

        `places` are those of the population, as of the last observation, where it is known which adopted. Raises
        NotASeries where a day, the target or the number of places is impossible.
        """
        last = series.days[-1]
        if places and len(places.since) != series.population:
            raise NotASeries(
                "places", f"{len(places.since)} places are no population of {series.population}", "Give each place once"
            )
        for number, day in enumerate(at):
            _check_ahead(day, last, f"at[{number}]")
        horizon = []
        if target:
            if target.value < 1:
                raise NotASeries("target.value", f"{target.value} is no target", "Give 1 or more")
            _check_ahead(target.by, last, "target.by")
            horizon = [target.by, _years_after(last, YEARS_AHEAD)]
        days = _grid(last, [*at, *horizon])
        weights, power = self._posterior(series)
        drifting = round(PATHS * DRIFT_SHARE)
        chosen = rng.choice(POINTS, PATHS - drifting, p=weights)
        contagion = Contagion(places, last) if places else None
        following = round(len(chosen) * PLACES_SHARE) if contagion else 0
        futures = [self._simulate(series, self.candidates[chosen[following:]], days, rng)]
        if contagion:
            shares = contagion.shares(days, last, rng)
            futures.append(self._simulate(series, self.candidates[chosen[:following]], days, rng, shares))
        paths = np.concatenate([*futures, _drift(series, days, drifting, rng)], axis=1)
        rows = [days.index(day) for day in at]
        spread = paths[rows] + rng.uniform(-0.45, 0.45, (len(rows), PATHS))  # §9
        quantiles = np.clip(np.quantile(spread, LEVELS, axis=1).T, 0, series.population)
        probability, reached_by = _reaching(series, paths, days, target) if target else (None, {})
        rates = contagion.rates if contagion else None
        why = tuple(self._why(series, chosen, power, rates))
        return Forecast(tuple(at), quantiles, probability, reached_by, why, rates)

    def _simulate(
        self,
        series: Series,
        chosen: Candidates,
        days: list[date],
        rng: np.random.Generator,
        shares: Floats | None = None,
    ) -> Floats:
        """Futures of the model (§6), or of places that follow each other (§10: `shares`), shape (days, paths)."""
        population, paths = series.population, chosen.p.size
        ceiling = np.floor(population * chosen.ceiling)
        falling = (_fallen(series) + self.falling * population) / (_held(series) + population)
        trend, pace = rng.standard_normal(paths), np.zeros(paths)
        count, then = np.full(paths, float(series.counts[-1])), series.days[-1]
        found = np.empty((len(days), paths))
        for row, day in enumerate(days):
            years = (day - then).days / YEAR
            then = day
            pace = pace + TREND * years * trend
            if shares is None:
                now = np.minimum(count / population, chosen.ceiling)
                share = expected_share(chosen.p, chosen.q, chosen.ceiling, now, years * np.exp(pace))
            else:
                share = np.clip(1 - (1 - shares[row, np.arange(paths) % DRAWS]) ** np.exp(pace), 1e-9, 1 - 1e-9)
            share = rng.beta(share * chosen.phi, (1 - share) * chosen.phi)
            gained = rng.binomial(np.maximum(ceiling - count, 0).astype(np.int64), share)
            lost = rng.binomial(count.astype(np.int64), -np.expm1(-falling * years)) if falling else 0
            count = count + gained - lost
            found[row] = count
        return found

    def _why(self, series: Series, chosen: NDArray[np.intp], power: float, rates: Rates | None) -> list[str]:
        """What the forecast rests on, each with its rule."""
        ceiling = np.quantile(self.candidates.ceiling[chosen] * series.population, [0.1, 0.9])
        why = [
            f"§4 learnt from {self.references} other series" if self.references else "§4 no other series were given",
            f"§3 {len(series.counts)} observations, the last {series.counts[-1]} of {series.population}"
            f" on {series.days[-1]}",
            f"§2 the ceiling is taken to lie between {floor(ceiling[0])} and {floor(ceiling[1])} (80 %)",
        ]
        if power < 1:
            why.append(f"§5 the observations count {power:.0%}, since few candidates explain them")
        if any(after < before for before, after in zip(series.counts, series.counts[1:], strict=False)):
            why.append("§6 counts fell before and may fall again")
        if rates:
            why.append(
                f"§10 in a year {rates.by_itself:.1%} adopt by themselves, {rates.everywhere:.1%} more where all have it,"
                f" {rates.beside:.1%} more where all beside them have it, {rates.alike:.1%} more where all like them have it"
            )
        return why


def _years_after(day: date, years: int) -> date:
    return date.fromordinal(min(day.toordinal() + round(YEAR * years), date.max.toordinal()))


def _check_ahead(day: date, last: date, where: str) -> None:
    """§1: a forecast is of the days to come, and of no farther ones than anybody can mean."""
    if day <= last:
        raise NotASeries(where, f"{day} is not after the last observation ({last})", "Ask for later days")
    if day > _years_after(last, FARTHEST):
        raise NotASeries(where, f"{day} is more than {FARTHEST} years after {last}", "Ask for nearer days")


def _grid(last: date, days: Sequence[date]) -> list[date]:
    """The days asked for, with years between them where they lie far apart."""
    found = sorted(set(days))
    for before, after in zip([last, *found], found.copy(), strict=False):
        pieces = round((after - before).days / YEAR)
        found += [before + (after - before) * piece // pieces for piece in range(1, pieces)]
    return sorted(set(found))


def _fallen(series: Series) -> int:
    return sum(max(before - after, 0) for before, after in zip(series.counts, series.counts[1:], strict=False))


def _held(series: Series) -> float:
    """Years that adopters were seen for."""
    return float(np.array(series.counts[:-1]) @ series.years) if len(series.counts) > 1 else 0.0


def _drift(series: Series, days: list[date], paths: int, rng: np.random.Generator) -> Floats:
    """Futures that repeat the past's steps in any order (§7), shape (days, paths)."""
    rates = np.diff(series.counts) / series.years if len(series.counts) > 1 else np.array([0.0])
    years = np.diff([day.toordinal() for day in [series.days[-1], *days]]) / YEAR
    steps = rng.choice(rates, (len(days), paths)) * years[:, None]
    return np.clip(np.round(series.counts[-1] + steps.cumsum(0)), 0, series.population)


def _reaching(
    series: Series, paths: Floats, days: list[date], target: Target
) -> tuple[float, dict[float, date | None]]:
    """Chance of the target by its day, and the day by which it is reached with some probability (§8)."""
    if target.value > series.population:
        return 0.0, {0.5: None}
    there = paths >= target.value
    first = np.sort(np.where(there.any(0), there.argmax(0), len(days)))
    middle = int(first[(len(first) - 1) // 2])
    return float(there[days.index(target.by)].mean()), {0.5: days[middle] if middle < len(days) else None}
