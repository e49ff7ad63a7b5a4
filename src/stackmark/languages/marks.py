"""Marks: what the text of a language shows and the text of its rivals does not.

A mark is a linear-time expression (RE2) with an example that has it and one that has not; data/marks/ holds them by
family. They are only asked where a name leaves several languages open, so a mark need not be unique in the world, only
among the languages that share a name with it. A `weak` mark counts when several languages are weighed, and does not
decide alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

import re2

from stackmark.languages.tables import DATA

#: Bytes of a content that marks are looked for in.
WINDOW = 32 * 1024
#: More of one mark than this says nothing more.
ENOUGH = 40
WEAK, STRONG, SURE = 1, 3, 30


@dataclass(frozen=True)
class Mark:
    """One expression, with examples that have it (`yes`) and that have it not (`no`)."""

    pattern: str
    yes: str
    no: str
    weak: bool = False
    sure: bool = False

    @property
    def worth(self) -> int:
        """Return what one place with this mark counts."""
        return WEAK if self.weak else SURE if self.sure else STRONG


@cache
def marks() -> Mapping[str, tuple[Mark, ...]]:
    """Return the marks of every language that has some."""
    found = {}
    for file in sorted((DATA / "marks").glob("*.toml")):
        for language, rows in tomllib.loads(file.read_text(encoding="utf-8")).items():
            found[language] = tuple(Mark(**row) for row in rows)
    return found


@cache
def expression(language: str) -> str | None:
    """Return one RE2 expression for the strong marks of a language, None if it has none."""
    strong = [f"(?:{mark.pattern})" for mark in marks().get(language, ()) if not mark.weak]
    return "(?m)" + "|".join(strong) if strong else None


def shows_any(languages: tuple[str, ...], head: bytes) -> bool:
    """Tell whether a text has a strong mark of any of some languages, in one pass over it."""
    return _any(languages).search(head) is not None


@cache
def any_expression(languages: tuple[str, ...]) -> str:
    """Return one RE2 expression for the strong marks of any of some languages."""
    return "|".join(f"(?:{one})" for one in map(expression, languages) if one)


def shows(language: str, head: bytes) -> bool:
    """Tell whether a text has a strong mark of a language."""
    strong = _strong(language)
    return strong is not None and strong.search(head) is not None


def weight(language: str, head: bytes) -> int:
    """Return how much a text shows of a language: its marks, each counted up to ENOUGH times."""
    return sum(sum(1 for _ in islice(pattern.finditer(head), ENOUGH)) * worth for pattern, worth in _single(language))


@cache
def _any(languages: tuple[str, ...]) -> re.Pattern[bytes]:
    found: re.Pattern[bytes] = re2.compile(any_expression(languages).encode())
    return found


@cache
def _strong(language: str) -> re.Pattern[bytes] | None:
    found = expression(language)
    return re2.compile(found.encode()) if found else None


@cache
def _single(language: str) -> tuple[tuple[re.Pattern[bytes], int], ...]:
    return tuple((re2.compile(b"(?m)" + mark.pattern.encode()), mark.worth) for mark in marks().get(language, ()))
