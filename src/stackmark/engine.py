"""How work is run: map tasks on a pool of processes or on Ray, dataframes on Daft's native or Ray runner.

This is the only module that knows which. A task is a module-level function and its arguments; it writes files and
returns small values. The same tasks and the same dataframes run on a laptop and on a cluster, whose machines must
share the work directory.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from stackmark.errors import StackmarkError, UsageError

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.process import BaseProcess

    import pyarrow as pa

# Both phone home unless told not to, and Daft already while it is imported.
os.environ["DO_NOT_TRACK"] = "1"
os.environ["DAFT_ANALYTICS_ENABLED"] = "0"
os.environ["SCARF_NO_ANALYTICS"] = "1"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ.setdefault("DAFT_PROGRESS_BAR", "0")
os.environ.setdefault("DAFT_SHOW_QUERY_ID", "0")

T = TypeVar("T")

PR_SET_PDEATHSIG = 1  # linux/prctl.h
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # glibc's malloc.h

#: The engine that the dataframes of this process run on, once they have been used.
_chosen: list[str] = []

#: Local joins hold about 8.4 times their input (measured on a group-by and a join back); ten leaves room.
JOIN_FACTOR = 10
#: What the coordinating process and each worker took at most in builds of 10 to 680 MB of sources, with some room.
BASE_BYTES, WORKER_BYTES = 900_000_000, 400_000_000
#: What a row of ids, paths and facts takes in such a join, in bytes, with long paths.
ROW_BYTES = 600


class Engine(Protocol):
    """Runs tasks; `run` yields (task number, result) as they finish, in any order."""

    def run(self, function: Callable[..., T], tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, T]]:
        """Run `function(*task)` for every task."""
        ...


class Workers(Engine, Protocol):
    """An engine with processes of its own, for a whole build."""

    @property
    def waiting(self) -> Engine:
        """What runs tasks that do little but wait: for a disk, for another program."""
        ...

    def fork(self) -> None:
        """Start workers now, where that saves them what this process has imported."""
        ...


class Threads:
    """Threads of this process, all of which have ended when the last result is given: it may be forked after that."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, function: Callable[..., T], tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, T]]:
        """Run the tasks; with one worker, in the thread that asks."""
        if len(tasks) <= 1 or self.workers <= 1:
            yield from in_turn(function, tasks)
            return
        from concurrent.futures import ThreadPoolExecutor, as_completed

        pool = ThreadPoolExecutor(self.workers)
        try:
            running = {pool.submit(function, *task): number for number, task in enumerate(tasks)}
            results = [(running[future], future.result()) for future in as_completed(running)]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        yield from results


def in_turn(function: Callable[..., T], tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, T]]:
    """Run tasks one after the other."""
    for number, task in enumerate(tasks):
        yield number, function(*task)


class LocalEngine:
    """A pool of worker processes on this machine."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.waiting = Threads(workers)
        self._pool: ProcessPoolExecutor | None = None

    def fork(self) -> None:
        """Start the workers now, if this process may still be forked; else they are spawned for the first work."""
        if self._pool is None and self.workers > 1 and can_fork():
            self._start()

    def _start(self) -> ProcessPoolExecutor:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        method = "fork" if can_fork() else "spawn"
        with uninterrupted():
            context = multiprocessing.get_context(method)
            self._pool = ProcessPoolExecutor(
                self.workers, mp_context=context, initializer=settle_in, initargs=(os.getpid(),)
            )
            self._pool.submit(os.getpid).result()
        return self._pool

    def run(self, function: Callable[..., T], tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, T]]:
        """Run the tasks; a single one, or all with one worker, in this process."""
        if len(tasks) <= 1 or self.workers <= 1:
            yield from in_turn(function, tasks)
            return
        yield from self._run_pool(self._pool or self._start(), function, tasks)

    def _run_pool(
        self, pool: ProcessPoolExecutor, function: Callable[..., T], tasks: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[int, T]]:
        from concurrent.futures import FIRST_COMPLETED, wait
        from concurrent.futures.process import BrokenProcessPool

        waiting = iter(enumerate(tasks))
        running: dict[Future[T], int] = {}
        try:
            while True:
                for number, task in waiting:
                    running[pool.submit(function, *task)] = number
                    if len(running) >= self.workers * 2:
                        break
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        except BrokenProcessPool as error:
            hint = "Most often the system ran out of memory: lower [build] workers or memory. Finished work is kept."
            raise StackmarkError("a worker process was killed", hint) from error

    def close(self, *, abandon: bool) -> None:
        """Stop the workers: when they are idle, or at once (`abandon`), whatever they are doing."""
        if self._pool is None:
            return
        if abandon:
            # Every one of them: a worker that is left may wait for a lock that another was killed with.
            workers: dict[int, BaseProcess] = getattr(self._pool, "_processes", None) or {}
            for process in list(workers.values()):
                process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Put off an interrupt: half-started workers would never end, and the process would wait for them for good."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def can_fork() -> bool:
    """Say whether this process may be forked: only while no other thread, native ones counted, can hold a lock.

    Forked workers share what has been imported, which is most of the cost of a small build. jemalloc's own thread (in
    pyarrow) is no obstacle: that library prepares itself for a fork.
    """
    try:
        threads = [Path(task, "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()]
    except OSError:
        return False
    alone = len([name for name in threads if name != "jemalloc_bg_thd"]) == 1
    return alone and threading.current_thread() is threading.main_thread()


def settle_in(parent: int) -> None:
    """Prepare a worker process: it ends with its parent, whatever ends that, and leaves interrupts to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    collect_seldom()
    keep_memory()
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    except (OSError, AttributeError):  # not on Linux: an idle worker then outlives a killed build
        return
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def collect_seldom() -> None:
    """Let the garbage collector look seldom: builds make many small objects and no cycles to speak of."""
    gc.freeze()
    gc.set_threshold(500_000, 20, 20)


