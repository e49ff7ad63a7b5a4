"""Detector of `SPDX-License-Identifier` tags, per content."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stackmark.facts import Detector
from stackmark.licenses import corpus, tags

SCHEMA = pa.schema(
    [
        ("license_tags", pa.string()),  # SPDX expression; null without tags
        ("license_tags_raw", pa.list_(pa.string())),  # as written; null without tags
    ]
)

_BLOCK = 1 << 18


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the tags of each text of a batch of `schema.INSPECTED`."""
    text = batch.column("text")
    found: list[tags.Tags | None] = [None] * len(text)
    for row in _rows_with_needle(text):
        if text[row].is_valid:
            found[row] = tags.find(text[row].as_py())
    columns = [
        pa.array([one.expression if one else None for one in found], pa.string()),
        pa.array([list(one.raw) if one and one.raw else None for one in found], pa.list_(pa.string())),
    ]
    return pa.record_batch(columns, schema=SCHEMA)


def _rows_with_needle(text: pa.LargeBinaryArray) -> list[int]:
    """Return the rows that mention a tag: one search over the values of many rows at once.

    A search needs a copy, which is still in the processor's cache if it is small.
    """
    _, offsets, values = text.buffers()
    if values is None:
        return []
    bounds = np.frombuffer(offsets, np.int64)[text.offset : text.offset + len(text) + 1]
    rows: list[int] = []
    first = 0
    while first < len(text):
        start = int(bounds[first])
        beyond = max(int(np.searchsorted(bounds, start + _BLOCK, "right")) - 1, first + 1)
        block = values[start : int(bounds[beyond])].to_pybytes()
        place = block.find(tags.NEEDLE)
        while place >= 0:
            rows.append(int(np.searchsorted(bounds, start + place, "right")) - 1)
            place = block.find(tags.NEEDLE, int(bounds[rows[-1] + 1]) - start)
        first = beyond
    return rows


DETECTOR = Detector(
    name="license-tags",
    version=f"1 ({corpus.version()})",
    schema=SCHEMA,
    inspect=inspect,
)
