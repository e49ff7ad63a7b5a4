"""UTF-16: one byte a code unit for the scan, two in the offsets that it gives."""

from __future__ import annotations

import numpy as np

from stackmark.pii.spans import Span

_MARKS = {b"\xff\xfe": "<u2", b"\xfe\xff": ">u2"}
_SAMPLE = 512


def narrow(content: bytes) -> bytes:
    """Return a content as it is, or the code units of UTF-16 as one byte each, those above 255 as 0xFF."""
    order = _order(content)
    if not order:
        return content
    units = np.frombuffer(content[: len(content) // 2 * 2], order)
    return bytes(np.minimum(units, 255).astype(np.uint8))


def widen(content: bytes, spans: list[Span]) -> list[Span]:
    """Return spans of a narrowed content as spans of the content itself."""
    if not spans or not _order(content):
        return spans
    return [span._replace(start=2 * span.start, end=2 * span.end) for span in spans]


def codec(content: bytes) -> str:
    """Return the codec of the code units of a UTF-16 text, "" for anything else."""
    return {"<u2": "utf-16-le", ">u2": "utf-16-be"}.get(_order(content), "")


def _order(content: bytes) -> str:
    """Return the byte order of a UTF-16 text, "" for anything else; without a mark, every other byte is zero."""
    if content[:2] in _MARKS:
        return _MARKS[content[:2]]
    head = content[:_SAMPLE]
    if len(head) < 8 or head.count(0) * 5 < len(head) * 2:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    return "<u2" if odd > 4 * even else ">u2" if even > 4 * odd else ""
