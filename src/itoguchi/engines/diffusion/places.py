"""Who follows whom: how fast places adopt that see it beside them and at places like their own (§10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from itoguchi.engines.door import Refused

YEAR = 365.25  # days
STEP = 91  # days: so fine the past is read, and the years to come that are looked into closely
CLOSELY = 5  # years
DRAWS = 16  # sets of rates that the futures of §10 share
PRIOR_EVENTS, PRIOR_YEARS = 0.25, 10.0  # each rate counts as a quarter of an adoption in ten place-years
ROUNDS = 200

Floats = NDArray[np.float64]


class NotPlaces(Refused):
    """Places that no rates can be learnt from."""


@dataclass(frozen=True, slots=True)
class Places:
    """For each place the day it adopted (None: not yet), and the numbers of those beside it and of those like it.

    >>> Places((None, None), ((1,), (2,)), ((), ()))
    Traceback (most recent call last):
    ...
    itoguchi.engines.diffusion.places.NotPlaces: places[1].beside: there is no place 2. Number places from 0 to 1.
    """

    since: tuple[date | None, ...]
    beside: tuple[tuple[int, ...], ...]
    alike: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        size = len(self.since)
        for name in ("beside", "alike"):
            others: tuple[tuple[int, ...], ...] = getattr(self, name)
            if len(others) != size:
                raise NotPlaces("places", f"{name} is given for {len(others)} of {size}", "Give it for each place")
            for number, each in enumerate(others):
                if wrong := [other for other in each if not 0 <= other < size]:
                    raise NotPlaces(
                        f"places[{number}].{name}",
                        f"there is no place {wrong[0]}",
                        f"Number places from 0 to {size - 1}",
                    )


@dataclass(frozen=True, slots=True)
class Rates:
    """Adoptions a year of a place that has not: by itself, and more where all have it, all beside it, all like it."""

    by_itself: float
    everywhere: float
    beside: float
    alike: float


class Contagion:
    """The four rates as the past of places teaches them, and what they bring about."""

    def __init__(self, places: Places, until: date) -> None:
        self._beside, self._alike = (_shares(others) for others in (places.beside, places.alike))
        adopted = [day.toordinal() for day in places.since if day is not None]
        self._there = np.array([day is not None for day in places.since])
        days = np.array([day.toordinal() if day else until.toordinal() + 1 for day in places.since])
        events, exposure = self._past(days, min(adopted, default=until.toordinal()), until.toordinal())
        self._shape, self._time = _learnt(events, exposure)
        self.rates = Rates(*(float(rate) for rate in self._shape / self._time))

    def _past(self, days: NDArray[np.int_], first: int, last: int) -> tuple[Floats, Floats]:
        """What adopters saw when they did, shape (adoptions, 4), and what all saw who had not, times years, shape (4,)."""
        events, exposure = [np.empty((0, 4))], np.zeros(4)
        for start in range(first, last + 1, STEP):
            end = min(start + STEP, last + 1)
            there = days < start
            seen = self._seen(there.astype(float))[~there]
            exposure += seen.sum(0) * (end - start) / YEAR
            events.append(seen[days[~there] < end])
        return np.concatenate(events), exposure

    def _seen(self, there: Floats) -> Floats:
        """What every place sees of who has adopted; (places,) → (places, 4)."""
        everywhere = np.full_like(there, there.mean())
        return np.stack([np.ones_like(there), everywhere, self._beside @ there, self._alike @ there], axis=1)

    def shares(self, days: Sequence[date], last: date, rng: np.random.Generator) -> Floats:
        """Share of those left that adopt in each step up to `days`, for each of DRAWS sets of rates; (days, DRAWS)."""
        rates = rng.gamma(np.repeat(self._shape[:, None], DRAWS, 1)) / self._time[:, None]
        there = np.repeat(self._there.astype(float)[:, None], DRAWS, 1)
        found, then = np.empty((len(days), DRAWS)), last
        for row, day in enumerate(days):
            left = (1 - there).sum(0)
            steps = -(-(day - then).days // STEP) if (then - last).days < CLOSELY * YEAR else 1
            for _ in range(steps):
                hazard = rates[0] + rates[1] * there.mean(0)
                hazard = hazard + rates[2] * (self._beside @ there) + rates[3] * (self._alike @ there)
                there = 1 - (1 - there) * np.exp(-hazard * (day - then).days / steps / YEAR)
            found[row] = 1 - (1 - there).sum(0) / np.maximum(left, 1e-9)
            then = day
        return np.clip(found, 1e-9, 1 - 1e-9)


def _shares(others: Sequence[Sequence[int]]) -> csr_array:
    """Each row takes the mean of its others; a place without any sees none."""
    counts = [len(each) for each in others]
    return csr_array(
        (
            np.repeat([1 / count if count else 0.0 for count in counts], counts),
            np.array([other for each in others for other in each], dtype=np.int64),
            np.concatenate([[0], np.cumsum(counts)]),
        ),
        shape=(len(others), len(others)),
    )


def _learnt(events: Floats, exposure: Floats) -> tuple[Floats, Floats]:
    """Adoptions that each rate explains, and place-years it had for it, by expectation and maximisation; each (4,)."""
    time = exposure + PRIOR_YEARS
    shape = np.full(4, PRIOR_EVENTS + len(events) / 4)
    for _ in range(ROUNDS):
        part = events * (shape / time)
        shape = PRIOR_EVENTS + (part / np.maximum(part.sum(1, keepdims=True), 1e-300)).sum(0)
    return shape, time
