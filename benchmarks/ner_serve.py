"""How a participant of benchmarks/ner.py is asked: a line of JSON in, a line of JSON out. Runs in every environment."""

import ctypes
import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def serve(work: Callable[[dict[str, Any]], Any]) -> None:
    """Answer requests until there are no more: what `work` gives, what that cost.

    wall, cpu:   seconds
    held, above: on request (`memory`), bytes that were resident before, and the peak above that; see `Peak`
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        request = json.loads(line)
        peak = Peak() if request.get("memory") else None
        wall, cpu = time.perf_counter(), processor()
        found = work(request)
        took = {"wall": time.perf_counter() - wall, "cpu": processor() - cpu}
        room = {"held": peak.held, "above": peak.above()} if peak else {}
        answers.write(json.dumps({"found": found, **took, **room}) + "\n")
        answers.flush()


def processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Peak:
    """The highest resident memory of this process from now on, as the kernel keeps it (Linux); nothing is left out.

    What the allocator keeps for later is given back first, so that what happens from now on cannot hide in it.
    """

    def __init__(self) -> None:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        self.held = resident("VmRSS")

    def above(self) -> int:
        """Give the peak so far, less what was held."""
        return resident("VmHWM") - self.held


def resident(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
