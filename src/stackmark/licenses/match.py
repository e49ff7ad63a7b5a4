"""Find known licence texts in the words of a file: those that stand there word for word, then changed ones."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stackmark.licenses import align, expressions, phrases, residue, together
from stackmark.licenses.align import Found
from stackmark.licenses.index import MIN_ALIGNED, SHINGLE, Index
from stackmark.licenses.phrases import Phrases
from stackmark.licenses.together import Part
from stackmark.licenses.words import Words, shingles

Mask = npt.NDArray[np.bool_]
Owners = npt.NDArray[np.int32]

#: A whole licence of so many words that stands there word for word needs no second look.
_SOLID = 1000
#: With fewer unexplained runs that some known text has there is nothing left to find.
_TRACE = 10
_OVERLAP = 0.5
_FREE = frozenset({"public-domain", "permissive"})
_NEAR = 60
#: In a source file, what stands so many words around a text of so many words may be a part of it.
_BESIDE, _WHOLE = 30, 60
#: What ends a comment or a paragraph outside of one.
_APART = re.compile(rb"\*/|-->|\"\"\"|'''|\n[ \t]*\n")
_STOP = re.compile(_APART.pattern + rb"|[.!?](?=\s)")
#: Texts found in one file, the longest first; what more there is stays unexplained.
_MOST = 500
_REMEMBERED = 1 << 14


@dataclass(frozen=True)
class Match:
    """One known text found in a file.

    expression: SPDX, "" for a text that states no licence; name: the known text's file name
    kind: see `corpus.KnownText`; relevance: 0 to 100, how surely the text means its expression
    start, end: first and last line, 1-based; words: how many words of the file it accounts for
    score: share of the known text that is there, 0 to 1
    files: names of the files that it points to; speaks: whether it has a word that speaks of licensing
    """

    expression: str
    name: str
    kind: str
    start: int
    end: int
    words: int
    score: float
    relevance: int = 100
    files: tuple[str, ...] = ()
    speaks: bool = True


def find(index: Index, body: Words) -> tuple[list[Match], Owners]:
    """Return the known texts in a file in reading order, and int32[n]: which of them accounts for each word,
    -1 for none.

    Where texts overlap, the one that accounts for more words stays.
    """
    found = _texts(index, body, None)
    return [_as_match(index, body, one) for one in found], _owners(found, len(body))


def _texts(index: Index, body: Words, every: Phrases | None) -> list[Found]:
    """Return the known texts in a file in reading order; `every` is what `phrases.find` has found in it."""
    explained = np.zeros(len(body), bool)
    whole = index.find_whole(body)
    if whole is not None and index.expressions[whole]:
        return [Found(whole, 0, len(body), ~explained, 1.0, 0.0)]
    found = _exact(phrases.find(index, body) if every is None else every, explained)
    if _has_trace(index, body, explained) or _in_pieces(index, found):
        free = np.ones(len(body), bool)
        for one in found:
            if index.kinds[one.text] == "license" and one.end - one.start >= _SOLID:
                free[one.start : one.end] = False
        changed = align.find(index, body, free)
        if changed:
            explained[:] = False
            found = _longest(sorted([*found, *changed], key=lambda one: -one.gain), explained)
    found = [one for one in found if index.kinds[one.text] != "false"]
    return sorted(found, key=lambda one: (one.start, one.end))


def _owners(found: list[Found], size: int) -> Owners:
    owners = np.full(size, -1, np.int32)
    for number, one in enumerate(found):
        part = owners[one.start : one.end]
        part[one.covered & (part < 0)] = number
    return owners


class Passage(NamedTuple):
    """What stands in a passage: known texts, passages of it that read like conditions (lines), the number of
    words that known texts account for, and of all.
    """

    matches: list[Match]
    residue: list[tuple[int, int]]
    explained: int
    words: int


def find_again(index: Index, passage: bytes) -> Passage:
    """Return what stands in a passage (as `words.bare` gives it); what was seen lately is not looked at again.

    Only the paragraphs from the first to the last that hold anything of a known text are compared with the texts: they
    are the same in many files whose comments begin and end otherwise.
    """
    known: Passage | None = index.seen.get(_key(passage, b"passage"))
    if known is None:
        ((_, part),) = together.parts(index, [passage])
        known = _look(index, part)
        _remember(index, _key(passage, b"passage"), known)
    return known


def foresee(index: Index, passages: Iterable[bytes]) -> None:
    """Look at many passages at once, so that `find_again` knows them; far cheaper than one after the other."""
    keys = {passage: _key(passage, b"passage") for passage in passages}
    new = [passage for passage, key in keys.items() if key not in index.seen]
    for passage, part in together.parts(index, new):
        _remember(index, keys[passage], _look(index, part))


def _key(data: bytes, person: bytes) -> bytes:
    return blake2b(data, digest_size=16, person=person).digest()


def _remember(index: Index, key: bytes, known: object) -> None:
    if len(index.seen) >= _REMEMBERED:
        for old in list(itertools.islice(index.seen, _REMEMBERED // 2)):
            del index.seen[old]
    index.seen[key] = known


def _look(index: Index, part: Part) -> Passage:
    body, size = part.words, len(part.words)
    if part.start == part.end:
        return Passage([], [], 0, size)
    some = Words(body.text, body.hashes[part.start : part.end], body.starts[part.start : part.end])
    key = _key(some.hashes.tobytes(), b"paragraphs")
    found: list[Found] | None = index.seen.get(key)
    if found is None:
        found = _texts(index, some, part.phrases)
        _remember(index, key, found)
    if not found:
        return Passage([], [], 0, size)
    found = [one._replace(start=one.start + part.start, end=one.end + part.start) for one in found]
    owners = _owners(found, size)
    matches = [_as_match(index, body, one) for one in found]
    doubtful = residue.find(body, (owners >= 0) | ~_beside_texts(body, matches, owners), source=True)
    return Passage(matches, doubtful, int((owners >= 0).sum()), size)


def _beside_texts(body: Words, matches: list[Match], owners: Owners) -> Mask:
    """Return bool[n]: the words in whole permissive licences and near them in the same comment; what is put
    there may restrict the licence.
    """
    near = np.zeros(len(owners), bool)
    for number, one in enumerate(matches):
        if one.words >= _WHOLE and expressions.license_class(one.expression or None) in _FREE:
            places = np.flatnonzero(owners == number)
            first, last = int(places[0]), int(places[-1])
            before, after = max(first - _BESIDE, 0), min(last + _BESIDE, len(body) - 1)
            ends = [hit.end() for hit in _APART.finditer(body.text, body.starts[before], body.starts[first])]
            begins = _APART.search(body.text, body.starts[last], body.starts[after])
            start = int(np.searchsorted(body.starts, ends[-1])) if ends else before
            end = int(np.searchsorted(body.starts, begins.start())) if begins else _sentence_end(body, after)
            near[start:end] = True
    return near


def _sentence_end(body: Words, word: int) -> int:
    """Return behind which word the sentence of a word ends, if one of the next ones is the last."""
    until = word + 2 * _BESIDE
    stop = _STOP.search(body.text, body.starts[word], body.starts[until] if until < len(body) else len(body.text))
    return int(np.searchsorted(body.starts, stop.start())) if stop else word + 1


def _exact(every: Phrases, explained: Mask) -> list[Found]:
    """Return the longest texts that stand there word for word; `explained` is marked."""
    found: list[Found] = []
    for start, end, text in zip(every.start.tolist(), every.end.tolist(), every.text.tolist(), strict=True):
        size = end - start
        if len(found) < _MOST and np.count_nonzero(explained[start:end]) < _OVERLAP * size:
            explained[start:end] = True
            found.append(Found(text, start, end, np.ones(size, bool), 1.0, float(size)))
    return found


def _longest(found: list[Found], explained: Mask) -> list[Found]:
    """Return those, in order, of which others explain less than half; `explained` is marked."""
    kept = []
    for one in found:
        taken = explained[one.start : one.end][one.covered]
        if np.count_nonzero(taken) < _OVERLAP * len(taken):
            explained[one.start : one.end] |= one.covered
            kept.append(one)
    return kept


def _has_trace(index: Index, body: Words, explained: Mask) -> bool:
    runs = shingles(body.sums, SHINGLE)
    return int((index.knows(runs) & ~explained[: len(runs)]).sum()) >= _TRACE


def _in_pieces(index: Index, found: list[Found]) -> bool:
    """Whether texts follow each other, as they do in a licence made of several."""
    kinds = {"license", "text", "notice"}
    texts = [one for one in found if index.kinds[one.text] in kinds and one.end - one.start >= MIN_ALIGNED]
    texts.sort(key=lambda one: one.start)
    return any(other.start - one.end <= _NEAR for one, other in itertools.pairwise(texts))


def _as_match(index: Index, body: Words, found: Found) -> Match:
    files = index.files[found.text]
    return Match(
        index.expressions[found.text],
        index.names[found.text],
        index.kinds[found.text],
        body.line(found.start),
        body.line(found.end - 1),
        int(np.count_nonzero(found.covered)),
        round(found.share, 4),
        int(index.relevance[found.text]),
        tuple(files.split("\n")) if files else (),
        bool(index.speaks[found.text]),
    )
