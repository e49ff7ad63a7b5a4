"""Arrow columns of bytes as numpy arrays, cut into runs of whole rows that fit the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

#: A chunk and its masks stay near the core; with smaller chunks, the calls cost more than the work.
CHUNK_BYTES = 1 << 19


class Chunk(NamedTuple):
    """Consecutive rows: their bytes, and where each begins and ends in them (`offsets` has one more item)."""

    first: int
    chars: Bytes
    offsets: Ints


def chunks(column: pa.LargeBinaryArray) -> Iterator[Chunk]:
    """Cut a column, without copying, into chunks of whole rows; a longer row is a chunk of its own.

    Null rows have the bytes that Arrow keeps for them, as a rule none: the caller masks them at the end.
    """
    if not len(column):
        return
    _, offsets_buffer, values = column.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64)[column.offset : column.offset + len(column) + 1]
    chars = np.frombuffer(values if values is not None else b"", np.uint8)
    first = 0
    while first < len(column):
        last = int(np.searchsorted(offsets, offsets[first] + CHUNK_BYTES, side="right")) - 1
        last = min(max(last, first + 1), len(column))
        yield Chunk(first, chars[offsets[first] : offsets[last]], offsets[first : last + 1] - offsets[first])
        first = last


def count_rows(mask: Mask, offsets: Ints) -> list[int]:
    """Count the true bytes of each row."""
    return [int(np.count_nonzero(mask[begin:end])) for begin, end in pairwise(offsets.tolist())]
