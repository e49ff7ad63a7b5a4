"""write: the decided entries as the Parquet files of a release.

Files are cut by rows and bytes alone, so neither workers nor memory change them. Content is fetched last, row group by
row group.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stackmark import schema
from stackmark.engine import Engine
from stackmark.store import ContentIndex, Stage, WorkDir, atomic, write_table

VERSION = "1"
SHARD_BYTES = 500 * 1000**2  # of text in a file, as the Hugging Face hub has it
GROUP_BYTES = 32 * 1000**2  # of text in a row group: what one task holds in memory
GROUP_ROWS = 20_000
TABLE_ROWS = 1_000_000  # in a file of the ledger or the provenance

OPTIONS: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 3,
    "use_dictionary": [name for name in schema.DATA.names if name not in ("content", "blob_id", "content_id", "path")],
    "write_page_index": True,
    "use_content_defined_chunking": {"min_chunk_size": 256 * 1024, "max_chunk_size": 1024 * 1024, "norm_level": 0},
}


def cut(lengths: Sequence[int], size: int, rows: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of runs of at most `size` bytes and `rows` rows, a longer row alone."""
    start = total = 0
    for place, length in enumerate(lengths):
        if place > start and (total + length > size or place - start >= rows):
            yield start, place
            start, total = place, 0
        total += length
    if len(lengths):
        yield start, len(lengths)


def write_shard(root: str, source: str, start: int, end: int, target: str) -> int:
    """Write one file of `data/` from rows of a metadata table (a task). Returns its bytes of text."""
    work = WorkDir(Path(root))
    index = ContentIndex.of(work)
    rows = pq.read_table(source).slice(start, end - start)
    lengths = rows["length_bytes"].to_pylist()
    with atomic(Path(target)) as temporary, pq.ParquetWriter(temporary, schema.DATA, **OPTIONS) as writer:
        for low, high in cut(lengths, GROUP_BYTES, GROUP_ROWS):
            group = rows.slice(low, high - low)
            ids = np.array(group["key"].to_pylist(), dtype="S20")
            places = index.find(ids)
            encodings = group["src_encoding"].to_pylist()
            contents = [data.decode(name) for data, name in zip(index.read(ids), encodings, strict=True)]
            blobs = [
                index.pack(pack).column(1)[row].as_py().hex()
                for pack, row in zip(index.pack_no[places].tolist(), index.row[places].tolist(), strict=True)
            ]
            group = group.drop_columns("key").append_column("content", pa.array(contents, pa.large_string()))
            group = group.append_column("blob_id", pa.array(blobs, pa.string()))
            writer.write_table(group.select(schema.DATA.names).cast(schema.DATA), row_group_size=GROUP_ROWS)
    return sum(lengths)


def write_data(
    work: WorkDir,
    stage: Stage,
    kept: pa.Table,
    folder: Callable[[str], str],
    engine: Engine,
    tick: Callable[[int, int], None],
) -> None:
    """Write `data/`: a folder a language, sorted by origin and path; `tick` is told bytes done, of how many."""
    kept = kept.sort_by([("language", "ascending"), ("origin_url", "ascending"), ("revision_id", "ascending"), ("path", "ascending")])
    source = stage.path("kept.parquet")
    write_table(source, kept)
    tasks = []
    for language, start, end in runs(kept["language"].to_pylist()):
        shards = list(cut(kept["length_bytes"].slice(start, end - start).to_pylist(), SHARD_BYTES, 1 << 62))
        for number, (low, high) in enumerate(shards):
            name = f"train-{number:05d}-of-{len(shards):05d}.parquet"
            target = stage.path("data") / folder(language) / name
            if not target.exists():
                tasks.append((str(work.root), str(source), start + low, start + high, str(target)))
    lengths = kept["length_bytes"].to_numpy()
    total = int(sum(lengths[task[2] : task[3]].sum() for task in tasks))
    for _, size in engine.run(write_shard, tasks):
        tick(size, total)


def runs(values: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Yield (value, start, end) of runs of equal values."""
    start = 0
    for place in range(1, len(values) + 1):
        if place == len(values) or values[place] != values[start]:
            yield values[start], start, place
            start = place


def write_parts(folder: Path, tables: Iterable[pa.Table], kind: pa.Schema) -> None:
    """Write tables one after the other as part-00000.parquet and so on, each of TABLE_ROWS rows but the last."""
    part, gathered = 0, [kind.empty_table()]
    for table in tables:
        gathered.append(table)
        while sum(one.num_rows for one in gathered) >= TABLE_ROWS:
            whole = pa.concat_tables(gathered)
            write_part(folder, part, whole.slice(0, TABLE_ROWS))
            part, gathered = part + 1, [whole.slice(TABLE_ROWS)]
    rest = pa.concat_tables(gathered)
    if rest.num_rows or part == 0:
        write_part(folder, part, rest)


def write_part(folder: Path, part: int, table: pa.Table) -> None:
    """Write one part of a table."""
    with atomic(folder / f"part-{part:05d}.parquet") as temporary:
        pq.write_table(table, temporary, compression="zstd", compression_level=3, write_page_index=True)


def place(source: Path, target: Path) -> None:
    """Put a finished file of a stage into a release: a second name for the same bytes where the file system can."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        target.write_bytes(source.read_bytes())
