"""Duties: what is open in somebody's hands, handed down by each room, so that the page of a hand-over knows no room."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from itoguchi.core.remembered import remembered


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that is open: what it is, where it stands (without mark of language), and what to do next."""

    what: Any
    title: str
    path: str
    next_step: Any
    due: date | None = None


Source = Callable[[Any, date], Iterable[Duty]]

_of_roles: list[Source] = []
_of_persons: list[Source] = []


def offer_duties(source: Source) -> None:
    """A room offers what is open for a membership on a day (called once, when the app is ready)."""
    if source not in _of_roles:
        _of_roles.append(source)


def offer_own_duties(source: Source) -> None:
    """A room offers what is open for an account on a day, whatever its roles: it is never handed over with one."""
    if source not in _of_persons:
        _of_persons.append(source)


@remembered(most=256)
def duties_of(membership: Any, day: date) -> tuple[Duty, ...]:
    """What is open in the hands of who holds this membership: what is due first, then what has no day."""
    return _sorted((duty for source in _of_roles for duty in source(membership, day)), day)


@remembered(most=256)
def own_duties_of(account: Any, day: date) -> tuple[Duty, ...]:
    """What is open in the hands of this person: what is due first, then what has no day."""
    return _sorted((duty for source in _of_persons for duty in source(account, day)), day)


def _sorted(found: Iterable[Duty], day: date) -> tuple[Duty, ...]:
    return tuple(sorted(found, key=lambda duty: (duty.due is None, duty.due or day)))
