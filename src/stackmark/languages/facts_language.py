"""The language of entries, and whether they were vendored or generated, for whole batches."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stackmark.facts import Detector
from stackmark.languages import columns, rules
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
    heads = pc.binary_slice(texts, 0, rules.HEAD)
    names = [base_name(path) for path in paths.to_pylist()]
    found = columns.struct(columns.languages(names, texts))
    answers = [
        *found.flatten(),
        rules.vendored_column(paths),
        pc.or_(rules.generated_column(paths, heads), _minified(paths, texts)),
        pa.array([extension(name) for name in names], pa.string()),
    ]
    return pa.RecordBatch.from_arrays(answers, schema=SCHEMA)


def _minified(paths: pa.Array, texts: pa.Array) -> pa.BooleanArray:
    """Tell which rows are minified; only scripts and style sheets are looked at."""
    eligible = pc.and_(pc.match_substring_regex(paths, rules.MINIFIABLE), pc.is_valid(texts))
    found = np.zeros(len(paths), dtype=bool)
    for row in np.flatnonzero(eligible):
        text = memoryview(texts[int(row)].as_buffer())
        found[row] = rules.is_minified(bytes(text[: rules.BODY]), bytes(text[-rules.TAIL :]))
    return pa.array(found)


DETECTOR = Detector("language", "2", SCHEMA, inspect, per="entry")
