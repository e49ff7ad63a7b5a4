"""Training from scratch and from an encoder, on text that takes seconds to learn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs torch (extra `ner`)")
pytest.importorskip("transformers", reason="needs transformers (extra `ner`)")

import numpy as np
from safetensors.numpy import load_file

from stackmark.errors import UsageError
from stackmark.ner import SpanMarkerModel, tiny
from stackmark.ner.data import Sentence
from stackmark.ner.evaluation import evaluate
from stackmark.ner.training import last_checkpoint, make_plan, settled, train
from tests.ner import making

QUICK = {"vocabulary": 300, "epochs": 5, "batch_size": 16}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "model"
    train(making.sentences(200, 1), making.sentences(40, 2), output=folder, **QUICK)
    return folder


def test_a_small_model_learns_and_is_saved(trained: Path) -> None:
    model = SpanMarkerModel.from_pretrained(trained)
    assert evaluate(model, making.sentences(60, 3)).all.f1 > 0.9
    assert [one["label"] for one in model.predict("Ada Lovelace lives in Paris .")] == ["PER", "LOC"]


def test_metrics_say_what_was_done(trained: Path) -> None:
    metrics = json.loads((trained / "metrics.json").read_text())
    assert metrics["dev"]["sentences"] == 40
    assert metrics["training"]["sentences"] == 200
    assert metrics["training"]["languages"] == ["en"]
    assert len(metrics["training"]["scores_in_between"]) >= 2
    assert not (trained / "checkpoints").exists()


def test_what_is_saved_is_an_ordinary_bert(trained: Path) -> None:
    names = load_file(trained / "model.safetensors")
    assert names["encoder.embeddings.word_embeddings.weight"].ndim == 2
    assert not [name for name in names if "table" in name or "features" in name]


def test_same_seed_same_model(tmp_path: Path) -> None:
    data = making.sentences(40, 1)
    for name in ("a", "b"):
        train(data, output=tmp_path / name, **{**QUICK, "epochs": 1})
    one, other = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("a", "b"))
    assert one == other


@pytest.mark.parametrize("dev", [10, 0])
def test_time_limit_ends_training(tmp_path: Path, dev: int) -> None:
    data = making.sentences(60, 1)
    train(data, data[:dev] or None, output=tmp_path, max_seconds=3, vocabulary=300, scorings=2)
    notes = json.loads((tmp_path / "metrics.json").read_text())["training"]
    assert 2.9 < notes["seconds"] < 20
    assert notes["steps"] >= 1


def test_only_some_languages_are_learnt_and_all_are_scored(tmp_path: Path) -> None:
    data = making.sentences(40, 1, "en") + making.sentences(40, 2, "xx")
    train(data, data, output=tmp_path, languages=["en"], **{**QUICK, "epochs": 1})
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["training"]["languages"] == ["en"]
    assert metrics["training"]["sentences"] == 40
    assert sorted(metrics["dev"]["languages"]) == ["en", "xx"]


def test_from_a_pretrained_encoder_with_documents(tmp_path: Path) -> None:
    data = making.sentences(60, 1)
    texts = [Sentence(one.words, one.entities, "en", str(number // 5), number) for number, one in enumerate(data)]
    tokenizer = tiny.learn_tokenizer((one.words for one in data), 300)
    tiny.new_encoder(tokenizer.get_vocab_size()).save_pretrained(tmp_path / "encoder")
    tokenizer.save(str(tmp_path / "encoder" / "tokenizer.json"))
    train(texts, texts[:10], tmp_path / "encoder", tmp_path / "model", epochs=1, batch_size=8)
    model = SpanMarkerModel.from_pretrained(tmp_path / "model")
    assert model.config.trained_with_document_context
    assert model.config.types == ["LOC", "PER"]


def test_goes_on_from_where_it_was_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = making.sentences(64, 1)
    train(data, data[:8], output=tmp_path / "whole", **{**QUICK, "epochs": 2})
    with monkeypatch.context() as patch:
        patch.setattr("stackmark.ner.training.settled", _break_off_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            train(data, data[:8], output=tmp_path / "broken", **{**QUICK, "epochs": 2})
    assert str(last_checkpoint(tmp_path / "broken" / "checkpoints")).endswith("checkpoint-4")
    train(data, data[:8], output=tmp_path / "broken", **{**QUICK, "epochs": 2})
    whole, broken = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "broken"))
    assert all(np.allclose(whole[name], broken[name], atol=1e-5) for name in whole)


CALLS: list[int] = []


def _break_off_at_the_second(model: SpanMarkerModel) -> SpanMarkerModel:
    CALLS.append(1)
    if len(CALLS) == 2:
        raise KeyboardInterrupt
    return settled(model)


@pytest.mark.parametrize(
    ("data", "plan", "message"),
    [
        ([Sentence(("a",), ())], {}, "no entities"),
        ([], {}, "no sentence"),
        (making.sentences(3, 1), {"languages": ["zz"]}, "no sentence in zz"),
        (making.sentences(3, 1), {"epoch": 3}, "epoch"),
        (making.sentences(3, 1), {"batch_size": 0}, "makes no sense"),
    ],
)
def test_what_cannot_be_trained_is_refused(
    data: list[Sentence], plan: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        train(data, output=tmp_path, **plan)


def test_defaults_depend_on_the_encoder() -> None:
    assert make_plan("tiny", None, {}).sample > 0
    assert make_plan("bert-base", None, {}).sample == 0
    assert make_plan("tiny", 60.0, {}).epochs is not None
