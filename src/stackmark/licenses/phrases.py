"""Find every known text that stands word for word in a file, in one pass.

Each text is filed under the hash of its first words; the runs of a file that begin like a text are compared by
the hash of all its words. That is the work of an automaton over words (Aho and Corasick, 1975), but its tables
are plain arrays that many processes map into memory at once.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from typing import NamedTuple

import numpy as np

from stackmark.licenses.index import LEVELS, Index
from stackmark.licenses.words import Places, Words, run_hashes, shingles

#: So many comparisons at once, and at most: a file of nothing but beginnings must end in bounded time.
_BLOCK, _MOST = 1 << 20, 1 << 24


class Phrases(NamedTuple):
    """Known texts in a file: words [start, end) are those of `text`. Parallel arrays, longest first."""

    start: Places
    end: Places
    text: Places


def find(index: Index, body: Words) -> Phrases:
    """Return all known texts that stand word for word in a file, also those inside others."""
    sizes = LEVELS[: bisect_right(LEVELS, len(body))]
    if not sizes:
        return Phrases(*[np.empty(0, np.int64)] * 3)
    # All sizes at once: most files have few words, and then the calls cost more than the work.
    runs = np.concatenate([shingles(body.sums, size) for size in sizes])
    begins = np.array([0, *itertools.accumulate(len(body) - size + 1 for size in sizes)])
    at = np.flatnonzero(index.begins(runs))
    head = runs[at]
    first = np.searchsorted(index.leads, head, "left")
    known = index.leads[np.minimum(first, len(index.leads) - 1)] == head
    at, head, first = at[known], head[known], first[known]
    counts = np.searchsorted(index.leads, head, "right") - first
    start = at - begins[np.searchsorted(begins, at, "right") - 1]
    found = _compare_all(index, body, start, first, counts)
    order = np.lexsort((found.text, found.start, found.start - found.end))
    return Phrases(found.start[order], found.end[order], found.text[order])


def _compare_all(index: Index, body: Words, places: Places, first: Places, counts: Places) -> Phrases:
    total = np.cumsum(counts)
    found: list[Phrases] = []
    done = 0
    while done < len(places) or not found:
        before = int(total[done - 1]) if done else 0
        if before >= _MOST:
            break
        until = max(int(np.searchsorted(total, before + _BLOCK, "right")), done + 1)
        found.append(_compare(index, body, places[done:until], first[done:until], counts[done:until]))
        done = until
    return found[0] if len(found) == 1 else Phrases(*map(np.concatenate, zip(*found, strict=True)))


def _compare(index: Index, body: Words, places: Places, first: Places, counts: Places) -> Phrases:
    steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    text = index.lead_text[np.repeat(first, counts) + steps].astype(np.int64)
    start = np.repeat(places, counts)
    end = start + index.lengths[text]
    fits = end <= len(body)
    start, end, text = start[fits], end[fits], text[fits]
    same = run_hashes(body.sums, start, end) == index.full[text]
    return Phrases(start[same], end[same], text[same])
