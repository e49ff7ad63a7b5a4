from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="stackmark.ner needs torch")

from stackmark.ner import packed  # noqa: E402
from stackmark.ner.layers import is_bert_like  # noqa: E402
from stackmark.ner.passages import Passage, cut  # noqa: E402
from stackmark.ner.scored import Scored  # noqa: E402
from tests.ner import goldens  # noqa: E402


def passages(family: str, texts: list[str]) -> list[Passage]:
    model = goldens.model(family)
    known = enumerate(model.tokenizer.encode(texts))
    return [one for n, text in known for one in cut(text, model.tokenizer, model.config.entity_max_length, n)]


def scored(given: list[Passage], **options: object) -> list[Scored]:
    return sorted(goldens.model("bert").scorer().score(given, **options), key=lambda one: one.passage)


def test_what_else_is_scored_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    given = passages("bert", goldens.texts())
    together = scored(given)
    monkeypatch.setattr(packed, "PAIRS", 7)
    monkeypatch.setattr(packed, "TEXT_ROWS", 1)
    for one, other in zip(together, scored(given), strict=True):
        assert np.abs(one.logits - other.logits).max() < 1e-5


def test_left_out_spans_cost_nothing_and_change_nothing() -> None:
    given = passages("bert", goldens.texts())
    whole = scored(given)
    some = scored(given, choose=lambda passage, _: np.arange(0, len(passage.spans), 5))
    for one, other in zip(whole, some, strict=True):
        assert np.abs(one.logits[other.rows] - other.logits).max() < 1e-5


def test_a_passage_of_which_nothing_is_left_has_no_rows() -> None:
    given = passages("bert", goldens.texts()[:2])
    for one in scored(given, choose=lambda *_: np.arange(0), pairs=True):
        assert one.logits.shape == (0, 4)
        assert one.pairs is not None
        assert one.pairs.shape == (0, 96)


def test_memory_is_bounded_by_rows_of_text_and_pairs_of_markers() -> None:
    given = passages("bert", [" ".join(goldens.texts())] * 3)
    assert all(
        sum(len(given[n].ids) for n in batch) <= packed.TEXT_ROWS or len(batch) == 1 for batch in packed.batches(given)
    )
    reading = packed.Reading(torch.empty(0), None)
    segments = [packed.Segment(n, reading, 0, one.markers) for n, one in enumerate(given)]
    blocks = list(packed.cut_blocks(segments))
    assert max(sum(len(part.places) for part in block) for block in blocks) <= packed.PAIRS
    assert sum(len(part.places) for block in blocks for part in block) == sum(len(one.markers) for one in given)


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "deberta-v2"},
        {"position_embedding_type": "relative_key"},
        {"is_decoder": True},
        {"hidden_act": "x"},
    ],
    ids=str,
)
def test_an_encoder_that_works_otherwise_takes_the_dense_way(change: dict[str, object]) -> None:
    encoder = dict(goldens.model("bert").config.encoder)
    assert is_bert_like(encoder)
    assert not is_bert_like({**encoder, **change})
