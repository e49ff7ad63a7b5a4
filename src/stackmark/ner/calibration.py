"""Sets right how readily a model says "no entity" after it was trained on a sample of the spans.

A model that has seen too few spans that are no entity takes too many for one. As in logistic regression on sampled
cases (King and Zeng, 2001, "Logistic regression in rare events data") only the constant of one class is off, so it is
enough to choose that constant on text that the model was not trained on, by the likelihood of all of its spans.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from stackmark.ner.data import Sentence
from stackmark.ner.model import SpanMarkerModel

#: Sentences that are too few, those that are enough, and the part of the data that they may be.
LEAST, MOST, PART = 50, 500, 0.05
OFFSETS = np.arange(-1, 5.01, 0.25)


def set_aside(sentences: Sequence[Sentence]) -> tuple[list[Sentence], list[Sentence]]:
    """Divide sentences into those to train on and, evenly spread, those to calibrate on."""
    number = min(MOST, int(PART * len(sentences)))
    if number < LEAST:
        return list(sentences), []
    chosen = {(2 * turn + 1) * len(sentences) // (2 * number) for turn in range(number)}
    kept = [one for place, one in enumerate(sentences) if place not in chosen]
    return kept, [one for place, one in enumerate(sentences) if place in chosen]


def calibrate(model: SpanMarkerModel, sentences: Sequence[Sentence]) -> float:
    """Add to the model's constant of "O" what makes the labels of all spans likeliest, and give it."""
    known, outside = model.config.label2id, model.config.outside_id
    logits, labels = [], []
    for sentence, (spans, scores) in zip(sentences, model.logits([one.words for one in sentences]), strict=True):
        entities = {(first, last): known[label] for first, last, label in sentence.entities}
        labels += [entities.get((first, last), outside) for first, last in spans.tolist()]
        logits.append(scores.astype(np.float64))
    if not labels:
        return 0.0
    losses = [_loss(np.concatenate(logits), np.array(labels), outside, offset) for offset in OFFSETS]
    best = float(OFFSETS[int(np.argmin(losses))])
    with torch.no_grad():
        model.classifier.bias[outside] += best
    return best


def _loss(logits: NDArray[np.float64], labels: NDArray[np.int64], outside: int, offset: float) -> float:
    """Give the mean cross-entropy once an offset is added to one class."""
    shifted = logits.copy()
    shifted[:, outside] += offset
    highest = shifted.max(axis=1)
    totals = highest + np.log(np.exp(shifted - highest[:, None]).sum(axis=1))
    return float((totals - shifted[np.arange(len(labels)), labels]).mean())
