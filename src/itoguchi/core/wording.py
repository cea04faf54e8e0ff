"""Texts with values that stay lazy, so that one problem can be read in either language."""

from __future__ import annotations

from typing import Any

from django.utils.functional import lazy
from django.utils.translation import override


def _filled(text: Any, /, **values: Any) -> str:
    return str(text) % values


_lazily: Any = lazy(_filled, str)


def say(text: Any, /, **values: Any) -> Any:
    """A lazy text with named values, e.g. `say(_("%(year)s年"), year=2017)`; read in the language of the reader."""
    return _lazily(text, **values)


def in_both_languages(text: object) -> str:
    """`日本語 / English`, for the command line, whose reader may speak either; `text` is spoken anew in each."""
    spoken = []
    for language in ("ja", "en"):
        with override(language):
            spoken.append(str(text))
    return " / ".join(dict.fromkeys(spoken))
