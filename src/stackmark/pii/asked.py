"""Many yes-or-no questions about a text in one pass: which of some patterns it holds, without places."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import re2

from stackmark.pii import triggers

#: Takes a text; returns the numbers of the patterns that it holds, in no order, or nothing.
Asked = Callable[[bytes], "list[int] | None"]


@cache
def of(*patterns: bytes) -> Asked:
    """Compile patterns over bytes into one automaton (an RE2 set), several times faster than one search for each."""
    union = re2.Set.SearchSet(triggers.options())
    for pattern in patterns:
        union.Add(pattern)
    union.Compile()
    match: Asked = union.Match
    return match


def whole(pattern: bytes) -> bytes:
    """Write a pattern so that it must match a whole text."""
    return rb"^(?:" + pattern + rb")$"
