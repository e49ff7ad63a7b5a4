"""A small statistical classifier for texts whose names and marks leave several languages open.

Multinomial naive Bayes over the set of byte trigrams of a text, hashed into buckets, against a common background (the
model of Cavnar and Trenkle, "N-Gram-Based Text Categorization", 1994, with log-odds in place of ranks). The table in
data/classifier.npy is made by benchmarks/languages_train.py from texts of published packages whose names say what they
are; data/classifier.json names its rows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from stackmark.languages.tables import DATA

#: Bytes of a text that are looked at, length of the pieces, and buckets that they fall into, as a power of two.
WINDOW = 8192
PIECE = 3
BITS = 14
#: The table holds log-odds times this, as int8.
SCALE = 20
#: From the margin between the two best languages to the share of right answers, fitted on training packages left out.
SLOPE, OFFSET = 0.55, 0.1


@dataclass(frozen=True)
class Model:
    """rows: place of each language; table: int8 [languages, 2**BITS], log-odds against the background times SCALE."""

    rows: Mapping[str, int]
    table: npt.NDArray[np.int8]


def best(languages: Sequence[str], head: bytes) -> tuple[str, float] | None:
    """Return the likeliest of some languages and how sure that is, 0.5 to 1.

    Languages that the classifier does not know are left out; None if fewer than two are left, or the text is too short.
    """
    rows = model().rows
    known = [language for language in languages if language in rows]
    found = pieces(head)
    if len(known) < 2 or not len(found):
        return None
    scores = model().table[[rows[language] for language in known]][:, found].sum(axis=1, dtype=np.int64) / SCALE
    second, first = np.argsort(scores, kind="stable")[-2:].tolist()
    margin = (scores[first] - scores[second]) / math.sqrt(len(found))
    return known[first], float(1 / (1 + math.exp(-SLOPE * margin - OFFSET)))


def pieces(text: bytes) -> npt.NDArray[np.int64]:
    """Return the sorted buckets of the trigrams in the first WINDOW bytes; a run of blanks or digits is one."""
    codes = _fold()[np.frombuffer(text[:WINDOW], np.uint8)]
    repeated = np.zeros(len(codes), bool)
    repeated[1:] = (codes[1:] == codes[:-1]) & _runs()[codes[1:]]
    codes = codes[~repeated].astype(np.uint32)
    if len(codes) < PIECE:
        return np.zeros(0, np.int64)
    hashed = np.zeros(len(codes) - PIECE + 1, np.uint32)
    for place in range(PIECE):
        hashed = (hashed * np.uint32(0x01000193)) ^ codes[place : place + len(hashed)]
    hashed *= np.uint32(0x9E3779B1)
    met = np.zeros(1 << BITS, bool)
    met[hashed >> np.uint32(32 - BITS)] = True
    return np.flatnonzero(met)


@cache
def model() -> Model:
    """Load the table."""
    head = json.loads((DATA / "classifier.json").read_text(encoding="utf-8"))
    table = np.load(DATA / "classifier.npy", allow_pickle=False)
    return Model({name: row for row, name in enumerate(head["languages"])}, table)


@cache
def _fold() -> npt.NDArray[np.uint8]:
    """Return what each byte counts as: one digit, one blank, one sign beyond ASCII."""
    fold = np.arange(256, dtype=np.uint8)
    fold[ord("0") : ord("9") + 1] = ord("0")
    fold[[ord("\t"), ord("\r")]] = ord(" ")
    fold[128:] = 128
    return fold


@cache
def _runs() -> npt.NDArray[np.bool_]:
    """Tell which bytes count once where they follow each other."""
    runs = np.zeros(256, bool)
    runs[[ord(" "), ord("\n"), ord("0")]] = True
    return runs
