"""Texts with values that stay lazy, so that one problem can be read in either language."""

from __future__ import annotations

from typing import Any

from django.utils.functional import lazy


def _filled(text: Any, /, **values: Any) -> str:
    return str(text) % values


_lazily: Any = lazy(_filled, str)


def say(text: Any, /, **values: Any) -> Any:
    """A lazy text with named values, e.g. `say(_("%(year)s年"), year=2017)`; read in the language of the reader."""
    return _lazily(text, **values)
