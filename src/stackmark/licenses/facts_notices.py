"""Detector of the licence that a source file states in words: a notice in its header, a text in a comment."""

from __future__ import annotations

import pyarrow as pa

from stackmark.facts import Detector
from stackmark.licenses import index
from stackmark.licenses.detect import in_text

SCHEMA = pa.schema(
    [
        ("notice_expression", pa.string()),  # SPDX; null where nothing is stated
        ("notice_keys", pa.list_(pa.string())),  # names of the known texts found; null where none is
        ("notice_files", pa.list_(pa.string())),  # files that it refers to ("see COPYING"); null without
    ]
)


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return what each text of a batch of `schema.INSPECTED` states of its licence, SPDX tags left out."""
    known = index.load()
    found = [in_text(text.as_py(), known) if text.is_valid else None for text in batch.column("text")]
    columns = [
        pa.array([one and one.expression for one in found], pa.string()),
        pa.array([([m.name for m in one.matches] or None) if one else None for one in found], pa.list_(pa.string())),
        pa.array([(list(one.pointers) or None) if one else None for one in found], pa.list_(pa.string())),
    ]
    return pa.record_batch(columns, schema=SCHEMA)


DETECTOR = Detector(
    name="license-notices",
    version=f"1 ({index.version()})",
    schema=SCHEMA,
    inspect=inspect,
    prepare=index.load,
)
