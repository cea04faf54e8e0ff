"""Words found by how they sound, and by sounding nearly so: kana for kanji, other kana, typing mistakes.

Rules: docs/engines/search.md §6, §7.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise

SHORTEST_SLIP = 3  # signs; shorter words have too many neighbours
LONG = 6  # from here on two mistakes may be in a word
MOST_NEAR = 3


def slips_between(one: str, other: str) -> int:
    """How many signs were left out, put in, mistaken or swapped (optimal string alignment).

    >>> slips_between("てれわく", "てれわーく"), slips_between("wfii", "wifi")
    (1, 1)
    """
    before, row = list[int](), list(range(len(other) + 1))
    for i, sign in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, facing in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (sign != facing))
            if i > 1 and j > 1 and sign == other[j - 2] and one[i - 2] == facing:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _twos(sound: str) -> list[str]:
    return [one + other for one, other in pairwise(f"^{sound}$")]


class Lexicon:
    """The spellings (each one or more words) that are read as a sound, and how often each sound is met."""

    def __init__(self, spellings: Mapping[str, Iterable[tuple[str, ...]]], often: Mapping[str, int]) -> None:
        self.spellings = {sound: tuple(sorted(set(spellings[sound]))) for sound in sorted(spellings)}
        self._often = often
        self._with: dict[str, list[str]] = {}
        for sound in self.spellings:
            if len(sound) >= SHORTEST_SLIP:
                for two in set(_twos(sound)):
                    self._with.setdefault(two, []).append(sound)
        self._longest = max(map(len, self.spellings), default=0)

    def inside(self, sound: str, shortest: int = 3) -> list[str]:
        """Known sounds that follow each other in `sound`, the longest first at each place."""
        found, at = [], 0
        while at < len(sound):
            longest = min(len(sound), at + self._longest)
            end = next((end for end in range(longest, at + shortest - 1, -1) if sound[at:end] in self.spellings), 0)
            if end:
                found.append(sound[at:end])
            at = end or at + 1
        return found

    def near(self, sound: str) -> list[tuple[str, int]]:
        """The known sounds fewest slips away (§7), oftenest met first; at most MOST_NEAR."""
        if len(sound) < SHORTEST_SLIP:
            return []
        most = 2 if len(sound) >= LONG else 1
        twos = set(_twos(sound))
        shared = Counter(other for two in twos for other in self._with.get(two, ()))
        found = [
            (slips, -self._often[other], other)
            for other, count in shared.items()
            if count >= len(twos) - 3 * most
            and abs(len(other) - len(sound)) <= most
            and 0 < (slips := slips_between(sound, other)) <= most
        ]
        fewest = min(found, default=(0,))[0]
        return [(other, slips) for slips, _often, other in sorted(found) if slips == fewest][:MOST_NEAR]
