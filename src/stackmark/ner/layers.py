"""The weights of a BERT-like encoder under one set of names, whatever its family calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stackmark.errors import SourceError
from stackmark.ner.linear import ACTIVATIONS

#: Families with one embedding, absolute positions, and the norm after each sum. Values: names of the parts of a layer.
BERT = {
    "layer": "encoder.layer.{}.",
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "out": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "norm": "output.LayerNorm",
}
DISTILBERT = {
    "layer": "transformer.layer.{}.",
    "query": "attention.q_lin",
    "key": "attention.k_lin",
    "value": "attention.v_lin",
    "out": "attention.out_lin",
    "attention_norm": "sa_layer_norm",
    "up": "ffn.lin1",
    "down": "ffn.lin2",
    "norm": "output_layer_norm",
}
FAMILIES = {
    "bert": BERT,
    "roberta": BERT,
    "xlm-roberta": BERT,
    "camembert": BERT,
    "electra": BERT,
    "data2vec-text": BERT,
    "distilbert": DISTILBERT,
}

Affine = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Layer:
    """One transformer layer, float32; mapped weights stay mapped."""

    query: Affine
    key: Affine
    value: Affine
    scale: float
    out: Affine
    attention_norm: Affine
    up: Affine
    down: Affine
    norm: Affine

    @property
    def qkv(self) -> Affine:
        """Give the three projections one below another, the query scaled; a copy, which nobody but the caller keeps."""
        query = [part * self.scale for part in self.query]
        weight, bias = (torch.cat(parts) for parts in zip(query, self.key, self.value, strict=True))
        return weight, bias


@dataclass(frozen=True)
class EncoderWeights:
    """An encoder. `words` [vocabulary, width]; `positions` [places, width], with token type 0 added to them."""

    words: Tensor
    positions: Tensor
    norm: Affine
    project: Affine | None
    layers: tuple[Layer, ...]
    heads: int
    epsilon: float
    activation: str


def is_bert_like(encoder: Mapping[str, Any]) -> bool:
    """Tell whether an encoder's configuration describes what `collect` and the fast pass understand."""
    return (
        encoder.get("model_type") in FAMILIES
        and encoder.get("position_embedding_type", "absolute") == "absolute"
        and not encoder.get("is_decoder")
        and not encoder.get("add_cross_attention")
        and encoder.get("hidden_act", encoder.get("activation", "gelu")) in ACTIVATIONS
    )


def collect(tensors: Mapping[str, Tensor], encoder: Mapping[str, Any]) -> EncoderWeights:
    """Gather the weights of a BERT-like encoder, float32; raises SourceError where some are missing or misshapen.

    tensors: by the names of the checkpoint, those of the encoder begin with "encoder."
    """
    names = FAMILIES[encoder["model_type"]]
    heads = int(encoder.get("num_attention_heads") or encoder.get("n_heads") or 0)
    depth = int(encoder.get("num_hidden_layers") or encoder.get("n_layers") or 0)
    part = _Reader(tensors)
    positions = part.tensor("embeddings.position_embeddings.weight")
    if "encoder.embeddings.token_type_embeddings.weight" in tensors:
        positions = positions + part.tensor("embeddings.token_type_embeddings.weight")[0]
    found = EncoderWeights(
        words=collect_words(tensors),
        positions=positions,
        norm=part.affine("embeddings.LayerNorm"),
        project=part.affine("embeddings_project") if "encoder.embeddings_project.weight" in tensors else None,
        layers=tuple(_layer(part, names, number, heads) for number in range(depth)),
        heads=heads,
        epsilon=float(encoder.get("layer_norm_eps", 1e-12)),
        activation=str(encoder.get("hidden_act", encoder.get("activation", "gelu"))),
    )
    if not depth:
        raise SourceError("config.json: the encoder has no layers", "copy or download the checkpoint again")
    return found


def collect_words(tensors: Mapping[str, Tensor]) -> Tensor:
    """Give the table of word pieces, [vocabulary, width]."""
    return _Reader(tensors).tensor("embeddings.word_embeddings.weight")


def _layer(part: _Reader, names: Mapping[str, str], number: int, heads: int) -> Layer:
    prefix = names["layer"].format(number)
    affine = {name: part.affine(prefix + own) for name, own in names.items() if name != "layer"}
    width = len(affine["query"][1])
    if heads < 1 or width % heads:
        raise SourceError(
            f"config.json: {heads} attention heads do not divide a width of {width}",
            "copy or download the checkpoint again",
        )
    return Layer(scale=(width // heads) ** -0.5, **affine)


@dataclass(frozen=True)
class _Reader:
    tensors: Mapping[str, Tensor]

    def tensor(self, name: str) -> Tensor:
        try:
            return self.tensors[f"encoder.{name}"].detach().float()
        except KeyError as error:
            raise SourceError(f"the weights lack encoder.{name}", "copy or download the checkpoint again") from error

    def affine(self, name: str) -> Affine:
        weight, bias = self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias")
        if len(weight) != len(bias):
            raise SourceError(
                f"the weights of encoder.{name} have shapes that do not go together",
                "copy or download the checkpoint again",
            )
        return weight, bias
