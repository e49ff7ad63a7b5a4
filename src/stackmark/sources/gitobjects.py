"""Objects out of a git repository through `git cat-file` children, one at a time or in bulk.

A child may be fed a hostile repository. It gets a clean environment, a ceiling on its memory and a limit on
its silence; when it dies over an object, that object is lost and the next child goes on after it. Whatever it
says is hashed again here, because git itself does not check what it reads from a pack.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import resource
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

STALL_SECONDS = 60.0
MEMORY_CEILING = 4 * 1024**3
#: Requests in flight at once: 41 bytes each, so that they fit into a pipe and writing them never blocks.
WINDOW = 1500
PIPE_BYTES = 1024 * 1024


class Answer(NamedTuple):
    """What became of one request: `status` is ok, missing, corrupt, too_large or timeout (or, in here, lost)."""

    id: bytes
    type: bytes
    data: bytes | None
    status: str


def environment(home: Path, protocols: str = "") -> dict[str, str]:
    """Return the environment of a git child: no configuration of the machine, no prompts, no inherited GIT_*.

    `protocols` lists the transports that it may use, separated by colons; none for reading.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    if not protocols:
        kept = {"PATH": kept.get("PATH", os.defpath), "HOME": str(home)}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "SSH_ASKPASS": "true",
        "GIT_ALLOW_PROTOCOL": protocols or "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }


class _PatientPipe(io.RawIOBase):
    """The reading end of a child's pipe; silence beyond `stall` seconds raises TimeoutError."""

    def __init__(self, descriptor: int, stall: float) -> None:
        self._descriptor = descriptor
        self._stall = stall
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # narrower on purpose
        if not self._poll.poll(self._stall * 1000):
            raise TimeoutError
        return os.readv(self._descriptor, [buffer])


class _Child:
    """One `git cat-file` process, answering requests from `requests` or, without one, from `ask`."""

    def __init__(
        self, git_dir: Path, options: Sequence[str], stall: float, requests: IO[bytes] | None
    ) -> None:
        self._process = subprocess.Popen(
            ["git", f"--git-dir={git_dir}", "cat-file", *options],
            stdin=requests or subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=git_dir,
            env=environment(git_dir),
            bufsize=0,
        )
        if self._process.stdout is None:
            raise OSError("git has no output pipe")
        if sys.platform == "linux":
            # A few packed kilobytes can unpack to gigabytes inside the child. Mapped packs do not count.
            with contextlib.suppress(OSError, ValueError):
                resource.prlimit(self._process.pid, resource.RLIMIT_DATA, (MEMORY_CEILING, MEMORY_CEILING))
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._process.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.in_step = True
        self.output = io.BufferedReader(_PatientPipe(self._process.stdout.fileno(), stall), PIPE_BYTES)

    def ask(self, ids: Sequence[bytes]) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(_request(ids))

    def crashed(self) -> bool:
        """Tell whether the child ended by a signal, which takes answers still in its buffer with it."""
        try:
            return self._process.wait(timeout=5) < 0
        except subprocess.TimeoutExpired:
            return False

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


