"""The words of many passages, cut and looked up at once: on a short passage the calls cost more than the work.

The answer for a passage is the same whatever stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from stackmark.licenses import phrases
from stackmark.licenses.index import SHINGLE, Index
from stackmark.licenses.phrases import Phrases
from stackmark.licenses.words import Places, Words, cut, shingles

#: So many bytes are joined at most: never enough for the limits of `phrases`, which are for one file. A longer passage
#: stays alone.
_JOINED = 32 << 10
#: Words that may be the sign of a comment, which the lines of a whole passage tell.
_SIGNS = (b"dnl", b"rem ", b"\nc ")
_LETTER = b"c "
_NEWLINE = ord("\n")


class Part(NamedTuple):
    """A passage: its words; of these [start, end) in which something of known texts stands, none if equal; and the
    phrases there, whose places count from `start`.
    """

    words: Words
    start: int
    end: int
    phrases: Phrases


def parts(index: Index, passages: Sequence[bytes]) -> Iterator[tuple[bytes, Part]]:
    """Yield passages (as `words.bare` gives them), in any order, with their words and what may be known of them."""
    for group in _groups(passages):
        yield from zip(group, _parts(index, group), strict=True)


def _groups(passages: Sequence[bytes]) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    size = 0
    for passage in passages:
        if len(passage) > _JOINED or passage.startswith(_LETTER) or any(sign in passage for sign in _SIGNS):
            yield [passage]
            continue
        if size + len(passage) > _JOINED:
            yield group
            group, size = [], 0
        group.append(passage)
        size += len(passage)
    if group:
        yield group


def _parts(index: Index, group: list[bytes]) -> Iterator[Part]:
    body = cut(b"\n".join(group))
    begins = np.cumsum([0, *(len(passage) + 1 for passage in group)])
    bounds = np.searchsorted(body.starts, begins)
    every = phrases.find(index, body)
    owner = np.searchsorted(bounds, every.start, "right") - 1
    order = np.argsort(owner, kind="stable")
    order = order[every.end[order] <= bounds[owner[order] + 1]]
    every, owner = Phrases(*(column[order] for column in every)), owner[order]
    start, end = _known(index, body, bounds, every, owner)
    cuts = np.searchsorted(owner, np.arange(len(bounds)))
    for number, passage in enumerate(group):
        a, b = int(bounds[number]), int(bounds[number + 1])
        words = Words(passage, body.hashes[a:b], body.starts[a:b] - begins[number])
        own = slice(cuts[number], cuts[number + 1])
        first, last = int(start[number]), int(end[number])
        yield Part(
            words, first - a, last - a, Phrases(every.start[own] - first, every.end[own] - first, every.text[own])
        )


def _known(index: Index, body: Words, bounds: Places, every: Phrases, owner: Places) -> tuple[Places, Places]:
    """Return of each passage the words [start, end) of the paragraphs from the first to the last that hold a phrase or
    a run of SHINGLE words of a known text. Lines without a word part paragraphs.
    """
    start, end = bounds[1:].copy(), bounds[:-1].copy()
    np.minimum.at(start, owner, every.start)
    np.maximum.at(end, owner, every.end)
    runs = shingles(body.sums, SHINGLE)
    likely = np.flatnonzero(index.knows(runs))
    owner = np.searchsorted(bounds, likely, "right") - 1
    new = (likely + SHINGLE <= bounds[owner + 1]) & ((likely < start[owner]) | (likely + SHINGLE > end[owner]))
    likely, owner = likely[new], owner[new]
    sure = index.find_shingles(runs[likely]) >= 0
    np.minimum.at(start, owner[sure], likely[sure])
    np.maximum.at(end, owner[sure], likely[sure] + SHINGLE)
    lines = np.searchsorted(np.flatnonzero(np.frombuffer(body.text, np.uint8) == _NEWLINE), body.starts)
    edges = np.union1d(bounds, np.flatnonzero(np.diff(lines) > 1) + 1)
    found = start < end
    start[found] = edges[np.searchsorted(edges, start[found], "right") - 1]
    end[found] = edges[np.searchsorted(edges, end[found], "left")]
    end[~found] = start[~found] = bounds[:-1][~found]
    return start, end
