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
import itertools
import os
import resource
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stackmark.gitchild import environment

STALL_SECONDS = 60.0
MEMORY_CEILING = 4 * 1024**3
#: Requests in flight at once: 41 bytes each, so that they fit into a pipe and writing them never blocks.
WINDOW = 1500
PIPE_BYTES = 1024 * 1024
CHUNK_ROWS = 16_384
#: Bytes of an answer before the digits of the size: 40 hex digits and `` blob ``.
HEADER = 46
_POWERS = 10 ** np.arange(19)


class Answer(NamedTuple):
    """What became of one request: `status` is ok, missing, corrupt, too_large or timeout."""

    id: bytes
    type: bytes
    data: bytes | None
    status: str


class _PatientPipe(io.RawIOBase):
    """The reading end of a child's pipe; silence beyond `stall` seconds raises TimeoutError."""

    def __init__(self, descriptor: int, stall: float) -> None:
        self._descriptor = descriptor
        self._stall = stall
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._poll.poll(self._stall * 1000):
            raise TimeoutError
        return os.readv(self._descriptor, [buffer])


class _Child:
    """One `git cat-file` process, answering requests from `requests` or, without one, from `ask`."""

    def __init__(self, git_dir: Path, options: Sequence[str], stall: float, requests: IO[bytes] | None) -> None:
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
        self._pipe = _PatientPipe(self._process.stdout.fileno(), stall)
        self.output = io.BufferedReader(self._pipe, PIPE_BYTES)

    def ask(self, ids: Sequence[bytes]) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(_request(ids))

    def read_exactly(self, length: int) -> NDArray[np.uint8] | None:
        """Return the next `length` bytes, or None if the child ends or falls silent before."""
        buffer = np.empty(length, np.uint8)
        view = buffer.data
        try:
            while view.nbytes:
                count = self._pipe.readinto(view)
                if not count:
                    return None
                view = view[count:]
        except (OSError, ValueError):  # silent for too long, or closed by a caller who wants no more
            return None
        return buffer

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


class ObjectReader:
    """A child that answers in windows: for walks whose next request depends on an answer, and for damage.

    It writes out each answer by itself, so that the one it dies over is the first that does not arrive whole.
    """

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
        done = 0
        while done < len(ids):
            for answer in self._window(ids[done : done + WINDOW]):
                yield answer
                done += 1

    def _window(self, ids: Sequence[bytes]) -> Iterator[Answer]:
        """Yield answers up to the last of the window or the first over which the child is lost."""
        child = self._child = self._child or _Child(self._git_dir, ["--batch"], self._stall, None)
        child.ask(ids)
        taken = 0
        try:
            for id_ in ids:
                answer, fit = _next_answer(child, id_, self._max_size)
                taken += fit
                yield answer
                if not fit:
                    return
        finally:
            if taken < len(ids):  # the child is lost, or holds answers that nobody has taken
                self._drop()

    def _drop(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None


class Chunk(NamedTuple):
    """A stretch of `cat-file --batch` output: which ids it is about, its bytes, None if they did not come."""

    first: int
    last: int
    raw: NDArray[np.uint8] | None


def read_chunks(
    git_dir: Path, ids: Sequence[bytes], sizes: NDArray[np.int64], limit: int, stall: float = STALL_SECONDS
) -> Iterator[Chunk]:
    """Yield the answers for blobs of known sizes in chunks of about `limit` bytes, as fast as git can.

    Each answer takes `HEADER` plus the digits of its size, the size, and one byte; the caller has to hash
    what it gets. After a chunk without bytes, or one that turns out wrong, nothing that follows would be in
    its place.
    """
    bounds = _cut(sizes, limit)
    lengths: list[int] = np.add.reduceat(answer_lengths(sizes), [first for first, _ in bounds]).tolist()
    # Requests come from a file: nobody has to write while answers are read, so nothing can lock up.
    with _request_file(ids) as requests:
        child = _Child(git_dir, ["--batch", "--buffer"], stall, requests)
        try:
            for (first, last), length in zip(bounds, lengths, strict=True):
                raw = child.read_exactly(length)
                yield Chunk(first, last, raw)
                if raw is None:
                    return
        finally:
            child.close()


def answer_lengths(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many bytes git's answers for blobs of these sizes take."""
    digits = np.searchsorted(_POWERS, sizes, side="right")
    return HEADER + np.maximum(digits, 1) + 1 + sizes + 1


def _cut(sizes: NDArray[np.int64], limit: int) -> list[tuple[int, int]]:
    """Cut a list of sizes into stretches that sum up to `limit` at most, or hold a single one."""
    ends = np.cumsum(sizes)
    bounds = [0]
    while bounds[-1] < len(sizes):
        first = bounds[-1]
        held = int(ends[first - 1]) if first else 0
        last = int(np.searchsorted(ends, held + limit, side="right"))
        bounds.append(min(max(last, first + 1), first + CHUNK_ROWS, len(sizes)))
    return list(itertools.pairwise(bounds))


def read_headers(git_dir: Path, ids: Sequence[bytes], stall: float = STALL_SECONDS) -> list[tuple[bytes, int] | None]:
    """Return `(type, size)` per id, None for an object that git cannot find or make sense of."""
    if not ids:
        return []
    with _request_file(ids) as requests:
        child = _Child(git_dir, ["--batch-check=%(objecttype) %(objectsize)", "--buffer"], stall, requests)
        try:
            lines = child.output.read().splitlines()
        except TimeoutError:
            lines = []
        finally:
            child.close()
    found = [(kind, int(size)) if size.isdigit() else None for kind, _, size in map(_fields, lines)]
    return found + [None] * (len(ids) - len(found))


def _fields(line: bytes) -> tuple[bytes, bytes, bytes]:
    return line.partition(b" ")


def _request(ids: Sequence[bytes]) -> bytes:
    return b"".join(ids).hex("\n", 20).encode() + b"\n"


@contextlib.contextmanager
def _request_file(ids: Sequence[bytes]) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        file.write(_request(ids))
        file.seek(0)
        yield file


def checked(id_: bytes, kind: bytes, data: bytes) -> Answer:
    """Return the answer for an object whose bytes are here: ok if they hash to its id, else corrupt."""
    digest = hashlib.sha1(b"%s %d\0" % (kind, len(data)), usedforsecurity=False)
    digest.update(data)
    sound = digest.digest() == id_
    return Answer(id_, kind, data if sound else None, "ok" if sound else "corrupt")


def _next_answer(child: _Child, id_: bytes, max_size: int) -> tuple[Answer, bool]:
    """Return the answer for `id_`, and whether the child is fit to give the next one."""
    try:
        fields = child.output.readline().split(b" ")
        if len(fields) == 2 and fields[1] == b"missing\n":
            return Answer(id_, b"", None, "missing"), True
        if len(fields) != 3 or fields[0] != id_.hex().encode():
            return Answer(id_, b"", None, "corrupt"), False
        size = int(fields[2])
        if size > max_size:
            return Answer(id_, fields[1], None, "too_large"), False
        data = child.output.read(size)
        if child.output.read(1) != b"\n":
            return Answer(id_, fields[1], None, "corrupt"), False
    except TimeoutError:
        return Answer(id_, b"", None, "timeout"), False
    return checked(id_, fields[1], data), True
