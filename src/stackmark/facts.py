"""What a detector is.

A detector says something about a content (its bytes alone) or about an entry (its bytes under one path).
Adding one is adding a file: every module `facts_*.py` in a capability room that defines `DETECTOR`, or several as
`DETECTORS`, is found and run, and its answers are cached by (content, detector, version). A module whose detectors
depend on what a recipe says gives them by `asked(features)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa


def nothing() -> None:
    """Prepare nothing."""


def always(path: bytes) -> bool:  # noqa: ARG001  (the signature is the contract)
    """Want every path."""
    return True


@dataclass(frozen=True)
class Detector:
    """One pure function over contents, with the version that its cached answers stand under.

    `inspect` gets a record batch with the columns of `schema.INSPECTED` (for `per="entry"` also `path`) and returns a
    batch of equally many rows, in the same order, with exactly the columns of `schema`. It must not raise for any
    bytes: what cannot be said is null.

    name:    letters, digits and hyphens; names its cache folder
    version: raise it whenever an answer can change
    schema:  the columns that it adds
    per:     "content" if the path does not matter, else "entry"
    wants:   for `per="entry"`: paths that are worth a look; the others get nulls without being read
    prepare: called once before workers start, e.g. to build a cache that they share
    bulk:    called before workers are forked, if there is so much to inspect that loading what is faster pays
    feature: what a recipe must ask for (`Recipe.features`); a detector without one always runs. Facts of a feature
             do not go to the rules with the others: the step that needs them reads them
    """

    name: str
    version: str
    schema: pa.Schema
    inspect: Callable[[pa.RecordBatch], pa.RecordBatch]
    per: Literal["content", "entry"] = "content"
    wants: Callable[[bytes], bool] = always
    prepare: Callable[[], object] = nothing
    bulk: Callable[[], object] = nothing
    feature: str = ""
