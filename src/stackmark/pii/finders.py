"""Finders that rules name: what takes more than a pattern on one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from stackmark.pii import addresses, keyblocks, tables
from stackmark.pii.ruleset import Rule
from stackmark.pii.spans import Span

#: Takes the content, the rule and where its triggers end; yields spans that begin on those lines.
Finder = Callable[[bytes, Rule, Sequence[int]], Iterator[Span]]

#: What a rule names for assignments, which are not judged one by one but by the scorer, many at once.
SCORED = "assignments"

FINDERS: dict[str, Finder] = {
    "key_blocks": keyblocks.blocks,
    "putty": keyblocks.putty,
    "emails": addresses.emails,
    "columns": tables.columns,
    "inserted": tables.inserted,
}
