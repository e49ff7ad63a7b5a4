"""Read a zip (wheel, jar, egg ...) member by member, in the order of its central directory.

An own reader, and not `zipfile`, because that one loads a central directory of any size, has no notion of
overlapping members, and decodes names that must stay bytes. Names are the raw bytes of the archive: UTF-8
where flag bit 11 says so, else whatever the writer used (nominally code page 437, in practice often UTF-8).
Format: PKWARE's APPNOTE 6.3.10.
"""

from __future__ import annotations

import bz2
import os
import re
import stat
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from struct import Struct
from typing import IO

from stackmark.sources import Limits
from stackmark.sources.archive_member import (
    MAX_LENGTH,
    SYMLINK_MODE,
    Budget,
    Damaged,
    Hostile,
    Member,
    file_mode,
    over_size,
    streamed_id,
)
from stackmark.sources.archive_names import is_windows_path
from stackmark.sources.archive_stream import PIECE, Decoder, decode_all, raw_deflate
from stackmark.swhid import content_id

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")

_END = Struct("<4s4H2LH")
_END64_LOCATOR = Struct("<4sLQL")
_END64 = Struct("<4sQ2H2L4Q")
_CENTRAL = Struct("<4s6H3L5H2L")
_LOCAL = Struct("<4s5H3L2H")
_MAX_COMMENT = 0xFFFF

_ENCRYPTED = 0x1 | 0x40 | 0x2000
_STORED, _DEFLATED, _BZIP2 = 0, 8, 12
_DECODERS: dict[int, Callable[[], Decoder]] = {_DEFLATED: raw_deflate, _BZIP2: bz2.BZ2Decompressor}


