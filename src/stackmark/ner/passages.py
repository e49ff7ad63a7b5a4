"""What the encoder reads in one pass: a stretch of text that fits, and the spans that are judged in it.

A text that fits is one passage. A longer one is cut into overlapping windows. Every span is judged once, in the window
where the start of the span lies well inside, so that all windows together give the scores of the whole text and
nothing has to be merged. The cost grows with the length of the text and no faster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stackmark.ner.spans import enumerate_spans
from stackmark.ner.tokenizer import EncodedText, WordTokenizer

Ints = NDArray[np.int64]

#: The part of a window, at each side, where spans are judged by the neighbouring window that sees more around them.
MARGIN = 1 / 8


@dataclass(frozen=True)
class Passage:
    """One pass through the encoder.

    text:    number of the input it belongs to
    ids:     int64 [pieces], special tokens and context included
    spans:   int64 [n, 2], words of the input, end exclusive, in the order of `enumerate_spans`
    markers: int64 [n, 2], for each span the place in `ids` of its first and of its last piece
    """

    text: int
    ids: Ints
    spans: Ints
    markers: Ints


@dataclass(frozen=True)
class Window:
    """Pieces [begin, end) of a text, in which the spans that start at words [first, last) are judged."""

    begin: int
    end: int
    first: int
    last: int


def cut(encoded: EncodedText, tokenizer: WordTokenizer, entity_max_length: int, text: int = 0) -> Iterator[Passage]:
    """Cut one text into passages; a text without words gives none."""
    for window in windows(encoded.words, len(encoded.ids), tokenizer.capacity, entity_max_length):
        spans = enumerate_spans(len(encoded.words), entity_max_length, window.first, window.last)
        ids = np.concatenate([tokenizer.prefix, encoded.ids[window.begin : window.end], tokenizer.suffix])
        yield Passage(text, ids.astype(np.int64), spans, place(encoded.words, spans, window, len(tokenizer.prefix)))


def place(words: Ints, spans: Ints, window: Window, offset: int) -> Ints:
    """Give the places of the markers of spans: int64 [n, 2].

    A word without pieces has its marker at the first special token, as in the reference. A span that is longer than
    its window ends at the window's last piece.
    """
    found = np.stack([words[spans[:, 0], 0], words[spans[:, 1] - 1, 1]], axis=1)
    inside = np.minimum(found, window.end - 1) - window.begin + offset
    return np.where(found < 0, 0, inside)


def truncated(encoded: EncodedText, size: int) -> EncodedText:
    """Keep the first `size` pieces and the words that they belong to, as the reference does; the last may be cut."""
    if len(encoded.ids) <= size:
        return encoded
    last = int(np.flatnonzero((encoded.words[:, 0] >= 0) & (encoded.words[:, 0] < size))[-1])
    words, chars = encoded.words[: last + 1].copy(), encoded.chars[: last + 1].copy()
    words[last, 1] = min(words[last, 1], size - 1)
    chars[last, 1] = encoded.ends[words[last, 1]]
    return EncodedText(encoded.ids[:size], words, chars, encoded.ends[:size])


def windows(words: Ints, n_pieces: int, size: int, entity_max_length: int) -> Iterator[Window]:
    """Cut a text into windows of at most `size` pieces that together judge the starts of all words once.

    words: int64 [words, 2] as in `EncodedText`
    """
    if not len(words):
        return
    if n_pieces <= size:
        yield Window(0, n_pieces, 0, len(words))
        return
    margin = int(size * MARGIN)
    begins = _filled(words[:, 0])
    first = 0
    while first < len(words):
        begin = _context_before(begins, first, margin)
        end = min(begin + size, n_pieces)
        if end == n_pieces:
            last = len(words)
        else:
            fitting = int(np.searchsorted(begins, end, "left"))  # words that start inside
            uncut = fitting < len(words) and begins[fitting] == end
            whole = fitting if uncut else fitting - 1
            last = min(int(np.searchsorted(begins, end - margin, "right")), whole - entity_max_length + 1)
            last = min(max(last, first + 1), len(words))
        yield Window(begin, end, first, last)
        first = last


def _filled(begins: Ints) -> Ints:
    """Let a word without pieces begin where the word before it does."""
    return np.maximum.accumulate(np.maximum(begins, 0))


def _context_before(begins: Ints, first: int, margin: int) -> int:
    """Find the first word boundary that is at most `margin` pieces before a word."""
    return int(begins[np.searchsorted(begins, begins[first] - margin, "left")])
