"""Encoders of other families: those that can carry markers give the reference's answers, the others say so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="stackmark.ner needs torch")
transformers = pytest.importorskip("transformers", reason="other families come from transformers")

from stackmark.errors import StackmarkError, UsageError  # noqa: E402
from stackmark.ner import SpanMarkerModel, train  # noqa: E402
from stackmark.ner.dense import DenseScorer  # noqa: E402
from tests.ner import families, goldens, making  # noqa: E402

ACCEPTED = {**families.PUBLISHED, **families.LATER}
RELATIVE = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": False}
REFUSED: dict[str, dict[str, Any]] = {
    "Deberta": RELATIVE,
    "DebertaV2": {**RELATIVE, "position_buckets": 16, "share_att_key": True, "norm_rel_ebd": "layer_norm"},
    "MPNet": {},
    "FNet": {},
    "ConvBert": {"embedding_size": 32},
    "MobileBert": {"embedding_size": 32, "intra_bottleneck_size": 32},
    "RoFormer": {"embedding_size": 32},
    "Funnel": {"block_sizes": [1, 1], "d_model": 32, "n_head": 2, "d_head": 16, "d_inner": 64},
    "Longformer": {"attention_window": 16},
    "Nystromformer": {},
    "Yoso": {},
    "GPT2": {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 320},
    "Llama": {"num_key_value_heads": 2},
    "T5": {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2},
    "Canine": {},
    "Bert": {"position_embedding_type": "relative_key"},
    "ModernBert": {"local_attention": 32},
}


def encoder(family: str) -> Any:
    own = REFUSED[family]
    sizes = {name: size for name, size in families.SIZES.items() if family != "Funnel" or name == "vocab_size"}
    config = getattr(transformers, f"{family}Config")(**{**sizes, **own})
    return getattr(transformers, f"{family}Model")(config)


@pytest.mark.parametrize("family", families.PUBLISHED)
def test_a_family_that_the_reference_runs_gives_its_logits(family: str) -> None:
    made = families.model(family, families.PUBLISHED[family])
    assert isinstance(made.scorer(), DenseScorer)
    found = np.concatenate([logits for _, logits in made.logits(families.WORDS)])
    with np.load(families.LOGITS) as wanted:
        assert wanted[family].std() > 0.1
        assert np.abs(found - wanted[family]).max() <= 1e-4


@pytest.mark.parametrize("family", ACCEPTED)
def test_a_family_gives_what_the_definition_gives_pair_by_pair(family: str) -> None:
    made = families.model(family, ACCEPTED[family])
    for words, (spans, logits) in zip(families.WORDS, made.logits(families.WORDS), strict=True):
        assert logits.std() > 0.1
        for span, found in list(zip(spans.tolist(), logits, strict=True))[::3]:
            assert np.abs(defined(made, words, *span) - found).max() <= 1e-4


def defined(made: Any, words: list[str], first: int, last: int) -> Any:
    """Score one span as SpanMarker is defined: text, padding, two markers, padding; alone in its row."""
    own = made.tokenizer
    encoded = own.encode([words])[0]
    text = [*own.prefix, *encoded.ids.tolist(), *own.suffix]
    places = [len(own.prefix) + int(encoded.words[first, 0]), len(own.prefix) + int(encoded.words[last - 1, 1])]
    ids = torch.full((1, 64), own.pad)
    ids[0, : len(text)] = torch.tensor(text)
    ids[0, 40], ids[0, 50] = own.start, own.end
    positions = torch.ones_like(ids)
    positions[0, : len(text)] = torch.arange(len(text)) + 2
    positions[0, 40], positions[0, 50] = places[0] + 2, places[1] + 2
    seen = torch.eye(64, dtype=torch.bool)
    seen[: len(text), : len(text)] = True
    for marker in (40, 50):
        seen[marker, : len(text)] = seen[marker, 40] = seen[marker, 50] = True
    mask = torch.zeros(1, 1, 64, 64).masked_fill(~seen, torch.finfo(torch.float32).min)
    with torch.inference_mode():
        states = made.encoder.eval()(ids, attention_mask=mask, position_ids=positions)[0][0]
        return made.classifier(torch.cat([states[40], states[50]])).numpy()


@pytest.mark.parametrize("family", ACCEPTED)
def test_a_family_predicts_the_same_whatever_else_is_asked(family: str) -> None:
    made = families.model(family, ACCEPTED[family])
    texts = [*goldens.texts()[:2], "", " ".join(goldens.texts()[:8])]
    together = made.logits(texts)
    for (spans, one), (places, other) in zip(together, [made.logits([text])[0] for text in texts], strict=True):
        assert np.array_equal(spans, places)
        assert np.abs(one - other).max(initial=0) < 1e-4


def test_albert_is_accepted_where_the_reference_stops(tmp_path: Path) -> None:
    made = families.model("Albert", {"embedding_size": 16})
    for words, (spans, logits) in zip(families.WORDS, made.logits(families.WORDS), strict=True):
        for span, found in zip(spans.tolist(), logits, strict=True):
            assert np.abs(defined(made, words, *span) - found).max() <= 1e-4
    made.save_pretrained(tmp_path)
    again = SpanMarkerModel.from_pretrained(tmp_path)
    assert again.predict(families.WORDS) == made.predict(families.WORDS)


@pytest.mark.parametrize("family", REFUSED)
def test_a_family_that_cannot_carry_markers_says_so(family: str) -> None:
    tokenizer = goldens.model("bert").tokenizer.backend
    with pytest.raises(UsageError, match=r"square mask|other company|table of word pieces|relative positions"):
        SpanMarkerModel.from_encoder(encoder(family), ["O", "LOC", "PER"], tokenizer, model_max_length=64)


def test_a_family_that_cannot_carry_markers_is_refused_before_it_is_trained(tmp_path: Path) -> None:
    encoder("RoFormer").save_pretrained(tmp_path / "encoder")
    goldens.model("bert").tokenizer.backend.save(str(tmp_path / "encoder" / "tokenizer.json"))
    with pytest.raises(UsageError, match="roformer"):
        train(making.sentences(20, 1), encoder=tmp_path / "encoder", output=tmp_path / "model")


@pytest.mark.parametrize("kind", ["roformer", "funnel", "no-such-encoder"])
def test_a_checkpoint_of_such_a_family_is_a_clear_error(kind: str, tmp_path: Path) -> None:
    families.model("Ernie", {}).save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"ernie"', f'"{kind}"'), encoding="utf-8")
    with pytest.raises(StackmarkError):
        SpanMarkerModel.from_pretrained(tmp_path)
