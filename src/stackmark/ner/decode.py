"""From logits to entities that do not overlap: softmax, thresholds, greedy choice by score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stackmark.errors import UsageError

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Threshold = float | Mapping[str, float] | None


@dataclass(frozen=True)
class Candidates:
    """Spans that are some entity, in the order they were enumerated.

    rows:   int64 [n], which of the scored spans
    labels: int64 [n], the best label, never "O"
    scores: float32 [n], its probability
    """

    rows: Ints
    labels: Ints
    scores: Floats


def softmax(logits: Floats) -> Floats:
    """Give the probabilities of each row: float32, same shape."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)


def greedy(spans: Ints, scores: Floats) -> Ints:
    """Choose spans by falling score, none overlapping a chosen one: their row numbers, in reading order, int64 [k].

    spans:  int64 [n, 2], words, end exclusive
    scores: float [n]; of equal scores the earlier row goes first, as in the reference
    """
    taken = bytearray(int(spans[:, 1].max())) if len(spans) else bytearray()
    chosen = []
    pairs = spans.tolist()
    for row in np.argsort(-scores, kind="stable").tolist():
        start, end = pairs[row]
        if not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            chosen.append(row)
    return np.array(sorted(chosen, key=lambda row: pairs[row][0]), dtype=np.int64)


def floors(threshold: Threshold, id2label: Mapping[int, str]) -> Floats:
    """Give the least probability of each label: float32 [labels]. A number holds for all, a mapping for what it names.

    Raises UsageError for an unknown type or a number outside 0..1.
    """
    given = threshold if isinstance(threshold, Mapping) else dict.fromkeys(id2label.values(), threshold or 0.0)
    unknown = sorted(set(given) - set(id2label.values()))
    if unknown:
        raise UsageError(
            f"a threshold for {unknown[0]!r}, which the model does not know",
            f"its types: {', '.join(id2label.values())}",
        )
    if not all(0 <= value <= 1 for value in given.values()):
        raise UsageError(f"threshold {threshold} is no probability", "give a number from 0 to 1")
    return np.array([given.get(id2label[i], 0.0) for i in range(len(id2label))], dtype=np.float32)


def candidates(probabilities: Floats, outside_id: int, least: Floats) -> Candidates:
    """Keep the spans whose most probable label is an entity type and reaches its floor.

    probabilities: float32 [n, labels]; least: float32 [labels], see `floors`
    """
    labels = probabilities.argmax(axis=-1)
    scores = np.take_along_axis(probabilities, labels[:, None], axis=-1)[:, 0]
    rows = np.flatnonzero((labels != outside_id) & (scores >= least[labels]))
    return Candidates(rows, labels[rows], scores[rows])
