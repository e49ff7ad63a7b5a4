"""UTF-16 is read one byte a code unit; the offsets come out doubled."""

from __future__ import annotations

import pytest

from stackmark.pii import wide
from stackmark.pii.spans import Span

TEXT = "key = 'naïve 漢字' # a comment long enough"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_unit_becomes_a_byte_at_half_its_offset(encoding: str) -> None:
    content = TEXT.encode(encoding)
    narrowed = wide.narrow(content)
    at = narrowed.index(b"key")
    (span,) = wide.widen(content, [Span(at, at + 3, "T", 1, "r")])
    assert content[span.start : span.end].replace(b"\0", b"") == b"key"
    assert len(narrowed) == len(content) // 2


@pytest.mark.parametrize("content", [b"", b"a", TEXT.encode(), b"\x00" * 64, bytes(range(256))])
def test_anything_else_stays_as_it_is(content: bytes) -> None:
    assert wide.narrow(content) == content


def test_an_odd_byte_at_the_end_is_left_out() -> None:
    assert wide.narrow(b"\xff\xfea\0b\0c") == b"\xffab"