def keep_memory() -> None:
    """Let the C library keep what it is given back, for the next batch: else each batch has its pages cleared anew.

    That clearing is a twentieth of a build; what stays is what one batch took.
    """
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, 32 << 20)  # the most that it takes
        library.mallopt(M_TRIM_THRESHOLD, 1 << 30)


class RayEngine:
    """Tasks and dataframes on the Ray cluster of RAY_ADDRESS, or on one started here."""

    def __init__(self) -> None:
        try:
            import ray
        except ImportError as error:
            raise UsageError("--engine ray needs the extra `ray`", "pip install 'stackmark[ray]'") from error
        self._ray = ray
        if not ray.is_initialized():
            import logging

            ray.init(address=os.environ.get("RAY_ADDRESS"), log_to_driver=False, logging_level=logging.ERROR)
        dataframes("ray")
        self.waiting = self

    def fork(self) -> None:
        """Start nothing: the workers are those of the cluster."""

    def run(self, function: Callable[..., T], tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, T]]:
        """Run the tasks on the cluster."""
        remote = self._ray.remote(function)
        running = {remote.remote(*task): number for number, task in enumerate(tasks)}
        while running:
            (done,), _ = self._ray.wait(list(running), num_returns=1)
            yield running.pop(done), self._result(done)

    def _result(self, reference: Any) -> Any:
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, StackmarkError):
                raise error.cause from error
            raise


@contextlib.contextmanager
def start(kind: str, workers: int) -> Iterator[Workers]:
    """Start the engine `local` or `ray`, for tasks and for the dataframes of this process.

    Raises UsageError for another name, and when the process has run dataframes on the other engine.
    """
    if kind not in ("local", "ray"):
        raise UsageError(f"unknown engine {kind!r}", "Engines are: local, ray.")
    if _chosen and _chosen[0] != kind:
        raise UsageError(f"this process works with the engine {_chosen[0]}", f"Start another one for {kind}.")
    if kind == "ray":
        yield RayEngine()
        return
    engine, done = LocalEngine(workers), False
    try:
        yield engine
        done = True
    finally:
        engine.close(abandon=not done)


def dataframes(kind: str = "local") -> Any:
    """Return the module of the dataframe engine, pointed at `local` or `ray` when it is first asked for."""
    import daft

    if not _chosen:
        if kind == "ray":
            daft.set_runner_ray(noop_if_initialized=True)
        else:
            daft.set_runner_native()
        _chosen.append(kind)
    return daft


def affordable(workers: int, memory: int) -> int:
    """Return how many of the workers that are wished for fit into `memory` bytes, at least one."""
    return max(1, min(workers, (memory - BASE_BYTES) // WORKER_BYTES))


def bucket_count(rows: int, memory: int) -> int:
    """Return in how many buckets a keyed step over `rows` rows must run to stay within `memory` bytes."""
    return max(1, -(-rows * ROW_BYTES * JOIN_FACTOR // memory))


@contextlib.contextmanager
def arrow_errors() -> Iterator[None]:
    """Let the dataframe engine complain of a damaged file as Arrow does."""
    try:
        yield
    except dataframes().exceptions.DaftCoreException as error:
        import pyarrow as pa

        raise pa.ArrowInvalid(str(error)) from error


def read(files: Sequence[str]) -> Any:
    """Return Parquet files as one dataframe. Raises pa.ArrowInvalid for a damaged one."""
    with arrow_errors():
        return dataframes().read_parquet(list(files))


def collect(frame: Any) -> pa.Table:
    """Run a dataframe and return its rows, with the plain Arrow types that the engine widens to large ones."""
    with arrow_errors():
        table = frame.to_arrow()
    import pyarrow as pa

    return table.cast(pa.schema([pa.field(field.name, plain(field.type)) for field in table.schema]))


def plain(kind: pa.DataType) -> pa.DataType:
    """Return the Arrow type with 32-bit offsets for one with 64-bit offsets, any other as it is."""
    import pyarrow as pa

    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_large_binary(kind):
        return pa.binary()
    return pa.list_(plain(kind.value_type)) if pa.types.is_large_list(kind) else kind
