"""Texts with values that stay lazy, so that one problem can be read in either language."""

from __future__ import annotations

from django.utils.functional import lazy

say = lazy(lambda text, /, **values: str(text) % values, str)
