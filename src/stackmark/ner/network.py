"""The model as a torch module, for training, for export, and for encoders that have no pass of their own here.

It computes what the reference computes, in the reference's layout: text, then start markers from the next even place
on, then end markers, under a square mask. Only its padding ends with the longest row of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from stackmark.errors import SourceError
from stackmark.ner.config import SpanMarkerConfig

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class Network(nn.Module):
    """An encoder and a classifier of marker pairs; its parameters have the names of the checkpoint."""

    def __init__(self, encoder: PreTrainedModel, config: SpanMarkerConfig) -> None:
        """Put a classifier on an encoder."""
        super().__init__()
        self.encoder = encoder
        self.model_type = config.model_type
        rate = config.encoder.get("hidden_dropout_prob", config.encoder.get("dropout_rate", 0.1))
        self.dropout = nn.Dropout(rate if isinstance(rate, float) else 0.1)
        width = int(encoder.config.hidden_size)
        self.classifier = nn.Linear(2 * width, len(config.id2label), dtype=encoder.dtype)
        self.loss = nn.CrossEntropyLoss()

    @property
    def has_types(self) -> bool:
        """Tell whether the encoder knows types of tokens; all are 0 here."""
        return int(getattr(self.encoder.config, "type_vocab_size", 0) or 0) > 0

    def states(self, input_ids: Tensor, attention_mask: Tensor, position_ids: Tensor) -> Tensor:
        """Give the last states, [batch, length, width]; `attention_mask` is bool [batch, length, length]."""
        extra: dict[str, Any] = {"position_ids": position_ids}
        if self.has_types:
            extra["token_type_ids"] = torch.zeros_like(input_ids)
        least = torch.finfo(self.encoder.dtype).min
        mask = torch.where(attention_mask, 0.0, least).to(self.encoder.dtype)[:, None]
        found: Tensor = self.encoder(input_ids, attention_mask=mask, **extra)[0]
        return found

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        position_ids: Tensor,
        pairs: Tensor,
        labels: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Score marker pairs.

        pairs:  int64 [batch, most pairs, 2], rows of start and end marker; 0, 0 where a text has fewer
        labels: int64 [batch, most pairs], -100 where a text has fewer

        Gives `logits` [batch, most pairs, labels] and, with labels, `loss`.
        """
        states = self.dropout(self.states(input_ids, attention_mask, position_ids))
        width = states.shape[-1]
        chosen = states.gather(1, pairs.flatten(1)[..., None].expand(-1, -1, width))
        logits = self.classifier(self.dropout(chosen.view(*pairs.shape[:2], 2 * width)))
        found = {"logits": logits}
        if labels is not None:
            found = {"loss": self.loss(logits.float().flatten(0, 1), labels.flatten()), **found}
        return found


def build_network(config: SpanMarkerConfig, tensors: Mapping[str, Tensor]) -> Network:
    """Make the module of a checkpoint around its tensors, uncopied; raises SourceError if they do not fit."""
    from transformers import AutoConfig, AutoModel

    fields = config.encoder_fields()
    try:
        encoder_config = AutoConfig.for_model(**fields)
        encoder_config.vocab_size = vocabulary(tensors, int(getattr(encoder_config, "vocab_size", 0)))
        with torch.device("meta"):
            make: Callable[[Any], PreTrainedModel] = AutoModel.from_config
            network = Network(make(encoder_config), config)
    except (ValueError, TypeError, KeyError, ImportError, AttributeError, RuntimeError) as error:
        raise SourceError(
            f"transformers cannot build an encoder of type {config.model_type!r}: {error}",
            "another version of transformers may know it",
        ) from error
    fill(network, tensors)
    return network


def fill(network: Network, tensors: Mapping[str, Tensor]) -> None:
    """Let a module without memory share given tensors, and compute the buffers that no checkpoint has."""
    known = network.state_dict()
    usable = {name: tensor.detach().float() for name, tensor in tensors.items() if name in known}
    missing = sorted(name for name in known if name not in usable and ".pooler." not in name)
    if missing:
        raise SourceError(f"the weights lack {missing[0]}", "copy or download the checkpoint again")
    try:
        network.load_state_dict(usable, strict=False, assign=True)
    except RuntimeError as error:
        raise SourceError(
            f"the weights do not fit the configuration: {error}", "copy or download the checkpoint again"
        ) from error
    for name, module in list(network.named_modules()):
        if name.endswith("pooler") and any(parameter.is_meta for parameter in module.parameters()):
            module.to_empty(device="cpu")
            for parameter in module.parameters():
                nn.init.zeros_(parameter)
    for module in network.modules():
        for key, buffer in list(module._buffers.items()):
            if buffer is not None and buffer.is_meta:
                module._buffers[key] = _positions(key, buffer)


def _positions(name: str, buffer: Tensor) -> Tensor:
    """Give a counting buffer its numbers, and any other zeros."""
    if name == "position_ids":
        return torch.arange(buffer.shape[-1]).expand(buffer.shape)
    return torch.zeros(buffer.shape, dtype=buffer.dtype)


def vocabulary(tensors: Mapping[str, Tensor], default: int) -> int:
    """Give the rows of the word embedding, which may be more than the configuration says."""
    for name, tensor in tensors.items():
        if name.endswith("embeddings.word_embeddings.weight"):
            return len(tensor)
    return default
