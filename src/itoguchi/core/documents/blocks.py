"""What a document is made of, whatever it is written as."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text; `to` leads on: `#key` within the document, `/…` to a record, here or on the site.

    `is_japanese` marks words of a record, which stay Japanese in an English document.
    """

    text: str
    to: str = ""
    is_japanese: bool = False
    is_bold: bool = False
    is_figure: bool = False


Words = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; `look` is "" or lead, note (smaller), quote (another's words)."""

    words: Words
    look: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One point of a list, with points below it; `key` is its place in the document."""

    words: Words
    below: tuple[Entry, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Points one below the other, numbered where `is_ordered`."""

    entries: tuple[Entry, ...]
    is_ordered: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a grid; the first cell is its head, `key` its place in the document."""

    cells: tuple[Words, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; `widths` are the columns' shares of the page, `numbers` the places of columns of numbers."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    widths: tuple[float, ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG coloured by classes, said in words by `says`; `legend` pairs a class with its meaning."""

    svg: str
    caption: str
    says: str
    legend: tuple[tuple[str, str], ...] = ()


Block = Paragraph | Listing | Grid | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it; what is not `in_contents` is found without them."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...] = ()
    is_japanese: bool = False
    in_contents: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """The whole; `lead` stands under the title, `foot` at the foot of each page.

    Without a title for its `contents` it is a short one: no list of them, and sections go on on the same page.
    """

    title: str
    lead: str
    foot: str
    language: str
    contents: str
    sections: tuple[Section, ...]


def words(*parts: str | Run | Iterable[Run]) -> Words:
    """Texts and runs, in one row.

    >>> words("a", Run("b", is_bold=True))
    (Run(text='a', to='', is_japanese=False, is_bold=False, is_figure=False), Run(text='b', to='', is_japanese=False, is_bold=True, is_figure=False))
    """
    found: list[Run] = []
    for part in parts:
        if isinstance(part, Run):
            found.append(part)
        elif isinstance(part, str):
            found.append(Run(part))
        else:
            found.extend(part)
    return tuple(run for run in found if run.text)


def compose(text: str, **values: Any) -> Words:
    """A translated text whose `%(name)s` are filled with runs or texts.

    >>> plain(compose("%(a)s of %(b)s", a=Run("19", to="#x"), b=47))
    '19 of 47'
    """
    parts: list[str | Run | Iterable[Run]] = []
    for place, part in enumerate(re.split(r"%\((\w+)\)s", text)):
        value = part if place % 2 == 0 else values[part]
        parts.append(value if isinstance(value, str | Run | tuple) else str(value))
    return words(*parts)


def place_of(to: str) -> str:
    """Key of the place that stands for an address: a record's own row in the document.

    >>> place_of("/briefings/2017-01-20-ishikawa"), place_of("#figures")
    ('briefings-2017-01-20-ishikawa', 'figures')
    """
    return to.strip("#/").replace("/", "-").replace("#", "-")


def plain(given: Sequence[Run]) -> str:
    """The text alone."""
    return "".join(run.text for run in given)


def places(sections: Iterable[Section]) -> Iterator[str]:
    """Every key that something in the document can lead to."""
    for section in sections:
        yield section.key
        for block in section.blocks:
            if isinstance(block, Grid):
                yield from (row.key for row in block.rows if row.key)
            elif isinstance(block, Listing):
                yield from (entry.key for entry in _all_of(block.entries) if entry.key)
        yield from places(section.sections)


def _all_of(entries: Iterable[Entry]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from _all_of(entry.below)
