"""Sketches: 256 numbers a text, of which two texts share about as large a part as of their shingles.

The method is Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup, FOCS 2017): a shingle falls into one bin a
round, and each bin keeps the least hash of the first round that reaches it. A text of some 1,500 shingles is done
in one pass. What is left empty after four rounds is filled bin by bin, as MinHash does it, which the processor does
eight shingles at a time. The error is below MinHash's, since the shingles of one round are drawn without repeat.

Sketches are not interchangeable with MinHash signatures: for those see `stackmark.dedup.minhash`.
"""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from stackmark.dedup.columns import Contents, as_binary, runs
from stackmark.dedup.shingles import SLACK, STIR, WINDOW, Bytes, Hashes, U, scan

Ints = npt.NDArray[np.int64]
Sketches = npt.NDArray[np.uint32]

BINS = 256
ROUNDS = 4  # in which every shingle falls into a bin of its own; then each empty bin looks at all shingles
VERSION = "1"

#: Work for one thread; below this a second one is not worth its start.
THREAD_BYTES = 1 << 21

EMPTY = U(0xFFFFFFFFFFFFFFFF)
FRACTION = U(0x00FFFFFFFFFFFFFF)
MULTIPLIERS = np.random.Generator(np.random.PCG64(2026)).integers(0, 1 << 63, ROUNDS + BINS, np.uint64) * U(2) + U(1)


@njit(forceinline=True, nogil=True)
def mix(shingle: Any, multiplier: Any) -> Any:
    """Hash a shingle once more, differently for every multiplier."""
    value = shingle * multiplier
    return (value ^ (value >> U(32))) * STIR


@njit(nogil=True, cache=True)
def fill(shingles: Any, count: Any, bins: Any) -> None:
    """Sketch `count` shingles, at least one. The round is in the highest byte of a bin, so earlier ones win."""
    bins[:] = EMPTY
    for turn in range(ROUNDS):
        for number in range(count):
            value = mix(shingles[number], MULTIPLIERS[turn])
            place = value >> U(56)
            bins[place] = min(bins[place], (U(turn) << U(56)) | (value & FRACTION))
        if bins.max() != EMPTY:
            return
    for place in range(BINS):
        if bins[place] == EMPTY:
            least = EMPTY
            for number in range(count):
                least = min(least, mix(shingles[number], MULTIPLIERS[ROUNDS + place]))
            bins[place] = (U(ROUNDS) << U(56)) | (least >> U(8))


@njit(forceinline=True, nogil=True)
def publish(bins: Any, row: Any) -> None:
    """Turn bins into the numbers of a sketch, of which every bit is as good as any other."""
    for place in range(BINS):
        row[place] = np.uint32((bins[place] * STIR) >> U(32))


@njit(nogil=True, cache=True)
def sketch_rows(data: Any, offsets: Any, sketches: Any, sizes: Any) -> None:
    """Sketch consecutive contents into `sketches`; `sizes` gets how many shingles each has, repeats not all taken out.

    The last SLACK bytes of data belong to no content.
    """
    longest = 0
    for row in range(len(sizes)):
        longest = max(longest, offsets[row + 1] - offsets[row])
    tokens, bins = np.empty(WINDOW + 8, np.uint64), np.empty(BINS, np.uint64)
    shingles = np.empty(longest + 1, np.uint64)
    for row in range(len(sizes)):
        sizes[row] = scan(data, U(offsets[row]), U(offsets[row + 1]), tokens, shingles)
        if sizes[row] == 0:
            sketches[row] = 0
            continue
        fill(shingles, sizes[row], bins)
        publish(bins, sketches[row])


@njit(nogil=True, cache=True)
def sketch_values(values: Any, bounds: Any, sketches: Any) -> None:
    """Sketch sets of hashes that stand one after the other; an empty one is left as it is."""
    bins = np.empty(BINS, np.uint64)
    for row in range(len(sketches)):
        count = bounds[row + 1] - bounds[row]
        if count > 0:
            fill(values[bounds[row] : bounds[row + 1]], count, bins)
            publish(bins, sketches[row])


def sketch(contents: Contents, threads: int | None = None) -> Sketches:
    """Return the sketches of contents, uint32 of shape [n, 256]; zeros for one of fewer than five tokens.

    contents: a sequence of bytes, or an Arrow array of binary or string; null counts as empty
    threads:  how many work at once; all that this process may use by default

    The part of equal numbers in two rows estimates the Jaccard similarity of the two sets of shingles, without bias
    and with a standard error of at most sqrt(J (1 - J) / 256).
    """
    return sketch_sizes(contents, threads)[0]


def sketch_sizes(contents: Contents, threads: int | None = None) -> tuple[Sketches, Ints]:
    """Return the sketches as `sketch` does, and how many shingles each was made of; 0 where there are none."""
    data, offsets = runs(as_binary(contents))
    count = len(offsets) - 1
    sketches, sizes = np.zeros((count, BINS), np.uint32), np.zeros(count, np.int64)
    pieces = divide(offsets, threads or len(os.sched_getaffinity(0)))

    def work(first: int, last: int) -> None:
        for piece, places, low, high in readable(data, offsets, first, last):
            sketch_rows(piece, places, sketches[low:high], sizes[low:high])

    if len(pieces) == 1:
        work(*pieces[0])
    else:
        with ThreadPoolExecutor(len(pieces)) as pool:
            for _ in pool.map(lambda piece: work(*piece), pieces):
                pass
    return sketches, sizes


def sketch_sets(values: Hashes, bounds: Ints) -> Sketches:
    """Return the sketches of sets of 64-bit hashes: those of texts, if the sets are those of their shingles."""
    sketches = np.zeros((len(bounds) - 1, BINS), np.uint32)
    sketch_values(values, bounds, sketches)
    return sketches


def divide(offsets: Ints, threads: int) -> list[tuple[int, int]]:
    """Cut rows into at most `threads` runs of about as many bytes each."""
    total = int(offsets[-1] - offsets[0])
    count = max(1, min(threads, total // THREAD_BYTES))
    cuts = np.searchsorted(offsets - offsets[0], np.arange(1, count) * total // count)
    edges = [0, *cuts.tolist(), len(offsets) - 1]
    return [(low, high) for low, high in itertools.pairwise(edges) if low < high or count == 1]


def readable(data: Bytes, offsets: Ints, first: int, last: int) -> list[tuple[Bytes, Ints, int, int]]:
    """Return rows in one or two runs with SLACK bytes after each; only the last few rows are copied for it."""
    safe = int(np.searchsorted(offsets[first : last + 1], len(data) - SLACK, side="right")) - 1 + first
    safe = min(max(safe, first), last)
    found = [(data, offsets[first : safe + 1], first, safe)] if safe > first else []
    if safe < last:
        rest = np.concatenate([data[offsets[safe] : offsets[last]], np.zeros(SLACK, np.uint8)])
        found.append((rest, offsets[safe : last + 1] - offsets[safe], safe, last))
    return found
