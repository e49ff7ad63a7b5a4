"""Sketches: form, exactness of the estimate, and that nothing but the text changes them."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from stackmark import dedup
from stackmark.dedup import bands, sketches
from stackmark.dedup.columns import as_binary
from stackmark.errors import UsageError

TEXTS = [b"", b"x = 1", b"a b c d e", b"def f(x):\n    return x\n" * 3, b"", "größe = 値 + 1\n".encode() * 4, b"z" * 90]


def of_sets(sets: list[npt.NDArray[np.uint64]]) -> npt.NDArray[np.uint64]:
    bins = np.empty((len(sets), sketches.BINS), np.uint64)
    for row, one in zip(bins, sets, strict=True):
        sketches.fill(one, len(one), row)
    return bins


def pairs(count: int, size: int, jaccard: float, seed: int) -> npt.NDArray[np.uint64]:
    """Sketch pairs of random sets, of `size` together, with a known similarity: shape [count, 2, bins]."""
    generator = np.random.Generator(np.random.PCG64(seed))
    both = round(size * jaccard)
    found = []
    for _ in range(count):
        values = generator.integers(0, 1 << 64, size, np.uint64)
        shared, rest = values[:both], values[both:]
        half = len(rest) // 2
        found += [np.concatenate([shared, rest[:half]]), np.concatenate([shared, rest[half:]])]
    return of_sets(found).reshape(count, 2, -1)


class TestForm:
    def test_shape_and_type(self) -> None:
        found = dedup.sketch(TEXTS)
        assert (found.shape, found.dtype) == ((len(TEXTS), 256), np.dtype(np.uint32))

    def test_none_at_all(self) -> None:
        assert dedup.sketch([]).shape == (0, 256)

    def test_texts_without_shingles_are_zeros(self) -> None:
        empty = [not row.any() for row in dedup.sketch(TEXTS)]
        assert empty == [True, True, False, False, True, False, True]

    @pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.string(), pa.large_string()])
    def test_columns_of_every_kind(self, kind: pa.DataType) -> None:
        column = pa.array(TEXTS, pa.binary()).cast(kind)
        expected = dedup.sketch(TEXTS)
        assert np.array_equal(dedup.sketch(column), expected)
        assert np.array_equal(dedup.sketch(pa.chunked_array([column[:2], column[2:]])), expected)
        assert np.array_equal(dedup.sketch(column[2:5]), expected[2:5])

    def test_null_is_empty(self) -> None:
        assert not dedup.sketch(pa.array([None], pa.binary())).any()

    def test_a_column_of_numbers_is_refused(self) -> None:
        with pytest.raises(UsageError, match="int64"):
            as_binary(pa.array([1]))

    def test_a_text_does_not_depend_on_its_neighbours_or_the_threads(self) -> None:
        source = random.Random(1)
        texts = [" ".join(source.choices("abcdefgh", k=source.randrange(9000))).encode() for _ in range(900)]
        expected = dedup.sketch(texts, threads=1)
        assert np.array_equal(dedup.sketch(texts, threads=2), expected)
        assert np.array_equal(np.concatenate([dedup.sketch([one]) for one in texts[-9:]]), expected[-9:])

    def test_the_answer_is_the_same_in_every_version(self) -> None:
        """Kept sketches would be compared with new ones: who changes them must raise the versions that name them."""
        row = dedup.sketch([b"a b c d e f"])[0]
        assert (sketches.VERSION, row[:4].tolist()) == ("1", EXPECTED)


EXPECTED = [2177750352, 1331517089, 1238881318, 841968896]


class TestEstimate:
    @pytest.mark.parametrize("size", [5, 40, 150, 300, 1_000, 5_000])
    @pytest.mark.parametrize("jaccard", [0.2, 0.6, 0.8])
    def test_is_unbiased_and_no_worse_than_minhash(self, size: int, jaccard: float) -> None:
        count = 300
        found = pairs(count, size, jaccard, seed=size)
        exact = round(size * jaccard) / size
        error = (found[:, 0] == found[:, 1]).mean(axis=1) - exact
        ideal = np.sqrt(exact * (1 - exact) / sketches.BINS)
        assert abs(error.mean()) < 4 * ideal / np.sqrt(count)
        assert np.sqrt((error**2).mean()) < 1.1 * ideal

    @pytest.mark.parametrize(
        ("jaccard", "probability"), [(0.5, 0.0241), (0.6, 0.1407), (0.7, 0.5115), (0.8, 0.9416), (0.9, 1.0)]
    )
    def test_candidates_follow_the_curve(self, jaccard: float, probability: float) -> None:
        """The probabilities of 25 bands of 10 rows; within three standard errors."""
        count = 2_000
        found = pairs(count, 400, jaccard, seed=7)
        narrow = (found * sketches.STIR >> np.uint64(32)).astype(np.uint32).astype(np.uint8)
        layout = bands.layout_for(0.7)
        one, other = (bands.band_keys(narrow[:, side], layout) for side in (0, 1))
        share = (one == other).any(axis=1).mean()
        assert abs(share - probability) < 3 * np.sqrt(probability * (1 - probability) / count) + 1e-4
