"""Scores by way of transformers, for encoders that the packed pass does not know. Slower; the same answers.

Whether an encoder can carry markers at all is tried, not looked up. Under the square mask it must read a text as it
reads it by itself, and score a pair of markers alike in any company. One that takes no such mask, reads one way only or
through a window, mixes neighbouring rows, or counts distances by rows instead of positions does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from stackmark.errors import UsageError
from stackmark.ner.batches import FIRST_POSITION, Example, collate
from stackmark.ner.network import Network
from stackmark.ner.passages import Passage
from stackmark.ner.scored import Choice, Ints, Scored
from stackmark.ner.tokenizer import WordTokenizer

#: Pairs of markers in one row.
PAIRS = 128
#: Pieces in the trial at most, and how far its states may lie apart, as a share of the largest; rounding makes 1e-6.
TRIED, APART = 512, 1e-5
#: What modules of transformers raise for inputs that they do not understand.
MISUNDERSTOOD = (RuntimeError, ValueError, TypeError, IndexError, KeyError, AttributeError, AssertionError)


class DenseScorer:
    """Scores spans with a module of transformers and a square mask, one passage at a time."""

    def __init__(self, network: Network, tokenizer: WordTokenizer) -> None:
        """Use a module, which stays as it is; raises UsageError if it cannot carry markers."""
        check_markers(network, tokenizer)
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
            rows = choose(passage, run(self.network, self.tokenizer, passage, rows[:0])[0])
        states = np.empty((0, 0), dtype=np.float32)
        marks = [np.empty((0, 2 * self.network.classifier.in_features // 2), dtype=np.float32)]
        for begin in range(0, max(len(rows), 1), PAIRS):
            states, found = run(self.network, self.tokenizer, passage, rows[begin : begin + PAIRS])
            marks.append(found)
        both = np.concatenate(marks)
        device = self.network.classifier.weight.device
        logits = self.network.classifier(torch.from_numpy(both).to(device)).float().cpu().numpy()
        return Scored(number, rows, logits, states if text else None, both if pairs else None)


def check_markers(network: Network, tokenizer: WordTokenizer) -> None:
    """Try whether an encoder can carry markers; raises UsageError if it cannot. Its module is left evaluating."""
    kind = network.model_type
    hint = "encoders with absolute positions and a full attention can, e.g. BERT, RoBERTa, ELECTRA, ALBERT"
    if getattr(network.encoder.config, "position_embedding_type", None) not in (None, "absolute"):
        raise UsageError(f"an encoder of type {kind!r} with relative positions cannot carry markers", hint)
    passage = trial(tokenizer)
    some = [0, len(passage.spans) // 2, len(passage.spans) - 1]
    network.eval()
    try:
        with torch.inference_mode():
            alone = read_alone(network, passage)
            text, pairs = run(network, tokenizer, passage, np.arange(len(passage.spans)))
            apart = [np.abs(run(network, tokenizer, passage, np.array([row]))[1] - pairs[row]).max() for row in some]
    except MISUNDERSTOOD as error:
        raise UsageError(f"an encoder of type {kind!r} does not take the square mask: {error}", hint) from error
    if alone.shape != text.shape or not np.abs(alone - text).max() <= APART * np.abs(alone).max():
        raise UsageError(f"an encoder of type {kind!r} reads a text differently under the square mask", hint)
    if not max(apart) <= APART * np.abs(pairs).max():
        raise UsageError(f"an encoder of type {kind!r} scores a span differently in other company", hint)


def trial(tokenizer: WordTokenizer) -> Passage:
    """Make a passage of pieces of all kinds, as long as may be, with as many pairs as go into one row."""
    size = min(tokenizer.capacity, TRIED)
    usual = np.setdiff1d(np.arange(len(tokenizer)), [tokenizer.pad, *tokenizer.prefix, *tokenizer.suffix])
    pieces = np.resize(usual, 7 * size)[::7] if len(usual) else np.full(size, tokenizer.end)
    ids = np.concatenate([tokenizer.prefix, pieces, tokenizer.suffix]).astype(np.int64)
    first = np.arange(PAIRS) * 5 % size + len(tokenizer.prefix)
    last = np.minimum(first + np.arange(PAIRS) % 8, len(tokenizer.prefix) + size - 1)
    markers = np.stack([first, last], axis=1)
    return Passage(0, ids, markers, markers)


def read_alone(network: Network, passage: Passage) -> np.ndarray:
    """Give the last states of a text as its encoder reads it by itself, without markers: [pieces, width]."""
    ids = torch.from_numpy(passage.ids)[None].to(network.classifier.weight.device)
    places = torch.arange(ids.shape[1], device=ids.device)[None] + FIRST_POSITION
    extra = {"token_type_ids": torch.zeros_like(ids)} if network.has_types else {}
    states = network.encoder(ids, attention_mask=torch.ones_like(ids), position_ids=places, **extra)[0]
    found: np.ndarray = states[0].float().cpu().numpy()
    return found


def run(network: Network, tokenizer: WordTokenizer, passage: Passage, rows: Ints) -> tuple[np.ndarray, np.ndarray]:
    """Give the last states of the text, [pieces, width], and of some pairs, [n, 2 * width]."""
    example = Example(passage.ids, passage.markers[rows], np.zeros(len(rows), dtype=np.int64))
    batch = collate([example], tokenizer)
    device = network.classifier.weight.device
    names = ("input_ids", "attention_mask", "position_ids")
    states = network.states(**{name: batch[name].to(device) for name in names})[0].float().cpu()
    both = states[batch["pairs"][0].reshape(-1)].reshape(len(rows), 2 * states.shape[1])
    return states[: len(passage.ids)].numpy(), both.numpy()
