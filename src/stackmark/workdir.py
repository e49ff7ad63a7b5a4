"""What lies in the work directory, and how it gets there without ever being half there.

    store/packs/000001-<hash>.arrow     contents, about 32 MB of them a file, each value an LZ4 block of its own
    store/entries/<key>.parquet         the listing of one origin at one revision
    store/facts/<detector>-<version>/   what a detector said of the contents of a pack
    stages/<name>-<key>/                results of a relational step; complete when its manifest.json is there
    incoming/                           files on their way; worthless after a crash
    releases/<name>-<version>/          immutable releases

Every file is written under a temporary name, synced, renamed, and its folder synced. What is in packs and tables is the
matter of `store`; here is no more than a build needs that finds all of them made.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stackmark.errors import StoreError
from stackmark.version import __version__

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
    except Exception as error:
        import pyarrow as pa  # most builds that have nothing to make do without

        if not isinstance(error, OSError | pa.ArrowException):
            raise
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
                for leftover in list(leftovers(self.root)):
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


def leftovers(root: Path) -> Iterator[Path]:
    """Yield the temporary files and folders below a folder; `Path.glob` takes several times as long."""
    for folder, inner, names in os.walk(root):
        yield from (Path(folder, name) for name in (*inner, *names) if name.startswith(".") and name.endswith(".tmp"))


def remove(path: Path) -> None:
    """Remove a file or a folder with all it holds."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
