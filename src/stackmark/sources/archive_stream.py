"""Unpack gzip, xz, bzip2 and Zstandard as a stream, a bounded piece at a time, whatever the input claims.

The format is told by the first bytes, never by a file name. Python 3.11 has no Zstandard; pyarrow does.
"""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Iterator
from typing import IO, Protocol, cast

import pyarrow as pa
from isal import igzip_lib, isal_zlib

from stackmark.sources.archive_member import Budget, Damaged

INFLATE_ERROR = cast(type[Exception], igzip_lib.IsalError)  # its stub declares an instance

PIECE = 256 * 1024
#: Enough for `xz -9` (65 MiB); a header can ask for 4 GiB.
XZ_MEMORY = 128 * 1024 * 1024


class Decoder(Protocol):
    """What `bz2.BZ2Decompressor` and `lzma.LZMADecompressor` have in common."""

    @property
    def eof(self) -> bool: ...  # noqa: D102
    @property
    def needs_input(self) -> bool: ...  # noqa: D102
    @property
    def unused_data(self) -> bytes: ...  # noqa: D102
    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes: ...  # noqa: D102


class Inflate:
    """Give deflate the interface of the other two decoders. ISA-L unpacks at twice the speed of zlib."""

    def __init__(self, wbits: int) -> None:
        self._zlib = isal_zlib.decompressobj(wbits)
        self._tail = b""

    @property
    def eof(self) -> bool:
        """Whether the end mark has been met."""
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        """Whether all input so far has been used up."""
        return not self._tail

    @property
    def unused_data(self) -> bytes:
        """Bytes behind the end mark."""
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        """Return at most `max_length` more bytes."""
        out = self._zlib.decompress(self._tail + data if self._tail else data, max_length)
        self._tail = self._zlib.unconsumed_tail
        return out


def raw_deflate() -> Decoder:
    """Return a decoder for the members of a zip."""
    return Inflate(-15)


def _gzip() -> Decoder:
    return Inflate(31)


def _xz() -> Decoder:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)


def _bzip2() -> Decoder:
    return bz2.BZ2Decompressor()


_FORMATS: tuple[tuple[bytes, Callable[[], Decoder]], ...] = (
    (b"\x1f\x8b\x08", _gzip),
    (b"\xfd7zXZ\x00", _xz),
    (b"BZh", _bzip2),
)
_ZSTD = b"\x28\xb5\x2f\xfd"


class Stream:
    """A forward-only byte stream out of an archive, counted against its budget.

    packed: whether the bytes come out of a compressed format, whose end mark vouches for their completeness
    """

    def __init__(self, pieces: Iterator[bytes], budget: Budget, packed: bool) -> None:
        self._pieces = pieces
        self._budget = budget
        self._piece = b""
        self._at = 0
        self.offset = 0
        self.packed = packed

    def read(self, count: int) -> bytes:
        """Return the next `count` bytes, fewer only at the end of the stream."""
        start, end = self._at, self._at + count
        if end <= len(self._piece):
            self._at = end
            self.offset += count
            return self._piece[start:end]
        return b"".join(self.chunks(count))

    def chunks(self, count: int) -> Iterator[bytes]:
        """Yield the next `count` bytes in pieces, fewer only at the end of the stream."""
        while count > 0:
            if self._at == len(self._piece) and not self._next():
                return
            chunk = self._piece[self._at : self._at + count]
            self._at += len(chunk)
            self.offset += len(chunk)
            count -= len(chunk)
            yield chunk

    def skip(self, count: int) -> int:
        """Pass over `count` bytes; return how many there were."""
        if self._at + count <= len(self._piece):
            self._at += count
            self.offset += count
            return count
        return sum(map(len, self.chunks(count)))

    def drain(self) -> None:
        """Read to the end, so that the checksum of a compressed stream is verified and its size counted."""
        while self._next():
            pass

    def _next(self) -> bool:
        self._piece, self._at = next(self._pieces, b""), 0
        self._budget.spend(len(self._piece))
        return bool(self._piece)


def open_stream(file: IO[bytes], head: bytes, budget: Budget) -> Stream:
    """Return the unpacked bytes of a file that stands at its start and begins with `head`."""
    for magic, decoder in _FORMATS:
        if head.startswith(magic):
            return Stream(_decode(file, decoder, magic), budget, packed=True)
    if head.startswith(_ZSTD):
        return Stream(_decode_zstd(file), budget, packed=True)
    return Stream(iter(lambda: file.read(PIECE), b""), budget, packed=False)


def decode_all(read: Callable[[], bytes], decoder: Decoder) -> Iterator[bytes]:
    """Yield what one compressed stream unpacks to, at most PIECE bytes at a time; `read` ends with b"".

    Raises Damaged with "truncated" when the input ends too soon, "corrupt" when it makes no sense.
    """
    while not decoder.eof:
        data = read() if decoder.needs_input else b""
        starved = not data and decoder.needs_input
        try:
            out = decoder.decompress(data, PIECE)
        except (INFLATE_ERROR, lzma.LZMAError, OSError, EOFError, ValueError) as error:
            raise Damaged("corrupt", f"the compressed data cannot be unpacked: {error}") from error
        if out:
            yield out
        elif starved and not decoder.eof:
            raise Damaged("truncated", "the compressed data ends too soon")


def _decode(file: IO[bytes], new: Callable[[], Decoder], magic: bytes) -> Iterator[bytes]:
    """Yield what streams in a row unpack to; ignore foreign bytes behind them, as gzip does."""
    rest = b""

    def read() -> bytes:
        nonlocal rest
        data, rest = rest or file.read(PIECE), b""
        return data

    while True:
        decoder = new()
        yield from decode_all(read, decoder)
        rest = decoder.unused_data.lstrip(b"\0")
        while not rest and (more := file.read(PIECE)):
            rest = more.lstrip(b"\0")
        rest += file.read(len(magic)) if len(rest) < len(magic) else b""
        if not rest.startswith(magic):
            return


def _decode_zstd(file: IO[bytes]) -> Iterator[bytes]:
    try:
        with pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd") as stream:
            while piece := stream.read(PIECE):
                yield piece
    except OSError as error:
        if error.errno:
            raise
        rule = "truncated" if "truncated" in str(error).lower() else "corrupt"
        raise Damaged(rule, "the Zstandard data cannot be unpacked to its end") from error
