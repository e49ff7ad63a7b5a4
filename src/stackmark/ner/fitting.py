"""Fits the span filter of `prefilter` to a model's own answers on unlabelled text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from stackmark.errors import UsageError
from stackmark.ner.decode import candidates, greedy, softmax
from stackmark.ner.inputs import Text
from stackmark.ner.passages import Passage, cut
from stackmark.ner.predict import Engine
from stackmark.ner.prefilter import Prefilter
from stackmark.ner.repeatable import repeatable
from stackmark.ner.scored import Scored

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

#: Pieces of text that are kept at most; of more texts the first are taken. It bounds the memory to some 150 MB.
PIECES = 100_000
#: Every so many texts, one goes to the calibration part.
CALIBRATION = 3
HIDDEN, LENGTHS = 64, 16
EPOCHS, RATE, DECAY, DROPOUT = 24, 2e-3, 1e-2, 0.1
#: Pieces in one step of the fit.
STEP = 2048


@dataclass(frozen=True)
class Lesson:
    """A passage, what the model makes of it, and which of its spans are entities in the end.

    states:   float16 [pieces, width]
    markers:  int64 [n, 2]
    chances:  float32 [n], the probability of anything but "O"
    entities: int64 [k], rows
    """

    states: NDArray[np.float16]
    markers: Ints
    chances: Floats
    entities: Ints


@repeatable()
def fit(engine: Engine, texts: Iterable[Text], recall: float, batch_size: int = 32) -> Prefilter:
    """Fit a filter on two thirds of the texts and calibrate it on the rest; see `SpanMarkerModel.fit_prefilter`."""
    parts: tuple[list[Lesson], list[Lesson]] = ([], [])
    pieces = 0
    number = -1
    for number, lessons in enumerate(learn(engine, texts, batch_size)):
        parts[number % CALIBRATION == CALIBRATION - 1].extend(lessons)
        pieces += sum(len(lesson.states) for lesson in lessons)
        if pieces >= PIECES:
            break
    train, held = parts
    if not any(len(lesson.entities) for lesson in train) or not any(len(lesson.entities) for lesson in held):
        raise UsageError(
            "the model finds too few entities in these texts to fit a filter",
            "give more texts of the kind it is meant for",
        )
    found = optimise(train)
    scores = [found.scores(lesson.states.astype(np.float32), lesson.markers) for lesson in held]
    lowest = np.sort(np.concatenate([each[lesson.entities] for each, lesson in zip(scores, held, strict=True)]))
    report: dict[str, Any] = {"recall": recall, "entities": len(lowest)}
    calibrated = Prefilter(found.pieces, found.lengths, found.final, lowest[: max(1, len(lowest) // 5)], report)
    least = calibrated.least(recall)
    report["texts"] = number + 1
    report["spans"] = sum(len(each) for each in scores)
    report["kept"] = round(sum(int((each >= least).sum()) for each in scores) / report["spans"], 6)
    report["lost"] = int((lowest < least).sum())
    return calibrated


def learn(engine: Engine, texts: Iterable[Text], batch_size: int) -> Iterator[list[Lesson]]:
    """Let the model judge texts: for each the lessons of its passages."""
    source = iter(texts)
    while block := list(islice(source, batch_size)):
        longest = engine.config.entity_max_length
        cuts = [list(cut(text, engine.tokenizer, longest)) for text in engine.tokenizer.encode(block)]
        passages = [passage for each in cuts for passage in each]
        found: dict[int, Lesson] = {}
        for scored in engine.scorer.score(passages, text=True):
            found[scored.passage] = lesson(scored, passages[scored.passage], engine)
        numbers = iter(range(len(passages)))
        yield from ([found[number] for number in islice(numbers, len(each))] for each in cuts)


def lesson(scored: Scored, passage: Passage, engine: Engine) -> Lesson:
    """Keep of a passage what the fit needs. In a window, the entities are those that win in it."""
    probabilities = softmax(scored.logits)
    outside = engine.config.outside_id
    kept = candidates(probabilities, outside, np.zeros(probabilities.shape[1], dtype=np.float32))
    entities = kept.rows[greedy(passage.spans[kept.rows], kept.scores)]
    states = np.empty((0, 0)) if scored.text is None else scored.text
    return Lesson(states.astype(np.float16), passage.markers, 1 - probabilities[:, outside], entities)


class Judge(nn.Module):
    """The filter while it is fitted, on states brought to mean 0 and deviation 1."""

    def __init__(self, width: int) -> None:
        """Start from small random weights."""
        super().__init__()
        self.pieces = nn.Linear(width, 3 * HIDDEN, bias=False)
        self.lengths = nn.Parameter(torch.zeros(LENGTHS, HIDDEN))
        self.final = nn.Linear(HIDDEN, 1)

    def forward(self, states: Tensor, markers: Tensor) -> Tensor:
        """Score spans, as `Prefilter.scores` does: [n]."""
        first, last, inner = self.pieces(states).chunk(3, dim=1)
        begin, end = markers[:, 0], torch.maximum(markers[:, 0], markers[:, 1])
        sums = functional.pad(inner.cumsum(0), (0, 0, 1, 0))
        size = end + 1 - begin
        mean = (sums[end + 1] - sums[begin]) / size[:, None]
        hidden = functional.relu(first[begin] + last[end] + mean + self.lengths[size.clamp(max=LENGTHS) - 1])
        scores: Tensor = self.final(functional.dropout(hidden, DROPOUT, self.training))[:, 0]
        return scores


def optimise(lessons: Sequence[Lesson]) -> Prefilter:
    """Fit the filter by cross-entropy against the model's probabilities; the same lessons give the same filter."""
    everything = np.concatenate([each.states for each in lessons]).astype(np.float32)
    mean, deviation = everything.mean(axis=0), everything.std(axis=0) + 1e-6
    batches = list(_batches(lessons, mean, deviation))
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        judge = Judge(len(mean)).train()
        steps = EPOCHS * len(batches)
        optimiser = torch.optim.AdamW(judge.parameters(), lr=RATE, weight_decay=DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=RATE, total_steps=steps)
        for _ in range(EPOCHS):
            for number in torch.randperm(len(batches)).tolist():
                states, markers, chances = batches[number]
                loss = functional.binary_cross_entropy_with_logits(judge(states, markers), chances)
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
                schedule.step()
    return _folded(judge.eval(), mean, deviation)


