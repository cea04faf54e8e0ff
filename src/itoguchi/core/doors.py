"""Marks on doors: every view is closed unless it says that it is public."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Open `view` to everybody; without this mark it asks for sign-in."""
    view.is_public = True  # type: ignore[attr-defined]
    return view
