"""inspect: what the detectors say of contents, and of contents under a path. Nothing is ever asked twice.

Facts of contents stand in one file a pack and detector version; facts of entries in one file for each time that new
paths of a pack's contents came up.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stackmark import schema, text
from stackmark.engine import Engine
from stackmark.facts import Detector, always
from stackmark.steps.listing import bucket_files
from stackmark.store import CODEC, ContentIndex, large_binary, open_pack, read_tables, write_table
from stackmark.workdir import Stage, WorkDir

ROOMS = ("dedup", "languages", "licenses", "pii", "quality")
CHUNK_BYTES = 16 * 1024 * 1024  # what a detector sees at once; they cut it for the caches as they need
BULK_BYTES = 256 * 1024 * 1024  # of contents: for so many, each worker loads what detectors have for bulk

PAIRS = pa.schema([("row", pa.int32()), ("content_id", pa.binary()), ("path", pa.binary())])


def detectors(features: Collection[str] = ()) -> list[Detector]:
    """Return the detectors of all rooms, by name: those that always run, and those of some features."""
    found: list[Detector] = []
    for module in modules():
        found += getattr(module, "DETECTORS", ()) or ([module.DETECTOR] if hasattr(module, "DETECTOR") else [])
        found += module.asked(features) if features and hasattr(module, "asked") else []
    asked = [detector for detector in found if not detector.feature or detector.feature in features]
    return sorted(asked, key=lambda detector: detector.name)


def load_bulk(features: Collection[str] = ()) -> None:
    """Let detectors load what is faster where there is much to inspect."""
    for detector in detectors(features):
        detector.bulk()


@cache
def modules() -> tuple[Any, ...]:
    """Return the modules of all rooms that define detectors."""
    packages = [importlib.import_module(f"stackmark.{room}") for room in ROOMS]
    found = [(package.__name__, info.name) for package in packages for info in pkgutil.iter_modules(package.__path__)]
    return tuple(importlib.import_module(f"{room}.{name}") for room, name in found if name.startswith("facts_"))


def folder(work: WorkDir, detector: Detector) -> Path:
    """Return where the answers of a detector at its version are kept."""
    return work.facts / re.sub(r"[^\w.-]+", "-", f"{detector.name}-{detector.version}")


def content_facts(work: WorkDir, detector: Detector, pack: str) -> Path:
    """Return the file with what a detector says of the contents of a pack."""
    return folder(work, detector) / f"{pack}.parquet"


def entry_facts(work: WorkDir, detector: Detector, pack: str) -> list[Path]:
    """Return the files with what a detector says of the contents of a pack under their paths."""
    return sorted(folder(work, detector).glob(f"{pack}.*.parquet"))


def write_pairs(work: WorkDir, entries: Stage, index: ContentIndex) -> list[tuple[str, int]]:
    """Write, for each pack, the distinct (content, path) pairs of this build, with the row of the content in the pack.

    Returns (pack file name, pack number in the index) of the packs that have any.
    """
    parts: dict[int, list[pa.Table]] = {}
    for bucket in range((entries.manifest() or {})["buckets"]):
        pairs = read_tables(bucket_files(entries, bucket), ["asked_id", "path"])
        pairs = pairs.filter(pc.is_valid(pairs["asked_id"])).rename_columns(["content_id", "path"])
        pairs = pairs.group_by(["content_id", "path"], use_threads=False).aggregate([])
        places = index.find(np.array(pairs["content_id"].to_pylist(), dtype="S20"))
        pairs, places = pairs.filter(pa.array(places >= 0)), places[places >= 0]
        pairs = pairs.add_column(0, "row", pa.array(index.row[places])).cast(PAIRS)
        owner = index.pack_no[places]
        for number in np.unique(owner).tolist():
            parts.setdefault(number, []).append(pairs.filter(pa.array(owner == number)))
    for number, tables in parts.items():
        table = pa.concat_tables(tables).sort_by([("row", "ascending"), ("path", "ascending")])
        write_table(work.incoming / f"pairs-{number}.parquet", table)
    return [(index.packs[number].name, number) for number in sorted(parts)]


def inspect_pack(
    root: str, pack: str, number: int, owned: bytes, features: tuple[str, ...] = (), bulk: bool = False
) -> int:
    """Ask the detectors what they have not been asked about a pack (a task). Returns the bytes that were read."""
    work = WorkDir(Path(root))
    pairs = read_tables([work.incoming / f"pairs-{number}.parquet"])
    asked = detectors(features)
    by_content = [d for d in asked if d.per == "content" and not content_facts(work, d, pack).exists()]
    paths = pairs["path"].to_pylist()
    by_entry = [(d, todo) for d in asked if d.per == "entry" and len(todo := unanswered(work, d, pack, pairs, paths))]
    if not by_content and not by_entry:
        return 0
    if bulk:
        load_bulk(features)
    rows = np.frombuffer(owned, dtype=np.int32)
    if not by_content:
        rows = np.unique(np.concatenate([todo["row"].to_numpy() for _, todo in by_entry]))
    answers: dict[str, list[pa.RecordBatch]] = {detector.name: [] for detector in asked}
    read = 0
    for chunk, batch in chunks(work.packs / pack, rows):
        read += batch.column("data").nbytes
        for detector in by_content:
            answers[detector.name].append(keyed(batch, detector.inspect(batch), ("content_id",)))
        for detector, todo in by_entry:
            for asked in under_paths(batch, chunk, todo):
                answers[detector.name].append(keyed(asked, detector.inspect(asked), ("content_id", "path")))
    for detector in by_content:
        write_table(content_facts(work, detector, pack), facts_table(detector, answers[detector.name]))
    for detector, _ in by_entry:
        part = len(entry_facts(work, detector, pack))
        write_table(
            folder(work, detector) / f"{pack}.{part:05d}.parquet",
            facts_table(detector, answers[detector.name]),
        )
    return read


def facts_schema(detector: Detector) -> pa.Schema:
    """Return the columns of a fact file: the key, then the detector's."""
    names = ("content_id",) if detector.per == "content" else ("content_id", "path")
    return pa.schema([*((name, pa.binary()) for name in names), *detector.schema])