def _batches(lessons: Sequence[Lesson], mean: Floats, deviation: Floats) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    group: list[Lesson] = []
    for number, each in enumerate(lessons):
        group.append(each)
        if sum(len(one.states) for one in group) >= STEP or number + 1 == len(lessons):
            offsets = np.cumsum([0, *(len(one.states) for one in group)])
            markers = [one.markers + offset for one, offset in zip(group, offsets, strict=False)]
            states = (np.concatenate([one.states for one in group]).astype(np.float32) - mean) / deviation
            chances = np.concatenate([one.chances for one in group])
            yield torch.from_numpy(states), torch.from_numpy(np.concatenate(markers)), torch.from_numpy(chances)
            group = []


def _folded(judge: Judge, mean: Floats, deviation: Floats) -> Prefilter:
    """Take the standardisation, and the constant of the last step, into the other weights."""
    with torch.no_grad():
        pieces = judge.pieces.weight.numpy().T / deviation[:, None]
        shift = (mean @ pieces).reshape(3, HIDDEN).sum(axis=0)
        return Prefilter(
            pieces=np.ascontiguousarray(pieces, dtype=np.float32),
            lengths=np.ascontiguousarray(judge.lengths.numpy() - shift, dtype=np.float32),
            final=judge.final.weight.numpy()[0].copy(),
            lowest=np.empty(0, dtype=np.float32),
            report={},
        )
