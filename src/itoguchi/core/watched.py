"""Watched: what somebody should look at, handed down by each room with why, so that the one digest knows no room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Watched:
    """One thing to look at; `key` is the same as long as it is the same thing, `topic` one that people may switch off."""

    topic: str
    key: str
    title: str
    why: str
    path: str


Source = Callable[[Any, date], Iterable[Watched]]

_sources: list[Source] = []


def offer_watched(source: Source) -> None:
    """A room offers what an account should look at on a day (called once, when the app is ready)."""
    if source not in _sources:
        _sources.append(source)


def offered_to(account: Any, day: date) -> Iterator[Watched]:
    """What the rooms that offered have for an account."""
    for source in _sources:
        yield from source(account, day)
