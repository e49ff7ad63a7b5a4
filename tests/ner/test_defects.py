"""What is known to go wrong in the reference (span_marker 1.8.1), and input that is bad by itself: a test for each.

The docstring of a test says the input and what the reference makes of it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="stackmark.ner needs torch")

from stackmark.errors import SourceError  # noqa: E402
from stackmark.ner import SpanMarkerModel  # noqa: E402
from tests.ner import goldens  # noqa: E402
from tests.ner.test_weights import EVIL  # noqa: E402

FAMILIES = goldens.FAMILIES


@pytest.fixture(scope="module")
def bert() -> SpanMarkerModel:
    """Make a BERT with the lengths that BERT and the reference have by default."""
    transformers = pytest.importorskip("transformers", reason="a new encoder comes from transformers")
    torch.manual_seed(1)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    encoder = transformers.BertModel(transformers.BertConfig(vocab_size=704, **sizes, initializer_range=0.2))
    tokenizer = goldens.model("bert").tokenizer.backend
    model = SpanMarkerModel.from_encoder(encoder, ["O", "LOC", "PER"], tokenizer)
    with torch.no_grad():
        model.classifier.weight.normal_(0, 0.3)
    return model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy a checkpoint that may be damaged."""
    shutil.copytree(goldens.FOLDER / "bert", tmp_path / "model")
    return tmp_path / "model"


def judged(model: Any, text: str) -> set[int]:
    """Give the characters at which a judged span starts."""
    return set(model.logits([text])[0][0][:, 0].tolist())


def starts(model: Any, text: str) -> set[int]:
    """Give the characters at which a word starts."""
    return set(model.tokenizer.encode([text])[0].chars[:, 0].tolist())


@pytest.mark.parametrize("pieces", [508, 509, 510, 511, 512, 600])
def test_a_bert_of_default_lengths_reads_a_text_that_fills_them(bert: SpanMarkerModel, pieces: int) -> None:
    """BERT encoder, default lengths (512), text that fills them: IndexError, positions run past 511."""
    text = " ".join(["a"] * pieces)
    assert len(bert.tokenizer.encode([text])[0].ids) == pieces
    assert judged(bert, text) == starts(bert, text) == set(range(0, 2 * pieces, 2))
    assert all(np.isfinite(logits).all() for _, logits in bert.logits([text]))
    assert isinstance(bert.predict(text), list)


def test_six_hundred_words_are_read_to_the_end() -> None:
    """600 words, model_max_length 256: the last entity ends at character 1523 of 3599, no warning, tail lost."""
    model = goldens.model("bert")
    words = " ".join(goldens.texts() * 20).split()[:600]
    text = " ".join([*words[:-1], words[0]])
    assert len(model.tokenizer.encode([text])[0].ids) > model.tokenizer.max_length
    assert judged(model, text) == starts(model, text)
    found = model.predict(text)
    assert max(one["char_end_index"] for one in found) > 0.97 * len(text)
    assert all(text[one["char_start_index"] : one["char_end_index"]] == one["span"] for one in found)


