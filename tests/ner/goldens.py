"""The golden checkpoints beside this file, and what the reference says of their texts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parent / "golden"
FAMILIES = ("bert", "roberta", "xlm-roberta")


@cache
def model(family: str) -> Any:
    pytest.importorskip("torch", reason="stackmark.ner needs torch")
    from stackmark.ner import SpanMarkerModel

    return SpanMarkerModel.from_pretrained(FOLDER / family)


@cache
def expected(family: str) -> dict[str, Any]:
    return json.loads((FOLDER / family / "expected.json").read_text(encoding="utf-8"))


def texts(family: str = "bert") -> list[str]:
    return [each["text"] for each in expected(family)["texts"]]


def logits(family: str) -> list[tuple[np.ndarray, np.ndarray]]:
    with np.load(FOLDER / family / "logits.npz") as arrays:
        return [(arrays[f"spans_{n:02d}"], arrays[f"logits_{n:02d}"]) for n in range(len(texts(family)))]


def same(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> bool:
    """Compare entities: scores nearly, all else exactly, keys in the same order."""
    return [list(each) for each in found] == [list(each) for each in wanted] and all(
        one["score"] == pytest.approx(other["score"], abs=1e-5) and {**one, "score": 0} == {**other, "score": 0}
        for one, other in zip(found, wanted, strict=True)
    )
