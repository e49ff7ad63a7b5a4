"""The contents that builds have met, in packs, and the tables that a step leaves; see `workdir` for where they lie.

A content lives in the pack with the lowest number that holds it, so adding packs never moves one. Values are compressed
one by one because a release reads them in another order than they arrived.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stackmark.errors import StoreError
from stackmark.workdir import WorkDir, atomic, remove, write_json

__all__ = [
    "CODEC",
    "ContentIndex",
    "Pack",
    "PackWriter",
    "WorkDir",
    "atomic",
    "damaged",
    "large_binary",
    "open_pack",
    "read_tables",
    "remove",
    "sink",
    "usage",
    "write_json",
    "write_table",
]

PACK_BYTES = 32 * 1024 * 1024
WAITING_BYTES = 1024 * 1024  # of contents for which the index is asked at once
CODEC = "lz4_raw"  # scratch space: writing thrice and reading ten times as fast as zstd, for 40 % more room
PACK = pa.schema(
    [
        ("content_id", pa.binary(20)),
        ("blob_id", pa.binary(20)),
        ("length", pa.int64()),
        ("frame", pa.large_binary()),
    ]
)


def read_tables(paths: Iterable[Path | str], columns: Sequence[str] | None = None) -> pa.Table:
    """Read tables that a step has left, at least one and all of the same columns, as one.

    Raises pa.ArrowException or OSError for one that is damaged. Not `pq.read_table`, which makes a data set of each
    file: that takes as long again as to read a small one.
    """
    wanted = None if columns is None else list(columns)
    tables = []
    for path in paths:
        with pq.ParquetFile(path) as file:
            tables.append(file.read(wanted))
    return pa.concat_tables(tables)


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table as Parquet, atomically and with bytes that depend on the table alone.

    Without dictionaries and statistics: what is here is read whole and soon, and its ids are all different.
    """
    with atomic(path) as temporary, sink(temporary) as stream:
        pq.write_table(table, stream, compression="lz4", use_dictionary=False, write_statistics=False)


def sink(path: Path) -> Any:
    """Open a file for a Parquet writer, which would otherwise make a system call for every page."""
    return pa.output_stream(str(path), compression=None, buffer_size=1 << 20)


class PackWriter:
    """Collects contents and writes them as packs into a folder; nothing of it is seen before it is adopted."""

    def __init__(self, folder: Path, label: str, index: ContentIndex) -> None:
        self.folder = folder
        self.label = label
        self.index = index
        self.names: list[str] = []
        self._codec = pa.Codec(CODEC)
        self._ids: set[bytes] = set()
        self._waiting: list[tuple[bytes, bytes]] = []
        self._waiting_bytes = 0
        self._rows: list[tuple[bytes, bytes, int, bytes]] = []
        self._bytes = 0

    def add(self, content_id: bytes, data: bytes) -> None:
        """Keep one content, unless the store or this writer has it already."""
        if content_id in self._ids:
            return
        self._ids.add(content_id)
        self._waiting.append((content_id, data))
        self._waiting_bytes += len(data)
        if self._waiting_bytes >= WAITING_BYTES:
            self._take_in()

    def _take_in(self) -> None:
        """Keep those that wait and are not in the store."""
        places = self.index.find(np.array([one for one, _ in self._waiting], dtype="S20")).tolist()
        for (content_id, data), place in zip(self._waiting, places, strict=True):
            if place < 0:
                self.add_hashed(content_id, hashlib.sha1(data, usedforsecurity=False).digest(), data)
        self._waiting, self._waiting_bytes = [], 0

    def add_hashed(self, content_id: bytes, blob_id: bytes, data: bytes) -> None:
        """Keep one content whose plain SHA-1 is known and that the store does not have."""
        frame = self._codec.compress(data, asbytes=True) if data else b""
        self._rows.append((content_id, blob_id, len(data), frame))
        self._bytes += len(data)
        if self._bytes >= PACK_BYTES:
            self._write()

    def flush(self) -> None:
        """Write what has been collected, so that `names` has every pack."""
        self._take_in()
        self._write()

    def _write(self) -> None:
        if not self._rows:
            return
        *short, frames = zip(*self._rows, strict=True)
        columns = [pa.array(column, field.type) for column, field in zip(short, PACK, strict=False)]
        columns.append(large_binary(frames))
        name = f"{self.label}-{len(self.names):04d}.arrow"
        with atomic(self.folder / name) as temporary, pa.ipc.new_file(str(temporary), PACK) as writer:
            writer.write_batch(pa.record_batch(columns, schema=PACK))
        self.names.append(name)
        self._rows, self._bytes = [], 0


def large_binary(values: Sequence[bytes]) -> pa.LargeBinaryArray:
    """Return long values as an Arrow array in one copy; the usual way copies them again each time it needs room."""
    offsets = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum([len(value) for value in values], out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(values))]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(values), buffers)


@dataclass(frozen=True)
class Pack:
    """A pack mapped into memory: arrays over its rows, and where in `frames` each compressed value begins and ends."""

    ids: npt.NDArray[np.bytes_]
    blob_ids: npt.NDArray[np.bytes_]
    lengths: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.int64]
    frames: pa.Buffer

    def content(self, codec: pa.Codec, row: int) -> bytes:
        """Return the bytes of one content. Raises StoreError when they are damaged."""
        length = int(self.lengths[row])
        if length == 0:
            return b""
        start, end = int(self.bounds[row]), int(self.bounds[row + 1])
        try:
            data: bytes = codec.decompress(self.frames.slice(start, end - start), length, asbytes=True)
        except (OSError, pa.ArrowException) as error:
            raise damaged(str(error)) from error
        return data


