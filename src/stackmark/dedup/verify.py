"""Exact Jaccard similarity of sets of shingles: what a candidate pair must pass before anything follows from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from stackmark.dedup.columns import Contents, as_binary, runs
from stackmark.dedup.shingles import WINDOW, Hashes, U, scan
from stackmark.dedup.sketches import readable

Ints = npt.NDArray[np.int64]


@njit(nogil=True, cache=True)
def common(values: Any, first: Any, first_end: Any, second: Any, second_end: Any) -> Any:
    """Count what two sorted runs of `values`, each without repeats, have in common."""
    count = 0
    while first < first_end and second < second_end:
        one, other = values[first], values[second]
        count += one == other
        first += one <= other
        second += other <= one
    return count


@njit(nogil=True, cache=True)
def sort_sets(data: Any, offsets: Any, values: Any, found: Any, ends: Any) -> Any:
    """Write the sorted shingle sets of consecutive contents to `values` from `found` on; return where they end."""
    longest = 0
    for row in range(len(ends)):
        longest = max(longest, offsets[row + 1] - offsets[row])
    tokens, room = np.empty(WINDOW + 8, np.uint64), np.empty(longest + 1, np.uint64)
    for row in range(len(ends)):
        count = scan(data, U(offsets[row]), U(offsets[row + 1]), tokens, room)
        some = np.sort(room[:count])
        for number in range(len(some)):
            if number == 0 or some[number] != some[number - 1]:
                values[found] = some[number]
                found += 1
        ends[row] = found
    return found


def shingle_sets(contents: Contents) -> tuple[Hashes, Ints]:
    """Return the sorted shingle sets of contents, one after the other, and where each begins and ends (n + 1)."""
    data, offsets = runs(as_binary(contents))
    count = len(offsets) - 1
    # Room for the worst case, a shingle a byte; the system gives only what is written to.
    values = np.empty(int(offsets[-1] - offsets[0]) + count, np.uint64)
    bounds, found = np.zeros(count + 1, np.int64), 0
    for piece, places, low, high in readable(data, offsets, 0, count):
        found = int(sort_sets(piece, places, values, found, bounds[low + 1 : high + 1]))
    return values[:found], bounds
