"""Detector of the licence that a licence file states, per entry: its name tells whether it is one."""

from __future__ import annotations

import pyarrow as pa

from stackmark.facts import Detector
from stackmark.licenses import index, reading
from stackmark.licenses.detect import detect

SCHEMA = pa.schema(
    [
        ("file_expression", pa.string()),  # SPDX; null for an empty file and for what is not a licence file
        ("file_coverage", pa.float64()),  # share of the words, 0 to 1, that known texts account for
        ("file_keys", pa.list_(pa.string())),  # names of the known texts found
    ]
)


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return what the licence files of a batch say; it has the columns of `schema.INSPECTED` and `path`."""
    rows: list[tuple[str | None, float | None, list[str] | None]] = []
    for path, data in zip(batch.column("path"), batch.column("data"), strict=True):
        rows.append(_one(path.as_py(), data))
    columns = [pa.array([row[place] for row in rows], field.type) for place, field in enumerate(SCHEMA)]
    return pa.record_batch(columns, schema=SCHEMA)


def _one(path: bytes, data: pa.Scalar) -> tuple[str | None, float | None, list[str] | None]:
    if not reading.is_license_file(path) or not data.is_valid:
        return None, None, None
    found = detect(data.as_py(), path)
    return found.expression, found.coverage, [one.name for one in found.matches]


DETECTOR = Detector(
    name="license-files",
    version=f"3 ({index.version()})",
    schema=SCHEMA,
    inspect=inspect,
    per="entry",
    wants=reading.is_license_file,
    prepare=index.load,
)
