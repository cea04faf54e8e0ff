"""Weights of features: how much each adds to the score of each document that has it (docs/engines/search.md §4, §5)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

K1, B = 0.9, 0.75  # §4: how soon a repeated word adds nothing more, how much a long text is marked down

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


class Channel:
    """Features of one kind, each a number, with the documents that have them.

    `features`, `rows` and `counts` have one shape: a feature, the document it is in and how often it counts there; the
    same may be given several times. `documents` is their number, `weight` what the kind weighs.
    """

    def __init__(self, weight: float, features: Numbers, rows: Numbers, counts: Floats, documents: int) -> None:
        self.features, columns = np.unique(features, return_inverse=True)
        cells = coo_array((counts, (columns, rows)), shape=(len(self.features), documents)).tocsr()
        cells.sum_duplicates()
        columns, rows, counts = (
            np.repeat(np.arange(len(self.features)), np.diff(cells.indptr)),
            cells.indices,
            cells.data,
        )
        self.starts = cells.indptr
        self.held = np.diff(cells.indptr)  # by how many documents
        long = np.bincount(rows, counts, documents)
        weakened = counts + K1 * (1 - B + B * long[rows] / max(long.sum() / max(documents, 1), 1e-9))
        rarity = np.log1p((documents - self.held + 0.5) / (self.held + 0.5))
        worth = weight * rarity * np.sqrt(rarity / np.log1p(documents + 0.5))
        self.rows, self.counts = rows, counts
        self.weights = (worth[columns] * counts * (K1 + 1) / weakened).astype(np.float32)

    def add_to(self, scores: Floats, asked: Mapping[int, float]) -> None:
        """Add what features weigh, each times what is asked of it, to the scores of all documents."""
        if not len(self.features) or not asked:
            return
        numbers = np.fromiter(asked, np.int64, len(asked))
        places = np.minimum(np.searchsorted(self.features, numbers), len(self.features) - 1)
        for place, number, weight in zip(places, numbers, asked.values(), strict=True):
            if self.features[place] == number:
                part = slice(self.starts[place], self.starts[place + 1])
                scores[self.rows[part]] += weight * self.weights[part]

    def add_back_to(self, scores: Floats, row: int, *, each_once: bool) -> None:
        """Add to the score of each document what document `row` would score if it were asked with that one's features."""
        for cell in np.flatnonzero(self.rows == row):
            feature = int(np.searchsorted(self.starts, cell, side="right")) - 1
            part = slice(self.starts[feature], self.starts[feature + 1])
            scores[self.rows[part]] += self.weights[cell] * (1.0 if each_once else self.counts[part])