@dataclass(frozen=True, slots=True)
class _Record:
    """One member as the central directory describes it."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    length: int
    offset: int
    mode: int


@dataclass(frozen=True, slots=True)
class _Directory:
    """Where the central directory lies; `shift` bytes stand before the zip proper, such as a start script."""

    start: int
    size: int
    shift: int


def is_zip(file: IO[bytes], head: bytes) -> bool:
    """Tell whether a file is a zip: by its first bytes or, behind a start script, by its end record."""
    return head.startswith(MAGIC) or _find_directory(file) is not None


def zip_members(file: IO[bytes], limits: Limits, budget: Budget) -> Iterator[Member]:
    """Yield the members of a zip, each read to its end; a damaged one is a member with a problem.

    Raises Damaged when the central directory is missing or broken, after the members that could be found;
    raises Hostile for overlapping members.
    """
    damage: Damaged | None = None
    records: list[_Record] = []
    directory = _find_directory(file)
    try:
        for record in _central(file, directory) if directory else _local_walk(file):
            records.append(record)
            if len(records) > limits.max_entries:
                raise Hostile("too-many-entries", f"more than {limits.max_entries} entries")
    except Hostile:
        raise
    except Damaged as error:
        damage = error
    _refuse_overlap(records)
    for record in records:
        yield _member(file, record, limits, budget)
    if damage:
        raise damage


def _read_at(file: IO[bytes], offset: int, count: int) -> bytes:
    file.seek(offset)
    return file.read(count)


def _find_directory(file: IO[bytes]) -> _Directory | None:
    """Return the place of the central directory, None if no end record leads to one."""
    size = file.seek(0, os.SEEK_END)
    base = max(0, size - _END.size - _MAX_COMMENT)
    tail = _read_at(file, base, size - base)
    ends = [found.start() for found in re.finditer(rb"PK\x05\x06(?=.{18})", tail, re.DOTALL)]
    # A comment may hold what looks like an end record; the true one's comment reaches to the end of the file.
    exact = [at for at in ends if at + _END.size + _END.unpack_from(tail, at)[7] == len(tail)]
    for at in reversed(exact or ends):
        directory = _directory_before(file, base + at, _END.unpack_from(tail, at))
        if directory:
            return directory
    return None


def _directory_before(file: IO[bytes], end: int, fields: tuple[int, ...]) -> _Directory | None:
    """Return the central directory that an end record speaks of, None if it cannot be where that says."""
    length, start = fields[5:7]
    locator_at = end - _END64_LOCATOR.size
    if locator_at >= _END64.size and _read_at(file, locator_at, 4) == b"PK\x06\x07":
        # The 64-bit record stands directly before its locator; the offset inside the locator may be a lie.
        record = _read_at(file, locator_at - _END64.size, _END64.size)
        if record.startswith(b"PK\x06\x06"):
            *_, length, start = _END64.unpack(record)
            end = locator_at - _END64.size
    if start + length > end:
        return None
    return _Directory(end - length, length, end - length - start)


def _central(file: IO[bytes], directory: _Directory) -> Iterator[_Record]:
    """Yield the records of the central directory. Raises Damaged where it stops making sense."""
    at, end = directory.start, directory.start + directory.size
    file.seek(at)
    while at < end:
        head = file.read(_CENTRAL.size)
        if len(head) < _CENTRAL.size or not head.startswith(b"PK\x01\x02"):
            raise Damaged("corrupt", f"the central directory is broken at byte {at}")
        (_, _, _, flags, method, _, _, crc, packed, length, names, extras, comments, _, _, outer, offset) = (
            _CENTRAL.unpack(head)
        )
        name, extra, _ = file.read(names), file.read(extras), file.read(comments)
        at += _CENTRAL.size + names + extras + comments
        if at > end:
            raise Damaged("corrupt", "the central directory is longer than it says")
        length, packed, offset = _zip64(extra, (length, packed, offset))
        yield _Record(name, flags, method, crc, packed, length, offset + directory.shift, outer >> 16)


def _zip64(extra: bytes, values: tuple[int, int, int]) -> tuple[int, int, int]:
    """Replace the values that do not fit 32 bits by those of the 64-bit extra field, in its order."""
    if 0xFFFFFFFF not in values:
        return values
    at = 0
    while at + 4 <= len(extra):
        tag, size = (
            int.from_bytes(extra[at : at + 2], "little"),
            int.from_bytes(extra[at + 2 : at + 4], "little"),
        )
        if tag == 1:
            wide = [int.from_bytes(extra[i : i + 8], "little") for i in range(at + 4, at + 4 + size - 7, 8)]
            full = iter(wide)
            length, packed, offset = (next(full, v) if v == 0xFFFFFFFF else v for v in values)
            return length, packed, offset
        at += 4 + size
    return values


def _local_walk(file: IO[bytes]) -> Iterator[_Record]:
    """Yield what the headers in front of the members tell, for a zip that has lost its end.

    Stops at the first member whose length stands behind its data (flag bit 3). Always ends with Damaged.
    """
    at = 0
    while True:
        head = _read_at(file, at, _LOCAL.size)
        if len(head) < _LOCAL.size or not head.startswith(MAGIC[0]):
            break
        _, _, flags, method, _, _, crc, packed, length, names, extras = _LOCAL.unpack(head)
        name, extra = file.read(names), file.read(extras)
        length, packed, _ = _zip64(extra, (length, packed, 0))
        if flags & 0x8 and not packed:
            break
        yield _Record(name, flags, method, crc, packed, length, at, 0)
        at += _LOCAL.size + names + extras + packed
    raise Damaged("truncated", "the zip has no central directory at its end")


def _refuse_overlap(records: list[_Record]) -> None:
    """Raise Hostile if two members share bytes, the trick of bombs that need no nesting (Fifield, 2019)."""
    spans = sorted((r.offset, r.offset + _LOCAL.size + len(r.name) + r.packed) for r in records)
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise Hostile("overlapping-members", f"two members share the bytes from {start} on")


def _member(file: IO[bytes], record: _Record, limits: Limits, budget: Budget) -> Member:
    kind = stat.S_IFMT(record.mode)
    if record.name.endswith(b"/") or kind == stat.S_IFDIR:
        return Member(record.name, "directory")
    if kind not in (0, stat.S_IFREG, stat.S_IFLNK):
        return Member(record.name, "special", kind, problem="special-file", detail="a device, a pipe or a socket")
    mode = SYMLINK_MODE if kind == stat.S_IFLNK else file_mode(record.mode)
    blob, data = None, None
    problem, detail = over_size(record.length, limits)
    try:
        blob, data = _read(file, record, limits, budget)
    except Hostile:
        raise
    except Damaged as error:
        problem, detail = error.rule, error.detail
    if is_windows_path(record.name):
        problem, detail = "unsafe-path", "a backslash or a drive letter in the path"
    length = min(record.length, MAX_LENGTH)
    if mode == SYMLINK_MODE:
        return Member(record.name, "symlink", mode, length, blob, problem=problem, detail=detail)
    return Member(record.name, "file", mode, length, blob, data, problem=problem, detail=detail)


def _read(file: IO[bytes], record: _Record, limits: Limits, budget: Budget) -> tuple[bytes, bytes | None]:
    """Return blob id and bytes of a member. Raises Damaged with the reason that it cannot be read."""
    if record.flags & _ENCRYPTED:
        raise Damaged("encrypted", "needs a password")
    if record.method != _STORED and record.method not in _DECODERS:
        raise Damaged("unsupported-compression", f"compression method {record.method}")
    head = _read_at(file, record.offset, _LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(MAGIC[0]):
        raise Damaged("corrupt", "the member does not begin where the directory says")
    names, extras = _LOCAL.unpack(head)[9:]
    if file.read(names) != record.name:
        raise Damaged("corrupt", "the member's own header gives it another name than the directory")
    file.seek(extras, os.SEEK_CUR)
    chunks = _verified(_unpacked(file, record), record, budget)
    if record.length > limits.max_content:
        return streamed_id(chunks, record.length), None
    data = b"".join(chunks)
    return content_id(data), data


def _unpacked(file: IO[bytes], record: _Record) -> Iterator[bytes]:
    left = record.packed

    def read() -> bytes:
        nonlocal left
        data = file.read(min(left, PIECE))
        left -= len(data)
        return data

    if record.method == _STORED or not record.packed:
        return iter(read, b"")
    return decode_all(read, _DECODERS[record.method]())


def _verified(pieces: Iterator[bytes], record: _Record, budget: Budget) -> Iterator[bytes]:
    """Pass pieces on while they keep to the length that was declared; at the end check length and CRC-32."""
    length, crc = 0, 0
    for piece in pieces:
        budget.spend(len(piece))
        length += len(piece)
        if length > record.length:
            raise Damaged("corrupt", f"unpacks to more than the {record.length} bytes declared")
        crc = zlib.crc32(piece, crc)
        yield piece
    if length != record.length:
        raise Damaged("corrupt", f"unpacks to {length} bytes, not the {record.length} declared")
    if crc != record.crc:
        raise Damaged("corrupt", "the checksum does not match")
