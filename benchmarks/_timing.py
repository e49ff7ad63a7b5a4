"""What a command costs: wall time, processor time and peak memory of its whole process tree (Linux)."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


@dataclass(frozen=True)
class Cost:
    """`wall` and `cpu` in seconds, `peak` in bytes of proportional set size; `code` is the exit status."""

    wall: float
    cpu: float
    peak: int
    code: int
    output: str

    def rate(self, size: int) -> float:
        """Give MB (10^6 bytes) of input per second of processor time."""
        return size / 1e6 / self.cpu


def measure(command: Sequence[str], log: Path, interval: float = 0.05) -> Cost:
    """Run a command to its end and say what it and all of its descendants cost.

    Descendants that outlive their parents are adopted and awaited, so that no worker's time is missed.
    Memory is the sum of PSS over the tree, a shared page counting once. It is sampled every `interval` seconds, but no
    more than a twentieth of the time is spent on that: reading it stops the processes that are looked at.
    What the command says on stderr goes to the file `log`.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = _children_cpu()
    start = perf_counter()
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        sampler = _Sampler(process.pid, interval)
        sampler.start()
        output = process.communicate()[0]
        wall = perf_counter() - start
        sampler.stop()
    _reap_adopted()
    return Cost(wall, _children_cpu() - before, sampler.peak, process.returncode, output)


class _Sampler(threading.Thread):
    """Keeps the highest memory of one process tree that it has seen."""

    def __init__(self, root: int, interval: float) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._root, self._interval, self._done = root, interval, threading.Event()

    def run(self) -> None:
        pause = self._interval
        while not self._done.wait(pause):
            start = perf_counter()
            self.peak = max(self.peak, sum(map(_pss, _tree(self._root))))
            pause = max(self._interval, 20 * (perf_counter() - start))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _reap_adopted() -> None:
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [root]
    for pid in found:  # grows while it is walked
        found.extend(children.get(pid, ()))
    return found


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
