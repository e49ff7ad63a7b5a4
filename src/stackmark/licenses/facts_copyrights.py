"""Detector of copyright statements, per content: what attribution passes on with a kept file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stackmark.facts import Detector
from stackmark.licenses import attribution

SCHEMA = pa.schema([("copyrights", pa.list_(pa.string()))])  # null without statements

_BLOCK = 1 << 18


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the copyright statements of each text of a batch of `schema.INSPECTED`."""
    text = batch.column("text")
    found: list[list[str] | None] = [None] * len(text)
    for row in _rows_with_needle(text):
        if text[row].is_valid:
            found[row] = list(attribution.statements(text[row].as_py())) or None
    return pa.record_batch([pa.array(found, pa.list_(pa.string()))], schema=SCHEMA)


def _rows_with_needle(text: pa.LargeBinaryArray) -> list[int]:
    """Return the rows that speak of copyright, in order: one search over the values of many rows at once.

    A search needs a copy, which is still in the processor's cache if it is small.
    """
    _, offsets, values = text.buffers()
    if values is None:
        return []
    bounds = np.frombuffer(offsets, np.int64)[text.offset : text.offset + len(text) + 1]
    rows: set[int] = set()
    first = 0
    while first < len(text):
        start = int(bounds[first])
        beyond = max(int(np.searchsorted(bounds, start + _BLOCK, "right")) - 1, first + 1)
        block = values[start : int(bounds[beyond])].to_pybytes()
        for needle in attribution.NEEDLES:
            place = block.find(needle)
            while place >= 0:
                row = int(np.searchsorted(bounds, start + place, "right")) - 1
                rows.add(row)
                place = block.find(needle, int(bounds[row + 1]) - start)
        first = beyond
    return sorted(rows)


DETECTOR = Detector(name="copyrights", version="1", schema=SCHEMA, inspect=inspect)
