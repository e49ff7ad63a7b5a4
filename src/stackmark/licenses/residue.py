"""What no known text explains in a licence file: passages that read like conditions."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from stackmark.licenses.words import Hashes, Words, word_hashes

#: An unexplained passage of fewer words is a change of the text around it; of so many usual words it is
#: legal text.
_SENTENCE, _CROWD = 4, 8
_GAP = 4


@cache
def _legal_words() -> tuple[Hashes, npt.NDArray[np.int64]]:
    """Return the sorted words of `legalese.toml`, and of each the lists it is in: bit k for list k."""
    data = tomllib.loads(resources.files(__package__).joinpath("legalese.toml").read_text("utf-8"))
    lists = [word_hashes(data[key]) for key in ("turning", "binding", "usual", "topic")]
    every = np.unique(np.concatenate(lists))
    return every, np.sum([np.isin(every, one).astype(np.int64) << bit for bit, one in enumerate(lists)], axis=0)


@cache
def turning_words() -> Hashes:
    """Return the words of which one alone turns a grant into its contrary."""
    every, bits = _legal_words()
    turning: Hashes = every[bits & 1 != 0]
    return turning


@cache
def _only() -> int:
    return int(word_hashes(("only",))[0])


def find(words: Words, explained: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the passages (first and last line, 1-based) that no known text explains and that read like
    conditions.

    A passage is a run of unexplained words; up to three explained words in between do not end it.
    """
    open_places = np.flatnonzero(~explained)
    if len(open_places) == 0:
        return []
    every, bits = _legal_words()
    hashes = words.hashes[open_places]
    at = np.minimum(np.searchsorted(every, hashes), len(every) - 1)
    kinds = np.where(every[at] == hashes, bits[at], 0)
    ends = np.append(np.flatnonzero(np.diff(open_places) > _GAP) + 1, len(open_places)).tolist()
    found: list[tuple[int, int]] = []
    for start, end in zip([0, *ends], ends, strict=False):
        legal = np.flatnonzero(kinds[start:end]) + start
        passage = dict(zip(hashes[legal].tolist(), kinds[legal].tolist(), strict=True))
        if _reads_like_conditions(passage, end - start):
            found.append((words.line(int(open_places[start])), words.line(int(open_places[end - 1]))))
    return found


def _reads_like_conditions(legal: dict[int, int], size: int) -> bool:
    """Whether a passage of `size` words binds, of which `legal` are in the lists: one binding word among a
    licence's usual ones, two of them, or usual ones in a crowd.

    Measured on framing sentences ("the following license applies to ...") against added restrictions.
    """
    turning, strong, weak, about = (sum(bits >> kind & 1 for bits in legal.values()) for kind in range(4))
    if size < _SENTENCE:
        return turning > 0
    # "Only" also says which files a licence is for; it binds beside a word for what users do.
    beside = weak if _only() in legal else weak + about
    return strong >= 2 or (strong == 1 and beside > 0) or weak + about >= _CROWD
