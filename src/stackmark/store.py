"""What lies in the work directory, and how it gets there without ever being half there.

    store/packs/000001-<hash>.arrow     contents, about 32 MB of them a file, each value an LZ4 block of its own
    store/entries/<key>.parquet         the listing of one origin at one revision
    store/facts/<detector>-<version>/   what a detector said of the contents of a pack
    stages/<name>-<key>/                results of a relational step; complete when its manifest.json is there
    incoming/                           files on their way; worthless after a crash
    releases/<name>-<version>/          immutable releases

Every file is written under a temporary name, synced, renamed, and its folder synced. A content lives in the pack with
the lowest number that holds it, so adding packs never moves one. Values are compressed one by one because a release
reads them in another order than they arrived.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stackmark.errors import StoreError
from stackmark.version import __version__

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

HINTS = {
    errno.ENOSPC: "The disk is full: free some space and run the same command again; finished work is kept.",
    errno.EDQUOT: "The disk quota is used up: free some space and run the same command again.",
    errno.EFBIG: "The file system or a limit of this shell refuses files of that size.",
    errno.EACCES: "The work directory must be writable: check its owner and mode, or name another with --workdir.",
    errno.EPERM: "The work directory must be writable: check its owner and mode, or name another with --workdir.",
    errno.EROFS: "The file system is read-only: name another place with --workdir.",
    errno.EIO: "The disk reports an error: check it, then run the same command again.",
}


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` met inside into a `StoreError` that names `path` and says what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"cannot write {path}: {reason}", HINTS.get(error.errno or 0, "")) from error


@contextlib.contextmanager
def damage_errors(root: Path) -> Iterator[None]:
    """Turn an error about a file of the work directory `root` that cannot be read into a `StoreError`."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        hint = "Remove the folders store/ and stages/ in it; the next build reads the sources again. Releases stay."
        raise StoreError(f"a file of the work directory {root} cannot be read: {error}", hint) from error


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the bytes of a file durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; if the block ends well the file appears as `path`, whole and durable."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            sync_file(temporary)
            temporary.replace(path)
            sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def write_json(path: Path, value: object) -> None:
    """Write `value` as JSON with sorted keys, atomically."""
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table as Parquet, atomically and with bytes that depend on the table alone.

    Without dictionaries and statistics: what is here is read whole and soon, and its ids are all different.
    """
    with atomic(path) as temporary, sink(temporary) as stream:
        pq.write_table(table, stream, compression="lz4", use_dictionary=False, write_statistics=False)


def sink(path: Path) -> Any:
    """Open a file for a Parquet writer, which would otherwise make a system call for every page."""
    return pa.output_stream(str(path), compression=None, buffer_size=1 << 20)


def digest(value: object) -> str:
    """Return the SHA-256 (hex) of a JSON-able value in canonical form; the key of everything that is cached."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Stage:
    """The results of one step, kept under the digest of all that they depend on."""

    folder: Path

    def path(self, name: str) -> Path:
        """Return where the part `name` stands or will stand."""
        return self.folder / name

    def manifest(self) -> dict[str, Any] | None:
        """Return what `finish` recorded, or None while the stage is incomplete."""
        try:
            loaded: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return loaded

    def finish(self, **info: object) -> dict[str, Any]:
        """Declare the stage complete; written last, so that its presence vouches for the parts."""
        write_json(self.folder / "manifest.json", info)
        return dict(info)


class WorkDir:
    """The work directory: one build at a time writes it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / "incoming"
        self.packs = root / "store" / "packs"
        self.facts = root / "store" / "facts"
        self.releases = root / "releases"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the directory for one build and clear what a crash may have left.

        Raises StoreError when another build holds it or when it cannot be written.
        """
        with storage_errors(self.root):
            for folder in (self.incoming, self.packs, self.facts, self.releases):
                folder.mkdir(parents=True, exist_ok=True)
            lock = (self.root / "lock").open("w")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                hint = "Wait for it to end, or use another --workdir."
                raise StoreError(f"another build is at work in {self.root}", hint) from error
            except OSError as error:
                hint = "Its file system has no locks: name another place with --workdir."
                raise StoreError(f"cannot lock {self.root}: {error.strerror}", hint) from error
            with storage_errors(self.root):
                shutil.rmtree(self.incoming)
                self.incoming.mkdir()
                for leftover in list(self.root.glob("**/.*.tmp")):
                    remove(leftover)
            yield

    def is_locked(self) -> bool:
        """Say whether a build holds the directory."""
        try:
            with (self.root / "lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            return False
        return False

    def entries(self, key: str) -> Path:
        """Return where the listing with that key stands."""
        return self.root / "store" / "entries" / key[:2] / f"{key}.parquet"

    def stage(self, name: str, depends: object) -> Stage:
        """Return the stage `name` for exactly these dependencies."""
        return Stage(self.root / "stages" / f"{name}-{digest([__version__, depends])[:20]}")

    def prune(self, used: Iterable[Stage]) -> None:
        """Remove the stages of earlier builds that this one did not use."""
        keep = {stage.folder.name for stage in used}
        for folder in sorted((self.root / "stages").glob("*")):
            if folder.name not in keep:
                gone = folder.with_name(f".{folder.name}.tmp")  # a crash half way must not leave a manifest behind
                remove(gone)
                folder.rename(gone)
                remove(gone)

    def adopt_packs(self, names: Sequence[str]) -> None:
        """Move packs from `incoming` into the store, in the order given, each under the next number."""
        with storage_errors(self.packs):
            number = max((int(path.name[:6]) for path in self.packs.glob("*.arrow")), default=0)
            for offset, name in enumerate(names, start=1):
                (self.incoming / name).replace(self.packs / f"{number + offset:06d}-{name}")
            sync_folder(self.packs)

    def adopt_entries(self, name: str, key: str) -> None:
        """Move a listing from `incoming` into the store; its packs must have been adopted before."""
        target = self.entries(key)
        with storage_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            (self.incoming / name).replace(target)
            sync_folder(target.parent)


def remove(path: Path) -> None:
    """Remove a file or a folder with all it holds."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


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
        """Index all packs of a work directory."""
        return cls(sorted(work.packs.glob("*.arrow")))

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


def usage(work: WorkDir) -> Mapping[str, int]:
    """Return what the work directory holds: packs, bytes of packs, listings."""
    packs = list(work.packs.glob("*.arrow"))
    return {
        "packs": len(packs),
        "pack_bytes": sum(path.stat().st_size for path in packs),
        "listings": sum(1 for _ in (work.root / "store" / "entries").glob("*/*.parquet")),
    }
