"""Pages whose questions can be saved: each room says what may be asked there and what is new to a question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from itoguchi.core.watched import Watched

if TYPE_CHECKING:
    from itoguchi.core.models import SavedSearch

LONGEST = 200  # signs of one answer to a question


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that finds: its path without mark of language, the names of what may be asked, and what is new to it.

    `news(saved, day)` gives what has come since `saved.seen_at`; its topic is "searches".
    """

    path: str
    label: Any
    asks: tuple[str, ...]
    news: Callable[[SavedSearch, date], Iterable[Watched]]


_pages: dict[str, Page] = {}


def offer_page(page: Page) -> None:
    """A room lets the questions to one of its pages be saved (called once, when the app is ready)."""
    _pages[page.path] = page


def page_of(path: str) -> Page | None:
    """The page of a path; None where its questions can't be saved."""
    return _pages.get(path)


def question_of(page: Page, given: Mapping[str, str]) -> dict[str, str]:
    """What was asked of a page, without what is no part of its question."""
    said = {name: given.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in page.asks}
    return {name: value for name, value in said.items() if value}


def news_of(saved: SavedSearch, day: date) -> list[Watched]:
    """What is new to a saved search; nothing where its page is no more."""
    page = page_of(saved.page)
    return list(page.news(saved, day)) if page else []


def watched(account: Any, day: date) -> Iterator[Watched]:
    """What is new to the saved searches of an account that tell of it (1 query, and those of each page)."""
    for saved in account.saved_searches.filter(tells=True):
        yield from news_of(saved, day)
