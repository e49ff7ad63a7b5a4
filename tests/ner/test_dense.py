"""Encoders of other families: those that can carry markers give definite answers, the others say so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="stackmark.ner needs torch")
transformers = pytest.importorskip("transformers", reason="other families come from transformers")

from stackmark.errors import UsageError  # noqa: E402
from stackmark.ner import SpanMarkerModel  # noqa: E402
from stackmark.ner.dense import DenseScorer  # noqa: E402
from tests.ner import goldens  # noqa: E402

SIZES = {
    "vocab_size": 704,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 320,
}
ABSOLUTE: dict[str, dict[str, Any]] = {
    "Albert": {"embedding_size": 16},
    "Ernie": {},
    "RemBert": {"input_embedding_size": 16},
    "MegatronBert": {},
    "XLMRobertaXL": {},
}
RELATIVE = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": False}
OTHERS: dict[str, dict[str, Any]] = {
    "Deberta": RELATIVE,
    "DebertaV2": {**RELATIVE, "position_buckets": 16, "share_att_key": True, "norm_rel_ebd": "layer_norm"},
    "MPNet": {},
    "FNet": {},
    "ConvBert": {"embedding_size": 32},
    "MobileBert": {"embedding_size": 32, "intra_bottleneck_size": 32},
}


def model(family: str, own: dict[str, Any]) -> SpanMarkerModel:
    torch.manual_seed(1)
    # Ten times the usual deviation: the attention is as uneven as that of a trained model.
    config = getattr(transformers, f"{family}Config")(**SIZES, **own, initializer_range=0.2)
    encoder = getattr(transformers, f"{family}Model")(config)
    tokenizer = goldens.model("bert").tokenizer.backend
    made = SpanMarkerModel.from_encoder(encoder, ["O", "LOC", "PER"], tokenizer, model_max_length=64)
    with torch.no_grad():
        made.classifier.weight.normal_(0, 0.3)
    return made


@pytest.mark.parametrize("family", ABSOLUTE)
def test_a_family_with_absolute_positions_predicts_the_same_whatever_else_is_asked(family: str) -> None:
    made = model(family, ABSOLUTE[family])
    assert isinstance(made.scorer(), DenseScorer)
    texts = [*goldens.texts()[:2], "", " ".join(goldens.texts()[:8])]
    together = made.logits(texts)
    alone = [made.logits([text])[0] for text in texts]
    for (spans, one), (places, other) in zip(together, alone, strict=True):
        assert np.array_equal(spans, places)
        assert np.abs(one - other).max(initial=0) < 1e-4
    assert together[0][1].std() > 0.1


@pytest.mark.parametrize("family", OTHERS)
def test_a_family_that_cannot_carry_markers_says_so(family: str) -> None:
    made = model(family, OTHERS[family])
    with pytest.raises(UsageError, match=r"square mask|other company"):
        made.predict("Anna met Tom in Rome")
