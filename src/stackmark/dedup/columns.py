"""Columns of contents as one run of bytes with offsets, whatever they came as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stackmark.errors import UsageError
from stackmark.store import large_binary

Contents: TypeAlias = Sequence[bytes] | pa.Array | pa.ChunkedArray


def as_binary(contents: Contents) -> pa.LargeBinaryArray:
    """Return contents as one Arrow array, without copying one that has 64-bit offsets; null counts as empty.

    Takes a sequence of bytes, or an Arrow column of binary or string of any width. Raises UsageError for another.
    """
    if isinstance(contents, pa.ChunkedArray):
        contents = contents.cast(pa.large_binary()) if is_text(contents.type) else contents
        contents = contents.combine_chunks()
        contents = pa.concat_arrays(contents.chunks) if isinstance(contents, pa.ChunkedArray) else contents
    if not isinstance(contents, pa.Array):
        return large_binary(contents)
    if not is_text(contents.type):
        raise UsageError(f"contents are bytes or text, not {contents.type}", "name the column that has the texts")
    return contents.cast(pa.large_binary())


def is_text(kind: pa.DataType) -> bool:
    """Say whether a column of this type holds bytes or text."""
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    return any(test(kind) for test in (*tests, pa.types.is_string, pa.types.is_large_string))


def runs(array: pa.LargeBinaryArray) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the bytes of an array and where each content begins and ends in them (one more item)."""
    _, offsets, values = array.buffers()
    if offsets is None or not len(array):
        return np.empty(0, np.uint8), np.zeros(len(array) + 1, np.int64)
    places = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(values if values is not None else b"", np.uint8), places
