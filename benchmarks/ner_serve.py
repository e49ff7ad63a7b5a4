"""How a participant of benchmarks/ner.py is asked: a line of JSON in, a line of JSON out. Runs in every environment."""

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def serve(work: Callable[[dict[str, Any]], Any]) -> None:
    """Answer requests until there are no more: what `work` gives, what that cost.

    wall, cpu:   seconds
    held, above: bytes that were resident before and not mapped from a file, and the peak above that
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        request = json.loads(line)
        wall, cpu = time.perf_counter(), processor()
        with Peak() as peak:
            found = work(request)
        took = {"wall": time.perf_counter() - wall, "cpu": processor() - cpu}
        room = {"held": peak.start, "above": peak.highest - peak.start}
        answers.write(json.dumps({"found": found, **took, **room}) + "\n")
        answers.flush()


def processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Peak:
    """Samples the memory of this process that is not mapped from files: weights that are mapped count as weights."""

    def __init__(self) -> None:
        self.start = self.highest = anonymous()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._done.wait(0.005):
            self.highest = max(self.highest, anonymous())

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def anonymous() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))
