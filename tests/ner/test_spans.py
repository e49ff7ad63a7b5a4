from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stackmark.ner.spans import enumerate_spans


@given(st.integers(0, 30), st.integers(0, 9))
def test_lists_every_run_of_words_by_start_then_length(n: int, longest: int) -> None:
    wanted = [[start, end] for start in range(n) for end in range(start + 1, min(n, start + longest) + 1)]
    assert enumerate_spans(n, longest).tolist() == wanted


def test_can_list_the_spans_of_some_starts_alone() -> None:
    assert enumerate_spans(5, 2, first=2, last=4).tolist() == [[2, 3], [2, 4], [3, 4], [3, 5]]
