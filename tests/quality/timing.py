"""How the time of a call grows with its input, on machines that are never quiet."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Differences below this many seconds are noise.
_FLOOR = 0.005


def growth(call: Callable[[bytes], object], seed: bytes, size: int) -> float:
    """Give how many times longer a call takes over twice `size` bytes of `seed` repeated than over `size`.

    The best of a few processor times counts for each, and a doubtful answer is measured again.
    """
    small, large = (seed * (n // len(seed)) for n in (size, 2 * size))
    answers = []
    for _ in range(4):
        answers.append(max(_best(call, large), _FLOOR) / max(_best(call, small), _FLOOR))
        if answers[-1] <= 2.5:
            break
    return min(answers)


def _best(call: Callable[[bytes], object], value: bytes) -> float:
    times = []
    for _ in range(3):
        start = time.process_time()
        call(value)
        times.append(time.process_time() - start)
    return min(times)
