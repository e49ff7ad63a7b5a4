"""Which contents of a store are connected by bands: a join over all band keys, bucket by bucket, kept for later builds.

    <folder>/keys/<generation>-<task>-<bucket>.parquet    key and node of each band of the new contents; scratch
    <folder>/heads/<generation>-<bucket>.parquet          each key once, with the first node that had it
    <folder>/edges/<generation>-<bucket>.parquet          from each further node to the head of its key
    <folder>/links.json                                   what is complete

A node is the first eight bytes of a content id: two contents that share them only count as connected. A generation
is what one build adds: its keys meet the heads of all earlier ones and themselves, and nothing is joined twice.
Contents that are no longer wanted may stay, since what is connected through them is compared all the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stackmark.dedup import sketches
from stackmark.dedup.bands import Keys, Layout, band_keys
from stackmark.dedup.clusters import Ints, components
from stackmark.engine import JOIN_FACTOR, Engine, collect, dataframes, read
from stackmark.store import remove, write_json, write_table

VERSION = "1"

#: Key and node of a band, grouped and joined back twice: what a bucket of them takes is measured by a benchmark.
ROW_BYTES = 16 * 4
#: The process with the engine loaded, before any row.
BASE_BYTES = 250_000_000
#: Fact rows that a task turns into keys at once.
TASK_ROWS = 40_000

KEYS = pa.schema([("key", pa.int64()), ("node", pa.int64())])


@dataclass
class Links:
    """The folder of one layout, and which fact files it has seen: a list a generation, with its number of buckets."""

    folder: Path
    layout: Layout
    generations: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def open(cls, root: Path, layout: Layout) -> Links:
        """Open the links of a layout below `root`, empty ones if there are none or they are damaged."""
        folder = root / f"{layout.bands}x{layout.rows}-{sketches.VERSION}-{VERSION}"
        try:
            generations = json.loads((folder / "links.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            generations = []
        return cls(folder, layout, generations)

    def files(self, kind: str) -> list[list[str]]:
        """Return the files of `heads` or `edges`, a list for each generation, by bucket."""
        return [
            [str(self.folder / kind / f"{number:05d}-{bucket:05d}.parquet") for bucket in range(one["buckets"])]
            for number, one in enumerate(self.generations)
        ]

    def rows(self) -> int:
        """Return how many keys are kept."""
        return sum(one["heads"] for one in self.generations)


def node_ids(ids: npt.NDArray[np.bytes_]) -> Ints:
    """Return the nodes of content ids, given as an array of 20-byte strings."""
    heads = np.ascontiguousarray(ids.astype("S20")).view(np.uint8).reshape(-1, 20)[:, :8]
    return np.ascontiguousarray(heads).view(np.int64).ravel()


def update(links: Links, facts: Sequence[Path], engine: Engine, memory: int) -> None:
    """Add the contents of fact files that are not in yet. `memory` bounds the join, in bytes.

    A fact file has `content_id` and `sketch`, and never changes under its name.
    """
    seen = {name for one in links.generations for name in one["facts"]}
    new = sorted(path for path in facts if path.name not in seen)
    if not new:
        return
    counts = [pq.read_metadata(path).num_rows for path in new]
    rows = sum(counts) * links.layout.bands
    buckets = bucket_count(rows + links.rows(), memory)
    generation = len(links.generations)
    scratch = links.folder / "keys"
    remove(scratch)
    groups = np.cumsum(counts) // TASK_ROWS
    tasks = [
        (
            [str(new[place]) for place in np.flatnonzero(groups == group)],
            str(scratch),
            int(group),
            links.layout,
            buckets,
        )
        for group in np.unique(groups)
    ]
    for _ in engine.run(write_keys, tasks):
        pass
    heads = sum(join_bucket(links, scratch, generation, bucket, buckets) for bucket in range(buckets))
    links.generations.append({"facts": [path.name for path in new], "buckets": buckets, "heads": heads})
    write_json(links.folder / "links.json", links.generations)
    remove(scratch)


def bucket_count(rows: int, memory: int) -> int:
    """Return in how many buckets a join of so many keys must run to stay within `memory` bytes."""
    room = max(memory - BASE_BYTES, memory // 4)
    return max(1, -(-rows * ROW_BYTES * JOIN_FACTOR // room))


def write_keys(facts: Sequence[str], folder: str, task: int, layout: Layout, buckets: int) -> None:
    """Write the band keys of some fact files, by bucket (a task)."""
    table = pa.concat_tables([pq.read_table(path, columns=["content_id", "sketch"]) for path in facts])
    table = table.filter(pa.compute.is_valid(table["sketch"])).combine_chunks()
    ids = np.array(table["content_id"].to_pylist(), dtype="S20")
    raw = np.frombuffer(b"".join(table["sketch"].to_pylist()), np.uint8).reshape(len(table), -1)
    keys: Keys = band_keys(raw, layout).ravel() if len(table) else np.empty(0, np.uint64)
    nodes = np.repeat(node_ids(ids), layout.bands)
    places = bucket_of(keys, buckets)
    order = np.argsort(places, kind="stable")
    cuts = np.searchsorted(places[order], np.arange(buckets + 1))
    rows = pa.table({"key": keys[order].view(np.int64), "node": nodes[order]}, schema=KEYS)
    for bucket in range(buckets):
        part = rows.slice(cuts[bucket], cuts[bucket + 1] - cuts[bucket])
        write_table(Path(folder) / f"{bucket:05d}-{task:05d}.parquet", part)


def bucket_of(keys: Keys, buckets: int) -> Ints:
    """Return the bucket of each key: ranges of equal width over all 64-bit numbers."""
    return ((keys >> np.uint64(32)) * np.uint64(buckets) >> np.uint64(32)).astype(np.int64)


def join_bucket(links: Links, scratch: Path, generation: int, bucket: int, buckets: int) -> int:
    """Join the new keys of a bucket with themselves and the kept ones; write edges and heads, return how many heads."""
    daft = dataframes()
    col, lit = daft.col, daft.lit

    new = read([str(path) for path in sorted(scratch.glob(f"{bucket:05d}-*.parquet"))])
    first = new.groupby("key").agg(col("node").min().alias("head"))
    known = kept(links, bucket, buckets)
    if known is None:
        first = first.with_column("known", lit(None).cast(daft.DataType.int64()))
    else:
        first = first.join(known, on="key", how="left")
    first = first.collect()
    heads = first.with_column("head", col("known").fill_null(col("head"))).select("key", "head")
    edges = new.join(heads, on="key").where(col("node") != col("head")).select("node", "head").distinct()
    fresh = collect(first.where(col("known").is_null()).select("key", "head"))
    name = f"{generation:05d}-{bucket:05d}.parquet"
    write_table(links.folder / "edges" / name, collect(edges))
    write_table(links.folder / "heads" / name, fresh)
    return int(fresh.num_rows)


def kept(links: Links, bucket: int, buckets: int) -> Any:
    """Return the kept heads whose keys fall into a bucket, as a dataframe of key and known; None if none can."""
    low, high = -(-(bucket << 32) // buckets) << 32, -(-((bucket + 1) << 32) // buckets) << 32
    names = [
        name
        for one, files in zip(links.generations, links.files("heads"), strict=True)
        for number, name in enumerate(files)
        if number * buckets < (bucket + 1) * one["buckets"] and (number + 1) * buckets > bucket * one["buckets"]
    ]
    if not names:
        return None
    tables = []
    for name in names:
        table = pq.read_table(name)
        keys = table["key"].to_numpy().view(np.uint64)
        inside = (keys >= np.uint64(low)) & (keys <= np.uint64(high - 1))
        tables.append(table.filter(pa.array(inside)))
    return dataframes().from_arrow(pa.concat_tables(tables).rename_columns(["key", "known"]))


def labels(links: Links, ids: npt.NDArray[np.bytes_]) -> Ints:
    """Return a label for each content id, equal where bands connect contents; -1 for one that nothing connects."""
    files = [name for one in links.files("edges") for name in one]
    edges = pa.concat_tables([pq.read_table(name) for name in files]) if files else None
    if edges is None or not edges.num_rows:
        return np.full(len(ids), -1, np.int64)
    ends = np.concatenate([edges["node"].to_numpy(), edges["head"].to_numpy()])
    nodes, numbers = np.unique(ends, return_inverse=True)
    found = components(len(nodes), numbers[: len(edges)], numbers[len(edges) :])
    asked = node_ids(ids)
    place = np.minimum(np.searchsorted(nodes, asked), len(nodes) - 1)
    result: Ints = np.where(nodes[place] == asked, found[place], -1)
    return result
