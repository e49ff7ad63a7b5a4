"""Rows for training: which spans, which labels."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs torch (extra `ner`)")
pytest.importorskip("transformers", reason="needs transformers (extra `ner`)")

import numpy as np

from stackmark.errors import UsageError
from stackmark.ner import SpanMarkerModel, examples, tiny
from stackmark.ner.data import Sentence
from tests.ner import making

DATA = making.sentences(30, 1)


@pytest.fixture(scope="module")
def model() -> SpanMarkerModel:
    tokenizer = tiny.learn_tokenizer((one.words for one in DATA), 300)
    encoder = tiny.new_encoder(tokenizer.get_vocab_size())
    return SpanMarkerModel.from_encoder(encoder, ["O", "LOC", "PER"], tokenizer, marker_max_length=16)


def rows(model: SpanMarkerModel, data: list[Sentence], sample: int) -> examples.Rows:
    return examples.Rows(data, model.tokenizer, model.config, sample, 7)


def test_all_spans_come_in_rows_of_limited_size(model: SpanMarkerModel) -> None:
    words = tuple(f"w{number}" for number in range(10))
    found = rows(model, [Sentence(words, ((2, 4, "PER"),))], 0)
    each = [found[number] for number in range(len(found))]
    assert [len(one.labels) for one in each] == [16, 16, 16, 4]  # 8 * 10 - 28 spans of up to 8 words
    labels = np.concatenate([one.labels for one in each])
    assert (labels == 2).sum() == 1
    assert (labels == 0).sum() == 51


def test_a_sample_keeps_all_entities_and_changes_with_the_epoch(model: SpanMarkerModel) -> None:
    found = rows(model, DATA, 2)
    assert len(found) == len(DATA)
    for number, sentence in enumerate(DATA):
        labels = found[number].labels
        assert (labels > 0).sum() == len(sentence.entities)
        assert (labels == 0).sum() <= 2 * (1 + len(sentence.entities))
    before = [found[number].markers.tolist() for number in range(len(found))]
    assert before == [found[number].markers.tolist() for number in range(len(found))]
    found.epoch = 1
    assert before != [found[number].markers.tolist() for number in range(len(found))]


def test_lengths_are_not_below_what_comes(model: SpanMarkerModel) -> None:
    for sample in (0, 2):
        found = rows(model, DATA, sample)
        real = [len(found[number].ids) + 2 * len(found[number].labels) for number in range(len(found))]
        assert all(length >= one for length, one in zip(found.lengths, real, strict=True))


def test_unknown_types_are_refused_and_long_entities_counted(model: SpanMarkerModel) -> None:
    with pytest.raises(UsageError, match="ORG"):
        rows(model, [Sentence(("a",), ((0, 1, "ORG"),))], 0)
    assert examples.lost([Sentence(("a",) * 9, ((0, 9, "PER"),)), *DATA], 8) == 1
