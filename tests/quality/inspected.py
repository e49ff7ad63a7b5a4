"""Batches as detectors get them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from stackmark import schema
from stackmark.facts import Detector
from stackmark.text import decode_batch


def batch_of(contents: Sequence[bytes | None]) -> pa.RecordBatch:
    """Decode contents to a batch of schema.INSPECTED."""
    data = pa.array(contents, pa.large_binary())
    text, encoding, _ = decode_batch(data)
    ids = pa.array([None] * len(data), schema.ID)
    return pa.RecordBatch.from_arrays([ids, data, text, encoding], schema=schema.INSPECTED)


def facts_of(detector: Detector, *contents: bytes | None) -> list[dict[str, Any]]:
    """Give what a detector says of contents, as one dictionary each."""
    answer = detector.inspect(batch_of(contents))
    assert answer.schema == detector.schema
    rows: list[dict[str, Any]] = answer.to_pylist()
    return rows
