"""A small BERT encoder from nothing but labelled text, for models that are trained from scratch in minutes.

Two things that a pretrained encoder has learnt are given to it at the start. They change only where training begins;
what is saved is an ordinary BERT checkpoint with a WordPiece vocabulary.

- Its attention begins as a convolution: heads look at the piece itself and at its neighbours, by way of sinusoidal
  positions (after Cordonnier, Loukas and Jaggi, 2020, "On the relationship between self-attention and convolutional
  layers").
- The vector of a piece is, while it is trained, a sum over its features (the piece, its lower case, its first and last
  letters, its shape), so that rare pieces learn from frequent ones (after Bojanowski et al., 2017, "Enriching word
  vectors with subword information"). `settle` adds the sums up into the usual table.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor, nn

if TYPE_CHECKING:
    from transformers import BertModel

UNKNOWN = "[UNK]"
SPECIAL = ("[PAD]", UNKNOWN, "[CLS]", "[SEP]", "[MASK]")
WIDTH, HEADS, LAYERS, INNER, PLACES = 128, 8, 2, 512, 514
#: Where the heads of a layer look at first.
OFFSETS = (-1, 1, 0, -2, 2, -3, 3)
#: How sharply they do.
FOCUS = 2.0
#: Wave lengths of the positions, in pieces.
SHORTEST, LONGEST = 4.0, 300.0
#: Rows of the table of features.
BUCKETS = 1 << 16


def learn_tokenizer(texts: Iterable[Sequence[str]], vocabulary: int) -> Tokenizer:
    """Learn a cased WordPiece vocabulary of at most so many pieces; the same texts give the same pieces."""
    lines = [" ".join(words) for words in texts]
    # The trainer numbers inner letters as it meets them, in an order of chance, unless they are there before.
    inner = [f"##{char}" for char in sorted(set().union(*lines))]
    draft = _empty(models.WordPiece(unk_token=UNKNOWN))
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary, min_frequency=2, special_tokens=[*SPECIAL, *inner], show_progress=False
    )
    draft.train_from_iterator(lines, trainer)
    pieces = sorted(draft.get_vocab().items(), key=lambda item: item[1])
    numbers = {piece: number for number, (piece, _) in enumerate(pieces)}
    tokenizer = _empty(models.WordPiece(vocab=numbers, unk_token=UNKNOWN))
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    ends = [(token, numbers[token]) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return tokenizer


def _empty(model: models.WordPiece) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def new_encoder(vocabulary: int) -> BertModel:
    """Make a BERT whose attention begins as a convolution; it takes its random numbers from torch."""
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=INNER,
        max_position_embeddings=PLACES,
        type_vocab_size=1,
        attention_probs_dropout_prob=0.0,
    )
    encoder = BertModel(config, add_pooling_layer=False)
    with torch.no_grad():
        look_around(encoder)
    return encoder


def look_around(encoder: BertModel) -> None:
    """Keep positions in the first numbers of each state, as many as a head is wide, and let the heads compare them."""
    config = encoder.config
    width, size = config.hidden_size, config.hidden_size // config.num_attention_heads
    rates = 2 * torch.pi / torch.logspace(torch.tensor(SHORTEST).log10(), torch.tensor(LONGEST).log10(), size // 2)
    layers: Any = encoder.encoder.layer
    embeddings: Any = encoder.embeddings
    embeddings.position_embeddings.weight.normal_(0, 0.001)[:, :size] = waves(config.max_position_embeddings, rates)
    embeddings.word_embeddings.weight.normal_(0, 0.4)[:, :size] = 0
    embeddings.token_type_embeddings.weight.zero_()
    same = torch.eye(size, width) * FOCUS
    for layer in layers:
        own = layer.attention.self
        for weight in (own.query.weight, own.key.weight):
            weight.normal_(0, 0.02)
        for head in range(config.num_attention_heads):
            rows = slice(head * size, (head + 1) * size)
            own.key.weight[rows] += same
            own.query.weight[rows, :size] += FOCUS * shift(OFFSETS[head % len(OFFSETS)], rates)
        own.value.weight.normal_(0, width**-0.5)
        for part in (layer.attention.output.dense, layer.intermediate.dense, layer.output.dense):
            part.weight.normal_(0, part.in_features**-0.5)
        for part in (layer.attention.output.dense, layer.output.dense):
            part.weight[:size] *= 0.1  # what a layer adds leaves the positions readable


def waves(places: int, rates: Tensor) -> Tensor:
    """Give sine and cosine of each place at each rate, side by side: [places, 2 * rates]."""
    angles = torch.arange(places)[:, None] * rates
    found: Tensor = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)
    return found


def shift(offset: int, rates: Tensor) -> Tensor:
    """Give the matrix that turns the waves of a place into those of another: [2 * rates, 2 * rates]."""
    turns = torch.zeros(2 * len(rates), 2 * len(rates))
    even, odd = torch.arange(0, len(turns), 2), torch.arange(1, len(turns), 2)
    turns[even, even] = turns[odd, odd] = (offset * rates).cos()
    turns[even, odd] = (offset * rates).sin()
    turns[odd, even] = -turns[even, odd]
    return turns


class FeatureEmbedding(nn.Module):
    """Stands in for the table of pieces while an encoder from `write_encoder` is trained."""

    features: Tensor

    def __init__(self, pieces: Sequence[str], width: int, quiet: int) -> None:
        """Make a table for features of pieces; the first `quiet` numbers of each vector are left to the positions."""
        super().__init__()
        rows = [[zlib.crc32(feature.encode()) % BUCKETS for feature in describe(piece)] for piece in pieces]
        self.register_buffer("features", torch.tensor(rows), persistent=False)
        self.table = nn.EmbeddingBag(BUCKETS, width, mode="sum")
        with torch.no_grad():
            self.table.weight.normal_(0, 0.4 / len(rows[0]) ** 0.5)[:, :quiet] = 0

    def forward(self, ids: Tensor) -> Tensor:
        """Give the vectors of pieces: [..., width]."""
        found, places = torch.unique(ids, return_inverse=True)
        vectors: Tensor = self.table(self.features[found])
        return vectors[places]

    def settled(self) -> Tensor:
        """Give the vectors of all pieces: [pieces, width]."""
        with torch.no_grad():
            vectors: Tensor = self.table(self.features)
        return vectors


def describe(piece: str) -> list[str]:
    """Give the features of a piece: itself, its lower case, its first and last letters, its shape."""
    kind, text = ("c", piece[2:]) if piece.startswith("##") else ("w", piece)
    low = text.lower()
    shape = re.sub(r"(.)\1+", r"\1\1", "".join(map(_shape, text[:32])))[:6]
    return [
        f"t{piece}",
        f"l{kind}{low}",
        f"p{kind}{low[:3]}",
        f"s{kind}{low[-3:]}",
        f"e{kind}{low[-2:]}",
        f"h{kind}{shape}",
    ]


def _shape(char: str) -> str:
    if char.isupper():
        return "X"
    if char.islower():
        return "x"
    if char.isdigit():
        return "d"
    return "y" if char.isalpha() else char


def attach(encoder: Any, pieces: Sequence[str]) -> None:
    """Let an encoder be trained by the features of its pieces."""
    config = encoder.config
    quiet = config.hidden_size // config.num_attention_heads
    encoder.embeddings.word_embeddings = FeatureEmbedding(pieces, config.hidden_size, quiet)
