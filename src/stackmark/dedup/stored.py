"""Near-duplicates among the contents of a work directory, for a build: only what is new or has changed is compared.

Bands connect contents (`links`, kept); what is connected forms a group; a group is clustered as `near.cluster` does,
and its outcome is kept under a digest of its contents, their ranks and scopes. A build after a small change so pays
for the groups that changed, and gives the clusters that a first build would give.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stackmark import text
from stackmark.dedup import links, near, structural
from stackmark.dedup.bands import layout_for
from stackmark.dedup.clusters import Ints
from stackmark.dedup.shingles import Hashes
from stackmark.dedup.verify import shingle_sets
from stackmark.engine import Engine
from stackmark.store import CODEC, ContentIndex, large_binary, open_pack, remove, write_table

VERSION = "1"

#: The contents to compare: those that would be kept.
WANTED = pa.schema(
    [
        ("content_id", pa.binary()),
        ("rank", pa.int64()),  # unique; the lowest in a cluster represents it
        # Only contents of one scope are compared; null is one of them. By structure: the language, a newline, and the
        # language that says how to lex it.
        ("scope", pa.string()),
    ]
)
#: Bytes of contents that a task clusters, unless one group has more.
TASK_BYTES = 64 * 1024 * 1024

MEMBERS = pa.schema(
    [
        ("group", pa.int64()),
        ("scope", pa.string()),
        ("content_id", pa.binary()),
        ("pack", pa.int32()),
        ("row", pa.int32()),
        ("length", pa.int64()),
    ]
)
CACHED = pa.schema([("digest", pa.binary()), *near.RESULT])


def near_duplicates(
    wanted: pa.Table,
    facts: Sequence[Path],
    index: ContentIndex,
    folder: Path,
    engine: Engine,
    *,
    threshold: float,
    memory: int,
    by_structure: bool = False,
    tick: Callable[[int, int], None] = lambda *_: None,
) -> pa.Table:
    """Return the clusters of near-duplicates among stored contents, as rows of near.RESULT by content id.

    wanted: rows of WANTED, in any order
    facts:  the files of the detector `sketch`, or `structural`, that hold the sketches of those contents
    folder: where links and outcomes are kept between builds; worthless to anything else
    memory: bytes that the join of band keys may take
    by_structure: compare structural shingles instead of words; needs a folder of its own
    tick:   is told the parts done, of how many

    The answer depends on `wanted`, the contents and the threshold alone.
    """
    known = links.Links.open(folder, layout_for(threshold))
    links.update(known, facts, engine, memory)
    wanted = wanted.sort_by("rank")
    ids = np.array(wanted["content_id"].to_pylist(), dtype="S20")
    group = links.labels(known, ids)
    order = np.argsort(group, kind="stable")
    order = order[group[order] >= 0]
    sizes = np.bincount(group[order], minlength=1)
    order = order[sizes[group[order]] > 1]
    members = located(wanted.take(pa.array(order)), group[order], index)
    digests = group_digests(members, wanted["scope"].take(pa.array(order)), threshold)
    cache = folder / f"clusters-{threshold!r}.parquet"
    old = cached(cache, digests)
    fresh = cluster_new(members, digests, old, index, engine, folder / "tasks", (threshold, by_structure), tick)
    table = pa.concat_tables([old, fresh]).sort_by([("digest", "ascending"), ("content_id", "ascending")])
    write_table(cache, table)
    return table.drop_columns(["digest"]).filter(pc.is_valid(table["content_id"])).sort_by("content_id")


def located(wanted: pa.Table, group: Ints, index: ContentIndex) -> pa.Table:
    """Return rows of MEMBERS: where in the store each content lies."""
    ids = np.array(wanted["content_id"].to_pylist(), dtype="S20")
    places = index.find(ids)
    columns = [
        pa.array(group),
        wanted["scope"].combine_chunks(),
        wanted["content_id"].combine_chunks(),
        pa.array(index.pack_no[places]),
        pa.array(index.row[places]),
        pa.array(np.array(index.lengths(ids), dtype=np.int64)),
    ]
    return pa.Table.from_arrays(columns, schema=MEMBERS)


def group_digests(members: pa.Table, scopes: pa.ChunkedArray, threshold: float) -> list[bytes]:
    """Return for each group, in their order, what its outcome depends on."""
    ids = members["content_id"].to_pylist()
    names = scopes.to_pylist()
    head = f"{near.VERSION} {threshold!r}".encode()
    return [
        hashlib.sha256(repr([head, ids[low:high], names[low:high]]).encode()).digest()
        for low, high in bounds(members["group"].to_numpy())
    ]


def bounds(groups: Ints) -> list[tuple[int, int]]:
    """Return where each run of equal numbers begins and ends."""
    edges = [0, *(np.flatnonzero(np.diff(groups)) + 1).tolist(), len(groups)]
    return [(low, high) for low, high in itertools.pairwise(edges) if low < high]


def cached(path: Path, digests: Sequence[bytes]) -> pa.Table:
    """Return the kept outcomes of groups that have not changed; a group without a cluster has one row of nulls."""
    try:
        table = pq.read_table(path, schema=CACHED)
    except (FileNotFoundError, pa.ArrowInvalid):
        return CACHED.empty_table()
    return table.filter(pc.is_in(table["digest"], pa.array(digests, pa.binary())))


def cluster_new(
    members: pa.Table,
    digests: Sequence[bytes],
    old: pa.Table,
    index: ContentIndex,
    engine: Engine,
    folder: Path,
    rule: tuple[float, bool],
    tick: Callable[[int, int], None],
) -> pa.Table:
    """Cluster the groups that have no kept outcome, by (threshold, by_structure); return rows of CACHED."""
    known = set(old["digest"].to_pylist())
    runs = bounds(members["group"].to_numpy())
    todo = [number for number, digest in enumerate(digests) if digest not in known]
    if not todo:
        return CACHED.empty_table()
    rows = np.concatenate([np.arange(*runs[number]) for number in todo])
    kept = np.repeat(np.arange(len(todo)), [runs[number][1] - runs[number][0] for number in todo])
    some = members.take(pa.array(rows)).set_column(0, "group", pa.array(kept))
    weights = np.bincount(kept, weights=some["length"].to_numpy())
    task_of = (np.cumsum(weights) // TASK_BYTES).astype(np.int64)[kept]
    packs = [str(path) for path in index.packs]
    tasks = []
    for number, (low, high) in enumerate(bounds(task_of)):
        source, target = folder / f"{number:05d}-members.parquet", folder / f"{number:05d}-clusters.parquet"
        write_table(source, some.slice(low, high - low))
        tasks.append((str(source), str(target), packs, *rule))
    for _ in engine.run(cluster_stored, tasks):
        tick(1, len(tasks))
    found = pa.concat_tables([pq.read_table(task[1]) for task in tasks])
    remove(folder)
    names = pa.array([digests[number] for number in todo], pa.binary())
    clustered = found.set_column(0, "digest", names.take(found["group"]))
    empty = names.filter(pa.array(~np.isin(np.arange(len(todo)), found["group"].to_numpy())))
    alone = pa.table({"digest": empty, **{field.name: pa.nulls(len(empty), field.type) for field in near.RESULT}})
    return pa.concat_tables([clustered.cast(CACHED), alone.cast(CACHED)])


def cluster_stored(source: str, target: str, packs: Sequence[str], threshold: float, by_structure: bool) -> None:
    """Cluster the members in a file and write their clusters with the column `group` (a task)."""
    members = pq.read_table(source)
    pack, row = members["pack"].to_numpy(), members["row"].to_numpy()
    ids = members["content_id"].combine_chunks()
    group = members["group"].to_numpy()
    names = members["scope"].to_pylist()
    nodes = links.node_ids(np.array(ids.to_pylist(), dtype="S20")).view(np.uint64)
    held = {number: open_pack(Path(packs[number])) for number in np.unique(pack).tolist()}
    codec = pa.Codec(CODEC)

    def sets(places: Ints) -> tuple[Hashes, Ints]:
        pairs = zip(pack[places].tolist(), row[places].tolist(), strict=True)
        data = large_binary([held[number].content(codec, place) for number, place in pairs])
        texts = text.decode_batch(data)[0]
        return lexed(texts, places) if by_structure else shingle_sets(texts)

    def lexed(texts: pa.Array, places: Ints) -> tuple[Hashes, Ints]:
        found = []
        for place, one in zip(places.tolist(), texts, strict=True):
            codes = structural.tokens(one.as_py() or b"", names[place].rpartition("\n")[2])
            # What is too short under this path, though not under another, is like itself alone.
            found.append(structural.shingle(codes) if len(codes) >= structural.MIN_TOKENS else nodes[place : place + 1])
        return np.concatenate(found), np.cumsum([0, *map(len, found)], dtype=np.int64)

    job = near.Job(group, near.scopes_of(members, "scope"), members["length"].to_numpy(), sets)
    owners, nearness = near.cluster(job, threshold)
    found = near.result(ids, owners, nearness)
    numbers = dict(zip(ids.to_pylist(), group.tolist(), strict=True))
    column = pa.array([numbers[one] for one in found["content_id"].to_pylist()], pa.int64())
    write_table(Path(target), found.add_column(0, "group", column))
