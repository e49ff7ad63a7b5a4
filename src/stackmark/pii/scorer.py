"""The learned scorer: how likely an assigned value is a credential; a few trees in JSON, walked by numpy.

Trees, thresholds and the figures on repositories that were kept out: `benchmarks/pii_train.py`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stackmark.pii.features import FEATURES, Floats

#: One tree: the feature and threshold of each inner node, its two children (-1 in a leaf), and the value of each leaf.
Tree = tuple[list[int], list[float], list[int], list[int], list[float]]
#: What a step of a leaf is worth: leaves are whole numbers of it, so that their sum does not depend on any order.
STEP = 1e-4


@dataclass(frozen=True)
class Forest:
    """Trees filled up to one depth: row by row the inner nodes level by level, and the leaves from left to right."""

    base: float
    depth: int
    features: npt.NDArray[np.int64]
    thresholds: Floats
    leaves: npt.NDArray[np.int64]

    def evaluate(self, numbers: Floats) -> Floats:
        """Return the log-odds of each row of features."""
        count, inner = self.features.shape
        trees = np.arange(count) * inner
        rows = np.arange(len(numbers))[:, None] * numbers.shape[1]
        at = np.zeros((len(numbers), count), np.int64)
        for _ in range(self.depth):
            node = at + trees
            value = numbers.take(rows + self.features.take(node))
            at = 2 * at + 1 + (value > self.thresholds.take(node))
        total = self.leaves.take(at - inner + np.arange(count) * (inner + 1)).sum(1)
        odds: Floats = self.base + total * STEP
        return odds


def forest(base: float, trees: Sequence[Tree]) -> Forest:
    """Return trees in the form that is walked fast; a leaf above the lowest level is put below itself."""
    depth = max(_depth(tree) for tree in trees)
    inner = 2**depth - 1
    features = np.zeros((len(trees), inner), np.int64)
    thresholds = np.full((len(trees), inner), np.inf)
    leaves = np.zeros((len(trees), inner + 1), np.int64)
    for row, tree in enumerate(trees):
        level = [0]
        for place in range(inner):
            node = level[place]
            is_leaf = tree[2][node] < 0
            if not is_leaf:
                features[row, place], thresholds[row, place] = tree[0][node], tree[1][node]
            level += [node, node] if is_leaf else [tree[2][node], tree[3][node]]
        leaves[row] = [round(tree[4][node] / STEP) for node in level[inner:]]
    return Forest(base, depth, features, thresholds, leaves)


def _depth(tree: Tree, at: int = 0) -> int:
    left, right = tree[2][at], tree[3][at]
    return 0 if left < 0 else 1 + max(_depth(tree, left), _depth(tree, right))


@cache
def _model() -> Forest:
    model = json.loads(Path(__file__).with_name("scorer.json").read_text())
    if tuple(model["features"]) != FEATURES:
        raise ValueError("scorer.json was trained for other features; run benchmarks/pii_train.py")
    return forest(model["base"], model["trees"])


def probabilities(numbers: Floats) -> list[float]:
    """Return the probability, to four places, that each row of features is of a credential that is given away."""
    if not len(numbers):
        return []
    chances: list[float] = np.round(1 / (1 + np.exp(-_model().evaluate(numbers))), 4).tolist()
    return chances
