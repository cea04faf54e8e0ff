"""Followed: what can be followed and what has happened to it, said by each room of its own, so that a digest knows no room.

What can be followed has a feed too, at its own address with `.atom`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened and that everybody may know; `about` holds the addresses of all that it concerns.

    `key` is the same for the same thing, wherever it lies: what happened is told once.
    """

    key: str
    on: date
    what: Any
    title: str
    path: str
    about: frozenset[str]


@dataclass(frozen=True, slots=True)
class Noun:
    """What can be followed: its addresses begin with `prefix`; `names(keys)` gives those that are there for everybody."""

    prefix: str
    label: Any
    names: Callable[[Collection[str]], Mapping[str, str]]


# What happened to any of these addresses, from the first day to the last.
Source = Callable[[Collection[str], date, date], Iterable[Happening]]

_nouns: dict[str, Noun] = {}
_sources: list[Source] = []


def offer_followed(noun: Noun) -> None:
    """A room lets one of its nouns be followed (called once, when the app is ready)."""
    _nouns[noun.prefix] = noun


def offer_happenings(source: Source) -> None:
    """A room tells what happened to what is followed (called once, when the app is ready)."""
    if source not in _sources:
        _sources.append(source)


def keys_at(addresses: Collection[str], prefix: str) -> list[str]:
    """The keys of those addresses that begin with `prefix`.

    >>> keys_at(["/fields/education", "/threads/horizontal"], "/fields/")
    ['education']
    """
    return [each.removeprefix(prefix) for each in addresses if each.startswith(prefix)]


def titles_of(addresses: Collection[str]) -> dict[str, tuple[Any, str]]:
    """Address → what it is (分野, 事例 …) and its name; what is not there for everybody is left out (1 query a noun)."""
    found: dict[str, tuple[Any, str]] = {}
    for noun in _nouns.values():
        keys = [key for key in keys_at(addresses, noun.prefix) if key and "/" not in key]
        names = noun.names(keys) if keys else {}
        found |= {f"{noun.prefix}{key}": (noun.label, names[key]) for key in keys if key in names}
    return found


def happenings(addresses: Collection[str], first: date, last: date) -> list[Happening]:
    """What happened to any of the addresses, each thing once with all that it concerns, the newest first."""
    found: dict[str, Happening] = {}
    for each in _all(addresses, first, last) if addresses else ():
        known = found.get(each.key)
        found[each.key] = replace(known, about=known.about | each.about) if known else each
    return sorted(found.values(), key=lambda each: (each.on, each.key), reverse=True)


def _all(addresses: Collection[str], first: date, last: date) -> Iterator[Happening]:
    for source in _sources:
        yield from source(addresses, first, last)
