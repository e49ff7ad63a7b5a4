"""What the readers of archives hand over, how they tell of damage and attacks, and what one may cost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal, NamedTuple

from stackmark.sources import Limits

FILE_MODE = 0o100644
EXECUTABLE_MODE = 0o100755
SYMLINK_MODE = 0o120000
MAX_LENGTH = 2**63 - 1

#: Below this much output no ratio is judged: a small text that repeats itself is not an attack.
RATIO_FREE = 1024 * 1024


class Damaged(Exception):
    """The rest of an archive cannot be read; what came before stands. `rule` is the ledger's word for it."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(rule, detail)
        self.rule = rule
        self.detail = detail


class Hostile(Damaged):
    """An archive breaks a limit that no honest one breaks; nothing of it is used."""


class Member(NamedTuple):
    """One member of an archive, read to its end.

    path:       as recorded, bytes
    mode:       as git would record it; for specials the file type bits
    content_id: git's blob id of the bytes (of the target, for a symlink); None when they could not be read
    data:       the bytes of a regular file that is within the size limit, else None
    target:     what a hard link points at
    problem:    the rule that this member breaks, with one plain sentence in `detail`
    """

    path: bytes
    kind: Literal["file", "symlink", "hardlink", "directory", "special"]
    mode: int = FILE_MODE
    length: int | None = None
    content_id: bytes | None = None
    data: bytes | None = None
    target: bytes = b""
    problem: str | None = None
    detail: str | None = None


class Budget:
    """Counts real bytes out against the limits; declared sizes are never trusted."""

    def __init__(self, packed: int, limits: Limits) -> None:
        self._packed = packed
        self._limits = limits
        self._most = min(limits.max_unpacked, max(RATIO_FREE, limits.max_ratio * packed))
        self._out = 0

    def spend(self, count: int) -> None:
        """Count unpacked bytes; raises Hostile once they are too many."""
        self._out += count
        if self._out <= self._most:
            return
        if self._out > self._limits.max_unpacked:
            raise Hostile("archive-size", f"unpacks to more than {self._limits.max_unpacked} bytes")
        raise Hostile(
            "archive-ratio",
            f"{self._packed} bytes unpack to more than {self._limits.max_ratio} times as many",
        )


def file_mode(permissions: int) -> int:
    """Return the mode that git records: it knows only whether the owner may execute."""
    return EXECUTABLE_MODE if permissions & 0o100 else FILE_MODE


def streamed_id(chunks: Iterable[bytes], length: int) -> bytes:
    """Return the git blob id of chunks that add up to `length` bytes, none of which is held."""
    sha1 = hashlib.sha1(b"blob %d\0" % length, usedforsecurity=False)
    for chunk in chunks:
        sha1.update(chunk)
    return sha1.digest()


def over_size(length: int, limits: Limits) -> tuple[str | None, str | None]:
    """Return problem and detail of a content that is longer than the limit, else two Nones."""
    if length <= limits.max_content:
        return None, None
    return "over-size", f"{length} bytes, more than the {limits.max_content} allowed"
