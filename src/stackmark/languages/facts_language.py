"""The language of entries, and whether they were vendored or generated, for whole batches."""

from __future__ import annotations

import pyarrow as pa

from stackmark.facts import Detector
from stackmark.languages import columns, path_columns
from stackmark.languages.strategies import base_name, extension

#: `extension` is in lower case and without the dot, "" where there is none. `language` is null for what is
#: not text.
SCHEMA = pa.schema(
    [
        ("language", pa.string()),
        ("language_strategy", pa.string()),
        ("language_confidence", pa.float64()),
        ("is_vendor", pa.bool_()),
        ("is_generated", pa.bool_()),
        ("extension", pa.string()),
    ]
)


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Map a batch with `path` and `text` (schema.INSPECTED) to a batch of SCHEMA, row by row.

    No more of a text is copied than its first 32 KiB.
    """
    paths = batch.column("path")
    texts = batch.column("text")
    names = [base_name(path) for path in paths.to_pylist()]
    found = columns.struct(columns.languages(names, texts))
    answers = [
        *found.flatten(),
        path_columns.vendored(paths),
        path_columns.generated(paths, texts),
        pa.array([extension(name) for name in names], pa.string()),
    ]
    return pa.RecordBatch.from_arrays(answers, schema=SCHEMA)


DETECTOR = Detector("language", "3", SCHEMA, inspect, per="entry")
