from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="stackmark.ner needs torch")

from stackmark.errors import SourceError  # noqa: E402
from stackmark.ner.weights import load_tensors, save_tensors  # noqa: E402
from tests.ner import goldens  # noqa: E402

#: Writes a file that runs code when it is unpickled without care.
EVIL = """
import pickle, sys
class Evil:
    def __reduce__(self):
        return (exec, ("open(%r, 'w').close()",))
import torch
torch.save({"classifier.weight": Evil()}, sys.argv[1])
"""


def test_safetensors_in_parts_are_put_together(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_tensors({name: torch.ones(2)}, tmp_path / f"model-{name}.safetensors")
    index = {"weight_map": {name: f"model-{name}.safetensors" for name in "ab"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert sorted(load_tensors(tmp_path)) == ["a", "b"]


def test_an_index_cannot_point_out_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "../a.safetensors"}}))
    with pytest.raises(SourceError):
        load_tensors(tmp_path)


def test_older_weights_are_read(tmp_path: Path) -> None:
    torch.save({"x.LayerNorm.gamma": torch.ones(3)}, tmp_path / "pytorch_model.bin")
    assert load_tensors(tmp_path)["x.LayerNorm.weight"].tolist() == [1, 1, 1]


def test_a_pickle_runs_no_code(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    command = [sys.executable, "-c", EVIL % str(trace), str(tmp_path / "pytorch_model.bin")]
    subprocess.run(command, check=True)
    with pytest.raises(SourceError, match="not opened"):
        load_tensors(tmp_path)
    assert not trace.exists()


@pytest.mark.parametrize("content", [b"", b"\x80\x04.", b"PK\x03\x04 no archive", b"garbage"], ids=ascii)
def test_a_damaged_bin_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(content)
    with pytest.raises(SourceError):
        load_tensors(tmp_path)


def test_no_weights_are_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no weights"):
        load_tensors(tmp_path)


def test_the_golden_weights_are_all_there() -> None:
    assert "classifier.weight" in load_tensors(goldens.FOLDER / "bert")
