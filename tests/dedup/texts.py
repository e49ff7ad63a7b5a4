"""Made-up programs that are alike to a known degree."""

from __future__ import annotations

import itertools
import random

from stackmark.dedup.verify import shingle_sets


def program(seed: int, lines: int = 60) -> list[str]:
    """Give the lines of a program whose names occur in no other."""
    source = random.Random(seed)
    return [
        f"{source.choice('abcdef')}{seed}_{number} = call_{source.randrange(9**6)}({source.randrange(9**6)})\n"
        for number in range(lines)
    ]


def edited(lines: list[str], share: float, seed: int) -> list[str]:
    """Give the lines with a share of them written anew."""
    source = random.Random(seed)
    some = set(source.sample(range(len(lines)), round(share * len(lines))))
    return [f"edit{seed}_{place} += {place}\n" if place in some else line for place, line in enumerate(lines)]


def data(lines: list[str]) -> bytes:
    """Give lines as a content."""
    return "".join(lines).encode()


def family(seed: int, edits: list[float]) -> list[bytes]:
    """Give a program and versions of it in which such shares were edited."""
    lines = program(seed)
    return [data(lines), *(data(edited(lines, share, seed * 100 + number)) for number, share in enumerate(edits))]


def jaccard(one: bytes, other: bytes) -> float:
    """Give the exact Jaccard similarity of the shingle sets of two texts; 0 where neither has any."""
    values, bounds = shingle_sets([one, other])
    first, second = (set(values[low:high].tolist()) for low, high in itertools.pairwise(bounds))
    return len(first & second) / max(1, len(first | second))
