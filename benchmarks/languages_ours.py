"""What Stackmark says of the files named on the lines of a file: one name a line, empty for none.

    python benchmarks/languages_ours.py FILE [--batches]

With --batches as a build does it, on Arrow columns; else file by file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

#: Files that one call is given.
BATCH = 4000


def one_by_one(paths: list[str]) -> Iterator[str]:
    from stackmark.languages import detect

    for path in paths:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  (half the cost of a Path)
            found = detect(path.rpartition("/")[2], file.read())
        yield found.name if found else ""


def in_batches(paths: list[str]) -> Iterator[str]:
    import pyarrow as pa

    from stackmark.languages import detect

    for start in range(0, len(paths), BATCH):
        some = paths[start : start + BATCH]
        names = pa.array([path.rpartition("/")[2].encode() for path in some], pa.binary())
        texts = pa.array([Path(path).read_bytes() for path in some], pa.large_binary())
        for found in detect(names, texts).to_pylist():
            yield found["name"] if found else ""


if __name__ == "__main__":
    said = in_batches if "--batches" in sys.argv else one_by_one
    print("\n".join(said(Path(sys.argv[1]).read_text().splitlines())))
