"""The candidate spans of a text: every run of words up to a length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Spans = NDArray[np.int64]


def enumerate_spans(n_words: int, max_len: int, first: int = 0, last: int | None = None) -> Spans:
    """Give all spans of 1 to `max_len` words that start at a word in [`first`, `last`): int64 [n, 2], end exclusive.

    They come by start word, then by length, as the reference enumerates them. `last` is `n_words` by default.
    """
    starts = np.arange(first, n_words if last is None else last, dtype=np.int64)
    if max_len < 1 or not len(starts):
        return np.empty((0, 2), dtype=np.int64)
    ends = starts[:, None] + np.arange(1, max_len + 1)
    kept = ends <= n_words
    return np.stack([np.broadcast_to(starts[:, None], ends.shape)[kept], ends[kept]], axis=1)
