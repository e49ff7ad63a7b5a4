"""The join of 20 million band keys in as much memory as it is given: `near_memory.py FOLDER KEYS BYTES`.

Writes facts of made-up contents, one in ten of which shares bands with another, and joins their keys as a build does.
Where the control groups of Linux let it, the kernel holds the whole process tree, page cache included, to that many
bytes, and kills it if it needs more.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stackmark import engine
from stackmark.dedup.bands import layout_for
from stackmark.dedup.links import Links, update
from stackmark.store import write_table

ROWS = 20_000  # contents a fact file
GROUPS = Path("/sys/fs/cgroup/memory")  # of version 1; elsewhere the peak alone is measured


def facts(folder: Path, number: int) -> Path:
    """Write a fact file of random sketches; a tenth of them have half of another's."""
    generator = np.random.Generator(np.random.PCG64(number))
    sketches = generator.integers(0, 256, (ROWS, 256)).astype(np.uint8)
    some = generator.integers(0, ROWS, ROWS // 10)
    sketches[: len(some), :128] = sketches[some, :128]
    ids = generator.integers(0, 256, (ROWS, 20)).astype(np.uint8)
    columns = {name: [row.tobytes() for row in rows] for name, rows in (("content_id", ids), ("sketch", sketches))}
    path = folder / "facts" / f"{number:05d}.parquet"
    write_table(path, pa.table({name: pa.array(rows, pa.binary()) for name, rows in columns.items()}))
    return path


def hold(memory: int) -> bool:
    """Put this process under a cap of the kernel. Gives whether there is one."""
    group = GROUPS / "stackmark-bench"
    try:
        group.mkdir(exist_ok=True)
        (group / "memory.limit_in_bytes").write_text(str(memory))
        (group / "cgroup.procs").write_text(str(os.getpid()))
    except OSError:
        return False
    return True


def main() -> None:
    folder, keys, memory = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    capped = hold(memory)
    layout = layout_for(0.7)
    paths = [facts(folder, number) for number in range(keys // layout.bands // ROWS)]
    links = Links.open(folder / "links", layout)
    with engine.start("local", 1) as running:
        update(links, paths, running, memory)
    edges = sum(pq.read_metadata(name).num_rows for one in links.files("edges") for name in one)
    (generation,) = links.generations
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"keys": keys, "edges": edges, "buckets": generation["buckets"], "peak": peak, "capped": capped}))


if __name__ == "__main__":
    main()
