"""Context from the neighbouring sentences of a document, as the reference lays it around a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stackmark.errors import UsageError
from stackmark.ner.config import SpanMarkerConfig
from stackmark.ner.passages import Passage, cut
from stackmark.ner.tokenizer import EncodedText, WordTokenizer

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """Where sentences stand: for each, the sentence before and after it in its document, or -1. int64 [n]."""

    before: Ints
    after: Ints


def places(documents: Sequence[Any], sentences: Sequence[Any]) -> Places:
    """Order sentences by document and number in it; raises UsageError for ids that cannot be ordered."""
    if len(documents) != len(sentences):
        raise UsageError("there must be as many document ids as sentence ids", "give one of each for each text")
    try:
        order = sorted(range(len(documents)), key=lambda row: (documents[row], sentences[row]))
    except TypeError as error:
        raise UsageError(
            f"the ids of documents and sentences have no order: {error}", "give numbers or text"
        ) from error
    before, after = np.full(len(order), -1), np.full(len(order), -1)
    for one, other in pairwise(order):
        if documents[one] == documents[other]:
            after[one], before[other] = other, one
    return Places(before, after)


def in_context(
    texts: Sequence[EncodedText], number: int, where: Places, tokenizer: WordTokenizer, config: SpanMarkerConfig
) -> Iterator[Passage]:
    """Give the passages of one sentence with its neighbours around it; one that is too long for that stands alone."""
    text = texts[number]
    if len(text.ids) >= tokenizer.capacity:
        yield from cut(text, tokenizer, config.entity_max_length, number)
        return
    earlier, later = around(texts, number, where, tokenizer.capacity, config)
    for passage in cut(text, tokenizer, config.entity_max_length, number):
        head, tail = len(tokenizer.prefix), len(passage.ids) - len(tokenizer.suffix)
        ids = np.concatenate([passage.ids[:head], earlier, passage.ids[head:tail], later, passage.ids[tail:]])
        # The reference moves the marker of a word without pieces along as well.
        yield Passage(number, ids, passage.spans, passage.markers + len(earlier))


def around(
    texts: Sequence[EncodedText], number: int, where: Places, capacity: int, config: SpanMarkerConfig
) -> tuple[Ints, Ints]:
    """Give the pieces before and after a sentence: turn by turn a later and an earlier sentence, as far as they fit."""
    room = capacity - len(texts[number].ids)
    most = {"later": config.max_next_context, "earlier": config.max_prev_context}
    parts: dict[str, list[Ints]] = {"later": [], "earlier": []}
    at = {"later": int(where.after[number]), "earlier": int(where.before[number])}
    while room > 0:
        open_sides = [side for side in parts if at[side] >= 0 and len(parts[side]) != most[side]]
        if not open_sides:
            break
        for side in open_sides:
            ids = texts[at[side]].ids
            ids = ids[:room] if side == "later" else ids[max(0, len(ids) - room) :]
            parts[side].append(ids)
            room -= len(ids)
            at[side] = int((where.after if side == "later" else where.before)[at[side]])
    empty = np.empty(0, dtype=np.int64)
    return np.concatenate([*reversed(parts["earlier"]), empty]), np.concatenate([*parts["later"], empty])
