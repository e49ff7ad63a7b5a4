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
from stackmark.licenses.words import Words, shingles, spelling

Mask = npt.NDArray[np.bool_]
_Places = npt.NDArray[np.int64]

_ROUNDS = 12
_CANDIDATES = 16
_MOST = 100
_RUN = 3
#: A text shorter than this is only recognised as a whole file.
_MIN_WORDS = 20
_FULL_TEXT = 0.90  # share of the known text that must be there ...
_FULL_FILE = 0.80  # ... and share of the passage that it must account for
#: An unexplained passage of fewer words is a change of the text around it; of so many usual words it is
#: legal text.
_SENTENCE, _CROWD = 4, 8
_SHORT_NOTICE = 60
_PART_TEXT, _PART_FILE, _PART_WORDS = 0.5, 0.93, 60
# Candidates whose gain differs by less are equally good: of whole texts, and of texts that are cut off.
_DOUBT_SHARE, _DOUBT_WORDS = (
    0.02,
    12,
)  # ... and with less than this apart, a licence that is not permissive goes before variants
_TIE, _PART_TIE = 0.004, 0.02


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


class _Runs(NamedTuple):
    """The runs of three words of a file: each once, sorted; and which of them begins at each place."""

    sorted: npt.NDArray[np.uint64]
    inverse: npt.NDArray[np.int64]


def find(index: Index, words: Words) -> tuple[list[Match], Mask]:
    """Return the known texts in a file in reading order, and bool[n]: which of its words they account for."""
    tokens = words.hashes
    explained = np.zeros(len(tokens), bool)
    whole = index.find_whole(tokens)
    if whole is not None:
        explained[:] = True
        return [_as_match(index, words, _Found(whole, 0, len(tokens), explained, 1.0, 0.0))], explained
    found: list[_Found] = []
    if len(tokens) < _MIN_WORDS:
        return [], explained
    runs = _Runs(*np.unique(shingles(tokens, _RUN), return_inverse=True))
    for _ in range(_ROUNDS):
        best = _round(index, tokens, runs, ~explained)
        if not best:
            break
        for one in best:
            copy: _Found | None = one
            while copy is not None and len(found) < _MOST:
                explained[copy.start : copy.end] |= copy.covered
                found.append(copy)
                copy = _align(index, copy.text, runs, ~explained)
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


def _round(index: Index, tokens: npt.NDArray[np.uint32], runs: _Runs, free: Mask) -> list[_Found]:
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
    """Of candidates that explain a passage equally well, the strictest: doubt never makes it permissive."""
    top = max(one.gain for one in aligned)
    near = [one for one in aligned if one.gain >= top - min(_DOUBT_SHARE * top, _DOUBT_WORDS)]
    strict = [
        one for one in near if index.kinds[one.text] == "license" and not _is_permissive(index.expressions[one.text])
    ]
    aligned = strict or aligned
    top = max(one.gain for one in aligned)
    whole = max(one.share for one in aligned if one.gain == top) >= _FULL_TEXT
    ties = [one for one in aligned if one.gain >= top - max(1.0, (_TIE if whole else _PART_TIE) * top)]

    def order(one: _Found) -> tuple[bool, bool, bool, bool, int, float, str]:
        expression = index.expressions[one.text]
        strictness = expressions.rank(expressions.license_class(expression))
        exact = one.share == 1.0 and bool(one.covered.all())
        variant = whole and index.kinds[one.text] != "license"
        name = index.names[one.text]
        loose = index.kinds[one.text] != "notice" and "-or-later" in expression
        return (
            not exact,
            variant,
            whole and "LicenseRef-" in expression,
            loose,
            -strictness,
            -one.gain,
            name,
        )

    return min(ties, key=order)


def _is_permissive(expression: str) -> bool:
    return expressions.license_class(expression) in {"public-domain", "permissive"}


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


def _align(index: Index, text: int, runs: _Runs, free: Mask) -> _Found | None:
    """Return the passage of the file that a text explains best, None if not well enough."""
    known = shingles(index.text(text), _RUN)
    size = len(known) + _RUN - 1
    places = np.minimum(np.searchsorted(runs.sorted, known), len(runs.sorted) - 1)
    shared = runs.sorted[places] == known
    first, last = np.full(len(runs.sorted), -1), np.full(len(runs.sorted), -1)
    first[places[shared][::-1]] = np.flatnonzero(shared)[::-1]
    last[places[shared]] = np.flatnonzero(shared)
    hits = _whole_runs(free, _RUN) & (first[runs.inverse] >= 0)
    if not hits.any():
        return None
    found = np.flatnonzero(hits)
    start, end = _passage(found, first[runs.inverse[found]], last[runs.inverse[found]], size)
    inside = slice(start, end - _RUN + 1)
    covered = _spread(hits[inside], _RUN, end - start)
    met = np.zeros(len(runs.sorted), bool)
    met[runs.inverse[inside][hits[inside]]] = True
    there = _spread(shared & met[places], _RUN, size)
    return _judge(index, text, _Found(text, start, end, covered, float(there.mean()), 0.0), there)


