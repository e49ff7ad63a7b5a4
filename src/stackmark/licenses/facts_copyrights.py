"""Detector of copyright statements, per content: what attribution passes on with a kept file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stackmark.facts import Detector
from stackmark.licenses import attribution
from stackmark.needles import rows_with

SCHEMA = pa.schema([("copyrights", pa.list_(pa.string()))])  # null without statements

#: Of longer contents not all is read, and which lines are is not known here.
_SHORT = 64 << 10


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the copyright statements of each text of a batch of `schema.INSPECTED`."""
    text = batch.column("text")
    found: list[list[str] | None] = [None] * len(text)
    for row in np.flatnonzero(rows_with(text, attribution.NEEDLES).any(axis=0)).tolist():
        content = text[row].as_py()
        spoken = _lines(content) if len(content) <= _SHORT else content
        found[row] = list(attribution.statements(spoken)) or None
    return pa.record_batch([pa.array(found, pa.list_(pa.string()))], schema=SCHEMA)


def _lines(content: bytes) -> bytes:
    """Return the lines that speak of copyright: no statement spans lines."""
    spans: set[tuple[int, int]] = set()
    for needle in attribution.NEEDLES:
        place = content.find(needle)
        while place >= 0:
            end = content.find(b"\n", place)
            end = len(content) if end < 0 else end
            spans.add((content.rfind(b"\n", 0, place) + 1, end))
            place = content.find(needle, end)
    return b"\n".join(content[start:end] for start, end in sorted(spans))


DETECTOR = Detector(name="copyrights", version="1", schema=SCHEMA, inspect=inspect)
