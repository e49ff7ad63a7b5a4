"""Build the index over known licence texts; see `index` for what it holds."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stackmark.licenses import expressions, words
from stackmark.licenses.corpus import KnownText
from stackmark.licenses.index import KEY_BITS, LEAD_BITS, LEVELS, MIN_ALIGNED, SHINGLE, SHINGLE_BITS, Index
from stackmark.licenses.words import Hashes, Places, Sums

#: Texts of these kinds are also found with words changed.
ALIGNED = ("license", "text", "notice")
# Words that stand for {{ and }} while a known text is split; no text has them.
_OPEN, _CLOSE = "stackmarkopen", "stackmarkclose"
_NO_CLASS = -1
_EXCEPTION, _WITH = "LicenseRef-exception-", re.compile(r"\bWITH ([^\s()]+)")
#: A notice has no words but an exception's own: so many of its runs are there, and so many of the exception's here.
_ALL_WORDS, _MOST_WORDS = 0.95, 0.9
#: Words of one who grants something, rather than names it.
_SPEAKING = (
    "license", "licensed", "licenses", "licensing", "released", "distributed", "distribute", "redistribute",
    "redistribution", "terms", "permission", "covered", "governed", "domain", "conditions",
)  # fmt: skip


class _Split(NamedTuple):
    """The words of all texts, which of them must be there, where each text begins."""

    tokens: Hashes
    required: npt.NDArray[np.uint8]
    offsets: Places


def build(texts: Iterable[KnownText]) -> Index:
    """Return the index over some texts; of texts with the same words only the best named one stays."""
    known = list(texts)
    split = _split(known)
    full = _full_hashes(split)
    kept = _without_doubles(known, full, np.diff(split.offsets))
    split, full = _only(split, kept), full[kept]
    known = _with_bare_exceptions([known[number] for number in kept], split)
    order = np.argsort(full, kind="stable")
    leads, lead_text, lead_seen = _lead_table(split)
    keys, starts, postings = _shingle_table(split, known)
    return Index(
        names=[one.name for one in known],
        expressions=[one.expression for one in known],
        kinds=[one.kind for one in known],
        files=["\n".join(one.files) for one in known],
        classes=np.array([_class_rank(one) for one in known], np.int8),
        speaks=_speaks(split),
        relevance=np.array([one.relevance for one in known], np.int16),
        minimum=np.array([one.minimum for one in known], np.float64),
        tokens=split.tokens,
        required=split.required,
        offsets=split.offsets,
        full=full,
        whole=full[order],
        whole_text=order.astype(np.int32),
        leads=leads,
        lead_text=lead_text,
        lead_seen=lead_seen,
        keys=keys,
        starts=starts,
        postings=postings,
        shingle_seen=_marks(keys, SHINGLE_BITS),
        key_at=np.searchsorted(keys >> np.uint64(64 - KEY_BITS), np.arange(1 << KEY_BITS, dtype=np.uint64)).astype(
            np.int32
        ),
        distinct=np.bincount(postings, minlength=len(known)).astype(np.int32),
    )


def _with_bare_exceptions(known: Sequence[KnownText], split: _Split) -> list[KnownText]:
    """Return the texts, with the exception alone for notices that have its words and no others.

    Such a notice is filed as "GPL-2.0-only WITH X", but which licence it belongs to is said elsewhere, if at all.
    """
    passages = [split.tokens[start:end] for start, end in itertools.pairwise(split.offsets.tolist())]
    own: dict[str, list[Sums]] = {}
    for one, passage in zip(known, passages, strict=True):
        if one.kind == "license" and one.expression.startswith(_EXCEPTION):
            own.setdefault(one.expression, []).append(_runs(passage))
    bare = list(known)
    for number, (one, passage) in enumerate(zip(known, passages, strict=True)):
        names = set(_WITH.findall(one.expression)) if one.kind == "notice" else set()
        alone = _EXCEPTION + names.pop() if len(names) == 1 else ""
        if any(_nearly_same(_runs(passage), other) for other in own.get(alone, [])):
            bare[number] = dataclasses.replace(one, expression=alone)
    return bare


def _runs(passage: Hashes) -> Sums:
    return np.unique(words.shingles(words.running_sums(passage), SHINGLE))


def _nearly_same(some: Sums, others: Sums) -> bool:
    common = len(np.intersect1d(some, others, assume_unique=True))
    return common > _ALL_WORDS * len(some) and common > _MOST_WORDS * len(others)


def _class_rank(known: KnownText) -> int:
    if not known.expression:
        return _NO_CLASS
    return expressions.rank(expressions.license_class(known.expression))


def _split(known: Sequence[KnownText]) -> _Split:
    marked = (
        one.text.replace("{{", f" {_OPEN} ").replace("}}", f" {_CLOSE} ") if "{{" in one.text else one.text
        for one in known
    )
    tokens, offsets = words.split_all(list(marked))
    opening, closing = (tokens == sign for sign in words.word_hashes((_OPEN, _CLOSE)))
    depth = np.cumsum(opening.astype(np.int32) - closing)
    keep = ~(opening | closing)
    # A text that opens and never closes must not spill into the next one.
    base = np.repeat(np.concatenate(([0], depth))[offsets[:-1]], np.diff(offsets))
    required = (depth - base)[keep] > 0
    places = np.concatenate(([0], np.cumsum(keep)))
    return _Split(tokens[keep], required.astype(np.uint8), places[offsets])


def _speaks(split: _Split) -> npt.NDArray[np.uint8]:
    total = np.concatenate(([0], np.cumsum(np.isin(split.tokens, words.word_hashes(_SPEAKING)))))
    return (np.diff(total[split.offsets]) > 0).astype(np.uint8)


def _full_hashes(split: _Split) -> Sums:
    return words.run_hashes(words.running_sums(split.tokens), split.offsets[:-1], split.offsets[1:])


def _without_doubles(known: Sequence[KnownText], full: Sums, lengths: Places) -> list[int]:
    best: dict[tuple[int, int], int] = {}
    for number, key in enumerate(zip(full.tolist(), lengths.tolist(), strict=True)):
        if key[1] == 0:
            continue
        if key not in best or _preference(known[number]) < _preference(known[best[key]]):
            best[key] = number
    return sorted(best.values())


def _preference(known: KnownText) -> tuple[bool, bool, bool, bool, bool, int, str]:
    """Where two texts have the same words: a text named by its SPDX id first, an SPDX id, a licence's own
    text, then the stricter.

    An exception's own text grants nothing by itself, so it is the exception and not a licence with it.
    """
    exception = known.expression.startswith(_EXCEPTION)
    loose = known.kind != "notice" and "-or-later" in known.expression
    return (
        not known.expression,
        not known.name.endswith(".txt"),
        "LicenseRef-" in known.expression and not exception,
        known.kind != "license",
        loose,
        -_class_rank(known),
        known.name,
    )


def _only(split: _Split, kept: list[int]) -> _Split:
    lengths = np.diff(split.offsets)
    keep = np.zeros(len(lengths), bool)
    keep[kept] = True
    words_kept = np.repeat(keep, lengths)
    offsets = np.concatenate(([0], np.cumsum(lengths[keep])))
    return _Split(split.tokens[words_kept], split.required[words_kept], offsets)


def _lead_table(split: _Split) -> tuple[Sums, npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Return the sorted leads, the text that each begins, the seen bits."""
    lengths = np.diff(split.offsets)
    level = np.searchsorted(LEVELS, lengths, "right") - 1
    starts = split.offsets[:-1]
    leads = words.run_hashes(words.running_sums(split.tokens), starts, starts + np.array(LEVELS)[level])
    order = np.argsort(leads, kind="stable")
    return leads[order], order.astype(np.int32), _marks(leads, LEAD_BITS)


