"""What the text facts and filters cost: MB/s of processor time, over real source files.

    python benchmarks/quality_filters.py [FOLDER]

Without a folder, the files of the running Python's own library serve.
"""

from __future__ import annotations

import sys
import sysconfig
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

from stackmark import schema
from stackmark.facts import Detector
from stackmark.quality import facts_encoded, facts_text
from stackmark.text import decode_batch

MAX_FILES, MAX_CONTENT, BATCH_ROWS = 6000, 1 << 20, 1500


def contents(folder: Path) -> list[bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    small = [path for path in paths if path.stat().st_size <= MAX_CONTENT]
    found = [path.read_bytes() for path in small[:: max(1, len(small) // MAX_FILES)]]
    return [content for content in found if b"\0" not in content]


def inspected(data: pa.LargeBinaryArray) -> pa.RecordBatch:
    text, encoding, _ = decode_batch(data)
    ids = pa.nulls(len(data), schema.ID)
    return pa.RecordBatch.from_arrays([ids, data, text, encoding], schema=schema.INSPECTED)


def inspect_all(detector: Detector, batches: Sequence[pa.RecordBatch]) -> list[pa.RecordBatch]:
    return [detector.inspect(batch) for batch in batches]


def seconds(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib"))
    found = contents(folder)
    size = sum(map(len, found))
    parts = [pa.array(found[at : at + BATCH_ROWS], pa.large_binary()) for at in range(0, len(found), BATCH_ROWS)]
    batches = [inspected(part) for part in parts]
    costs = {"decode": seconds(lambda: [inspected(part) for part in parts])}
    for detector in (facts_text.DETECTOR, facts_encoded.DETECTOR):
        costs[detector.name] = seconds(partial(inspect_all, detector, batches))
    costs["all three"] = sum(costs.values())
    print(f"{len(found):,} files, {size / 1e6:.1f} MB, {size / len(found) / 1e3:.1f} kB on average")
    for name, cost in costs.items():
        print(f"{name:10} {size / 1e6 / cost:6.0f} MB/s/core")


if __name__ == "__main__":
    main()
