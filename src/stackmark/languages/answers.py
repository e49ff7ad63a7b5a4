"""What is said of a file: its language, how that was found, and how far it can be trusted.

The records of this room that detection needs are named tuples, and what only types need is imported for types alone:
loading `dataclasses`, `pathlib` and `typing` takes longer than loading all tables and rules.
"""

from __future__ import annotations

from collections import namedtuple
from functools import cache


class Language(namedtuple("Language", ("name", "strategy", "confidence"))):
    """A language with the strategy that found it.

    strategy:   modeline, filename, shebang, extension, xml, rule (marks of the text decide), classifier, context, or
                extension-ambiguous (the commonest of several, because nothing else tells them apart)
    confidence: for ordering and thresholds; a rounded share of right answers, no probability for a single file
    """

    __slots__ = ()
    name: str
    strategy: str
    confidence: float


@cache
def answer(name: str, strategy: str, confidence: float) -> Language:
    """Return the one object that stands for an answer."""
    return Language(name, strategy, confidence)
