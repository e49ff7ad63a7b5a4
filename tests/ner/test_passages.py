from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stackmark.ner.passages import Window, cut, truncated, windows
from stackmark.ner.spans import enumerate_spans
from stackmark.ner.tokenizer import EncodedText
from tests.ner.test_tokenizer import opened_once

sizes = st.lists(st.integers(0, 12), max_size=120)


def text_of(pieces: list[int]) -> EncodedText:
    """Make a text of words with so many pieces each."""
    ends = np.cumsum(pieces) if pieces else np.zeros(0, dtype=np.int64)
    words = [[end - size, end - 1] if size else [-1, -1] for size, end in zip(pieces, ends, strict=True)]
    return EncodedText(
        np.arange(int(sum(pieces))),
        np.array(words, dtype=np.int64).reshape(-1, 2),
        np.zeros((len(pieces), 2)),
        np.arange(int(sum(pieces))) + 1,
    )


@given(sizes, st.integers(4, 40), st.integers(1, 8))
def test_windows_fit_and_judge_every_start_once(pieces: list[int], size: int, longest: int) -> None:
    text = text_of(pieces)
    found = list(windows(text.words, len(text.ids), size, longest))
    assert [start for window in found for start in range(window.first, window.last)] == list(range(len(pieces)))
    assert all(window.end - window.begin <= size for window in found)
    for window in found:
        begins = text.words[window.first : window.last, 0]
        assert all(window.begin <= begin < max(window.end, 1) for begin in begins[begins >= 0].tolist())


@given(sizes, st.integers(30, 60))
def test_all_spans_of_a_cut_text_are_there_in_order_and_whole(pieces: list[int], size: int) -> None:
    tokenizer = opened_once("bert")
    small = type(tokenizer)(**{**vars(tokenizer), "max_length": size + 2})
    text = text_of([min(each, 2) for each in pieces])
    found = list(cut(text, small, 4))
    spans = [span for passage in found for span in passage.spans.tolist()]
    assert spans == enumerate_spans(len(pieces), 4).tolist()
    for passage in found:
        assert len(passage.ids) <= small.max_length
        for (first, last), (start, end) in zip(passage.spans.tolist(), passage.markers.tolist(), strict=True):
            wanted = text.words[first, 0], text.words[last - 1, 1]
            if wanted[0] >= 0:
                assert passage.ids[start] == wanted[0]
            if wanted[1] >= 0:
                assert passage.ids[end] == wanted[1]


def test_the_number_of_windows_grows_with_the_text_and_no_faster() -> None:
    def count(n: int) -> int:
        return len(list(windows(text_of([1] * n).words, n, 100, 8)))

    assert count(10_000) <= 10 * count(1_000) + 1


def test_a_word_longer_than_a_window_does_not_stop_the_rest() -> None:
    text = text_of([1, 500, 1, 1])
    found = list(windows(text.words, len(text.ids), 50, 8))
    assert sum(window.last - window.first for window in found) == 4
    assert found[-1].end == 503


def test_a_text_that_fits_is_one_window() -> None:
    assert list(windows(text_of([2, 3]).words, 5, 5, 8)) == [Window(0, 5, 0, 2)]


def test_truncation_keeps_the_words_that_begin_in_time() -> None:
    kept = truncated(text_of([2, 2, 2]), 3)
    assert kept.words.tolist() == [[0, 1], [2, 2]]
    assert kept.chars[1, 1] == 3
