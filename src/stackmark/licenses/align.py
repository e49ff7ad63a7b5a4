"""Find known licence texts in the words of a file, in spite of holders, typos, missing titles and what
stands around.

Two steps: the texts that share the most runs of five words with the file are candidates; then runs of three
words show which words of the file and of the candidate are accounted for. Work is bounded: a fixed number of
candidates, each linear in the file, in a fixed number of rounds.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stackmark.licenses import expressions
from stackmark.licenses.index import MIN_ALIGNED, SHINGLE, Index
from stackmark.licenses.residue import listed
from stackmark.licenses.runs import RunTable
from stackmark.licenses.words import Sums, Words, running_sums, shingles

Mask = npt.NDArray[np.bool_]
_Places = npt.NDArray[np.int64]

_ROUNDS = 12
#: Texts that are ranked, of them chosen, and of these with one licence.
_RANKED, _CANDIDATES, _LIKE = 32, 8, 4
#: Texts of one licence that are aligned; no more after one of which this share is there.
_PER_LICENSE, _NEARLY_ALL = 3, 0.98
_MOST = 100
_RUN = 3
#: Fewer known runs of five words, and fewer of one text, are no trace of a text; of more, so many are asked.
_LEAST_RUNS, _LEAST_VOTES, _ASKED = 12, 8, 400
#: What is left of known runs when a text has been found, that makes another round worth it.
_REST = 40
#: Texts that answer, and the runs that are asked in any case.
_MOST_VOTES, _ENOUGH = 50_000, 80
_HIGHEST = float((1 << 64) - (1 << 12))  # of an unsigned 64-bit number; rounded down to a double
#: A text that shares less of its runs is not looked at, nor is one that ranks this far below the first.
_LEAST_SHARE, _FAR = 0.25, 0.7
_FULL_TEXT = 0.90  # share of the known text that must be there ...
_FULL_FILE = 0.80  # ... and share of the passage that it must account for
_SHORT_NOTICE = 60
_PART_TEXT, _PART_FILE, _PART_WORDS = 0.5, 0.93, 60
# Candidates whose gain differs by less are equally good: of whole texts, and of texts that are cut off.
_TIE, _PART_TIE = 0.004, 0.02
# ... and with less than this apart, a licence that is not permissive goes before variants.
_DOUBT_SHARE, _DOUBT_WORDS = 0.02, 12
#: What a word counts that the file lacks at either end of a known text, if the file was cut there.
_CUT_OFF = 0.1
#: So many hits at either end of a passage tell where in the text it begins and ends.
_EDGE = 9
#: A lost word takes its neighbours with it: so many for one or two.
_FEW = 8


class Found(NamedTuple):
    """A known text on the words [start, end) of a file.

    covered: bool[end - start], which of them it accounts for; share: of the known text that is there; gain: the
    covered words less half of those that either lacks; if_cut: the same if the known text's ends are cut off on purpose
    """

    text: int
    start: int
    end: int  # words of the file, half open
    covered: Mask  # bool[end - start]
    share: float
    gain: float
    if_cut: float = 0.0


def find(index: Index, body: Words, free: Mask) -> list[Found]:
    """Return the known texts that account for most of the free words (bool[n]) of a file, changed as they
    may be.
    """
    if len(body) < MIN_ALIGNED:
        return []
    found: list[Found] = []
    free = free.copy()
    tokens = shingles(body.sums, SHINGLE)
    tokens_seen = index.knows(tokens)
    runs = RunTable(shingles(body.sums, _RUN))
    for _ in range(_ROUNDS):
        best = _round(index, tokens, tokens_seen, runs, free)
        for one in best:
            copy: Found | None = one
            while copy is not None and len(found) < _MOST:
                free[copy.start : copy.end] &= ~copy.covered
                found.append(copy)
                left = int((tokens_seen & _whole_runs(free, SHINGLE)).sum())
                again = left >= _PART_TEXT * len(copy.covered)
                copy = _align(index, copy.text, runs, _whole_runs(free, _RUN)) if again else None
        if not best or int((tokens_seen & _whole_runs(free, SHINGLE)).sum()) < _REST:
            break
    return found


def _round(index: Index, tokens: Sums, seen: Mask, runs: RunTable, free: Mask) -> list[Found]:
    """Return the best candidates that do not overlap, among the words that nothing explains yet."""
    aligned: list[Found] = []
    open_runs = _whole_runs(free, _RUN)
    for text in _candidates(index, tokens, seen & _whole_runs(free, SHINGLE)):
        alike = [one for one in aligned if index.expressions[one.text] == index.expressions[text]]
        least = _NEARLY_ALL * index.lengths[text]
        whole = any(one.share >= _NEARLY_ALL and np.count_nonzero(one.covered) >= least for one in alike)
        enough = whole or len(alike) >= _PER_LICENSE or _too_short(int(index.lengths[text]), aligned, len(free))
        one = None if enough else _align(index, text, runs, open_runs)
        if one is not None:
            aligned.append(one)
    chosen: list[Found] = []
    while aligned:
        best = _best(index, aligned)
        chosen.append(best)
        aligned = [one for one in aligned if one.end <= best.start or best.end <= one.start]
    return chosen


def _too_short(length: int, aligned: list[Found], size: int) -> bool:
    """Whether a text of so many words can neither explain as much as one that was aligned, nor stand beside it."""
    best = max(aligned, key=lambda one: one.gain, default=None)
    if best is None:
        return False
    beside = size - (best.end - best.start)
    return length < (1 - _DOUBT_SHARE) * best.gain - 1 and beside < _PART_TEXT * length


def _best(index: Index, aligned: list[Found]) -> Found:
    """Of candidates that explain a passage equally well, the strictest: doubt never makes it permissive."""
    aligned = [one for one in aligned if not any(_outdoes(other, one) for other in aligned)]
    top = max(one.gain for one in aligned)
    near = [one for one in aligned if one.gain >= top - min(_DOUBT_SHARE * top, _DOUBT_WORDS)]
    strict = [one for one in near if index.kinds[one.text] == "license" and not _is_permissive(index, one.text)]
    aligned = strict or aligned
    top = max(one.gain for one in aligned)
    whole = max(one.share for one in aligned if one.gain == top) >= _FULL_TEXT
    ties = [one for one in aligned if one.gain >= top - max(1.0, (_TIE if whole else _PART_TIE) * top)]

    def order(one: Found) -> tuple[bool, bool, bool, bool, int, float, int, str]:
        expression = index.expressions[one.text]
        strictness = int(index.classes[one.text])
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
            expression.count("-"),  # a variant has a longer id, and has to be stated
            name,
        )

    return min(ties, key=order)


def _outdoes(one: Found, other: Found) -> bool:
    """Whether a text accounts for all words that the other does and for more, and lacks words at its ends at most: the
    versions and variants of a licence, of which a file has all but the title or the instructions.
    """
    if one.start > other.start or one.end < other.end or one.if_cut <= other.if_cut:
        return False
    same = one.covered[other.start - one.start : other.end - one.start]
    more = np.count_nonzero(one.covered) - np.count_nonzero(other.covered)
    return bool(more >= _RUN and (same | ~other.covered).all())


def _is_permissive(index: Index, text: int) -> bool:
    return int(index.classes[text]) <= expressions.rank("permissive")


def _whole_runs(mask: Mask, size: int) -> Mask:
    """Return bool[n - size + 1]: where `size` marked words begin."""
    total = np.concatenate(([0], np.cumsum(mask)))
    return np.asarray(total[size:] - total[:-size] == size)


def spread(hits: Mask, size: int, count: int) -> Mask:
    """Return bool[count]: the words that lie in a run that begins at a hit."""
    out = np.zeros(count, bool)
    for offset in range(size):
        out[offset : offset + len(hits)] |= hits
    return out


def _candidates(index: Index, tokens: Sums, wanted: Mask) -> list[int]:
    """Return the numbers of the texts that share most runs of five words with the wanted ones, best first.

    Of many runs those with the smallest hashes are asked, which is the same sample of every text.
    """
    count = int(wanted.sum())
    if count < _LEAST_RUNS:
        return []
    rate = min(1.0, _ASKED / count)
    asked = np.unique(tokens[wanted & (tokens <= np.uint64(rate * _HIGHEST))])
    places = index.find_shingles(asked)
    places = places[places >= 0]
    starts, counts = index.starts[places], index.starts[places + 1] - index.starts[places]
    enough = max(int(np.searchsorted(np.cumsum(counts), _MOST_VOTES)), _ENOUGH)
    rate *= min(1.0, enough / max(len(places), 1))
    starts, counts = starts[:enough], counts[:enough]
    ends = np.cumsum(counts)
    votes = np.bincount(index.postings[np.arange(counts.sum()) + np.repeat(starts - ends + counts, counts)])
    voted = np.flatnonzero(votes >= _LEAST_VOTES)
    share = votes[voted] / (rate * index.distinct[voted])
    voted, share = voted[share >= _LEAST_SHARE], share[share >= _LEAST_SHARE]
    rank = votes[voted] * share
    top = np.argsort(-rank, kind="stable")[:_RANKED]
    return _mixed(index, voted[top[rank[top] > _FAR * rank[top[:1]]]].tolist())


def _mixed(index: Index, ranked: list[int]) -> list[int]:
    """Return the first texts, few of each licence: a licence of many variants leaves room for its likes."""
    counts = Counter[str]()
    chosen: list[int] = []
    for text in ranked:
        counts[index.expressions[text]] += 1
        if counts[index.expressions[text]] <= _LIKE and len(chosen) < _CANDIDATES:
            chosen.append(text)
    return chosen


def _align(index: Index, text: int, runs: RunTable, free: Mask) -> Found | None:
    """Return the passage of the file that a text explains best, None if not well enough.

    `free` are the runs of the file that nothing explains yet.
    """
    known = shingles(running_sums(index.text(text)), _RUN)
    size = len(known) + _RUN - 1
    places = runs.find(known)
    shared = np.flatnonzero(places >= 0)
    first, last = np.full(len(runs.names), -1), np.full(len(runs.names), -1)
    first[places[shared][::-1]] = shared[::-1]
    last[places[shared]] = shared
    hits = free & (first[runs.names] >= 0)
    if not hits.any():
        return None
    found = np.flatnonzero(hits)
    start, end, cut_off = _passage(found, first[runs.names[found]], last[runs.names[found]], size)
    inside = slice(start, end - _RUN + 1)
    covered = spread(hits[inside], _RUN, end - start)
    met = np.zeros(len(runs.names) + 1, bool)  # the last one stands for a run that the file does not have
    met[runs.names[inside][hits[inside]]] = True
    there = spread(met[places], _RUN, size)
    return _judge(
        index, text, Found(text, start, end, covered, int(np.count_nonzero(there)) / size, 0.0), there, cut_off
    )


def _passage(places: _Places, first: _Places, last: _Places, size: int) -> tuple[int, int, int]:
    """Return the words [start, end) of the file where the text stands, and how many of the text's words lie beyond.

    `places` are the hits in the file, `first` and `last` the first and last place of the same run in the
    text. A hit's place in the file less its place in the text is nearly the same all over one copy of the
    text, and far off for stray hits and other copies: the densest stretch of these differences is the copy.
    """
    band = min(max(20, size // 4), 600)
    half = band / 2
    middle = half + _densest(places - first, band)
    by_first, by_last = abs(places - first - middle) <= half, abs(places - last - middle) <= half
    copy = places[by_first | by_last]
    known = np.where(by_first, first, last)[by_first | by_last]
    edges = [sorted(edge.tolist())[len(edge) // 2] for edge in (known[:_EDGE], known[-_EDGE:])]
    cut_off = size - (edges[1] - edges[0]) - min(len(known), _EDGE) - _RUN
    marks = np.zeros(int(copy[-1]) + 1, bool)
    marks[copy] = True
    # Kadane's run of greatest sum (an explained word counts 1, another -1) drops stray hits at both ends.
    sums = np.cumsum(np.concatenate(([0], np.where(spread(marks, _RUN, len(marks) + _RUN - 1), 1, -1))))
    end = int(np.argmax(sums - np.minimum.accumulate(sums)))
    return int(np.argmin(sums[: end + 1])), end, cut_off


def _densest(values: _Places, band: int) -> int:
    """Return the value from which to `band` above it most of the values lie, of equals the least."""
    least = int(values.min())
    counts = np.bincount(values - least)
    total = np.cumsum(counts)
    begins = np.flatnonzero(counts > 0)
    within = total[np.minimum(begins + band, len(total) - 1)] - total[begins] + counts[begins]
    return least + int(begins[np.argmax(within)])


def _must_be_whole(index: Index, text: int, size: int) -> bool:
    """Whether a lost word may be the one that matters: in short notices, and where a choice is granted."""
    return " OR " in index.expressions[text] or (index.kinds[text] == "notice" and size < _SHORT_NOTICE)


def _turned(lost: npt.NDArray[np.uint32], foreign: int) -> bool:
    """Whether few words are lost and one of them is a "not": then the file says the contrary. Or a right, with fewer
    `foreign` words in the passage than are lost: then it was not misspelt but taken out.
    """
    words = set(lost.tolist()) if len(lost) <= _FEW else set()
    return not words.isdisjoint(listed("turning")) or (foreign < len(lost) and not words.isdisjoint(listed("rights")))


def _judge(index: Index, text: int, found: Found, there: Mask, cut_off: int) -> Found | None:
    """Return the passage with its gain, None if too little of the text or of the passage is accounted for.

    `cut_off` words of the text lie before and behind what the passage has of it.
    """
    count, length = int(np.count_nonzero(found.covered)), len(found.covered)
    needed = index.required[index.offsets[text] : index.offsets[text + 1]].view(bool)
    if found.share < index.minimum[text] or not there[needed].all():
        return None
    if found.share < 1.0 and _must_be_whole(index, text, len(there)):
        return None
    if found.share < 1.0 and _turned(index.text(text)[~there], length - count):
        return None
    full = found.share >= _FULL_TEXT and count >= _FULL_FILE * length
    part = found.share >= _PART_TEXT and count >= max(_PART_FILE * length, _PART_WORDS)
    if not full and not (part and index.kinds[text] != "notice"):
        return None
    missing, foreign = len(there) * (1.0 - found.share), length - count
    gain = count - 0.5 * missing - 0.5 * foreign
    return found._replace(gain=gain, if_cut=gain + (0.5 - _CUT_OFF) * min(cut_off, missing))
