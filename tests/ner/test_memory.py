"""What prediction needs beside the weights does not grow with the number of texts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="stackmark.ner needs torch")

from stackmark.ner import predict
from tests.ner import goldens

CLEAR = Path("/proc/self/clear_refs")
#: Prints the peak in MiB above what was resident, for more and more texts of ever other lengths, all in one batch.
CODE = f"""
import ctypes, random, sys
from pathlib import Path
import torch
from stackmark.ner import SpanMarkerModel

torch.set_num_threads(1)
def resident(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":")) / 1024

model = SpanMarkerModel.from_pretrained({str(goldens.FOLDER / "bert")!r}, dtype=sys.argv[1])
chance = random.Random(1)
texts = [" ".join(chance.choices(["Anna", "met", "Tom", "in", "Rome"], k=chance.randint(1, 30))) for _ in range(1200)]
for number in (100, 400, 1200):
    ctypes.CDLL(None).malloc_trim(0)
    Path({str(CLEAR)!r}).write_text("5")
    held = resident("VmRSS")
    model.predict(texts[:number], batch_size=number, dtype=sys.argv[1])
    print(resident("VmHWM") - held)
"""


@pytest.mark.skipif(not os.access(CLEAR, os.W_OK), reason="the peak of a process can only be reset on Linux")
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int8"])
def test_the_peak_is_flat(dtype: str) -> None:
    done = subprocess.run([sys.executable, "-c", CODE, dtype], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    _, few, many = map(float, done.stdout.split())
    # With products of any number of rows it is some 40 MiB more; the kernels for few numbers are made in the beginning.
    assert many < few + 24, f"{few:.0f} MiB for 400 texts, {many:.0f} MiB for 1200"


def test_a_block_of_texts_is_bounded_by_number_and_by_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predict, "TEXTS", 5)
    monkeypatch.setattr(predict, "LETTERS", 20)
    texts = ["abc"] * 7 + ["x" * 50, "y", ["two", "words"], ["w"] * 9, ""]
    blocks = list(predict.blocks(texts, 1000))
    assert [text for block in blocks for text in block] == texts
    assert [len(block) for block in blocks] == [5, 2, 1, 2, 1, 1]
    assert [len(block) for block in predict.blocks(texts[:7], 3)] == [3, 3, 1]


def test_a_block_is_given_as_soon_as_it_is_full() -> None:
    taken = []
    source = (taken.append(number) or "text" for number in range(10))
    next(predict.blocks(source, 2))
    assert taken == [0, 1]


def test_passages_that_are_scored_apart_give_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    model = goldens.model("bert")
    texts = [*goldens.texts()[:6], " ".join(goldens.texts() * 3)]
    words = [text.split() for text in goldens.texts()[:6]]
    data = {"tokens": words, "document_id": [1, 1, 1, 2, 2, 2], "sentence_id": [0, 1, 2] * 2}
    expected = model.predict(texts) + model.predict(data)
    monkeypatch.setattr(predict, "SPANS", 50)
    monkeypatch.setattr(predict, "TEXTS", 4)
    found = model.predict(texts) + model.predict(data)
    assert all(goldens.same(*pair) for pair in zip(found, expected, strict=True))
