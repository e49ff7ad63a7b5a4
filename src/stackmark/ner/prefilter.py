"""A cheap judge of spans, so that hopeless ones never become markers.

Nine tenths of the rows that the encoder computes are markers of spans that are no entity. The states of the text, which
are there anyway, mostly show that already. The filter sees the states of the first and the last piece of a span, the
mean of all its pieces, and its length, through one small hidden layer; all but the last step is done once a piece, not
once a span. It is fitted by `fitting` to the model's own answers and lies in a file of its own beside the checkpoint.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from stackmark.errors import SourceError, UsageError
from stackmark.ner.passages import Passage
from stackmark.ner.scored import Choice

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

FILE = "prefilter.safetensors"
#: How sure the filter has to be that it keeps the share that was asked for, and the same in standard deviations.
CONFIDENCE, DEVIATIONS = 0.9, 1.2816
#: From so many expected losses on, the normal distribution is close enough.
MANY = 100


@dataclass(frozen=True)
class Prefilter:
    """The filter of one model.

    pieces:  float32 [width, 3 * hidden], for the first piece, the last piece, and the mean of a span
    lengths: float32 [longest, hidden], by pieces; the last row is for all that are longer
    final:   float32 [hidden]
    lowest:  float32 [k], rising: the lowest scores that entities of the calibration part got
    report:  what `SpanMarkerModel.fit_prefilter` gives
    """

    pieces: Floats
    lengths: Floats
    final: Floats
    lowest: Floats
    report: Mapping[str, Any]

    def scores(self, states: Floats, markers: Ints) -> Floats:
        """Score spans: float32 [n], the higher the likelier an entity.

        states: float32 [pieces, width], of the text's last layer; markers: int64 [n, 2], first and last piece
        """
        first, last, inner = np.split(states @ self.pieces, 3, axis=1)
        begin, end = markers[:, 0], np.maximum(markers[:, 0], markers[:, 1])
        sums = np.concatenate([np.zeros_like(inner[:1]), inner.cumsum(axis=0)])
        size = end + 1 - begin
        mean = (sums[end + 1] - sums[begin]) / size[:, None]
        length = self.lengths[np.minimum(size, len(self.lengths)) - 1]
        hidden = np.maximum(first[begin] + last[end] + mean + length, 0)
        return np.asarray(hidden @ self.final, dtype=np.float32)

    def least(self, recall: float) -> float:
        """Give the score below which a span is left out, so that a share `recall` of the entities is kept.

        It is chosen so that the share holds with 90 % confidence for texts like those of the calibration (a tolerance
        limit, Wilks 1941). With too few entities for that, it is the lowest score that any of them got.
        """
        if not 0 < recall < 1:
            raise UsageError(f"a recall of {recall} is impossible", "give a number between 0 and 1, e.g. 0.995")
        lost = tolerable(int(self.report["entities"]), recall)
        return float(self.lowest[min(lost, len(self.lowest) - 1)]) if len(self.lowest) else -math.inf

    def choice(self, recall: float) -> Choice:
        """Give the function that leaves spans out."""
        least = self.least(recall)

        def choose(passage: Passage, states: Floats) -> Ints:
            return np.flatnonzero(self.scores(states, passage.markers) >= least)

        return choose

    def save(self, folder: Path) -> None:
        """Write the filter beside a checkpoint."""
        arrays = {"pieces": self.pieces, "lengths": self.lengths, "final": self.final, "lowest": self.lowest}
        save_file(arrays, folder / FILE, metadata={"report": json.dumps(dict(self.report), sort_keys=True)})


def load_prefilter(folder: Path) -> Prefilter | None:
    """Read the filter beside a checkpoint, if there is one; raises SourceError if it is damaged."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: np.asarray(file.get_tensor(name), dtype=np.float32) for name in FIELDS}
            report = json.loads((file.metadata() or {}).get("report", ""))
        found = Prefilter(**arrays, report=report)
        found.least(float(report["recall"]))
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"cannot read {path}: {error}", "fit the filter again, or delete the file") from error
    if (
        found.pieces.ndim != 2
        or found.pieces.shape[1] != 3 * len(found.final)
        or found.lengths.shape[1:] != found.final.shape
    ):
        raise SourceError(f"cannot read {path}: shapes do not go together", "fit the filter again, or delete the file")
    return found


FIELDS = ("pieces", "lengths", "final", "lowest")


def tolerable(entities: int, recall: float) -> int:
    """Give how many of `entities` may be lost in the calibration for the recall to hold with confidence; 0 at least."""
    expected = entities * (1 - recall)
    if expected > MANY:
        return int(expected - DEVIATIONS * math.sqrt(expected * recall))
    chance, total = recall**entities, 0.0
    for lost in range(entities):
        total += chance
        if total > 1 - CONFIDENCE:
            return max(0, lost - 1)
        chance *= (entities - lost) / (lost + 1) * (1 - recall) / recall
    return 0
