"""Read a tar stream: ustar, pax, GNU and old Unix headers.

An own reader, and not `tarfile`: that one loads extended headers of any size, and its work for each member
costs more than unpacking a typical source file. Formats: POSIX.1-2017 (`pax`), and "Basic Tar Format" of the
GNU tar manual.
"""

from __future__ import annotations

import stat
import zlib
from collections.abc import Iterator
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

from stackmark.sources import Limits
from stackmark.sources.archive_member import (
    MAX_LENGTH,
    SYMLINK_MODE,
    Damaged,
    Hostile,
    Member,
    file_mode,
    over_size,
    streamed_id,
)
from stackmark.sources.archive_stream import Stream
from stackmark.swhid import content_id

BLOCK = 512
_ZERO = bytes(BLOCK)
#: Name, mode, size, type, target of a link, magic, prefix of the name.
_FIELDS = Struct("100s 8s 16x 12s 20x 1s 100s 6s 82x 155s 12x")
#: Longest extended header that is looked into: 256 times the longest path of Linux.
MAX_EXTENDED = 1024 * 1024

_EXTENDED = (b"x", b"X", b"L", b"K", b"g")
_DIRECTORIES = (b"5", b"D")  # D: GNU's directory with a listing of its files as data
_VOLUME = b"V"
_REGULAR = (b"0", b"\0")
_SPECIAL = {b"3": stat.S_IFCHR, b"4": stat.S_IFBLK, b"6": stat.S_IFIFO}
_WANTED = frozenset({b"path", b"linkpath", b"size", b"GNU.sparse.name"})

#: What extended headers say, by pax's names; "sparse" marks a sparse file, "broken" a header that is no use.
_Records = dict[bytes, bytes]


class _Header(NamedTuple):
    name: bytes
    mode: int
    size: int
    type: bytes
    target: bytes
    block: bytes


def is_tar(head: bytes) -> bool:
    """Tell whether the first 512 bytes begin a tar, an empty one included."""
    return head == _ZERO or _is_header(head)


def tar_members(stream: Stream, limits: Limits) -> Iterator[Member]:
    """Yield the members of a tar in their order, each read to its end; after a damaged header, from the next one on.

    Raises Damaged with "truncated", "corrupt" (at the end, if headers were passed over), or "not-an-archive" when not
    even the first header is one.
    """
    shared: _Records = {}
    records: _Records = {}
    gaps: list[int] = []
    while block := _next_block(stream, gaps, records):
        header = _header(block, stream.offset - BLOCK)
        if header.type in _EXTENDED:
            (shared if header.type == b"g" else records).update(_extended(stream, header))
            continue
        member = _member(stream, header, shared | records if records or shared else records, limits)
        yield member
        if member.kind == "file" and member.content_id is None and member.problem in ("truncated", "corrupt"):
            raise Damaged(member.problem, "the archive cannot be read beyond a file that is not whole")
        records = {}
    stream.drain()
    if gaps:
        more = f", nor at {len(gaps) - 1} later places" if len(gaps) > 1 else ""
        raise Damaged("corrupt", f"no tar header at byte {gaps[0]}{more}; what follows was read from the next one on")


def _next_block(stream: Stream, gaps: list[int], records: _Records) -> bytes:
    """Return the next header block, b"" at the end of the archive.

    Where a header should be and is not goes to `gaps`, and `records`, which were for its member, go.
    """
    start = stream.offset
    block = stream.read(BLOCK)
    if block == _ZERO:
        return b""
    if _is_header(block):
        return block
    if start == 0:
        stream.drain()  # tells damage of the packing, which explains more
        raise Damaged("not-an-archive", "neither a tar nor a zip")
    if len(block) == BLOCK:
        gaps.append(start)
        records.clear()
        return _next_sound_block(stream)
    if not block and stream.packed:
        # No end mark, but the compressed stream is whole, and so is what was written into it.
        return b""
    raise Damaged("truncated", "the archive has no end mark")


def _next_sound_block(stream: Stream) -> bytes:
    """Return the next block that is a header by its checksum and its magic, b"" if there is none to the end.

    The data of the member whose header is lost lies before it. Zeros are no end here: files hold them as well.
    """
    while len(block := stream.read(BLOCK)) == BLOCK:
        if block[257:262] == b"ustar" and _is_header(block):
            return block
    return b""


def _is_header(block: bytes) -> bool:
    """Tell whether a block carries the checksum of a tar header, over unsigned or (old tars) signed bytes."""
    if len(block) != BLOCK:
        return False
    try:
        recorded = _number(block[148:156])
    except ValueError:
        return False
    # The checksum counts as eight blanks in it. The lower half of an Adler-32 is the sum of the bytes modulo 65521,
    # which 512 bytes of ASCII do not reach.
    if block.isascii():
        return (zlib.adler32(block, 0) & 0xFFFF) - sum(block[148:156]) + 8 * ord(" ") == recorded
    blanked = block[:148] + b"        " + block[156:]
    total = sum(blanked)
    return total == recorded or total - 256 * sum(byte > 127 for byte in blanked) == recorded


