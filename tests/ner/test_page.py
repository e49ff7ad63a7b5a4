"""The Python examples of docs/ner.md run as they stand, with a golden checkpoint for the reader's own model."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ner import goldens

PAGE = Path(__file__).parents[2] / "docs" / "ner.md"


def test_the_examples_run(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="stackmark.ner needs torch")
    shutil.copytree(goldens.FOLDER / "bert", tmp_path / "my-model")
    (tmp_path / "texts.txt").write_text("\n".join(goldens.texts() * 2), encoding="utf-8")
    code = "\n".join(re.findall(r"```py\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "PER" in done.stdout
    assert (tmp_path / "my-faster-model" / "prefilter.safetensors").exists()