@pytest.mark.parametrize("name", ["/no/such/encoder", "nobody/such-an-encoder", "../encoder"])
def test_a_saved_model_needs_nothing_of_its_encoder(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Saved model, encoder directory or hub name unreachable: load fails, config and tokenizer are fetched by name."""
    hub = pytest.importorskip("huggingface_hub", reason="the hub must not be asked")
    monkeypatch.setattr(hub, "snapshot_download", lambda *_, **__: pytest.fail("the hub was asked"))
    config = json.loads((folder / "config.json").read_text())
    config["encoder"]["_name_or_path"] = name
    (folder / "config.json").write_text(json.dumps(config))
    model = SpanMarkerModel.from_pretrained(folder)
    assert model.predict(goldens.texts()) == goldens.model("bert").predict(goldens.texts())


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u00a0", "\u3000"], ids=ascii)
def test_an_empty_or_blank_text_spoils_no_batch(blank: str) -> None:
    """List containing "" or a whitespace string: ValueError for the whole batch."""
    model, texts = goldens.model("bert"), goldens.texts()[:2]
    assert model.predict([texts[0], blank, texts[1]]) == [model.predict(texts[0]), [], model.predict(texts[1])]


def test_texts_of_one_word_are_texts_of_their_own() -> None:
    """["Paris", "London", "Rome"]: read as ONE sentence in words, flat result, an entity may join two inputs."""
    model, texts = goldens.model("bert"), ["Paris", "London", "Rome"]
    found = model.predict(texts)
    assert len(found) == 3
    assert all(one["span"] in text for text, each in zip(texts, found, strict=True) for one in each)
    assert all(goldens.same(one, model.predict(text)) for one, text in zip(found, texts, strict=True))


def test_what_is_saved_are_safetensors(tmp_path: Path) -> None:
    """save_pretrained default: pytorch_model.bin; safetensors needs safe_serialization=True."""
    goldens.model("bert").save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").is_file()
    assert not list(tmp_path.rglob("*.bin"))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "text",
    [
        "An\u200bna met T\u200dom in Ro\ufeffme.",
        "\u200b\u200c\u200d\ufeff\u2060",
        "\u200b Anna \u200b",
        "Anna 👩‍👩‍👧‍👦 met 🏴󠁧󠁢󠁳󠁣󠁴󠁿 Tom 😀😀😀 in 🇫🇷 Rome",
        "😀" * 300,
        "A\u0301\u0327nna e\u0301 " * 20,
        "\u202eemoR ni moT\u202c met Anna",
        "a\x00b \x07 Anna\u2028Tom\u2029Rome",
        "\ud83d Anna \udc00 Rome",
    ],
    ids=["inside", "alone", "around", "joined", "many", "combining", "directions", "controls", "halves"],
)
def test_zero_width_and_emoji_text_keeps_its_characters(family: str, text: str) -> None:
    """Zero-width and emoji text."""
    model = goldens.model(family)
    found = model.predict([text, "Anna met Tom."])
    assert all(text[one["char_start_index"] : one["char_end_index"]] == one["span"] for one in found[0])
    assert goldens.same(found[1], model.predict("Anna met Tom."))
    assert judged(model, text) >= {
        start for start, end in model.tokenizer.encode([text])[0].chars.tolist() if end > start
    }
    assert model.predict([text.split()])[0] is not None


@pytest.mark.parametrize("damage", ["cut short", "a flipped header", "a huge header", "no tensors", "text"])
def test_damaged_safetensors_are_a_clear_error(folder: Path, damage: str) -> None:
    """Damaged safetensors."""
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    content = {
        "cut short": whole[: len(whole) // 2],
        "a flipped header": whole[:9] + b"\xff" + whole[10:],
        "a huge header": b"\xff" * 8 + whole[8:],
        "no tensors": (2).to_bytes(8, "little") + b"{}",
        "text": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
    }[damage]
    path.unlink()
    path.write_bytes(content)
    with pytest.raises(SourceError):
        SpanMarkerModel.from_pretrained(folder)


def test_a_missing_tokenizer_is_a_clear_error(folder: Path) -> None:
    """A missing tokenizer."""
    (folder / "tokenizer.json").unlink()
    with pytest.raises(SourceError, match="no tokenizer"):
        SpanMarkerModel.from_pretrained(folder)


def test_a_pickle_is_not_opened_and_runs_nothing(folder: Path, tmp_path: Path) -> None:
    """A pickle."""
    trace = tmp_path / "trace"
    (folder / "model.safetensors").unlink()
    subprocess.run([sys.executable, "-c", EVIL % str(trace), str(folder / "pytorch_model.bin")], check=True)
    with pytest.raises(SourceError, match="not opened"):
        SpanMarkerModel.from_pretrained(folder)
    assert not trace.exists()
