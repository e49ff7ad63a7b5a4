"""Exported models: the same answers without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs torch (extra `ner`)")
pytest.importorskip("onnx", reason="needs onnx")
pytest.importorskip("onnxruntime", reason="needs onnxruntime")

from stackmark.errors import SourceError, UsageError
from stackmark.ner import SpanMarkerModel
from stackmark.ner.loading import load
from stackmark.ner.onnx_backend import OnnxModel
from stackmark.ner.onnx_export import MARKERS, TEXT, WEIGHTS, export
from tests.ner import making

TEXTS = [
    "Ada Lovelace lives in Paris .",
    "",
    "Snow fell on Rio de Janeiro all night . 👩‍💻 \u200b x",
    " ".join(["From Kyoto came Max Born with a box ."] * 40),
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    checkpoint, exported = (tmp_path_factory.mktemp(name) for name in ("checkpoint", "exported"))
    making.write_model(checkpoint)
    written = export(SpanMarkerModel.from_pretrained(checkpoint), exported)
    assert [path.name for path in written] == [TEXT, MARKERS, WEIGHTS]
    return checkpoint, exported


def test_logits_and_entities_are_those_of_torch(folders: tuple[Path, Path]) -> None:
    model, exported = SpanMarkerModel.from_pretrained(folders[0]), load(folders[1])
    assert isinstance(exported, OnnxModel)
    for (spans, logits), (own_spans, own) in zip(model.logits(TEXTS), exported.logits(TEXTS), strict=True):
        assert np.array_equal(spans, own_spans)
        assert np.allclose(logits, own, atol=1e-4)
    expected, found = model.predict(TEXTS), exported.predict(TEXTS)
    assert sum(map(len, expected)) > 20
    for one, other in zip(expected, found, strict=True):
        assert [{**entity, "score": 0} for entity in one] == [{**entity, "score": 0} for entity in other]


@pytest.mark.parametrize("kind", ["mean", "markers"])
def test_embeddings_are_those_of_torch(folders: tuple[Path, Path], kind: str) -> None:
    model, exported = SpanMarkerModel.from_pretrained(folders[0]), OnnxModel.from_pretrained(folders[1])
    pairs = zip(*(one.predict(TEXTS[0], return_embeddings=kind) for one in (model, exported)), strict=True)
    for one, other in pairs:
        assert np.allclose(one["embedding"], other["embedding"], atol=1e-4)


def test_predicts_without_torch_and_transformers(folders: tuple[Path, Path]) -> None:
    code = f"""
import sys
sys.modules["torch"] = sys.modules["transformers"] = None
from stackmark.ner.loading import load
import json
print(json.dumps(load({str(folders[1])!r}).predict({TEXTS[0]!r})))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    expected = SpanMarkerModel.from_pretrained(folders[0]).predict(TEXTS[0])
    assert [one["span"] for one in json.loads(done.stdout)] == [one["span"] for one in expected]


def test_golden_checkpoints(shared_data: Path, tmp_path: Path) -> None:
    for folder in sorted((shared_data / "ner" / "golden").iterdir()):
        export(SpanMarkerModel.from_pretrained(folder), tmp_path / folder.name)
        expected = json.loads((folder / "expected.json").read_text())["texts"]
        logits = np.load(folder / "logits.npz")
        model = OnnxModel.from_pretrained(tmp_path / folder.name)
        for number, (_, own) in enumerate(model.logits([one["text"] for one in expected])):
            assert np.abs(own - logits[f"logits_{number:02}"]).max() < 1e-4


def test_large_weights_lie_once(folders: tuple[Path, Path]) -> None:
    assert max((folders[1] / name).stat().st_size for name in (TEXT, MARKERS)) < 100_000
    weights = (folders[0] / "model.safetensors").stat().st_size
    assert (folders[1] / WEIGHTS).stat().st_size < 1.3 * weights


def test_damaged_and_missing_files_and_unknown_backends(folders: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", TEXT, WEIGHTS):
        (tmp_path / name).write_bytes((folders[1] / name).read_bytes())
    with pytest.raises(SourceError, match=r"no markers\.onnx"):
        load(tmp_path, "onnx")
    (tmp_path / MARKERS).write_bytes(b"no graph")
    with pytest.raises(SourceError, match=r"markers\.onnx"):
        load(tmp_path, "onnx")
    (tmp_path / MARKERS).write_bytes((folders[1] / MARKERS).read_bytes())
    (tmp_path / WEIGHTS).write_bytes(b"short")
    with pytest.raises(SourceError):
        load(tmp_path, "onnx")
    with pytest.raises(UsageError, match="unknown"):
        load(tmp_path, "tensorflow")
