"""New models: an encoder, room for the two markers in its vocabulary, and a classifier of small random weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from stackmark.errors import SourceError, UsageError
from stackmark.ner.config import SpanMarkerConfig, read_json
from stackmark.ner.dense import check_markers
from stackmark.ner.hub import find_checkpoint
from stackmark.ner.layers import is_bert_like
from stackmark.ner.network import Network
from stackmark.ner.tokenizer import WordTokenizer, convert_tokenizer, open_tokenizer, prepare

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel


def make_untrained(
    encoder: str | Path | PreTrainedModel,
    labels: Sequence[str],
    tokenizer: Tokenizer | None,
    revision: str | None,
    fields: Mapping[str, Any],
) -> tuple[SpanMarkerConfig, WordTokenizer, dict[str, Tensor]]:
    """Give the parts of a new model; see `SpanMarkerModel.from_encoder`. Random numbers are torch's; seed it first."""
    settings: dict[str, Any] = {}
    if isinstance(encoder, str | Path):
        folder = find_checkpoint(encoder, revision)
        module = load_encoder(folder)
        name = str(encoder)
        path = folder / "tokenizer.json"
        tokenizer = tokenizer or (open_tokenizer(path) if path.exists() else convert_tokenizer(folder))
        if (folder / "tokenizer_config.json").exists():
            settings = read_json(folder / "tokenizer_config.json")
    elif tokenizer is None:
        raise UsageError("an encoder given as a module needs its tokenizer", "pass tokenizer=")
    else:
        module, name = encoder, ""
    config = SpanMarkerConfig.from_labels({**module.config.to_dict(), "_name_or_path": name}, labels, **fields)
    ready = prepare(tokenizer, config, settings)
    if rows(module) < len(ready):
        module.resize_token_embeddings(len(ready), pad_to_multiple_of=8, mean_resizing=False)
    network = Network(module, config)
    if not is_bert_like(config.encoder):
        check_markers(network, ready)
    deviation = config.encoder.get("initializer_range", 0.02)
    nn.init.normal_(network.classifier.weight, std=deviation if isinstance(deviation, float) else 0.02)
    nn.init.zeros_(network.classifier.bias)
    encoder_fields = {**config.encoder, "vocab_size": rows(module)}
    config = SpanMarkerConfig(**{**vars(config), "encoder": encoder_fields})
    return config, ready, {name: tensor.detach() for name, tensor in network.state_dict().items()}


def rows(module: PreTrainedModel) -> int:
    """Give the rows of an encoder's word embedding; raises UsageError if it has no such table."""
    try:
        return int(cast(nn.Embedding, module.get_input_embeddings()).weight.shape[0])
    except (NotImplementedError, AttributeError) as error:
        kind = type(module).__name__
        raise UsageError(
            f"{kind} has no table of word pieces and cannot carry markers", "take an encoder like BERT"
        ) from error


def load_encoder(folder: Path) -> PreTrainedModel:
    """Load a plain encoder with transformers; raises SourceError if it is damaged or wants to run code."""
    from safetensors import SafetensorError
    from transformers import AutoModel

    try:
        module: PreTrainedModel = AutoModel.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise SourceError(f"cannot load the encoder in {folder}: {error}", "is it complete?") from error
    nn.Module.to(module, torch.float32)
    return module
