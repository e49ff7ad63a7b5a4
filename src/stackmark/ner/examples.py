"""What a model is trained on: passages of sentences with a label for each of their spans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from stackmark.errors import UsageError
from stackmark.ner.batches import Example, collate
from stackmark.ner.config import SpanMarkerConfig
from stackmark.ner.data import Sentence
from stackmark.ner.document import in_context, places
from stackmark.ner.passages import Passage, cut
from stackmark.ner.tokenizer import WordTokenizer

Ints = NDArray[np.int64]


class Rows(Dataset[Example]):
    """The rows of an epoch. Each passage gives as many as it takes to have all of its spans, or one with a sample.

    lengths: of each row, pieces and markers
    sample:  spans that are no entity, for each entity and once more, in a sample; 0 for all spans
    epoch:   another one draws another sample
    """

    def __init__(
        self, sentences: Sequence[Sentence], tokenizer: WordTokenizer, config: SpanMarkerConfig, sample: int, seed: int
    ) -> None:
        """Encode sentences; raises UsageError for an entity type that the configuration does not know."""
        self.tokenizer, self.config, self.sample, self.seed, self.epoch = tokenizer, config, sample, seed, 0
        self.sentences = sentences
        self.encoded = tokenizer.encode([sentence.words for sentence in sentences])
        self.labels = [_labels(sentence, config.label2id) for sentence in sentences]
        self.where = None
        if config.trained_with_document_context:
            documents = [sentence.document or f"\0{number}" for number, sentence in enumerate(sentences)]
            self.where = places(documents, [sentence.place for sentence in sentences])
        self.index: list[tuple[int, int, int]] = []
        self.lengths: list[int] = []
        for number in range(len(sentences)):
            for turn, passage in enumerate(self._passages(number)):
                self._enter(number, turn, passage)

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, row: int) -> Example:
        number, turn, begin = self.index[row]
        passage = self._passages(number)[turn]
        known = self.labels[number]
        outside = self.config.outside_id
        labels = np.array([known.get((first, last), outside) for first, last in passage.spans.tolist()], dtype=np.int64)
        if self.sample:
            kept = self._draw(labels, passage.spans, np.random.default_rng((self.seed, self.epoch, row)))
            return Example(passage.ids, passage.markers[kept], labels[kept])
        part = slice(begin, begin + self.config.marker_max_length)
        return Example(passage.ids, passage.markers[part], labels[part])

    def _enter(self, number: int, turn: int, passage: Passage) -> None:
        """Note the rows of a passage."""
        most, spans = self.config.marker_max_length, len(passage.spans)
        begins = [0] if self.sample else range(0, spans, most)
        self.index.extend((number, turn, begin) for begin in begins)
        drawn = self.sample * (2 + len(self.labels[number])) if self.sample else most
        self.lengths.extend(len(passage.ids) + 2 * min(drawn, most, spans - begin) for begin in begins)

    def _passages(self, number: int) -> list[Passage]:
        if self.where is not None:
            return list(in_context(self.encoded, number, self.where, self.tokenizer, self.config))
        return list(cut(self.encoded[number], self.tokenizer, self.config.entity_max_length))

    def _draw(self, labels: Ints, spans: Ints, random: np.random.Generator) -> Ints:
        """Keep all entities and a sample of the other spans, half of it from those that touch an entity."""
        inside = labels != self.config.outside_id
        entities, others = np.flatnonzero(inside), np.flatnonzero(~inside)
        near: Ints = others[_touches(spans[others], spans[entities])]
        wanted = min(self.sample * (1 + len(entities)), max(0, self.config.marker_max_length - len(entities)))
        chosen = [entities]
        for pool, size in ((near, wanted // 2), (others, wanted - wanted // 2)):
            chosen.append(random.permutation(pool)[:size])
        return np.unique(np.concatenate(chosen))


def _touches(spans: Ints, entities: Ints) -> NDArray[np.bool_]:
    """Say which spans share a word with one of the entities."""
    shared = (spans[:, None, 0] < entities[None, :, 1]) & (entities[None, :, 0] < spans[:, None, 1])
    return np.asarray(shared.any(axis=1), dtype=np.bool_)


def _labels(sentence: Sentence, known: dict[str, int]) -> dict[tuple[int, int], int]:
    try:
        return {(first, last): known[label] for first, last, label in sentence.entities}
    except KeyError as error:
        raise UsageError(f"the model does not know the type {error}", f"it knows {', '.join(known)}") from error


def lost(sentences: Sequence[Sentence], longest: int) -> int:
    """Count the entities that have more words than any span."""
    return sum(last - first > longest for sentence in sentences for first, last, _ in sentence.entities)


def collator(tokenizer: WordTokenizer) -> Any:
    """Give what lays out rows for the network."""
    return lambda rows: collate(rows, tokenizer)
