"""Small models around encoders of other families, of weights that depend on their names alone."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from tests.ner import goldens

#: The reference's logits of `WORDS` for each of `PUBLISHED`, all spans of a sentence one below another.
LOGITS = Path(__file__).parent / "golden" / "families.npz"
WORDS = [
    ["Anna", "met", "Tom", "Bell", "in", "Rome", "."],
    ["Nothing", "happened", "today"],
    ["From", "Rome", "came", "Anna", "with", "a", "box", "of", "letters", "."],
]
SIZES = {
    "vocab_size": 704,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 320,
    "pad_token_id": 0,
}
#: Families that the reference runs with the transformers of its time.
PUBLISHED: dict[str, dict[str, Any]] = {
    "Ernie": {},
    "RemBert": {"input_embedding_size": 16},
    "MegatronBert": {},
    "RobertaPreLayerNorm": {},
    "XLMRobertaXL": {},
    "Luke": {"entity_vocab_size": 10, "entity_emb_size": 32},
    "BigBird": {"attention_type": "original_full"},
    "Splinter": {},
    "SqueezeBert": {
        "embedding_size": 32,
        "q_groups": 2,
        "k_groups": 2,
        "v_groups": 2,
        "post_attention_groups": 1,
        "intermediate_groups": 4,
        "output_groups": 4,
    },
    "IBert": {},
    "Xmod": {"default_language": "en_XX", "languages": ["en_XX"]},
}
#: Families that are accepted besides: the reference stops at its own mask, or does not know them.
LATER: dict[str, dict[str, Any]] = {
    "Albert": {"embedding_size": 16},
    "NomicBert": {},
    "JinaEmbeddingsV3": {},
    "ModernBert": {"max_position_embeddings": 66},
}


def module(family: str, own: dict[str, Any]) -> Any:
    """Make an encoder; its attention is as uneven as that of a trained one."""
    import torch
    import transformers

    config = getattr(transformers, f"{family}Config")(**{**SIZES, **own})
    encoder = getattr(transformers, f"{family}Model")(config).eval()
    with torch.no_grad():
        for name, weights in encoder.named_parameters():
            weights.copy_(numbers(name, weights.shape) + (1 if weights.dim() == 1 and "bias" not in name else 0))
    return encoder


def numbers(name: str, shape: Any) -> Any:
    """Give the numbers that belong to a name."""
    import torch

    found = np.random.default_rng(zlib.crc32(name.encode())).normal(0, 0.2, tuple(shape))
    return torch.from_numpy(found.astype(np.float32))


def model(family: str, own: dict[str, Any]) -> Any:
    """Make a SpanMarker model around an encoder."""
    import torch

    from stackmark.ner import SpanMarkerModel

    tokenizer = goldens.model("bert").tokenizer.backend
    made = SpanMarkerModel.from_encoder(module(family, own), ["O", "LOC", "PER"], tokenizer, model_max_length=64)
    with torch.no_grad():
        made.network.classifier.weight.copy_(numbers("classifier", made.network.classifier.weight.shape))
        made.network.classifier.bias.zero_()
    return made
