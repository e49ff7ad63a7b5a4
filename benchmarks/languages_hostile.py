"""Bad input: what files that were made to be dear cost, next to an ordinary file of the size that is read of them.

    script/bench languages --only hostile

The ordinary file is a C++ header of 32 KiB, as much as detection reads of any file, under the same calls. For decoding,
which reads everything, it is text of the same size as the bait.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pyarrow as pa

from stackmark import text
from stackmark.languages import detect, is_generated
from stackmark.languages.claims import claim
from stackmark.languages.marks import WINDOW
from stackmark.languages.notebooks import kernel_language
from stackmark.languages.tables import compiled

LONG = 50_000_000
ORDINARY = b"/* A vector. */\n#include <vector>\nnamespace geo {\nclass Vec { public: double x, y; };\n}\n"
NAMES = [f"x{suffix}".encode() for suffix in sorted(compiled()["extensions"])]
OPEN = [name for name in NAMES if not claim(name).certain]
#: What fills a file; most repeat what makes a careless expression run in square time.
BAIT = {
    "one letter": b"a",
    "blanks": b" ",
    "open brackets": b"(",
    "comments that never end": b"<!--",
    "keys without values": b"x:",
    "line feeds": b"\n",
    "modelines": b"-*-",
    "strings": b'"a":',
    "preprocessor": b"#\n",
    "names": b"static const int a ",
    "zeros": b"\0",
    "every byte": bytes(range(256)),
}


def filled(part: bytes, size: int) -> bytes:
    """Repeat something up to a size."""
    return (part * (size // len(part) + 1))[:size]


def cost(work: Callable[[], object]) -> float:
    """Give the seconds of processor time of the better of two calls."""
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def on_names(content: bytes) -> None:
    """Ask for the language under every ambiguous name, and whether it is generated under some."""
    for name in OPEN:
        detect(name, content)
    for name in (b"a.js", b"a.css", b"a.py", b"a.json"):
        is_generated(name, content)


def on_columns(content: bytes) -> None:
    """Ask for all of them in one call."""
    detect(pa.array(OPEN, pa.binary()), pa.array([content] * len(OPEN), pa.large_binary()))


def run() -> None:
    """Print the tables."""
    usual = filled(ORDINARY, WINDOW)
    on_names(usual)  # loads and compiles everything
    on_columns(usual)
    base, columns = cost(partial(on_names, usual)), cost(partial(on_columns, usual))
    print(f"\nhostile: {len(OPEN)} ambiguous names and 32 KiB of text; an ordinary file costs")
    each, of_column = 1e6 * base / len(OPEN), 1e6 * columns / len(OPEN)
    print(f"{each:.0f} microseconds a name alone, {of_column:.0f} in a column; times that:")
    print(f"{'32 KiB of':28}{'alone':>8}{'column':>8}")
    for title, part in BAIT.items():
        bait = filled(part, WINDOW)
        alone, together = cost(partial(on_names, bait)), cost(partial(on_columns, bait))
        print(f"{title:28}{alone / base:8.1f}{together / columns:8.1f}", flush=True)
    _long()


def _long() -> None:
    """Print what files of one line of 50 MB cost, against ordinary text of that size where all of it is read."""
    usual = filled(ORDINARY, LONG)
    head, decoding = usual[:WINDOW], cost(partial(text.decode, usual))
    print(f"\n{'50 MB in one line of':28}{'.h':>8}{'.js, generated':>16}{'decode':>8}{'notebook s':>12}")
    for title in ("one letter", "blanks", "open brackets", "strings", "zeros", "every byte"):
        bait = filled(BAIT[title].replace(b"\n", b" "), LONG)
        name = cost(partial(detect, b"x.h", bait)) / cost(partial(detect, b"x.h", head))
        made = cost(partial(is_generated, b"a.js", bait)) / cost(partial(is_generated, b"a.js", head))
        read = cost(partial(text.decode, bait)) / decoding
        kernel = cost(partial(kernel_language, bait))
        print(f"{title:28}{name:8.1f}{made:16.1f}{read:8.1f}{kernel:12.3f}", flush=True)
    cells = b'{"cells": [' + filled(b'{"source": ["a"]},', (1 << 24) - 200).rpartition(b"},")[0] + b"}]"
    whole = cells + b', "metadata": {"kernelspec": {"name": "ir"}}, "nbformat": 4}'
    seconds = cost(partial(kernel_language, whole))
    print(f"a notebook of 16 MiB, whose kernel comes last ({kernel_language(whole)}): {seconds:.2f} s")
    print(f"16 MiB of open brackets for a notebook: {cost(partial(kernel_language, filled(b'[', 1 << 24))):.2f} s")
    odd = [b"\xff\xfe.h", b"\x80" * 255 + b".h", b"." * 255, b"a" * 100_000 + b".h", b".h" * 50_000, b"", b"\n"]
    seconds = max(cost(partial(detect, name, head)) for name in odd)
    print(f"names that are not UTF-8, endless or empty: {1e6 * seconds:.0f} microseconds the dearest")
    said = {detect(name, content) for name in (b"x", b"") for content in (b"", b"\0", b"\xff")}
    print(f"nothing known of name and content: {said}")


if __name__ == "__main__":
    run()
