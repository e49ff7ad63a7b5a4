"""What an encoder says of a passage; the same for every way of computing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from stackmark.ner.passages import Passage

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

#: What an encoder computes in; int8 where the matrix products do.
Precision = Literal["float32", "bfloat16", "float16", "int8"]
#: From a passage and its text states, the rows of `passage.spans` that are worth a look.
Choice = Callable[[Passage, Floats], Ints]


@dataclass(frozen=True)
class Scored:
    """The scores of one passage.

    passage: its number among those asked for
    rows:    int64 [k], the rows of `passage.spans` that were scored, rising
    logits:  float32 [k, labels]
    text:    float32 [pieces, width], last layer; None unless asked for
    pairs:   float32 [k, 2 * width], last layer of start and end marker; None unless asked for
    """

    passage: int
    rows: Ints
    logits: Floats
    text: Floats | None = None
    pairs: Floats | None = None


class Scorer(Protocol):
    """A way of computing scores."""

    def score(
        self, passages: Sequence[Passage], choose: Choice | None = None, text: bool = False, pairs: bool = False
    ) -> Iterator[Scored]:
        """Score passages, in any order; `choose` leaves spans out, `text` and `pairs` ask for states."""
        ...