def _marks(hashes: Sums, bits: int) -> npt.NDArray[np.uint8]:
    """Return a table with 1 at the high bits of each hash, eight to a byte."""
    seen = np.zeros(1 << bits, np.uint8)
    seen[hashes >> np.uint64(64 - bits)] = 1
    return np.packbits(seen, bitorder="little")


def _shingle_table(split: _Split, known: Sequence[KnownText]) -> tuple[Sums, Places, npt.NDArray[np.int32]]:
    """Return sorted shingles, where the list of each starts, the lists of the texts that have them."""
    lengths = np.diff(split.offsets)
    wanted = np.array([one.kind in ALIGNED for one in known], bool) & (lengths >= MIN_ALIGNED)
    owner = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    everything = words.shingles(words.running_sums(split.tokens), SHINGLE)
    owner, beyond = owner[: len(everything)], owner[SHINGLE - 1 :]
    inside = (owner == beyond) & wanted[owner]
    everything, owner = everything[inside], owner[inside]
    order = np.argsort(everything, kind="stable")
    everything, owner = everything[order], owner[order]
    fresh = np.ones(len(everything), bool)
    fresh[1:] = (everything[1:] != everything[:-1]) | (owner[1:] != owner[:-1])
    everything, owner = everything[fresh], owner[fresh]
    first = np.ones(len(everything), bool)
    first[1:] = everything[1:] != everything[:-1]
    starts = np.append(np.flatnonzero(first), len(everything)).astype(np.int64)
    keys = everything[first]
    return keys, starts, owner
