"""Addresses of pages, remembered: a table or map asks for hundreds of them."""

from __future__ import annotations

from functools import lru_cache

from django.urls import reverse
from django.utils.translation import get_language


def address_of(view: str, *keys: str) -> str:
    """Address of `room:view` with its keys, in the language of the moment."""
    return _address(view, keys, get_language())


@lru_cache(maxsize=16_384)
def _address(view: str, keys: tuple[str, ...], _language: str | None) -> str:
    return reverse(view, args=keys)
