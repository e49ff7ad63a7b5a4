"""Small builders of honest and dishonest archives for the tests of this folder."""

import io
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from stackmark.sources import Limits, Origin, archive

MIB = 1024 * 1024


@dataclass(frozen=True)
class Listed:
    rows: list[dict]
    kept: dict[bytes, bytes]

    @property
    def root(self) -> dict:
        assert [row for row in self.rows if row["path"] == b""] == self.rows[:1]
        return self.rows[0]

    def of(self, path: bytes) -> list[dict]:
        return [row for row in self.rows if row["path"] == path]

    def problems(self) -> dict[bytes, str]:
        return {row["path"]: row["problem"] for row in self.rows if row["problem"]}

    def files(self) -> list[bytes]:
        return [row["path"] for row in self.rows if row["kind"] != "directory"]


def origin(path: Path) -> Origin:
    return Origin(url="archive:x", kind="archive", locator=str(path))


def listed(path: Path, **limits: int) -> Listed:
    kept: dict[bytes, bytes] = {}
    batches = list(archive.entries(origin(path), Limits(**limits), kept.__setitem__))
    return Listed([row for batch in batches for row in batch.to_pylist()], kept)


def member(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname, info.mode = len(data), kind, link, mode
    return info, data


def tar_bytes(*members, fmt: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=fmt) as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def header(name: bytes, size: int, kind: bytes = b"0", size_field: bytes | None = None, **fields: bytes) -> bytes:
    """One ustar header block, with any field that the format can carry, sensible or not."""
    block = bytearray(512)
    block[: len(name)] = name
    block[100:108] = b"0000644\0"
    block[124:136] = size_field or b"%011o\0" % size
    block[148:156] = b" " * 8
    block[156:157] = kind
    block[257:265] = fields.get("magic", b"ustar\x0000")
    for offset, value in fields.get("at", {}).items():
        block[offset : offset + len(value)] = value
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def pax_record(key: bytes, value: bytes) -> bytes:
    length = len(key) + len(value) + 3
    while len(b"%d" % length) + len(key) + len(value) + 3 != length:
        length = len(b"%d" % length) + len(key) + len(value) + 3
    return b"%d %s=%s\n" % (length, key, value)


def pax(*records: tuple[bytes, bytes]) -> bytes:
    body = b"".join(pax_record(key, value) for key, value in records)
    return header(b"pax", len(body), b"x") + padded(body)


END = bytes(1024)


def zip_bytes(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for info, data in members:
            packed.writestr(info, data, compress_type=method)
    return out.getvalue()


def zip_info(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


@dataclass(frozen=True)
class RawMember:
    """A zip member written by hand; what is None is told honestly."""

    name: bytes
    data: bytes
    method: int = 8
    flags: int = 0
    length: int | None = None
    packed: int | None = None
    crc: int | None = None
    local_name: bytes | None = None
    mode: int = 0o100644
    extra: bytes = b""
    offset: int | None = None
    body: bytes | None = None


def raw_zip(*members: RawMember, comment: bytes = b"") -> bytes:
    out, central = b"", b""
    for m in members:
        body = m.body if m.body is not None else _packed(m.data) if m.method == 8 else m.data
        crc = zlib.crc32(m.data) if m.crc is None else m.crc
        length = len(m.data) if m.length is None else m.length
        packed = len(body) if m.packed is None else m.packed
        local = m.name if m.local_name is None else m.local_name
        offset = len(out) if m.offset is None else m.offset
        sizes = (crc, packed, length)
        central += struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02", 0x031E, 20, m.flags, m.method, 0, 0, *sizes,
            len(m.name), len(m.extra), 0, 0, 0, m.mode << 16, offset,
        ) + m.name + m.extra  # fmt: skip
        out += struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, m.flags, m.method, 0, 0, *sizes, len(local), 0)
        out += local + body
    count = len(members)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(central), len(out), len(comment))
    return out + central + end + comment


def _packed(data: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(data) + deflate.flush()
