"""write: the decided entries as the Parquet files of a release.

Files are cut by rows and bytes alone, so neither workers nor memory change them. Content is fetched last, row group by
row group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stackmark import schema
from stackmark.engine import Engine
from stackmark.store import ContentIndex, damaged, large_binary, read_tables, sink, write_table
from stackmark.swhid import content_id
from stackmark.workdir import Stage, WorkDir, atomic

VERSION = "1"
SHARD_BYTES = 500 * 1000**2  # of text in a file, as the Hugging Face hub has it
TASK_BYTES = 64 * 1000**2  # of text that one task writes, in one file or in several small ones
GROUP_BYTES = 32 * 1000**2  # of text in a row group: what one task holds in memory
GROUP_ROWS = 20_000
TABLE_ROWS = 1_000_000  # in a file of the ledger or the provenance

OPTIONS: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 3,
    "use_dictionary": [name for name in schema.DATA.names if name not in ("content", "blob_id", "content_id", "path")],
    "write_statistics": [name for name in schema.DATA.names if name != "content"],
    "write_page_index": True,
    "use_content_defined_chunking": {
        "min_chunk_size": 256 * 1024,
        "max_chunk_size": 1024 * 1024,
        "norm_level": 0,
    },
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


def write_shards(root: str, source: str, shards: Sequence[tuple[int, int, str]]) -> int:
    """Write files of `data/`, each (first row, end row, path), from a metadata table (a task). Returns its bytes."""
    index = ContentIndex.of(WorkDir(Path(root)))
    rows = read_tables([source])
    for start, end, target in shards:
        shard = rows.slice(start, end - start)
        with (
            atomic(Path(target)) as temporary,
            sink(temporary) as stream,
            pq.ParquetWriter(stream, schema.DATA, **OPTIONS) as writer,
        ):
            for low, high in cut(shard["length_bytes"].to_pylist(), GROUP_BYTES, GROUP_ROWS):
                group = with_contents(shard.slice(low, high - low), index)
                writer.write_table(group, row_group_size=GROUP_ROWS)
    return int(pc.sum(rows["length_bytes"]).as_py() or 0)


def with_contents(group: pa.Table, index: ContentIndex) -> pa.Table:
    """Return rows of schema.DATA: what `rows.data_rows` gave, with `content` and `blob_id` from the store."""
    ids = np.array(group["key"].to_pylist(), dtype="S20")
    encodings = group["src_encoding"].to_pylist()
    read = index.read(ids)
    if any(content_id(data) != key for data, key in zip(read, group["key"].to_pylist(), strict=True)):
        raise damaged("a content is not what its id says")
    contents = [
        data if name == "utf-8" else data.decode(name).encode() for data, name in zip(read, encodings, strict=True)
    ]
    for row in np.flatnonzero(pc.is_valid(group["replaced"]).to_numpy()).tolist():
        contents[row] = spliced(contents[row], group["replaced"][row].as_py())
    text = large_binary(contents).cast(pa.large_string())  # checks that it is UTF-8
    group = group.drop_columns(["key", "replaced"]).append_column("content", text)
    blobs = pa.array([blob.hex() for blob in index.blob_ids(ids)], pa.string())
    return group.append_column("blob_id", blobs).select(schema.DATA.names).cast(schema.DATA)


def spliced(text: bytes, replaced: Sequence[dict[str, Any]]) -> bytes:
    """Return a text with replacements (start, end, after; in order, without overlap) in their places."""
    parts, end = [], 0
    for one in replaced:
        parts += [text[end : one["start"]], one["after"]]
        end = one["end"]
    return b"".join([*parts, text[end:]])


def write_data(
    work: WorkDir,
    stage: Stage,
    kept: pa.Table,
    folder: Callable[[str], str],
    engine: Engine,
    tick: Callable[[int, int], None],
) -> None:
    """Write `data/`: a folder a language, sorted by origin and path; `tick` is told bytes done, of how many."""
    order = ("language", "origin_url", "revision_id", "path", "key")  # two paths can read alike
    kept = kept.sort_by([(name, "ascending") for name in order])
    lengths = kept["length_bytes"].to_pylist()
    shards: list[tuple[int, int, str]] = []
    for language, start, end in runs(kept["language"].to_pylist()):
        cuts = list(cut(lengths[start:end], SHARD_BYTES, len(lengths)))
        for number, (low, high) in enumerate(cuts):
            name = f"train-{number:05d}-of-{len(cuts):05d}.parquet"
            shards.append((start + low, start + high, str(stage.path("data") / folder(language) / name)))
    todo = [shard for shard in shards if not Path(shard[2]).exists()]
    sizes = [sum(lengths[start:end]) for start, end, _ in todo]
    tasks = []
    for number, (low, high) in enumerate(cut(sizes, TASK_BYTES, len(sizes))):
        first, last = todo[low][0], todo[high - 1][1]
        source = work.incoming / f"rows-{number}.parquet"
        write_table(source, kept.slice(first, last - first))
        tasks.append((str(work.root), str(source), [(a - first, b - first, name) for a, b, name in todo[low:high]]))
    for _, size in engine.run(write_shards, tasks):
        tick(size, sum(sizes))
    for _, handed_over, _ in tasks:
        Path(handed_over).unlink()


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
    with atomic(folder / f"part-{part:05d}.parquet") as temporary, sink(temporary) as stream:
        # In one chunk: pages end where chunks do, and those depend on the number of buckets.
        pq.write_table(table.combine_chunks(), stream, compression="zstd", compression_level=3, write_page_index=True)