def damaged(words: str) -> StoreError:
    """Return the error for a content store that is not as it was written."""
    hint = "Remove the folder store/ of the work directory; the next build reads the sources again."
    return StoreError(f"the content store is damaged: {words}", hint)


def open_pack(path: Path) -> Pack:
    """Map a pack into memory. Raises StoreError when it is damaged."""
    try:
        batch = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
        bounds, frames = batch.column("frame").buffers()[1:]
        offsets = np.frombuffer(bounds, dtype=np.int64, count=len(batch) + 1)
        if offsets[-1] > (frames.size if frames else 0):
            raise damaged(path.name)
        lengths = batch.column("length").to_numpy()
        ids, blobs = id_array(batch.column("content_id")), id_array(batch.column("blob_id"))
        return Pack(ids, blobs, lengths, offsets, frames or pa.py_buffer(b""))
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise damaged(f"{path.name}: {error}") from error


def id_array(column: pa.Array) -> npt.NDArray[np.bytes_]:
    """View a `binary(20)` column as a numpy array of 20-byte strings, without copying."""
    buffer = column.buffers()[1]
    view = np.frombuffer(buffer, dtype="S20", count=column.offset + len(column))
    return view[column.offset :]


class ContentIndex:
    """Where each content lies: sorted ids with the pack and row that own them. 28 bytes a content."""

    def __init__(self, packs: Sequence[Path]) -> None:
        self.packs = list(packs)
        self._open: dict[int, Pack] = {}
        ids = [self.pack(number).ids for number in range(len(self.packs))]
        lengths = np.array([len(part) for part in ids], dtype=np.int64)
        every = np.concatenate(ids) if ids else np.empty(0, dtype="S20")
        order = np.argsort(every, kind="stable")  # stable: the lowest pack comes first
        first = np.ones(len(every), dtype=bool)
        first[1:] = every[order][1:] != every[order][:-1]
        order = order[first]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        self.ids = every[order]
        self.pack_no = (np.searchsorted(starts, order, side="right") - 1).astype(np.int32)
        self.row = (order - starts[self.pack_no]).astype(np.int32)

    @classmethod
    def of(cls, work: WorkDir) -> ContentIndex:
        """Return the index of all packs of a work directory, the same in a process while no pack has changed."""
        packs = [(path, path.stat()) for path in sorted(work.packs.glob("*.arrow"))]
        return _index_of(tuple((path, stat.st_size, stat.st_mtime_ns, stat.st_ino) for path, stat in packs))

    def pack(self, number: int) -> Pack:
        """Return a pack, mapped into memory."""
        if number not in self._open:
            self._open[number] = open_pack(self.packs[number])
        return self._open[number]

    def find(self, ids: npt.NDArray[np.bytes_]) -> npt.NDArray[np.int64]:
        """Return the position of each id in this index, -1 where the store lacks it."""
        if not len(self.ids):
            return np.full(len(ids), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[place] == ids, place, -1)

    def has(self, content_id: bytes) -> bool:
        """Say whether the store holds a content."""
        if not len(self.ids):
            return False
        place = int(np.searchsorted(self.ids, content_id))
        return place < len(self.ids) and bool(self.ids[place] == content_id.rstrip(b"\0"))  # as numpy gives it

    def owned(self, number: int) -> npt.NDArray[np.int32]:
        """Return the rows of a pack that this index points at, ascending."""
        return np.sort(self.row[self.pack_no == number])

    def read(self, ids: npt.NDArray[np.bytes_]) -> list[bytes]:
        """Return the bytes of contents, in the order asked for. Raises StoreError when one is not there."""
        places = self.find(ids)
        if (places < 0).any():
            raise StoreError("a content that was stored is gone", "Remove the folder store/ of the work directory.")
        codec = pa.Codec(CODEC)
        owners = zip(self.pack_no[places].tolist(), self.row[places].tolist(), strict=True)
        return [self.pack(pack_no).content(codec, row) for pack_no, row in owners]

    def lengths(self, ids: npt.NDArray[np.bytes_]) -> list[int | None]:
        """Return the lengths of contents in bytes, None for those that the store lacks."""
        return [
            int(self.pack(int(self.pack_no[place])).lengths[self.row[place]]) if place >= 0 else None
            for place in self.find(ids).tolist()
        ]

    def blob_ids(self, ids: npt.NDArray[np.bytes_]) -> list[bytes]:
        """Return the plain SHA-1 of contents that are in the store."""
        places = self.find(ids)
        pairs = zip(self.pack_no[places].tolist(), self.row[places].tolist(), strict=True)
        return [self.pack(pack_no).blob_ids[row].ljust(20, b"\0") for pack_no, row in pairs]  # numpy strips zeros


@lru_cache(maxsize=1)
def _index_of(packs: tuple[tuple[Path, int, int, int], ...]) -> ContentIndex:
    """Index packs, each given with what would change if another took its place."""
    return ContentIndex([path for path, *_ in packs])


def usage(work: WorkDir) -> Mapping[str, int]:
    """Return what the work directory holds: packs, bytes of packs, listings."""
    packs = list(work.packs.glob("*.arrow"))
    return {
        "packs": len(packs),
        "pack_bytes": sum(path.stat().st_size for path in packs),
        "listings": sum(1 for _ in (work.root / "store" / "entries").glob("*/*.parquet")),
    }
