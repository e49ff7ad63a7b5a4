"""fetch: the contents that the store lacks, each from the first origin that has it, verified."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stackmark import schema
from stackmark.engine import Engine
from stackmark.sources import Limits, Origin, kinds
from stackmark.steps.listing import ENTRY_BITS, bucket_files
from stackmark.store import ContentIndex, PackWriter, read_tables
from stackmark.workdir import Stage, WorkDir

#: Contents that could not be had in this build.
LOSSES = pa.schema([("content_id", pa.binary()), ("status", pa.string()), ("status_detail", pa.string())])


def wanted(entries: Stage, index: ContentIndex, tried: dict[bytes, int] | None = None) -> dict[int, bytes]:
    """Return, by origin number, the ids (20 bytes each, joined) of contents to read there.

    With `tried`, only the contents in it are looked for, each in the next origin after the one that could not give it.
    """
    found: dict[int, list[bytes]] = defaultdict(list)
    for bucket in range((entries.manifest() or {})["buckets"]):
        asked = read_tables(bucket_files(entries, bucket), ["asked_id", "entry_no"])
        asked = asked.filter(pc.is_valid(asked["asked_id"]))
        if tried is not None:
            row = pc.index_in(asked["asked_id"], pa.array(list(tried), schema.ID))
            least = pa.array([number + 1 << ENTRY_BITS for number in tried.values()], pa.int64()).take(row)
            asked = asked.filter(pc.greater_equal(asked["entry_no"], least))
        first = asked.group_by("asked_id", use_threads=False).aggregate([("entry_no", "min")])
        ids = np.array(first["asked_id"].to_pylist(), dtype="S20")
        missing = first.filter(pa.array(index.find(ids) < 0)).sort_by("entry_no_min")
        origins = pc.shift_right(missing["entry_no_min"], ENTRY_BITS).to_pylist()
        for origin, content_id in zip(origins, missing["asked_id"].to_pylist(), strict=True):
            found[origin].append(content_id)
    return {origin: b"".join(ids) for origin, ids in sorted(found.items())}


def fetch_origin(
    root: str, label: str, origin: Origin, joined: bytes, limits: Limits
) -> tuple[list[str], list[tuple[bytes, str, str | None]]]:
    """Read contents from one origin (a task). Returns the names in `incoming` of new packs, and what was lost."""
    work = WorkDir(Path(root))
    ids = [joined[start : start + 20] for start in range(0, len(joined), 20)]
    writer = PackWriter(work.incoming, f"fetch-{label}", ContentIndex([]))
    lost = []
    for batch in kinds()[origin.kind].contents(origin, ids, limits):
        columns = (batch.column(name) for name in ("content_id", "blob_id", "data", "status", "detail"))
        for content_id, blob_id, data, status, detail in zip(*columns, strict=True):
            if status.as_py() == "ok":
                writer.add_hashed(content_id.as_py(), blob_id.as_py(), data.as_py())
            else:
                lost.append((content_id.as_py(), status.as_py(), detail.as_py()))
    writer.flush()
    return writer.names, lost


def fetch_all(
    work: WorkDir,
    origins: Sequence[Origin],
    entries: Stage,
    limits: Limits,
    engine: Engine,
    tick: Callable[[int, int], None],
) -> pa.Table:
    """Fetch what the store lacks; a content that one origin cannot give is asked from the next that has it.

    `tick` is told how many contents were done, of how many. Returns rows of LOSSES, sorted by content id.
    """
    lost: dict[bytes, tuple[str, str | None]] = {}
    tried: dict[bytes, int] | None = None
    while asked := wanted(entries, ContentIndex.of(work), tried):
        tried = {}
        total = sum(len(ids) for ids in asked.values()) // 20
        numbers = list(asked)
        tasks = [(str(work.root), f"{number:06d}", origins[number], asked[number], limits) for number in numbers]
        for task, (packs, losses) in engine.run(fetch_origin, tasks):
            work.adopt_packs(packs)
            tick(len(asked[numbers[task]]) // 20, total)
            tried |= {content_id: numbers[task] for content_id, _, _ in losses}
            lost |= {content_id: (status, detail) for content_id, status, detail in losses}
        if not tried:
            break
    index = ContentIndex.of(work)
    ids = sorted(content_id for content_id in lost if not index.has(content_id))
    rows = [{"content_id": one, "status": lost[one][0], "status_detail": lost[one][1]} for one in ids]
    return pa.Table.from_pylist(rows, schema=LOSSES)
