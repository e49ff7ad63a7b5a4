from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="stackmark.ner needs torch")

from stackmark.ner import SpanMarkerModel
from stackmark.ner.save import save_model
from tests.ner import goldens


def test_the_reference_finds_what_it_asks_the_encoder_for(tmp_path: Path) -> None:
    save_model(goldens.model("roberta"), tmp_path, None)
    config = json.loads((tmp_path / "config.json").read_text())
    encoder = Path(config["encoder"]["_name_or_path"])
    assert json.loads((encoder / "config.json").read_text())["model_type"] == "roberta"
    assert (encoder / "tokenizer.json").exists()
    assert config["vocab_size"] == config["encoder"]["vocab_size"] == 528


def test_an_encoder_of_the_hub_is_named_as_it_is(tmp_path: Path) -> None:
    save_model(goldens.model("roberta"), tmp_path, "org/encoder")
    assert json.loads((tmp_path / "config.json").read_text())["encoder"]["_name_or_path"] == "org/encoder"
    assert not (tmp_path / "encoder").exists()


def test_the_weights_can_be_read_by_whoever_reads_the_rest(tmp_path: Path) -> None:
    save_model(goldens.model("bert"), tmp_path, None)
    assert (tmp_path / "model.safetensors").stat().st_mode == (tmp_path / "config.json").stat().st_mode


def test_a_model_can_be_saved_where_it_was_loaded_from(tmp_path: Path) -> None:
    goldens.model("bert").save_pretrained(tmp_path)
    model = SpanMarkerModel.from_pretrained(tmp_path)
    model.save_pretrained(tmp_path)
    assert [path.name for path in tmp_path.glob(".*")] == []
    for one in (model, SpanMarkerModel.from_pretrained(tmp_path)):
        assert one.predict(goldens.texts()) == goldens.model("bert").predict(goldens.texts())
