"""Locality-sensitive hashing: texts that share a band of their sketches are candidates for near-duplicates.

A band is some rows of a sketch (its lowest bytes). Two texts of similarity J share at least one of b bands of r rows
with probability 1 - (1 - J^r)^b: an S-shaped curve, whose steep part is put at the threshold.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stackmark.errors import UsageError

Keys = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]

STEPS = 200  # of the two integrals of `layout_for`
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


class Layout(NamedTuple):
    """How a sketch is cut: so many bands of so many rows."""

    bands: int
    rows: int

    def probability(self, jaccard: float) -> float:
        """Return how likely two texts of a similarity become candidates."""
        return float(1 - (1 - jaccard**self.rows) ** self.bands)


def check_threshold(threshold: float) -> float:
    """Return a threshold that is one. Raises UsageError unless it is above 0 and at most 1."""
    if not 0 < threshold <= 1:
        raise UsageError(f"a similarity is above 0 and at most 1, not {threshold}", "0.7 is usual")
    return float(threshold)


@cache
def layout_for(threshold: float, bins: int = 256) -> Layout:
    """Return the layout with the least error around a threshold; 25 bands of 10 rows for 0.7.

    The error is that of Zhu et al. (LSH Ensemble, VLDB 2016), as datasketch and BigCode use it: the probability of a
    candidate integrated below the threshold, plus that of a miss integrated above it. Raises UsageError.
    """
    check_threshold(threshold)
    below = (np.arange(STEPS) + 0.5) / STEPS * threshold
    above = threshold + (np.arange(STEPS) + 0.5) / STEPS * (1 - threshold)
    best, least = Layout(1, bins), np.inf
    for bands in range(1, bins + 1):
        for rows in range(1, bins // bands + 1):
            wrong = (1 - (1 - below**rows) ** bands).mean() * threshold
            missed = ((1 - above**rows) ** bands).mean() * (1 - threshold)
            if wrong + missed < least:
                best, least = Layout(bands, rows), wrong + missed
    return best


def band_keys(sketches: npt.NDArray[np.uint8], layout: Layout) -> Keys:
    """Return the band keys of sketches of one byte a bin, shape [n, bands]; no two bands share a key but by chance."""
    used = sketches[:, : layout.bands * layout.rows].reshape(len(sketches), layout.bands, layout.rows)
    keys = np.broadcast_to(np.arange(1, layout.bands + 1, dtype=np.uint64), used.shape[:2]) * _MULTIPLIER
    for row in range(layout.rows):
        keys = (keys ^ used[:, :, row]) * _MULTIPLIER
        keys ^= keys >> _SHIFT
    return keys


def narrow(sketches: npt.NDArray[np.uint32]) -> Bytes:
    """Return the lowest byte of each number of sketches: a quarter of the room, and all that bands need.

    Two different numbers share it once in 256 times, which adds (1 - J) / 256 to the part that two sketches share.
    """
    return sketches.astype(np.uint8)
