"""Detector of `SPDX-License-Identifier` tags, per content."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stackmark.facts import Detector
from stackmark.licenses import corpus, tags
from stackmark.needles import rows_with

SCHEMA = pa.schema(
    [
        ("license_tags", pa.string()),  # SPDX expression; null without tags
        ("license_tags_raw", pa.list_(pa.string())),  # as written; null without tags
    ]
)


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the tags of each text of a batch of `schema.INSPECTED`."""
    text = batch.column("text")
    found: list[tags.Tags | None] = [None] * len(text)
    for row in np.flatnonzero(rows_with(text, [tags.NEEDLE])[0]).tolist():
        found[row] = tags.find(text[row].as_py())
    columns = [
        pa.array([one.expression if one else None for one in found], pa.string()),
        pa.array([list(one.raw) if one and one.raw else None for one in found], pa.list_(pa.string())),
    ]
    return pa.record_batch(columns, schema=SCHEMA)


DETECTOR = Detector(
    name="license-tags",
    version=f"1 ({corpus.version()})",
    schema=SCHEMA,
    inspect=inspect,
)
