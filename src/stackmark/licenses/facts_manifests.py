"""Detector of what a file declares for others, per entry: manifests, REUSE, DEP-5, readmes, parts of licence files."""

from __future__ import annotations

import pyarrow as pa

from stackmark.facts import Detector
from stackmark.licenses import declarations, index, reading

SCHEMA = pa.schema([("license_declarations", pa.string())])  # see `declarations.dump`; null where nothing is declared


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the declarations of a batch; it has the columns of `schema.INSPECTED` and `path`."""
    rows = [_one(path.as_py(), data) for path, data in zip(batch.column("path"), batch.column("data"), strict=True)]
    return pa.record_batch([pa.array(rows, pa.string())], schema=SCHEMA)


def _one(path: bytes, data: pa.Scalar) -> str | None:
    if not data.is_valid or not reading.is_declaring(path):
        return None
    return declarations.dump(reading.read(path, data.as_py()))


DETECTOR = Detector(
    name="license-declarations",
    version=f"2 ({index.version()})",
    schema=SCHEMA,
    inspect=inspect,
    per="entry",
    wants=reading.is_declaring,
    prepare=index.load,
)
