"""Scores by way of transformers, for encoders that the packed pass does not know. Slower; the same answers.

Whether an encoder can carry markers at all is tried, not looked up: one that mixes neighbouring rows, takes no square
mask, or counts distances by rows instead of positions would give a span another score in other company.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from stackmark.errors import UsageError
from stackmark.ner.batches import Example, collate
from stackmark.ner.network import Network
from stackmark.ner.passages import Passage
from stackmark.ner.scored import Choice, Ints, Scored
from stackmark.ner.tokenizer import WordTokenizer

#: Pairs of markers in one row.
PAIRS = 128
#: Pairs in the trial, and how far its states may lie apart, as a share of the largest; rounding makes some 1e-6.
TRIED, APART = 6, 1e-4
#: What modules of transformers raise for inputs that they do not understand.
MISUNDERSTOOD = (RuntimeError, ValueError, TypeError, IndexError, KeyError, AttributeError, AssertionError)


class DenseScorer:
    """Scores spans with a module of transformers and a square mask, one passage at a time."""

    def __init__(self, network: Network, tokenizer: WordTokenizer) -> None:
        """Use a module, which stays as it is; raises UsageError if it cannot carry markers."""
        self.network, self.tokenizer = network, tokenizer
        self._try()

    def score(
        self, passages: Sequence[Passage], choose: Choice | None = None, text: bool = False, pairs: bool = False
    ) -> Iterator[Scored]:
        """Score passages; see `Scorer`."""
        self.network.eval()
        with torch.inference_mode():
            for number, passage in enumerate(passages):
                yield self._score(number, passage, choose, text, pairs)

    def _score(self, number: int, passage: Passage, choose: Choice | None, text: bool, pairs: bool) -> Scored:
        rows = np.arange(len(passage.spans))
        if choose is not None:
            rows = choose(passage, self._run(passage, rows[:0])[0])
        states = np.empty((0, 0), dtype=np.float32)
        marks = [np.empty((0, 2 * self.network.classifier.in_features // 2), dtype=np.float32)]
        for begin in range(0, max(len(rows), 1), PAIRS):
            states, found = self._run(passage, rows[begin : begin + PAIRS])
            marks.append(found)
        both = np.concatenate(marks)
        device = self.network.classifier.weight.device
        logits = self.network.classifier(torch.from_numpy(both).to(device)).float().cpu().numpy()
        return Scored(number, rows, logits, states if text else None, both if pairs else None)

    def _try(self) -> None:
        """Raise UsageError unless text is read as if there were no markers, and each pair as if there were no other."""
        kind = self.network.model_type
        hint = "encoders with absolute positions and a full attention can, e.g. BERT, RoBERTa, ELECTRA, ALBERT"
        ids = np.concatenate([self.tokenizer.prefix, [self.tokenizer.end] * 4, self.tokenizer.suffix]).astype(np.int64)
        places = np.arange(len(ids))[: min(4, len(ids))]
        markers = np.stack([np.resize(places, TRIED), np.resize(places[::-1], TRIED)], axis=1)
        passage = Passage(0, ids, markers, markers)
        self.network.eval()
        try:
            with torch.inference_mode():
                text, pairs = self._run(passage, np.arange(TRIED))
                alone = [self._run(passage, np.arange(number, number + 1)) for number in (0, TRIED - 1)]
        except MISUNDERSTOOD as error:
            raise UsageError(f"an encoder of type {kind!r} does not take the square mask: {error}", hint) from error
        apart = max(np.abs(one - text).max() for one, _ in alone)
        apart = max(apart, *(np.abs(one - pairs[row]).max() for row, (_, one) in zip((0, -1), alone, strict=True)))
        if not apart <= APART * max(1e-6, np.abs(pairs).max()):
            raise UsageError(f"an encoder of type {kind!r} scores a span differently in other company", hint)

    def _run(self, passage: Passage, rows: Ints) -> tuple[np.ndarray, np.ndarray]:
        """Give the last states of the text, [pieces, width], and of some pairs, [n, 2 * width]."""
        example = Example(passage.ids, passage.markers[rows], np.zeros(len(rows), dtype=np.int64))
        batch = collate([example], self.tokenizer)
        device = self.network.classifier.weight.device
        names = ("input_ids", "attention_mask", "position_ids")
        states = self.network.states(**{name: batch[name].to(device) for name in names})[0].float().cpu()
        both = states[batch["pairs"][0].reshape(-1)].reshape(len(rows), -1) if len(rows) else states[:0].reshape(0, 0)
        if not len(rows):
            both = states.new_empty((0, 2 * states.shape[1]))
        return states[: len(passage.ids)].numpy(), both.numpy()
