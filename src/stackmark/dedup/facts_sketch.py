"""The sketch of a content: 256 bytes from which near-duplicates are found at any threshold, null for no shingles."""

from __future__ import annotations

import pyarrow as pa

from stackmark.facts import Detector

SCHEMA = pa.schema([("sketch", pa.binary())])


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give SCHEMA for each row of a batch of `schema.INSPECTED`; only texts have sketches."""
    from stackmark.dedup.bands import narrow
    from stackmark.dedup.sketches import BINS, sketch_sizes

    sketches, sizes = sketch_sizes(batch.column("text"), threads=1)
    values = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(BINS), len(batch), [None, pa.py_buffer(narrow(sketches).tobytes())]
    )
    column = pa.array(sizes > 0)
    return pa.RecordBatch.from_arrays(
        [pa.compute.if_else(column, values.cast(pa.binary()), pa.scalar(None, pa.binary()))], schema=SCHEMA
    )


def prepare() -> None:
    """Compile the kernel once, before workers start, which then load it."""
    from stackmark.dedup.sketches import sketch

    sketch([b"a b c d e"], threads=1)


DETECTOR = Detector("sketch", "1", SCHEMA, inspect, prepare=prepare, feature="near")
