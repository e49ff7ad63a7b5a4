"""The language of entries, and whether they were vendored or generated, for whole batches."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stackmark.facts import Detector
from stackmark.languages import rules
from stackmark.languages.strategies import base_name, by_name_and_head, extension

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

    No more of a text is copied than its first 2 KiB, and for scripts and style sheets its first 32 KiB.
    """
    paths = batch.column("path")
    texts = batch.column("text")
    heads = pc.binary_slice(texts, 0, rules.HEAD)
    names = [base_name(path) for path in paths.to_pylist()]
    languages = [
        None if head is None else by_name_and_head(name, head)
        for name, head in zip(names, _shebang_heads(heads), strict=True)
    ]
    columns = [
        pa.array([found.name if found else None for found in languages], pa.string()),
        pa.array([found.strategy if found else None for found in languages], pa.string()),
        pa.array([found.confidence if found else None for found in languages], pa.float64()),
        rules.vendored_column(paths),
        pc.or_(rules.generated_column(paths, heads), _minified(paths, texts)),
        pa.array([extension(name) for name in names], pa.string()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _shebang_heads(heads: pa.Array) -> list[bytes | None]:
    """Return the heads that begin with a shebang, b"" for other texts, None for what is not text."""
    begins = pc.or_(pc.starts_with(heads, b"#!"), pc.starts_with(heads, b"\xef\xbb\xbf#!"))
    found: list[bytes | None] = pc.if_else(begins, heads, pa.scalar(b"", heads.type)).to_pylist()
    return found


def _minified(paths: pa.Array, texts: pa.Array) -> pa.BooleanArray:
    """Tell which rows are minified; only scripts and style sheets are looked at."""
    eligible = pc.and_(pc.match_substring_regex(paths, rules.MINIFIABLE), pc.is_valid(texts))
    found = np.zeros(len(paths), dtype=bool)
    for row in np.flatnonzero(eligible):
        text = memoryview(texts[int(row)].as_buffer())
        found[row] = rules.is_minified(bytes(text[: rules.BODY]), bytes(text[-rules.TAIL :]))
    return pa.array(found)


DETECTOR = Detector("language", "1", SCHEMA, inspect, per="entry")
