"""Folding of text for look-ups, as the search does it: width, case, kana, accents and old character forms become one."""

from itoguchi.engines.search.folding import fold as fold
