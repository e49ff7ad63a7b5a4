"""A small statistical classifier for texts whose names and marks leave several languages open.

Multinomial naive Bayes over the set of byte trigrams of a text, hashed into buckets, against a common background (the
model of Cavnar and Trenkle, "N-Gram-Based Text Categorization", 1994, with log-odds in place of ranks). The table in
data/classifier.bin, a row of 2**BITS signed bytes for each language, is made by benchmarks/languages_train.py from
texts of published packages whose names say what they are; data/classifier.json names the rows. It is asked so rarely
that plain Python, which needs no library to be loaded, answers sooner.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Mapping, Sequence
from functools import cache

from stackmark.languages.tables import DATA, read_json

#: Bytes of a text that are looked at, and buckets that their trigrams fall into, as a power of two.
WINDOW = 8192
BITS = 14
#: The table holds log-odds times this.
SCALE = 20
#: From the margin between the two best languages to the share of right answers, fitted on training packages left out.
SLOPE, OFFSET = 0.55, 0.1
#: What each byte counts as: one digit, one blank, one sign beyond ASCII.
FOLD = bytes(ord("0") if chr(byte).isdigit() else ord(" ") if chr(byte) in "\t\r" else byte for byte in range(128))
FOLD += b"\x80" * 128
#: Blanks, line feeds and digits after one of the same kind.
RUNS = re.compile(rb"(?<= ) +|(?<=\n)\n+|(?<=0)0+")


def best(languages: Sequence[str], head: bytes) -> tuple[str, float] | None:
    """Return the likeliest of some languages and how sure that is, 0.5 to 1.

    Languages that the classifier does not know are left out; None if fewer than two are left, or the text is too short.
    """
    known = [language for language in languages if language in rows()]
    found = pieces(head) if len(known) > 1 else []
    if not found:
        return None
    scores = {language: sum(map(row(language).__getitem__, found)) / SCALE for language in known}
    second, first = sorted(known, key=scores.__getitem__)[-2:]
    margin = (scores[first] - scores[second]) / math.sqrt(len(found))
    return first, 1 / (1 + math.exp(-SLOPE * margin - OFFSET))


def pieces(text: bytes) -> list[int]:
    """Return the sorted buckets of the trigrams in the first WINDOW bytes; a run of blanks or digits is one."""
    plain = RUNS.sub(b"", text[:WINDOW].translate(FOLD))
    return sorted({_bucket(*three) for three in set(zip(plain, plain[1:], plain[2:], strict=False))})


def _bucket(first: int, second: int, third: int) -> int:
    """Hash three bytes: FNV's multiplier, then Fibonacci hashing to BITS bits."""
    mixed = ((first * 0x01000193 ^ second) * 0x01000193 ^ third) * 0x9E3779B1
    return (mixed & 0xFFFFFFFF) >> (32 - BITS)


@cache
def rows() -> Mapping[str, int]:
    """Return the place of each language in the table."""
    return {name: place for place, name in enumerate(read_json("classifier.json")["languages"])}


@cache
def row(language: str) -> array[int]:
    """Read the row of a language: log-odds of each bucket against the background, times SCALE."""
    with open(DATA + "classifier.bin", "rb") as table:  # noqa: PTH123
        table.seek(rows()[language] << BITS)
        return array("b", table.read(1 << BITS))
