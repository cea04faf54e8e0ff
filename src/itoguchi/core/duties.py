"""Duties: what is open in somebody's hands, handed down by each room, so that the page of a hand-over knows no room."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from itoguchi.core.remembered import remembered


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that is open: what it is, where it stands (without mark of language), and what to do next.

    `is_personal`: of the person and not of the role, so that it is never handed over with it.
    """

    what: Any
    title: str
    path: str
    next_step: Any
    due: date | None = None
    is_personal: bool = False


Source = Callable[[Any, date], Iterable[Duty]]

_sources: list[Source] = []


def offer_duties(source: Source) -> None:
    """A room offers what is open for a membership on a day (called once, when the app is ready)."""
    if source not in _sources:
        _sources.append(source)


@remembered(most=256)
def duties_of(membership: Any, day: date) -> tuple[Duty, ...]:
    """What is open in the hands of who holds this membership: what is due first, then what has no day."""
    found = [duty for source in _sources for duty in source(membership, day)]
    return tuple(sorted(found, key=lambda duty: (duty.due is None, duty.due or day)))