class ObjectReader:
    """A child that stays up and answers in windows, for walks whose next request depends on an answer."""

    def __init__(self, git_dir: Path, max_size: int, stall: float = STALL_SECONDS) -> None:
        self._git_dir = git_dir
        self._max_size = max_size
        self._stall = stall
        self._child: _Child | None = None

    def __enter__(self) -> ObjectReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop()

    def read(self, ids: Sequence[bytes]) -> Iterator[Answer]:
        """Yield one answer per id, in order."""
        for first in range(0, len(ids), WINDOW):
            yield from _until_all(self._ask, ids[first : first + WINDOW])

    def _ask(self, ids: Sequence[bytes]) -> Iterator[Answer]:
        child = self._child = self._child or _Child(self._git_dir, ["--batch"], self._stall, None)
        child.in_step = False  # until every answer has been taken, by this loop or never
        child.ask(ids)
        try:
            yield from _answers(child, ids, self._max_size)
        finally:
            if not child.in_step:
                self._drop()

    def _drop(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None


def read_objects(
    git_dir: Path, ids: Sequence[bytes], max_size: int, stall: float = STALL_SECONDS
) -> Iterator[Answer]:
    """Yield one answer per id, in order, as fast as git can; objects over `max_size` bytes are not held."""

    def ask(some: Sequence[bytes]) -> Iterator[Answer]:
        # Requests come from a file: nobody has to write while answers are read, so nothing can lock up.
        with _request_file(some) as requests:
            child = _Child(git_dir, ["--batch", "--buffer"], stall, requests)
            try:
                yield from _answers(child, some, max_size)
            finally:
                child.close()

    return _until_all(ask, ids)


def read_headers(
    git_dir: Path, ids: Sequence[bytes], stall: float = STALL_SECONDS
) -> list[tuple[bytes, int] | None]:
    """Return `(type, size)` per id, None for an object that git cannot find or make sense of."""
    found: list[tuple[bytes, int] | None] = []
    with _request_file(ids) as requests:
        child = _Child(git_dir, ["--batch-check=%(objecttype) %(objectsize)", "--buffer"], stall, requests)
        try:
            for line in child.output:
                kind, _, size = line.rstrip().partition(b" ")
                found.append((kind, int(size)) if size.isdigit() else None)
        except TimeoutError:
            pass
        finally:
            child.close()
    return found + [None] * (len(ids) - len(found))


def pack_order(pack_dir: Path, ids: Sequence[bytes]) -> list[bytes]:
    """Return `ids` sorted as they lie on disk: pack by pack at rising offsets, then those in no pack by id.

    Reading in this order keeps the bases of deltas in git's cache. Only the first 8 bytes of ids are compared:
    a collision costs time, never an answer.
    """
    wanted = _keys(np.frombuffer(b"".join(ids), np.uint8).reshape(-1, 20))
    packs = np.full(len(ids), np.iinfo(np.int64).max)
    offsets = np.zeros(len(ids), np.int64)
    for number, path in enumerate(sorted(pack_dir.glob("*.idx"))):
        index = read_index(path)
        if index is None or not len(index[0]):
            continue
        keys, places = index
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        hit = (keys[at] == wanted) & (packs > number)
        packs[hit], offsets[hit] = number, places[at[hit]]
    return [ids[i] for i in np.lexsort((wanted, offsets, packs)).tolist()]


def read_index(path: Path) -> tuple[NDArray[np.uint64], NDArray[np.int64]] | None:
    """Return the first 8 bytes of all ids of a pack index (version 2), sorted, and their offsets in the pack.

    None for what is not a sound index of that version (git's gitformat-pack: header, fan-out of 256, ids,
    checksums, 32-bit offsets of which those with the top bit set point into a table of 64-bit ones, two
    trailing ids).
    """
    raw = np.fromfile(path, np.uint8)
    if len(raw) < 1072 or raw[:8].tobytes() != b"\xfftOc\0\0\0\2":
        return None
    count = int.from_bytes(raw[1028:1032].tobytes(), "big")
    ids_end = 1032 + 20 * count
    small_start, small_end = ids_end + 4 * count, ids_end + 8 * count
    if small_end + 40 > len(raw) or (len(raw) - small_end - 40) % 8:
        return None
    offsets = raw[small_start:small_end].view(">u4").astype(np.int64)
    large = raw[small_end:-40].view(">u8").astype(np.int64)
    far = offsets >= 1 << 31
    which = offsets[far] - (1 << 31)
    if which.size and which.max() >= len(large):
        return None
    offsets[far] = large[which]
    return _keys(raw[1032:ids_end].reshape(-1, 20)), offsets


def _keys(ids: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(ids[:, :8]).view(">u8").ravel().astype(np.uint64)


def _request(ids: Iterable[bytes]) -> bytes:
    return b"".join(b"%s\n" % id_.hex().encode() for id_ in ids)


@contextlib.contextmanager
def _request_file(ids: Iterable[bytes]) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        file.write(_request(ids))
        file.seek(0)
        yield file


def _until_all(ask: Callable[[Sequence[bytes]], Iterator[Answer]], ids: Sequence[bytes]) -> Iterator[Answer]:
    """Ask for all ids, and again for what follows each object over which a child has died."""
    done = 0
    alone = False
    while done < len(ids):
        some = ids[done : done + 1] if alone else ids[done:]
        alone = False
        for answer in ask(some):
            if answer.status == "lost" and len(some) > 1:
                alone = (
                    True  # the child may have died over a later object: put this one to a child of its own
                )
                break
            yield answer._replace(status="corrupt") if answer.status == "lost" else answer
            done += 1


def _answers(child: _Child, ids: Sequence[bytes], max_size: int) -> Iterator[Answer]:
    """Yield the child's answers; one with a status other than ok, missing or corrupt-by-hash is its last."""
    read, readline = child.output.read, child.output.readline
    try:
        for id_ in ids:
            fields = readline().split(b" ")
            if len(fields) == 2 and fields[1] == b"missing\n":
                yield Answer(id_, b"", None, "missing")
                continue
            if len(fields) != 3 or fields[0] != id_.hex().encode():
                yield Answer(id_, b"", None, "lost" if child.crashed() else "corrupt")
                return
            size = int(fields[2])
            if size > max_size:
                yield Answer(id_, fields[1], None, "too_large")
                return
            data = read(size)
            if read(1) != b"\n":
                yield Answer(id_, fields[1], None, "lost" if child.crashed() else "corrupt")
                return
            yield _verified(id_, fields[1], data)
        child.in_step = True
    except TimeoutError:
        yield Answer(id_, b"", None, "timeout")


def _verified(id_: bytes, kind: bytes, data: bytes) -> Answer:
    digest = hashlib.sha1(b"%s %d\0" % (kind, len(data)), usedforsecurity=False)
    digest.update(data)
    if digest.digest() != id_:
        return Answer(id_, kind, None, "corrupt")
    return Answer(id_, kind, data, "ok")
