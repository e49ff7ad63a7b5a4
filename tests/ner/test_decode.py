from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.errors import UsageError
from stackmark.ner.decode import candidates, floors, greedy, softmax

LABELS = {0: "O", 1: "LOC", 2: "PER"}


def test_softmax_does_not_overflow() -> None:
    assert softmax(np.array([[1e4, 0.0]], dtype=np.float32)).tolist() == [[1.0, 0.0]]


def test_greedy_prefers_the_higher_score() -> None:
    spans = np.array([[0, 2], [1, 3], [3, 4]])
    assert greedy(spans, np.array([0.5, 0.9, 0.1], dtype=np.float32)).tolist() == [1, 2]


def test_of_equal_scores_the_earlier_span_wins_as_in_the_reference() -> None:
    spans = np.array([[0, 2], [1, 3]])
    assert greedy(spans, np.array([0.7, 0.7], dtype=np.float32)).tolist() == [0]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6), st.floats(0, 1, width=32)), max_size=40))
def test_chosen_spans_never_overlap_and_none_that_fits_is_left(rows: list[tuple[int, int, float]]) -> None:
    spans = np.array([[start, start + size] for start, size, _ in rows], dtype=np.int64).reshape(-1, 2)
    chosen = greedy(spans, np.array([score for *_, score in rows], dtype=np.float32))
    taken = [word for row in chosen.tolist() for word in range(*spans[row])]
    assert len(taken) == len(set(taken))
    assert all(set(range(*span)) & set(taken) for span in spans.tolist())


def test_outside_is_no_candidate_and_a_threshold_holds_by_type() -> None:
    shares = np.array([[0.9, 0.1, 0], [0.2, 0.8, 0], [0.3, 0, 0.7]], dtype=np.float32)
    found = candidates(shares, 0, floors({"LOC": 0.85}, LABELS))
    assert found.rows.tolist() == [2]
    assert found.labels.tolist() == [2]


@pytest.mark.parametrize("threshold", [{"MISC": 0.5}, 1.5, -0.1, float("nan"), {"LOC": 2.0}])
def test_an_impossible_threshold_is_refused(threshold: object) -> None:
    with pytest.raises(UsageError):
        floors(threshold, LABELS)  # type: ignore[arg-type]
