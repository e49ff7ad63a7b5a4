"""Whether a value stands alone, or is part of something longer."""

from __future__ import annotations

from functools import cache

from stackmark.pii import triggers


def stands_alone(content: bytes, guard: str, start: int, end: int) -> bool:
    """Say whether no byte of a character class stands right before or after a value.

    An escape such as \\n or %3D before the value is no letter of it.
    """
    guarded = bytes_of(guard)
    if end < len(content) and content[end] in guarded:
        return False
    if not start or content[start - 1] not in guarded:
        return True
    before = content[max(0, start - 3) : start]
    return (before[-2:-1] == b"\\" and before[-1:] in b"nrtbf0") or (before[:1] == b"%" and len(before) == 3)


@cache
def bytes_of(guard: str) -> frozenset[int]:
    """Return the bytes of a character class."""
    return frozenset(byte for byte in range(256) if guard and triggers.compiled(f"[{guard}]").fullmatch(bytes([byte])))
