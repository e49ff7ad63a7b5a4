"""What Stackmark says of the files named on the lines of a file: one name a line, empty for none.

    python benchmarks/languages_ours.py FILE [--batches]

With --batches as a build does it, on Arrow columns; else file by file.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: Files that one call is given.
BATCH = 4000


def one_by_one(paths: list[str]) -> Iterator[str]:
    from stackmark.languages import detect_file

    for path in paths:
        found = detect_file(path)
        yield found.name if found else ""


def in_batches(paths: list[str]) -> Iterator[str]:
    from pathlib import Path

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
    with open(sys.argv[1]) as listing:  # noqa: PTH123  (loading pathlib takes longer than a hundred files)
        print("\n".join(said(listing.read().splitlines())))
