"""The lines that triggers end on, of a long line a piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

#: A line longer than this is looked at in pieces around each hit.
MAX_LINE = 4096


def hit(content: bytes, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield each line with a hit once, of a long line each piece; a hit is given by where it ends."""
    seen = -1
    for end in ends:
        if seen < end <= len(content):
            start, seen = around(content, end)
            yield start, seen


def around(content: bytes, at: int) -> tuple[int, int]:
    """Return where the line that ends or holds byte `at - 1` begins and ends; of a long line, a piece around it."""
    at -= 1
    start = content.rfind(b"\n", at - MAX_LINE if at > MAX_LINE else 0, at) + 1
    if start == 0 and at > MAX_LINE:
        start = at - at % MAX_LINE - MAX_LINE // 4
    end = content.find(b"\n", at, at + MAX_LINE)
    if end >= 0:
        return start, end
    return start, min(len(content), at - at % MAX_LINE + 2 * MAX_LINE)
