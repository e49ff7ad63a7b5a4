"""One vector for each entity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stackmark.errors import UsageError
from stackmark.ner.passages import Passage
from stackmark.ner.scored import Scored

Ints = NDArray[np.int64]
Vectors = NDArray[np.floating[Any]]
DTYPES = {"float32": np.float32, "float16": np.float16}


@dataclass(frozen=True)
class Embeddings:
    """Which vectors are asked for.

    mean:    [width], the mean of the last layer's states of the pieces from the first word of the entity to its last
    markers: [2 * width], the last layer's states of the start marker and of the end marker, which the classifier reads
    """

    kind: Literal["mean", "markers"]
    dtype: str = "float32"


def read_embeddings(asked: bool | str, dtype: str) -> Embeddings | None:
    """Read the arguments of a call; True asks for "mean". Raises UsageError for another word."""
    if dtype not in DTYPES:
        raise UsageError(f"embedding_dtype={dtype!r} is unknown", f"it is one of {', '.join(DTYPES)}")
    if asked is False:
        return None
    if asked is True or asked == "mean":
        return Embeddings("mean", dtype)
    if asked == "markers":
        return Embeddings("markers", dtype)
    raise UsageError(f"return_embeddings={asked!r} is unknown", 'it is True, "mean" or "markers"')


def embed(asked: Embeddings, scored: Scored, passage: Passage, rows: Ints) -> Vectors:
    """Give the vectors of some scored spans of a passage: [k, width] or [k, 2 * width].

    rows: int64 [k], rows of `scored.logits`
    """
    kind = DTYPES[asked.dtype]
    if asked.kind == "markers" and scored.pairs is not None:
        return scored.pairs[rows].astype(kind)
    if scored.text is None:
        raise ValueError("the states of the text were not computed")
    places = passage.markers[scored.rows[rows]]
    vectors = [scored.text[first : max(first, last) + 1].mean(axis=0) for first, last in places.tolist()]
    return np.array(vectors, dtype=kind).reshape(len(rows), scored.text.shape[1])
