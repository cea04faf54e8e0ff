"""What an approval is about and who may decide it: each room says so of its own, so that notices know no room."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.core.models import Approval


@dataclass(frozen=True, slots=True)
class Matter:
    """What an approval is about, in words, and who may decide it."""

    title: Any
    deciders: Iterable[Account]


Source = Callable[[Any], Matter | None]

_sources: list[Source] = []


def offer_matters(source: Source) -> None:
    """A room explains its approvals, and answers None to those of others (called once, when the app is ready)."""
    if source not in _sources:
        _sources.append(source)


def matter_of(approval: Approval) -> Matter:
    """What it is about; a deed that no room explains is shown to nobody."""
    return next((found for source in _sources if (found := source(approval))), Matter(approval.subject, ()))
