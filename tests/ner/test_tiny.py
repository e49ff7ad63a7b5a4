"""The small encoder: vocabulary, attention that begins as a convolution, features of pieces."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs torch (extra `ner`)")
pytest.importorskip("transformers", reason="needs transformers (extra `ner`)")

import torch

from stackmark.ner import tiny
from tests.ner import making

TEXTS = [one.words for one in making.sentences(200, 1)]


def test_the_same_texts_give_the_same_vocabulary() -> None:
    one, other = (tiny.learn_tokenizer(TEXTS, 200).to_str() for _ in range(2))
    assert one == other


def test_vocabulary_is_cased_limited_and_knows_every_letter() -> None:
    tokenizer = tiny.learn_tokenizer(TEXTS, 200)
    assert tokenizer.get_vocab_size() <= 200
    assert tokenizer.encode("Paris").ids != tokenizer.encode("paris").ids
    assert "[UNK]" not in tokenizer.encode("siraP").tokens
    assert tokenizer.encode("Paris").tokens[0] == "[CLS]"


def test_shift_turns_waves_of_a_place_into_those_of_another() -> None:
    rates = torch.tensor([1.3, 0.2, 0.01])
    waves = tiny.waves(40, rates)
    for offset in (-3, 0, 2):
        turned = waves[5:20] @ tiny.shift(offset, rates).T
        assert torch.allclose(turned, waves[5 + offset : 20 + offset], atol=1e-5)


def test_heads_look_at_neighbours_at_first() -> None:
    torch.manual_seed(0)
    encoder = tiny.new_encoder(100).eval()
    own = encoder.encoder.layer[0].attention.self
    ids = torch.randint(5, 100, (1, 30))
    x = encoder.embeddings(ids, position_ids=torch.arange(2, 32)[None])[0]
    size = tiny.WIDTH // tiny.HEADS
    for head, offset in enumerate(tiny.OFFSETS):
        rows = slice(head * size, (head + 1) * size)
        scores = own.query(x)[:, rows] @ own.key(x)[:, rows].T
        middle = torch.arange(5, 25)
        assert (scores[5:25].argmax(-1) == middle + offset).float().mean() > 0.9


@pytest.mark.parametrize(
    ("piece", "expected"),
    [("Paris", {"wparis", "wpar", "wris", "wXxx"}), ("##ski", {"cski", "cxx"}), ("1990", {"w1990", "wdd"})],
)
def test_pieces_are_described(piece: str, expected: set[str]) -> None:
    assert expected <= {feature[1:] for feature in tiny.describe(piece)}


def test_features_settle_into_the_usual_table() -> None:
    pieces = ["[PAD]", "Paris", "##ski", "paris"]
    features = tiny.FeatureEmbedding(pieces, 16, 4)
    ids = torch.tensor([[1, 2], [3, 1]])
    assert torch.equal(features.settled()[ids], features(ids))
    assert not features.settled()[:, :4].any()
