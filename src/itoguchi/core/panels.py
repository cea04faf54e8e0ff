"""Panels: what one room shows on another room's page, joined by address and never by import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Panel:
    """A place on the page of a noun, filled from the view `name`; first a plain link, then loaded in place.

    `shown_to(user, record)` says on whose pages it stands; the view still guards itself.
    """

    label: Any
    name: str
    shown_to: Callable[[Any, Any], bool] | None = None


_panels: dict[str, list[Panel]] = {}


def offer_panel(noun: str, *, label: Any, name: str, shown_to: Callable[[Any, Any], bool] | None = None) -> None:
    """A room offers its panel for the pages of `noun` (called once, when the app is ready)."""
    panel = Panel(label, name, shown_to)
    if panel not in _panels.setdefault(noun, []):
        _panels[noun].append(panel)


def panels_of(noun: str, key: str, *, user: Any, record: Any) -> list[tuple[Any, str]]:
    """(label, address) of every panel that this user sees beside the record `key` of `noun`, "" for their own account."""
    return [
        (panel.label, reverse(panel.name, args=[key] if key else []))
        for panel in _panels.get(noun, ())
        if panel.shown_to is None or panel.shown_to(user, record)
    ]
