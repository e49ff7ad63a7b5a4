"""Detector of copyright statements, per content: what attribution passes on with a kept file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stackmark.facts import Detector
from stackmark.licenses import attribution
from stackmark.needles import rows_with

SCHEMA = pa.schema([("copyrights", pa.list_(pa.string()))])  # null without statements

#: What `attribution.statements` reads of a longer content.
_HEAD, _TAIL = 64 << 10, 8 << 10


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the copyright statements of each text of a batch of `schema.INSPECTED`."""
    text = batch.column("text")
    found: list[list[str] | None] = [None] * len(text)
    for row in np.flatnonzero(rows_with(text, attribution.NEEDLES, ends=(_HEAD, _TAIL)).any(axis=0)).tolist():
        found[row] = list(attribution.statements(_lines(text[row].as_py()))) or None
    return pa.record_batch([pa.array(found, pa.list_(pa.string()))], schema=SCHEMA)


def _lines(content: bytes) -> bytes:
    """Return the lines that speak of copyright, of the part that is read: no statement spans lines."""
    if len(content) > _HEAD + _TAIL:
        content = content[:_HEAD] + b"\n" + content[-_TAIL:]
    spans: set[tuple[int, int]] = set()
    for needle in attribution.NEEDLES:
        place = content.find(needle)
        while place >= 0:
            end = content.find(b"\n", place)
            end = len(content) if end < 0 else end
            spans.add((content.rfind(b"\n", 0, place) + 1, end))
            place = content.find(needle, end)
    return b"\n".join(content[start:end] for start, end in sorted(spans))


DETECTOR = Detector(name="copyrights", version="2", schema=SCHEMA, inspect=inspect)
