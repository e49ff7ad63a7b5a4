from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="stackmark.ner needs torch")

from stackmark.errors import SourceError, UsageError  # noqa: E402
from stackmark.ner import SpanMarkerModel  # noqa: E402
from stackmark.ner.fitting import Judge, _folded  # noqa: E402
from stackmark.ner.prefilter import FILE, Prefilter, load_prefilter, tolerable  # noqa: E402
from tests.ner import goldens  # noqa: E402


@pytest.fixture(scope="module")
def fitted() -> SpanMarkerModel:
    model = SpanMarkerModel.from_pretrained(goldens.FOLDER / "bert")
    model.fit_prefilter(goldens.texts() * 3, recall=0.9)
    return model


def test_the_report_counts_the_calibration_part(fitted: SpanMarkerModel) -> None:
    assert fitted.prefilter is not None
    report = fitted.prefilter.report
    assert report["texts"] == 60
    assert 0 < report["kept"] <= 1
    assert 0 <= report["lost"] <= 0.1 * report["entities"]


def test_what_is_kept_is_scored_as_ever(fitted: SpanMarkerModel) -> None:
    texts = goldens.texts()
    off = {(n, e["char_start_index"], e["char_end_index"]): e for n, x in enumerate(fitted.predict(texts)) for e in x}
    filtered = fitted.predict(texts, prefilter="auto")
    on = {(n, e["char_start_index"], e["char_end_index"]): e for n, x in enumerate(filtered) for e in x}
    both = off.keys() & on.keys()
    assert len(both) >= 0.8 * len(off)
    assert all(on[key]["score"] == pytest.approx(off[key]["score"], abs=1e-5) for key in both)


def test_the_filter_is_saved_in_a_file_of_its_own(fitted: SpanMarkerModel, tmp_path: Path) -> None:
    fitted.save_pretrained(tmp_path)
    again = SpanMarkerModel.from_pretrained(tmp_path)
    assert again.predict(goldens.texts(), prefilter=0.8) == fitted.predict(goldens.texts(), prefilter=0.8)
    (tmp_path / FILE).write_bytes(b"damaged")
    with pytest.raises(SourceError, match=FILE):
        SpanMarkerModel.from_pretrained(tmp_path)
    assert load_prefilter(goldens.FOLDER) is None


def test_the_same_texts_give_the_same_filter(fitted: SpanMarkerModel) -> None:
    model = SpanMarkerModel.from_pretrained(goldens.FOLDER / "bert")
    model.fit_prefilter(goldens.texts() * 3, recall=0.9)
    assert model.prefilter is not None
    assert fitted.prefilter is not None
    assert np.array_equal(model.prefilter.pieces, fitted.prefilter.pieces)


def test_a_lower_recall_keeps_fewer_spans(fitted: SpanMarkerModel) -> None:
    assert fitted.prefilter is not None
    assert fitted.prefilter.least(0.6) >= fitted.prefilter.least(0.9)


def test_texts_without_entities_are_refused() -> None:
    model = SpanMarkerModel.from_pretrained(goldens.FOLDER / "bert")
    with pytest.raises(UsageError, match="too few"):
        model.fit_prefilter([""] * 10)
    with pytest.raises(UsageError, match="impossible"):
        model.fit_prefilter(goldens.texts(), recall=1.0)
    assert model.predict("a b", prefilter="auto") == model.predict("a b")


@pytest.mark.parametrize(("entities", "lost"), [(0, 0), (10, 0), (460, 0), (778, 1), (2000, 5)])
def test_losses_are_tolerated_only_with_confidence(entities: int, lost: int) -> None:
    assert tolerable(entities, 0.995) == lost


def test_the_tolerance_is_continuous_where_its_formula_changes() -> None:
    counts = [tolerable(n, 0.995) for n in range(19_000, 21_000, 100)]
    assert counts == sorted(counts)
    assert max(later - earlier for earlier, later in pairwise(counts)) <= 3


def test_the_fitted_and_the_folded_filter_agree_but_for_a_constant() -> None:
    torch.manual_seed(0)
    judge = Judge(6).eval()
    mean, deviation = np.ones(6, dtype=np.float32), np.full(6, 2, dtype=np.float32)
    states = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    markers = np.array([[0, 0], [1, 3], [4, 4], [2, 0]])
    found: Prefilter = _folded(judge, mean, deviation)
    with torch.no_grad():
        wanted = judge(torch.from_numpy((states - mean) / deviation), torch.from_numpy(markers)).numpy()
    assert np.ptp(found.scores(states, markers) - wanted) < 1e-5
