"""Which rows of a column hold any of some patterns: one sweep that spares nearly all rows the exact and dearer search.

Hyperscan reads more than a gigabyte a second, however many patterns there are. Where its wheel is missing, RE2 gives
the same answers several times slower.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import re2

Mask = npt.NDArray[np.bool_]
#: Takes the bytes of one row and the list that the numbers of the patterns in it are added to.
_Search = Callable[[memoryview, list[int]], None]

_local = threading.local()  # the scratch space of a database serves one thread at a time


def rows_with(
    column: pa.LargeBinaryArray,
    patterns: Sequence[bytes],
    *,
    caseless: bool = False,
    ends: tuple[int, int] | None = None,
) -> Mask:
    """Return bool[patterns, rows]: whether a pattern occurs in the bytes of a row; in none of a null row.

    patterns: regular expressions over bytes in the syntax that Hyperscan and RE2 share; a dot is any byte
    caseless: for the letters of ASCII
    ends:     of a row that is longer than both together, look only at so many bytes at its beginning and at its end
    """
    found = np.zeros((len(patterns), len(column)), bool)
    _, offsets, values = column.buffers()
    if values is None or not len(column):
        return found
    search = _search(tuple(patterns), caseless)
    bounds = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1].tolist()
    data = memoryview(values)
    hits: list[int] = []
    head, tail = ends or (len(data), 0)
    for row, (start, end) in enumerate(pairwise(bounds)):
        if start < end:
            if end - start <= head + tail:
                search(data[start:end], hits)
            else:
                search(data[start : start + head], hits)
                search(data[end - tail : end], hits)
            if hits:
                found[hits, row] = True
                hits.clear()
    if column.null_count:
        found[:, column.is_null().to_numpy(zero_copy_only=False)] = False
    return found


@cache
def has_hyperscan() -> bool:
    """Say whether the hyperscan wheel is here."""
    return importlib.util.find_spec("hyperscan") is not None


def _search(patterns: tuple[bytes, ...], caseless: bool) -> _Search:
    known: dict[Any, _Search] = _local.__dict__.setdefault("searches", {})
    kind = _with_hyperscan if has_hyperscan() else _with_re2
    key = (kind, patterns, caseless)
    if key not in known:
        known[key] = kind(patterns, caseless)
    return known[key]


def _with_hyperscan(patterns: tuple[bytes, ...], caseless: bool) -> _Search:
    import hyperscan

    flags = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL | (hyperscan.HS_FLAG_CASELESS if caseless else 0)
    database: Any = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    numbers = list(range(len(patterns)))
    database.compile(expressions=list(patterns), ids=numbers, flags=[flags] * len(patterns))
    database.scratch = hyperscan.Scratch(database)

    def matched(number: int, start: int, end: int, flags: int, hits: list[int]) -> None:  # noqa: ARG001
        hits.append(number)

    def search(content: memoryview, hits: list[int]) -> None:
        database.scan(content, match_event_handler=matched, context=hits)

    return search


def _with_re2(patterns: tuple[bytes, ...], caseless: bool) -> _Search:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes, as the other engine takes them
    options.case_sensitive, options.dot_nl = not caseless, True
    compiled = [re2.compile(pattern, options) for pattern in patterns]

    def search(content: memoryview, hits: list[int]) -> None:
        data = bytes(content)
        hits.extend(number for number, one in enumerate(compiled) if one.search(data))

    return search
