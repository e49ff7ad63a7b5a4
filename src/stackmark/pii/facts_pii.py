"""What the scan finds in a text under a path, one detector a sensitivity. Values are never kept, only their places."""

from __future__ import annotations

from functools import partial

import pyarrow as pa

from stackmark.facts import Detector
from stackmark.pii.ruleset import LEVELS, version

FINDING = pa.struct(
    [
        ("start", pa.int64()),  # bytes of the text as UTF-8
        ("end", pa.int64()),
        ("type", pa.string()),
        ("score", pa.float64()),
        ("rule", pa.string()),
        ("is_example", pa.bool_()),
    ]
)
NAMES = tuple(field.name for field in FINDING)
SCHEMA = pa.schema([("pii_spans", pa.list_(FINDING))])  # null unless the content is a text


def inspect(batch: pa.RecordBatch, sensitivity: str) -> pa.RecordBatch:
    """Give SCHEMA for each row of a batch of `schema.INSPECTED` with paths."""
    from stackmark.pii.scan import scan_batch  # rules and patterns are loaded only where something is scanned

    text = batch.column("text")
    found = scan_batch(pa.record_batch([text, batch.column("path")], names=["data", "path"]), sensitivity)
    rows = [
        [{name: getattr(span, name) for name in NAMES} for span in spans] if is_text else None
        for spans, is_text in zip(found, text.is_valid().to_pylist(), strict=True)
    ]
    return pa.RecordBatch.from_arrays([pa.array(rows, SCHEMA.field(0).type)], schema=SCHEMA)


DETECTORS = tuple(
    Detector(
        name=f"pii-{level}",
        version=f"6-{version()}",
        schema=SCHEMA,
        inspect=partial(inspect, sensitivity=level),
        per="entry",
        feature=f"pii-{level}",
    )
    for level in LEVELS
)
