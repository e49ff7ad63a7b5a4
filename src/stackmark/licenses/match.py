"""Find known licence texts in the words of a file, in spite of holders, typos, missing titles and what
stands around.

Two steps: the texts that share the most runs of five words with the file are candidates; then runs of three
words show which words of the file and of the candidate are accounted for. Work is bounded: a fixed number of
candidates, each linear in the file, in a fixed number of rounds.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stackmark.licenses import expressions
from stackmark.licenses.index import SHINGLE, Index
from stackmark.licenses.words import Words, shingles

Mask = npt.NDArray[np.bool_]

_ROUNDS = 12
_CANDIDATES = 24
_RUN = 3
#: A text shorter than this is only recognised as a whole file.
_MIN_WORDS = 20
_FULL_TEXT = 0.90  # share of the known text that must be there ...
_FULL_FILE = 0.80  # ... and share of the passage that it must account for
_PART_TEXT, _PART_FILE, _PART_WORDS = 0.5, 0.93, 60
_TIE = 0.004


@dataclass(frozen=True)
class Match:
    """One known text found in a file.

    expression: SPDX; name: the known text's file name; kind: "license", "text" or "notice"
    start, end: first and last line, 1-based; words: how many words of the file it accounts for
    score: share of the known text that is there, 0 to 1
    """

    expression: str
    name: str
    kind: str
    start: int
    end: int
    words: int
    score: float


class _Found(NamedTuple):
    text: int
    start: int
    end: int  # words of the file, half open
    covered: Mask  # bool[end - start]
    share: float
    gain: float


def find(index: Index, words: Words) -> tuple[list[Match], Mask]:
    """Return the known texts in a file in reading order, and bool[n]: which of its words they account for."""
    tokens = words.hashes
    explained = np.zeros(len(tokens), bool)
    whole = index.find_whole(tokens)
    if whole is not None:
        explained[:] = True
        return [_as_match(index, words, _Found(whole, 0, len(tokens), explained, 1.0, 0.0))], explained
    found: list[_Found] = []
    runs = shingles(tokens, _RUN)
    for _ in range(_ROUNDS):
        best = _round(index, tokens, runs, ~explained)
        if not best:
            break
        for one in best:
            explained[one.start : one.end] |= one.covered
        found += best
    found.sort(key=lambda one: (one.start, one.end))
    return [_as_match(index, words, one) for one in found], explained


def _as_match(index: Index, words: Words, found: _Found) -> Match:
    lines = words.lines[found.start : found.end]
    return Match(
        index.expressions[found.text],
        index.names[found.text],
        index.kinds[found.text],
        int(lines[0]) + 1,
        int(lines[-1]) + 1,
        int(found.covered.sum()),
        round(found.share, 4),
    )


def _round(
    index: Index, tokens: npt.NDArray[np.uint32], runs: npt.NDArray[np.uint64], free: Mask
) -> list[_Found]:
    """Return the best candidates that do not overlap, among the words that nothing explains yet."""
    aligned = []
    for text in _candidates(index, tokens, free):
        one = _align(index, int(text), runs, free)
        if one is not None:
            aligned.append(one)
    chosen: list[_Found] = []
    while aligned:
        best = _best(index, aligned)
        chosen.append(best)
        aligned = [one for one in aligned if one.end <= best.start or best.end <= one.start]
    return chosen


def _best(index: Index, aligned: list[_Found]) -> _Found:
    """Among candidates that explain a passage equally well, the strictest: doubt never makes a licence more permissive."""
    top = max(one.gain for one in aligned)
    ties = [one for one in aligned if one.gain >= top - max(1.0, _TIE * top)]

    def order(one: _Found) -> tuple[float, int, float, str]:
        expression = index.expressions[one.text]
        strictness = expressions.rank(expressions.license_class(expression))
        return (-strictness, "LicenseRef-" in expression, -one.gain, index.names[one.text])

    exact = [one for one in ties if one.share == 1.0 and bool(one.covered.all())]
    return min(exact or ties, key=order)


def _whole_runs(mask: Mask, size: int) -> Mask:
    """Return bool[n - size + 1]: where `size` marked words begin."""
    total = np.concatenate(([0], np.cumsum(mask)))
    return np.asarray(total[size:] - total[:-size] == size)


def _spread(hits: Mask, size: int, count: int) -> Mask:
    """Return bool[count]: the words that lie in a run that begins at a hit."""
    out = np.zeros(count, bool)
    for offset in range(size):
        out[offset : offset + len(hits)] |= hits
    return out


def _candidates(index: Index, tokens: npt.NDArray[np.uint32], free: Mask) -> npt.NDArray[np.int64]:
    """Return the numbers of the texts that share most runs of five words with the free words, best first."""
    if len(tokens) < SHINGLE:
        return np.empty(0, np.int64)
    wanted = np.unique(shingles(tokens, SHINGLE)[_whole_runs(free, SHINGLE)])
    places = np.minimum(np.searchsorted(index.keys, wanted), max(len(index.keys) - 1, 0))
    places = places[index.keys[places] == wanted]
    if len(places) == 0:
        return np.empty(0, np.int64)
    starts, counts = index.starts[places], index.starts[places + 1] - index.starts[places]
    steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    votes = np.bincount(index.postings[np.repeat(starts, counts) + steps], minlength=len(index.names))
    lengths = np.diff(index.offsets)
    share = votes / np.maximum(lengths, 1)
    rank = np.where((lengths >= _MIN_WORDS) & (share >= 0.25), votes * share, 0.0)
    top = np.argsort(-rank, kind="stable")[:_CANDIDATES]
    return top[rank[top] > 0]


def _isin(values: npt.NDArray[np.uint64], pool: npt.NDArray[np.uint64]) -> Mask:
    pool = np.sort(pool)
    places = np.minimum(np.searchsorted(pool, values), len(pool) - 1)
    return np.asarray(pool[places] == values)


def _align(index: Index, text: int, runs: npt.NDArray[np.uint64], free: Mask) -> _Found | None:
    """Return the passage of the file that a text explains best, None if it does not explain it well enough."""
    known = shingles(index.text(text), _RUN)
    size = len(known) + _RUN - 1
    hits = _isin(runs, known) & _whole_runs(free, _RUN)
    if not hits.any():
        return None
    start, end = _window(hits, size)
    covered = _spread(hits[start : max(end - _RUN + 1, start)], _RUN, end - start)
    there = _spread(_isin(known, runs[start : end - _RUN + 1][hits[start : end - _RUN + 1]]), _RUN, size)
    share, precision, count = float(there.mean()), float(covered.mean()), int(covered.sum())
    full = share >= _FULL_TEXT and precision >= _FULL_FILE
    part = share >= _PART_TEXT and precision >= _PART_FILE and count >= _PART_WORDS
    if not full and not (part and index.kinds[text] != "notice"):
        return None
    gain = count - 0.5 * size * (1.0 - share) - 0.5 * (len(covered) - count)
    return _Found(text, start, end, covered, share, gain)


def _window(hits: Mask, size: int) -> tuple[int, int]:
    """Return the words [start, end) about as long as the text where hits are densest, without stragglers."""
    count = len(hits) + _RUN - 1
    covered = _spread(hits, _RUN, count)
    length = min(count, int(1.25 * size) + 20)
    total = np.concatenate(([0], np.cumsum(covered)))
    first = int(np.argmax(total[length:] - total[:-length])) if length < count else 0
    # The run of greatest sum, where an explained word counts 1 and another -1 (Kadane), drops stray hits at
    # both ends.
    sums = np.concatenate(([0], np.cumsum(np.where(covered[first : first + length], 1, -1))))
    lowest = np.minimum.accumulate(sums)
    end = int(np.argmax(sums - lowest))
    start = int(np.argmin(sums[: end + 1]))
    return first + start, first + end


@cache
def _legal_words() -> tuple[frozenset[str], frozenset[str]]:
    data = tomllib.loads(resources.files(__package__).joinpath("legalese.toml").read_text("utf-8"))
    return frozenset(data["binding"]), frozenset(data["usual"])


def legal_residue(words: Words, explained: Mask) -> list[tuple[int, int]]:
    """Return the passages (first and last line, 1-based) that no known text explains and that read like
    conditions.

    A passage is a run of unexplained words; up to three explained words in between do not end it.
    """
    open_places = np.flatnonzero(~explained)
    if len(open_places) == 0:
        return []
    binding, usual = _legal_words()
    breaks = np.flatnonzero(np.diff(open_places) > 4) + 1
    out = []
    for places in np.split(open_places, breaks):
        passage = [words.words[place] for place in places]
        strong = len(binding.intersection(passage))
        weak = len(usual.intersection(passage))
        if (len(passage) >= 4 and strong and strong + weak >= 2) or weak >= 4:
            out.append((int(words.lines[places[0]]) + 1, int(words.lines[places[-1]]) + 1))
    return out