def _passage(places: _Places, first: _Places, last: _Places, size: int) -> tuple[int, int]:
    """Return the words [start, end) of the file where the text stands.

    `places` are the hits in the file, `first` and `last` the first and last place of the same run in the
    text. A hit's place in the file less its place in the text is nearly the same all over one copy of the
    text, and far off for stray hits and other copies: the densest stretch of these differences is the copy.
    """
    ordered = np.sort(places - first)
    band = min(max(20, size // 4), 200)
    half = band / 2
    middle = half + ordered[np.argmax(np.searchsorted(ordered, ordered + band, "right") - np.arange(len(ordered)))]
    copy = places[(abs(places - first - middle) <= half) | (abs(places - last - middle) <= half)]
    marks = np.zeros(int(copy[-1]) + 1, bool)
    marks[copy] = True
    # Kadane's run of greatest sum (an explained word counts 1, another -1) drops stray hits at both ends.
    sums = np.cumsum(np.concatenate(([0], np.where(_spread(marks, _RUN, len(marks) + _RUN - 1), 1, -1))))
    end = int(np.argmax(sums - np.minimum.accumulate(sums)))
    return int(np.argmin(sums[: end + 1])), end


def _must_be_whole(index: Index, text: int, size: int) -> bool:
    """Whether a lost word may be the one that matters: in short notices, and where a choice is granted."""
    return " OR " in index.expressions[text] or (index.kinds[text] == "notice" and size < _SHORT_NOTICE)


def _judge(index: Index, text: int, found: _Found, there: Mask) -> _Found | None:
    """Return the passage with its gain, None if too little of the text or of the passage is accounted for."""
    count, length = int(found.covered.sum()), len(found.covered)
    needed = index.required[index.offsets[text] : index.offsets[text + 1]]
    if found.share < index.minimum[text] or not there[needed != 0].all():
        return None
    if found.share < 1.0 and _must_be_whole(index, text, len(there)):
        return None
    full = found.share >= _FULL_TEXT and count >= _FULL_FILE * length
    part = found.share >= _PART_TEXT and count >= max(_PART_FILE * length, _PART_WORDS)
    if not full and not (part and index.kinds[text] != "notice"):
        return None
    missing, foreign = len(there) * (1.0 - found.share), length - count
    return found._replace(gain=count - 0.5 * missing - 0.5 * foreign)


@cache
def _legal_words() -> tuple[frozenset[str], ...]:
    data = tomllib.loads(resources.files(__package__).joinpath("legalese.toml").read_text("utf-8"))
    return tuple(frozenset(data[key]) for key in ("turning", "binding", "usual", "topic"))


def legal_residue(words: Words, explained: Mask) -> list[tuple[int, int]]:
    """Return the passages (first and last line, 1-based) that no known text explains and that read like
    conditions.

    A passage is a run of unexplained words; up to three explained words in between do not end it.
    """
    open_places = np.flatnonzero(~explained)
    if len(open_places) == 0:
        return []
    breaks = np.flatnonzero(np.diff(open_places) > 4) + 1
    return [
        (int(words.lines[places[0]]) + 1, int(words.lines[places[-1]]) + 1)
        for places in np.split(open_places, breaks)
        if _reads_like_conditions([spelling(words.words[place]) for place in places])
    ]


def _reads_like_conditions(passage: list[str]) -> bool:
    """Whether words bind: one binding word among a licence's usual ones, two of them, or usual ones in a
    crowd.

    Measured on framing sentences ("the following license applies to ...") against added restrictions.
    """
    turning, binding, usual, topic = _legal_words()
    if len(passage) < _SENTENCE:
        return bool(turning.intersection(passage))
    strong, weak = binding.intersection(passage), usual.intersection(passage)
    about = topic.intersection(passage)
    # "Only" also says which files a licence is for; it binds beside a word for what users do.
    beside = weak if strong == {"only"} else weak | about
    return len(strong) >= 2 or (len(strong) == 1 and bool(beside)) or len(weak | about) >= _CROWD
