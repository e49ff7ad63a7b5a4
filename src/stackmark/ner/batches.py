"""Passages laid out as the reference lays them out, for the module of `network`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stackmark.ner.tokenizer import WordTokenizer

Ints = NDArray[np.int64]

#: SpanMarker numbers positions from here.
FIRST_POSITION = 2
#: The label of no pair.
IGNORED = -100


@dataclass(frozen=True)
class Example:
    """One row of a batch: ids int64 [pieces], places of its markers int64 [n, 2], and their labels int64 [n]."""

    ids: Ints
    markers: Ints
    labels: Ints


def collate(rows: Sequence[Example], tokenizer: WordTokenizer) -> dict[str, Tensor]:
    """Lay out examples as `Network.forward` takes them, padded to the longest."""
    begins = [len(row.ids) + len(row.ids) % 2 for row in rows]
    length = max(begin + 2 * len(row.labels) for begin, row in zip(begins, rows, strict=True))
    most = max(len(row.labels) for row in rows)
    ids = np.full((len(rows), length), tokenizer.pad, dtype=np.int64)
    positions = np.ones((len(rows), length), dtype=np.int64)
    mask = np.zeros((len(rows), length, length), dtype=bool)
    pairs = np.zeros((len(rows), most, 2), dtype=np.int64)
    labels = np.full((len(rows), most), IGNORED, dtype=np.int64)
    for number, (begin, row) in enumerate(zip(begins, rows, strict=True)):
        n, text = len(row.labels), len(row.ids)
        starts = np.arange(begin, begin + n)
        ends = starts + n
        ids[number, :text], ids[number, starts], ids[number, ends] = row.ids, tokenizer.start, tokenizer.end
        positions[number, :text] = np.arange(text) + FIRST_POSITION
        positions[number, begin : begin + 2 * n] = row.markers.T.reshape(-1) + FIRST_POSITION
        mask[number, :text, :text] = True
        mask[number, begin : begin + 2 * n, :text] = True
        for one in (starts, ends):
            mask[number, one, starts] = mask[number, one, ends] = True
        pairs[number, :n, 0], pairs[number, :n, 1] = starts, ends
        labels[number, :n] = row.labels
    arrays = {"input_ids": ids, "attention_mask": mask, "position_ids": positions, "pairs": pairs, "labels": labels}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}
