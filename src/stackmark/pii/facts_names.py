"""The names of persons in a text under a path, one detector a model. Names are never kept, only their places."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, partial

import pyarrow as pa

from stackmark.facts import Detector
from stackmark.pii.facts_pii import FINDING, NAMES

#: What a recipe asks for: this, and "default" or the folder of a model.
FEATURE = "names:"
SCHEMA = pa.schema(
    [
        ("pii_spans", pa.list_(FINDING)),  # null unless the content is a text
        ("names_read", pa.int64()),  # bytes of the text that the model was given
        ("names_seen", pa.int64()),  # bytes of the text
    ]
)
DETECTORS: tuple[Detector, ...] = ()


def asked(features: Collection[str]) -> list[Detector]:
    """Return the detectors of the models that some features name."""
    from stackmark.pii.names import version

    folders = sorted(feature.removeprefix(FEATURE) for feature in features if feature.startswith(FEATURE))
    return [
        Detector(
            name="pii-names",
            version=f"2-{version(model(folder))}",
            schema=SCHEMA,
            inspect=partial(inspect, folder=folder),
            per="entry",
            prepare=partial(prepare, folder),
            feature=f"{FEATURE}{folder}",
        )
        for folder in folders
    ]


def model(folder: str) -> str | None:
    """Return the folder of a model, None for the one of the package."""
    return None if folder == "default" else folder


def inspect(batch: pa.RecordBatch, folder: str) -> pa.RecordBatch:
    """Give SCHEMA for each row of a batch of `schema.INSPECTED` with paths."""
    from stackmark.pii.names import find

    _one_thread()
    texts = batch.column("text").to_pylist()
    found = find(texts, batch.column("path").to_pylist(), None, model(folder))
    columns = [
        [
            [{name: getattr(span, name) for name in NAMES} for span in spans] if text is not None else None
            for spans, text in zip(found.spans, texts, strict=True)
        ],
        found.given,
        [len(text or b"") for text in texts],
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def prepare(folder: str) -> None:
    """Load the model and compile the lexer once, before workers start: what is missing is told at the beginning."""
    from stackmark.pii.names import scan_names

    scan_names([b"# by Nobody Inparticular"], ["a.py"], None, model(folder))


@cache
def _one_thread() -> None:
    """Let a worker compute on its own processor: the workers are as many as there are."""
    import torch

    torch.set_num_threads(1)
