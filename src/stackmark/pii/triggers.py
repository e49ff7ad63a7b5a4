"""The multi-pattern pass: which trigger of which rule ends where, in one sweep over many contents at once.

Hyperscan does it at 250 to 350 MB a second of source. Without its wheel, RE2 does it several times slower. The two need
not report the same ends, only ends on the same lines: a match never spans a line, so what one engine finds on a line
makes the other find something on that line too, and the scan looks at whole lines.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import tempfile
import threading
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import re2

from stackmark import caches

#: Takes a buffer of one or more contents and returns (index of the pattern, offset of the end of a match) pairs.
Engine = Callable[[memoryview], list[tuple[int, int]]]

_local = threading.local()


@cache
def has_hyperscan() -> bool:
    """Say whether the hyperscan wheel is here."""
    return importlib.util.find_spec("hyperscan") is not None


def hyperscan_engine(patterns: Sequence[str]) -> Engine:
    """Compile patterns into one Hyperscan database; its scratch space serves one thread at a time."""
    database = _database(patterns)

    def find(buffer: memoryview) -> list[tuple[int, int]]:
        hits: list[tuple[int, int]] = []
        add = hits.append

        def matched(pattern: int, start: int, end: int, flags: int, context: object) -> None:  # noqa: ARG001
            add((pattern, end))

        if len(buffer):
            database.scan(buffer, match_event_handler=matched)
        return hits

    return find


def _database(patterns: Sequence[str]) -> Any:
    """Load the compiled database of patterns from the cache, or compile it, which takes seconds, and put it there."""
    import hyperscan

    stamp = hashlib.sha256("\0".join([version("hyperscan"), *patterns]).encode()).hexdigest()[:20]
    path = caches.folder() / f"triggers-{stamp}.hs"
    try:
        database = hyperscan.loadb(path.read_bytes(), mode=hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
        return database
    except (OSError, hyperscan.HyperscanError):  # not there, damaged, or of another processor
        pass
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[pattern.encode() for pattern in patterns],
        ids=list(range(len(patterns))),
        flags=[hyperscan.HS_FLAG_DOTALL] * len(patterns),
    )
    _keep(path, hyperscan.dumpb(database))
    return database


def _keep(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; a cache that cannot be written costs time, not answers."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.stem, delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)


def re2_engine(patterns: Sequence[str]) -> Engine:
    """Do the same with RE2: one automaton says which patterns are there, then each of those says where."""
    union = re2.Set.SearchSet(options())
    for pattern in patterns:
        union.Add(pattern.encode())
    union.Compile()

    def find(buffer: memoryview) -> list[tuple[int, int]]:
        data = bytes(buffer)
        present = sorted(union.Match(data) or ()) if data else []
        ends = [(index, found.end()) for index in present for found in compiled(patterns[index]).finditer(data)]
        return sorted(ends, key=lambda hit: hit[1])

    return find


@cache
def compiled(pattern: str, longest: bool = False) -> re2._Regexp[bytes]:
    """Compile a pattern over bytes with RE2, once; `longest` prefers the longest match to the first alternative."""
    return re2.compile(pattern.encode(), options(longest))


def options(longest: bool = False) -> re2.Options:
    """Return how patterns over bytes are compiled; `longest` prefers the longest match to the first alternative."""
    options = re2.Options()
    options.longest_match = longest
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 1 << 28
    options.log_errors = False
    return options


def engine(patterns: tuple[str, ...]) -> Engine:
    """Return the fastest engine that is installed, compiled once for each thread."""
    engines: dict[int, tuple[tuple[str, ...], Engine]] = _local.__dict__.setdefault("engines", {})
    known = engines.get(id(patterns))  # hashing hundreds of patterns takes as long as scanning a small file
    if known is None or known[0] is not patterns:
        known = engines[id(patterns)] = patterns, (hyperscan_engine if has_hyperscan() else re2_engine)(patterns)
    return known[1]
