"""Near-duplicates out of a Parquet file with our library: `near_ours.py INPUT.parquet OUTPUT`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stackmark import dedup


def main() -> None:
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    dedup.near_duplicates(pa.table({"content_id": ["0", "1"], "content": ["a b c d e f", "a b c d e g"]}), 0.1)
    start = time.process_time()
    table = pq.read_table(source)
    found = dedup.near_duplicates(table.rename_columns(["content_id", "content"]))
    gone = found.filter(pc.not_equal(found["content_id"], found["representative_id"]))["content_id"]
    kept = table.filter(pc.invert(pc.is_in(table["id"].cast(pa.binary()), gone.combine_chunks())))
    pq.write_table(kept, target / "kept.parquet", compression="zstd")
    print(json.dumps({"kept": kept.num_rows, "work": time.process_time() - start}))


if __name__ == "__main__":
    main()
