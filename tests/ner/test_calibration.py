"""The constant of "no entity"."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs torch (extra `ner`)")
pytest.importorskip("transformers", reason="needs transformers (extra `ner`)")

import torch

from stackmark.ner import SpanMarkerModel
from stackmark.ner.calibration import calibrate, set_aside
from tests.ner import making


def test_an_offset_that_was_added_is_taken_off_again(tmp_path: Path) -> None:
    making.write_model(tmp_path)
    data = making.sentences(30, 1)
    model = SpanMarkerModel.from_pretrained(tmp_path)
    with torch.no_grad():
        model.classifier.weight *= 0.05
    calibrate(model, data)
    assert calibrate(model, data) == pytest.approx(0, abs=0.25)
    with torch.no_grad():
        model.classifier.bias[model.config.outside_id] -= 2
    assert calibrate(model, data) == pytest.approx(2, abs=0.25)


def test_few_sentences_are_set_aside_evenly() -> None:
    data = making.sentences(2000, 1)
    kept, apart = set_aside(data)
    assert (len(kept), len(apart)) == (1900, 100)
    assert set_aside(data[:500]) == (data[:500], [])


def test_no_sentences_change_nothing(tmp_path: Path) -> None:
    making.write_model(tmp_path)
    assert calibrate(SpanMarkerModel.from_pretrained(tmp_path), []) == 0
