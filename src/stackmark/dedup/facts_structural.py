"""The sketch of a file's structure: as that of its text, of tokens without names and values; null for what has none."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pyarrow as pa

from stackmark.facts import Detector

SCHEMA = pa.schema([("sketch", pa.binary())])

#: Bytes; longer files are data in the clothes of code, and their tokens would take forty times as much memory.
MAX_READ = 4 * 1024 * 1024


@cache
def readers() -> dict[str, str]:
    """Return, by the end of a name, the language that stands for those that are lexed alike."""
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {suffix: language for language, suffixes in rows.items() for suffix in suffixes.split()}


def reader(path: bytes) -> str | None:
    """Return as which language a file is lexed; None for one whose structure is not looked at."""
    stem, dot, suffix = path.rpartition(b"/")[2].rpartition(b".")
    return readers().get(suffix.lower().decode("latin-1")) if stem and dot else None


def wants(path: bytes) -> bool:
    """Say whether a path is that of code."""
    return reader(path) is not None


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give SCHEMA for each row of a batch of `schema.INSPECTED` with `path`; only texts have sketches."""
    import numpy as np

    from stackmark.dedup.bands import narrow
    from stackmark.dedup.sketches import sketch_sets
    from stackmark.dedup.structural import shingle, tokens

    texts, found = batch.column("text"), []
    lengths = pa.compute.binary_length(texts).fill_null(0).to_pylist()
    for row, (path, length) in enumerate(zip(batch.column("path").to_pylist(), lengths, strict=True)):
        language = reader(path) if 0 < length <= MAX_READ else None
        values = shingle(tokens(texts[row].as_py(), language)) if language else np.empty(0, np.uint64)
        one = narrow(sketch_sets(values, np.array([0, len(values)])))
        found.append(one.tobytes() if len(values) else None)
    return pa.RecordBatch.from_arrays([pa.array(found, pa.binary())], schema=SCHEMA)


def prepare() -> None:
    """Compile the kernels once, before workers start, which then load them."""
    from stackmark.dedup.sketches import sketch_sets
    from stackmark.dedup.structural import structural_sets

    sketch_sets(*structural_sets([b"a = b(1); " * 20], ["C"]))


DETECTOR = Detector("structural", "1", SCHEMA, inspect, per="entry", wants=wants, prepare=prepare, feature="structural")
