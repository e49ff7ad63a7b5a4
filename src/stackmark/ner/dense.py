"""Scores by way of transformers, for encoders that the packed pass does not know. Slower; the same answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from stackmark.ner.batches import Example, collate
from stackmark.ner.network import Network
from stackmark.ner.passages import Passage
from stackmark.ner.scored import Choice, Ints, Scored
from stackmark.ner.tokenizer import WordTokenizer

#: Pairs of markers in one row.
PAIRS = 128


class DenseScorer:
    """Scores spans with a module of transformers and a square mask, one passage at a time."""

    def __init__(self, network: Network, tokenizer: WordTokenizer) -> None:
        """Use a module, which stays as it is."""
        self.network, self.tokenizer = network, tokenizer

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
