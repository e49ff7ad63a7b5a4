"""A trained small BERT blown up to the size of a large one: the same answers for the arithmetic of 12 x 768.

Speed and what a fitted filter keeps depend on what a model has learned, so random weights will not do, and a large
model takes days to train. Here every number of the small model's states is held several times. A matrix takes rows
and columns of the small one, each column divided by how often it is there; the norms see the same mean and variance.
Added layers add nothing to what they are given, which costs as much as any layer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stackmark.ner import SpanMarkerModel
from stackmark.ner.config import SpanMarkerConfig
from stackmark.ner.prefilter import Prefilter

DEPTH, WIDTH, HEADS = 12, 768, 12


def enlarge(model: SpanMarkerModel) -> SpanMarkerModel:
    """Give a BERT of 12 layers, 768 wide, 12 heads, with the logits and the span filter of a small one."""
    own = model.config.encoder
    times = WIDTH // own["hidden_size"]
    encoder: dict[str, Any] = {
        **own,
        "hidden_size": WIDTH,
        "intermediate_size": own["intermediate_size"] * times,
        "num_attention_heads": HEADS,
        "num_hidden_layers": DEPTH,
    }
    places = {"hidden": _repeated(own["hidden_size"], times), "middle": _repeated(own["intermediate_size"], times)}
    places["heads"] = _heads(own["hidden_size"], own["num_attention_heads"])
    given = {name: tensor.detach() for name, tensor in model.tensors().items() if ".pooler." not in name}
    tensors = {name: _larger(name, tensor, places) for name, tensor in given.items()}
    # A product of queries and keys is summed over more numbers now, and divided by a larger root.
    copies = WIDTH // HEADS // (own["hidden_size"] // own["num_attention_heads"])
    for name in [name for name in tensors if ".query." in name]:
        tensors[name] = tensors[name] / copies**0.5
    _deepen(tensors, own["num_hidden_layers"])
    config = SpanMarkerConfig(**{**vars(model.config), "encoder": encoder})
    large = SpanMarkerModel(config, model.tokenizer, {name: one.contiguous() for name, one in tensors.items()})
    large.prefilter = model.prefilter and _larger_filter(model.prefilter, times)
    return large


def _repeated(size: int, times: int) -> Tensor:
    return torch.arange(size).repeat(times)


def _heads(width: int, heads: int) -> Tensor:
    """Say for each number of the large heads which one of the small heads it holds."""
    small, large = width // heads, WIDTH // HEADS
    if WIDTH % width or large % small or heads > HEADS:
        raise ValueError(f"an encoder {width} wide with {heads} heads cannot be blown up to {WIDTH} with {HEADS}")
    return torch.cat([_repeated(small, large // small) + number % heads * small for number in range(HEADS)])


def _larger(name: str, tensor: Tensor, places: dict[str, Tensor]) -> Tensor:
    hidden = places["hidden"]
    if name == "classifier.bias":
        return tensor
    if name == "classifier.weight":
        return torch.cat([_columns(half, hidden) for half in tensor.chunk(2, dim=1)], dim=1)
    if "embeddings." in name:
        return tensor[..., hidden]
    if any(part in name for part in (".query.", ".key.", ".value.")):
        rows, columns = places["heads"], hidden
    elif "attention.output.dense" in name:
        rows, columns = hidden, places["heads"]
    elif "intermediate.dense" in name:
        rows, columns = places["middle"], hidden
    else:
        rows, columns = hidden, places["middle"]
    return tensor[rows] if tensor.dim() == 1 else _columns(tensor[rows], columns)


def _columns(matrix: Tensor, columns: Tensor) -> Tensor:
    return (matrix / torch.bincount(columns, minlength=matrix.shape[1]))[:, columns]


def _deepen(tensors: dict[str, Tensor], layers: int) -> None:
    """Add layers that change nothing: the scale and shift of the last norm move to the last of them."""
    last, end = (f"encoder.encoder.layer.{number}." for number in (layers - 1, DEPTH - 1))
    final = {name: tensors[f"{last}output.LayerNorm.{name}"] for name in ("weight", "bias")}
    tensors[f"{last}output.LayerNorm.weight"] = torch.ones(WIDTH)
    tensors[f"{last}output.LayerNorm.bias"] = torch.zeros(WIDTH)
    for name in [name for name in tensors if name.startswith(last)]:
        blank = tensors[name].clone()
        if "output." in name:
            blank = torch.ones(WIDTH) if name.endswith("LayerNorm.weight") else torch.zeros_like(blank)
        for number in range(layers, DEPTH):
            tensors[name.replace(last, f"encoder.encoder.layer.{number}.")] = blank.clone()
    tensors.update({f"{end}output.LayerNorm.{name}": tensor for name, tensor in final.items()})


def _larger_filter(small: Prefilter, times: int) -> Prefilter:
    return replace(small, pieces=np.ascontiguousarray(np.tile(small.pieces, (times, 1)) / np.float32(times)))