@lru_cache(maxsize=1 << 12)  # modes are few, checksums and sizes often the same
def _number(field: bytes) -> int:
    """Return an octal number, or GNU's base 256 for large ones. Raises ValueError for anything else."""
    text = field.partition(b"\0")[0].strip()
    if text.isdigit():
        return int(text, 8)
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    if not text:
        return 0
    raise ValueError("not an octal number")


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _header(block: bytes, offset: int) -> _Header:
    name, mode_field, size_field, type_, target, magic, prefix = _FIELDS.unpack(block)
    try:
        size = _number(size_field)
    except ValueError:
        raise Damaged("corrupt", f"no size in the tar header at byte {offset}") from None
    try:
        mode = _number(mode_field)
    except ValueError:
        mode = 0
    name = _text(name)
    # GNU's own format ("ustar" with two blanks) keeps other things where POSIX has the prefix.
    if magic == b"ustar\0" and prefix[0]:
        name = _text(prefix) + b"/" + name
    return _Header(name, mode, size, type_, _text(target), block)


def _extended(stream: Stream, header: _Header) -> _Records:
    """Read a header that says more about the next member (or, of type g, about all that follow)."""
    if header.size > MAX_EXTENDED:
        _skip(stream, header.size)
        return {b"broken": b"its extended header is %d bytes long" % header.size}
    body = stream.read(header.size)
    if len(body) < header.size:
        raise Damaged("truncated", "the archive ends inside an extended header")
    _skip_padding(stream, header.size)
    if header.type == b"L":
        return {b"path": _text(body)}
    if header.type == b"K":
        return {b"linkpath": _text(body)}
    return _pax_records(body)


def _pax_records(body: bytes) -> _Records:
    """Return the pax records ("length key=value" lines) that matter for reading."""
    found: _Records = {}
    at = 0
    while at < len(body) and body[at]:
        digits, blank, _ = body[at : at + 12].partition(b" ")
        end = at + int(digits) if blank and digits.isdigit() else 0
        start = at + len(digits) + 1
        if not start < end <= len(body) or body[end - 1 : end] != b"\n":
            return {b"broken": b"its extended header is not made of pax records"}
        key, _, value = body[start : end - 1].partition(b"=")
        if key in _WANTED:
            found[key] = value
        if key.startswith(b"GNU.sparse."):
            found[b"sparse"] = b""
        at = end
    return found


def _member(stream: Stream, header: _Header, records: _Records, limits: Limits) -> Member:
    path = records.get(b"path", header.name)
    target = records.get(b"linkpath", header.target)
    is_old_directory = header.type in _REGULAR and path.endswith(b"/")
    if is_old_directory or header.type in _DIRECTORIES or header.type == _VOLUME:
        _skip(stream, 0 if header.type == b"5" else _size(header, records))
        return Member(path, "directory")
    if header.type in _SPECIAL:
        member = Member(path, "special", _SPECIAL[header.type], problem="special-file", detail="a device or a pipe")
    elif header.type == b"2":
        member = Member(path, "symlink", SYMLINK_MODE, len(target), content_id(target))
    elif header.type == b"1":
        member = Member(path, "hardlink", target=target)
    elif header.type == b"S" or b"sparse" in records:
        member = _sparse(stream, header, path, records)
    else:
        member = _file(stream, header, path, _size(header, records), limits)
    if b"broken" in records and member.content_id:
        return member._replace(problem="bad-header", detail=records[b"broken"].decode("ascii"))
    return member


def _file(stream: Stream, header: _Header, path: bytes, size: int, limits: Limits) -> Member:
    mode = file_mode(header.mode)
    start = stream.offset
    data: bytes | None = None
    try:
        if size <= limits.max_content:
            data = stream.read(size)
            blob = content_id(data)
        else:
            blob = streamed_id(stream.chunks(size), size)
    except Hostile:
        raise
    except Damaged as error:
        return Member(path, "file", mode, size, problem=error.rule, detail=error.detail)
    if stream.offset - start < size:
        return Member(path, "file", mode, size, problem="truncated", detail="the archive ends inside this file")
    _skip_padding(stream, size)
    problem, detail = over_size(size, limits)
    return Member(path, "file", mode, size, blob, data, b"", problem, detail)


def _sparse(stream: Stream, header: _Header, path: bytes, records: _Records) -> Member:
    """Pass over a sparse file. Source archives have none, and a few bytes of one can claim any length."""
    more = header.block[482] if header.type == b"S" else 0
    while more:
        block = stream.read(BLOCK)
        if len(block) < BLOCK:
            raise Damaged("truncated", "the archive ends inside the map of a sparse file")
        more = block[504]
    _skip(stream, _size(header, records))
    path = records.get(b"GNU.sparse.name", path)
    detail = "a sparse file, which is not unpacked"
    return Member(path, "file", file_mode(header.mode), problem="sparse-file", detail=detail)


def _size(header: _Header, records: _Records) -> int:
    text = records.get(b"size")
    if text is None:
        size = header.size
    elif text.isdigit() and len(text) < 20:
        size = int(text)
    else:
        raise Damaged("corrupt", "a pax header gives a size that is no number")
    if size > MAX_LENGTH:
        raise Damaged("corrupt", "a file claims to be longer than any can be")
    return size


def _skip(stream: Stream, size: int) -> None:
    if stream.skip(size) < size:
        raise Damaged("truncated", "the archive ends inside a member")
    _skip_padding(stream, size)


def _skip_padding(stream: Stream, size: int) -> None:
    padding = -size % BLOCK
    if stream.skip(padding) < padding:
        raise Damaged("truncated", "the archive ends inside the padding of a member")
