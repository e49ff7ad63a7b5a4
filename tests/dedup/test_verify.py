"""Exact similarity of sets of shingles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.dedup.shingles import shingles
from stackmark.dedup.verify import common, shingle_sets
from tests.dedup.texts import jaccard

SETS = st.sets(st.integers(0, 40), max_size=30)


@given(SETS, SETS)
def test_common_counts_what_two_sets_share(one: set[int], other: set[int]) -> None:
    values = np.array(sorted(one) + sorted(other), np.uint64)
    assert common(values, 0, len(one), len(one), len(values)) == len(one & other)


@given(st.lists(st.sampled_from([b"", b"a b c d e a b c d e", b"x", b" " * 30, "é ".encode() * 9]), max_size=6))
def test_sets_side_by_side_are_those_of_each(contents: list[bytes]) -> None:
    values, bounds = shingle_sets(contents)
    assert len(bounds) == len(contents) + 1
    for number, one in enumerate(contents):
        assert np.array_equal(values[bounds[number] : bounds[number + 1]], shingles(one))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(b"a b c d e", b"a b c d e", 1.0), (b"a b c d e f", b"a b c d e g", 1 / 3), (b"a b c d e", b"v w x y z", 0.0)],
)
def test_jaccard(one: bytes, other: bytes, expected: float) -> None:
    assert jaccard(one, other) == pytest.approx(expected)


def test_texts_without_shingles_are_like_nothing() -> None:
    assert jaccard(b"", b"") == 0.0