def facts_table(detector: Detector, answers: Sequence[pa.RecordBatch]) -> pa.Table:
    """Join a detector's answers to one table, by key."""
    table = pa.Table.from_batches(answers, schema=facts_schema(detector))
    return table.sort_by([(name, "ascending") for name in table.column_names[: 1 + (detector.per == "entry")]])


def keyed(batch: pa.RecordBatch, answer: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
    """Put the key columns of what was asked before the answer."""
    fields = [pa.field(name, pa.binary()) for name in names]
    return pa.RecordBatch.from_arrays(
        [*(batch.column(name) for name in names), *answer.columns],
        schema=pa.schema([*fields, *answer.schema]),
    )


def unanswered(work: WorkDir, detector: Detector, pack: str, pairs: pa.Table, paths: Sequence[bytes]) -> pa.Table:
    """Return the pairs that a detector wants and has not been asked about; `paths` are those of the pairs."""
    wanted = np.ones(len(paths), dtype=bool)
    if detector.wants is not always:
        wanted = np.fromiter(map(detector.wants, paths), dtype=bool, count=len(paths))
    known: set[tuple[bytes, bytes]] = set()
    for path in entry_facts(work, detector, pack):
        old = read_tables([path], ["content_id", "path"])
        known.update(zip(old["content_id"].to_pylist(), old["path"].to_pylist(), strict=True))
    if known:
        keys = zip(pairs["content_id"].to_pylist(), paths, strict=True)
        wanted &= np.fromiter((key not in known for key in keys), dtype=bool, count=len(paths))
    return pairs.filter(pa.array(wanted))


def chunks(pack: Path, rows: npt.NDArray[np.int32]) -> Iterator[tuple[npt.NDArray[np.int32], pa.RecordBatch]]:
    """Yield (rows, batch of schema.INSPECTED) over some rows of a pack, about CHUNK_BYTES at a time."""
    if not len(rows):
        return
    held = open_pack(pack)
    codec = pa.Codec(CODEC)
    ends = np.cumsum(held.lengths[rows])
    cuts = np.searchsorted(ends, np.arange(CHUNK_BYTES, int(ends[-1]), CHUNK_BYTES)) + 1
    for chunk in np.split(rows, np.unique(cuts)):
        if len(chunk):
            data = large_binary([held.content(codec, row) for row in chunk.tolist()])
            ids = pa.array([one.ljust(20, b"\0") for one in held.ids[chunk].tolist()], pa.binary())
            plain, encoding, _ = text.decode_batch(data)
            yield chunk, pa.RecordBatch.from_arrays([ids, data, plain, encoding], schema=schema.INSPECTED)


def under_paths(batch: pa.RecordBatch, chunk: npt.NDArray[np.int32], pairs: pa.Table) -> Iterator[pa.RecordBatch]:
    """Yield the contents of a chunk once for each of their paths, with the column `path`.

    Most contents have one path: where each has one, the bytes are not copied, and only the further ones are. Those
    come about CHUNK_BYTES at a time, because a few kilobytes of trees can give a long content a million paths.
    """
    low, high = np.searchsorted(pairs["row"].to_numpy(), [chunk[0], chunk[-1] + 1])
    some = pairs.slice(low, high - low)
    places = np.searchsorted(chunk, some["row"].to_numpy())
    first = np.diff(places, prepend=-1) > 0
    whole = int(first.sum()) == len(chunk)
    if whole:
        yield with_paths(batch, some, np.flatnonzero(first))
    rest = np.flatnonzero(~first) if whole else np.arange(len(places))
    gathered = np.cumsum(pc.binary_length(batch.column("data")).to_numpy()[places[rest]])
    for piece in np.split(rest, np.flatnonzero(np.diff(gathered // CHUNK_BYTES)) + 1):
        if len(piece):
            yield with_paths(batch.take(pa.array(places[piece])), some, piece)


def with_paths(batch: pa.RecordBatch, pairs: pa.Table, rows: npt.NDArray[np.intp]) -> pa.RecordBatch:
    """Add the column `path` from some rows of the pairs."""
    path = pairs["path"].take(pa.array(rows)).combine_chunks()
    fields = pa.schema([*schema.INSPECTED, pa.field("path", pa.binary())])
    return pa.RecordBatch.from_arrays([*batch.columns, path], schema=fields)


def inspect_all(
    work: WorkDir,
    entries: Stage,
    engine: Engine,
    tick: Callable[[int, int], None],
    features: tuple[str, ...] = (),
) -> list[str]:
    """Inspect what has not been inspected; `tick` is told the contents done, of how many. Returns the pack names."""
    index = ContentIndex.of(work)
    packs = write_pairs(work, entries, index)
    owned = [index.owned(number) for _, number in packs]
    size = sum(int(index.pack(number).lengths[rows].sum()) for (_, number), rows in zip(packs, owned, strict=True))
    tasks = [
        (str(work.root), name, number, rows.tobytes(), features, size >= BULK_BYTES)
        for (name, number), rows in zip(packs, owned, strict=True)
    ]
    total = sum(len(task[3]) // 4 for task in tasks)
    for task, _ in engine.run(inspect_pack, tasks):
        tick(len(tasks[task][3]) // 4, total)
    return [name for name, _ in packs]


def prepare(features: tuple[str, ...], tick: Callable[[int, int], None]) -> None:
    """Make what detectors share before they run; a new machine makes the licence index, in some ten seconds."""
    needed = detectors(features)
    for detector in needed:
        detector.prepare()
        tick(1, len(needed))


def fact_files(work: WorkDir, detector: Detector, packs: Sequence[str]) -> list[str]:
    """Return the files with a detector's facts on some packs."""
    if detector.per == "content":
        return [str(content_facts(work, detector, pack)) for pack in packs]
    return [str(path) for pack in packs for path in entry_facts(work, detector, pack)]
