"""Declarations that hold for path patterns: REUSE.toml, DEP-5, parts of a licence file."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import re2

from stackmark.licenses import expressions, globs
from stackmark.licenses.declarations import Declaration

_MAX_AUTOMATON, _MAX_PATTERNS = 32 << 20, 200_000  # bytes; characters of one folder
#: Kinds that name paths, and how their `*` is read.
SCOPED = ("reuse", "reuse-aggregate", "reuse-override", "dep5", "part")


class Hit(NamedTuple):
    """A declaration that holds for a path, and the file that declares it."""

    declaration: Declaration
    evidence: bytes


class Scopes:
    """The patterns of one tree, by the folder that they are relative to; one automaton a folder."""

    def __init__(self, declared: Mapping[bytes, Sequence[Hit]]) -> None:
        self._hits = declared
        self._sets: dict[bytes, list[tuple[Any, Sequence[Hit]]]] = {}

    def __bool__(self) -> bool:
        return bool(self._hits)

    def hits(self, folder: bytes) -> Sequence[Hit]:
        """Return all declarations made at a folder."""
        return self._hits.get(folder, ())

    def at(self, folder: bytes, path: bytes) -> list[Hit]:
        """Return the declarations made at `folder` that hold for a path below it, in the order of their files."""
        if folder not in self._hits:
            return []
        if folder not in self._sets:
            self._sets[folder] = _compile(_within_reason(self._hits[folder]))
        below = path[len(folder) + 1 :] if folder else path
        text = below.decode("utf-8", "replace")
        return [
            hits[number] for automaton, hits in self._sets[folder] for number in sorted(automaton.Match(text) or ())
        ]

    def above(self, path: bytes, vendored: bytes | None) -> list[Hit]:
        """Return all that holds for a path, nearest folder first, within a folder the last statement first.

        A pattern from above a vendored folder holds below it only if it names something.
        """
        out: list[Hit] = []
        folder = path
        while folder:
            folder = folder.rpartition(b"/")[0]
            for hit in reversed(self.at(folder, path)):
                outside = vendored is not None and not _within(folder, vendored)
                if not outside or hit.declaration.scope.strip("*/?."):
                    out.append(hit)
        return out


def _within(folder: bytes, top: bytes) -> bool:
    return folder == top or folder.startswith(top + b"/")


def _within_reason(hits: Sequence[Hit]) -> list[Hit]:
    """Return the statements of a folder without those beyond 200,000 characters of patterns."""
    ends = itertools.accumulate(len(hit.declaration.scope) for hit in hits)
    return [hit for hit, end in zip(hits, ends, strict=True) if end <= _MAX_PATTERNS]


def _compile(hits: Sequence[Hit]) -> list[tuple[Any, Sequence[Hit]]]:
    """Return automata with the statements that they stand for: one, or more where one would grow too large."""
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    options.max_mem = _MAX_AUTOMATON
    automaton = re2.Set.FullMatchSet(options)
    try:
        for hit in hits:
            automaton.Add(_pattern(hit.declaration))
        automaton.Compile()
    except re2.error:
        half = len(hits) // 2
        return [*_compile(hits[:half]), *_compile(hits[half:])] if half else []
    return [(automaton, hits)]


def _pattern(declaration: Declaration) -> str:
    pattern = globs.pattern(declaration.scope, star_crosses=declaration.kind in ("dep5", "part"))
    if declaration.kind == "part" and "/" not in declaration.scope:
        return f"(?:.*/)?{pattern}"  # a licence file names a file without saying where it is
    return pattern


def relative(path: bytes, declaration: Declaration) -> bytes:
    """Return the folder that a declaration in a file speaks for."""
    folder = path.rpartition(b"/")[0]
    return folder.rpartition(b"/")[0] if declaration.folder == ".." else folder


def settle(hits: Sequence[Hit]) -> Hit | None:
    """Return what REUSE and DEP-5 say of a path: the nearest statement, REUSE before DEP-5."""
    kinds = ("reuse", "dep5")
    return next((hit for kind in kinds for hit in hits if hit.declaration.kind == kind), None)


def joined(hits: Sequence[Hit]) -> str:
    """Return several statements joined by AND."""
    return expressions.join([hit.declaration.expression or expressions.UNKNOWN for hit in hits]) or expressions.UNKNOWN
