"""The best schemes of many needs by machine code, which is compiled when it is first used (§14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

if TYPE_CHECKING:
    from itoguchi.engines.matching.ranking import Bits, Distinct, Floats, Sparse


@njit(nogil=True)
def fill(
    topics: Distinct,
    timings: Distinct,
    sizes: Distinct,
    texts: Sparse,
    words: Sparse,
    yes: Bits,
    no: Bits,
    places: NDArray[np.int32],
    ranks: Floats,
) -> None:
    """What `_fill` of ranking does, a scheme at a time, in the same order of additions."""
    count, top = places.shape
    width = yes.shape[1]
    row = np.empty(width, np.float32)
    for need in range(count):
        topic, timing, size = topics[0][topics[1][need]], timings[0][timings[1][need]], sizes[0][sizes[1][need]]
        for scheme in range(width):
            row[scheme] = topic[scheme] + timing[scheme] + size[scheme]
        for at in range(texts[0][need], texts[0][need + 1]):
            word = texts[1][at]
            for having in range(words[0][word], words[0][word + 1]):
                row[words[1][having]] += texts[2][at] * words[2][having]
        may, may_not, bit = yes[need // 8], no[need // 8], np.uint8(1 << need % 8)
        for scheme in range(width):
            row[scheme] += np.float32(may[scheme] & bit != 0)
            row[scheme] += np.float32(may_not[scheme] & bit == 0)
        best, chosen = ranks[need], places[need]
        best[:] = -1
        for scheme in range(width):
            if row[scheme] > best[-1]:
                at = top - 1
                while at and row[scheme] > best[at - 1]:
                    best[at], chosen[at] = best[at - 1], chosen[at - 1]
                    at -= 1
                best[at], chosen[at] = row[scheme], scheme
