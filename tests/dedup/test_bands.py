"""Layouts of bands and their keys."""

from __future__ import annotations

import numpy as np
import pytest

from stackmark.dedup.bands import Layout, band_keys, layout_for, narrow
from stackmark.errors import UsageError


@pytest.mark.parametrize(
    ("threshold", "bins", "bands", "rows"),
    [
        (0.7, 112, 12, 9),
        (0.7, 128, 14, 9),
        (0.7, 240, 24, 10),
        (0.7, 250, 25, 10),
        (0.7, 256, 25, 10),
        (0.85, 256, 13, 19),
        (0.5, 256, 42, 6),
        (1.0, 256, 1, 256),
    ],
)
def test_layout_is_that_of_the_usual_optimiser(threshold: float, bins: int, bands: int, rows: int) -> None:
    assert layout_for(threshold, bins) == Layout(bands, rows)


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.62, 0.95, 0.999])
def test_any_threshold_has_a_layout_that_fits(threshold: float) -> None:
    layout = layout_for(threshold)
    assert layout.bands * layout.rows <= 256
    assert layout.probability(min(1.0, threshold + 0.2)) > 0.9


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.01, float("nan")])
def test_a_threshold_that_is_none_is_refused(threshold: float) -> None:
    with pytest.raises(UsageError, match="similarity"):
        layout_for(threshold)


@pytest.mark.parametrize(
    ("layout", "probabilities"),
    [
        (Layout(25, 10), [0.0241, 0.1407, 0.5115, 0.7652, 0.9416, 0.9958]),
        (Layout(14, 8), [0.0533, 0.2111, 0.5645, 0.7716, 0.9235, 0.9884]),
        (Layout(20, 13), [0.0024, 0.0258, 0.1769, 0.3818, 0.6773, 0.9240]),
    ],
)
def test_probability(layout: Layout, probabilities: list[float]) -> None:
    found = [layout.probability(jaccard) for jaccard in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85)]
    assert found == pytest.approx(probabilities, abs=5e-5)


class TestKeys:
    sketches = np.random.Generator(np.random.PCG64(3)).integers(0, 256, (50, 256)).astype(np.uint8)

    def test_one_row_that_differs_changes_its_band_alone(self) -> None:
        changed = self.sketches.copy()
        changed[:, 47] ^= 1
        same = band_keys(self.sketches, Layout(25, 10)) == band_keys(changed, Layout(25, 10))
        assert same[:, 4].sum() == 0
        assert np.delete(same, 4, axis=1).all()

    def test_bands_never_share_a_key(self) -> None:
        keys = band_keys(np.zeros((1, 256), np.uint8), Layout(25, 10))
        assert len(np.unique(keys)) == 25

    def test_rows_after_the_last_band_do_not_count(self) -> None:
        changed = self.sketches.copy()
        changed[:, 250:] = 0
        assert np.array_equal(band_keys(self.sketches, Layout(25, 10)), band_keys(changed, Layout(25, 10)))

    def test_narrow_keeps_the_lowest_byte(self) -> None:
        assert narrow(np.array([[0x01020304]], np.uint32)).tolist() == [[4]]
