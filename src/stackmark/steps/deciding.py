"""resolve and decide: facts and rules to one outcome per entry.

`join` puts the facts beside the entries, `resolve` walks each origin's tree for licences, and for languages that a
text alone left open, and applies the rules that look at one entry, `decide` settles copies. The first and the last run
by content, the middle one by origin, each in buckets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stackmark import schema
from stackmark.dedup import exact
from stackmark.engine import Engine
from stackmark.facts import Detector
from stackmark.languages import context
from stackmark.steps import rules
from stackmark.steps.inspecting import fact_files, facts_schema
from stackmark.steps.listing import ENTRY_BITS, bucket_files, content_range, split
from stackmark.steps.settings import Settings
from stackmark.store import ContentIndex, read_tables, write_table
from stackmark.workdir import Stage, WorkDir

VERSION = "2"


def join(
    work: WorkDir,
    entries: Stage,
    detectors: Sequence[Detector],
    packs: Sequence[str],
    losses: pa.Table,
    origins: int,
    engine: Engine,
) -> Stage:
    """Put all facts, and what could not be fetched, beside the entries; leave them in buckets by origin."""
    versions = {detector.name: detector.version for detector in detectors}
    lost = [[str(value) for value in row.values()] for row in losses.to_pylist()]
    stage = work.stage("joined", [VERSION, entries.folder.name, versions, lost])
    if stage.manifest() is not None:
        return stage
    buckets = (entries.manifest() or {})["buckets"]
    facts = [(fact_files(work, detector, packs), facts_schema(detector)) for detector in detectors]
    tasks = [
        (str(work.root), str(stage.folder), bucket_files(entries, bucket), bucket, buckets, facts, losses, origins)
        for bucket in range(buckets)
    ]
    for _ in engine.run(join_bucket, tasks):
        pass
    stage.finish(buckets=buckets)
    return stage


def join_bucket(
    root: str,
    target: str,
    files: Sequence[str],
    bucket: int,
    buckets: int,
    facts: Sequence[tuple[Sequence[str], pa.Schema]],
    losses: pa.Table,
    origins: int,
) -> None:
    """Put facts, given by their files and columns, beside the entries of one bucket (a task)."""
    table = read_tables(files)
    table = beside(table, losses, ["content_id"])
    for paths, kind in facts:
        found = facts_between(paths, kind, *content_range(bucket, buckets))
        found = found.rename_columns(["asked_id", *kind.names[1:]])
        table = beside(table, found, ["asked_id", "path"] if "path" in kind.names else ["asked_id"])
    table = with_lengths(table, ContentIndex.of(WorkDir(Path(root))))
    numbers = (table["entry_no"].to_numpy() >> ENTRY_BITS) * buckets // max(origins, 1)
    for place in range(buckets):
        write_table(Path(target) / f"{place:05d}-{bucket:05d}.parquet", table.filter(pa.array(numbers == place)))


def facts_between(files: Sequence[str], kind: pa.Schema, low: bytes, high: bytes | None) -> pa.Table:
    """Read facts on contents whose ids are in a range, file by file."""
    tables = [kind.empty_table()]
    for path in files:
        table = read_tables([path])
        if low.strip(b"\0"):
            table = table.filter(pc.greater_equal(table["content_id"], pa.scalar(low, schema.ID)))
        if high is not None:
            table = table.filter(pc.less(table["content_id"], pa.scalar(high, schema.ID)))
        tables.append(table)
    return pa.concat_tables(tables)


def beside(table: pa.Table, found: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Put what was found beside the rows of the same keys, which are the only ones of theirs in `found`; else nulls.

    The first key is an id, so that all keys together, one behind the other, are told apart as they are one by one.
    """
    ours, theirs = (pc.binary_join_element_wise(*(one[key] for key in keys), b"") for one in (table, found))
    row = pc.index_in(ours, theirs.combine_chunks())
    for name in found.column_names:
        if name not in keys:
            table = table.append_column(name, found[name].take(row))
    return table


def with_lengths(table: pa.Table, index: ContentIndex) -> pa.Table:
    """Fill in lengths that a listing could not tell: a blob that one repository lacks may be known from another."""
    unknown = pc.and_(pc.is_null(table["length"]), pc.is_valid(table["asked_id"]))
    if not pc.any(unknown).as_py():
        return table
    ids = np.array(table["asked_id"].filter(unknown).to_pylist(), dtype="S20")
    lengths = table["length"].to_pylist()
    for row, length in zip(np.flatnonzero(unknown.to_numpy()).tolist(), index.lengths(ids), strict=True):
        lengths[row] = length
    return put(table, "length", pa.chunked_array([pa.array(lengths, pa.int64())]))


def read_bucket(folder: Path, bucket: int) -> pa.Table:
    """Read all parts of one bucket of a stage."""
    return read_tables(sorted(folder.glob(f"{bucket:05d}-*.parquet")))


def resolve_bucket(
    source: str, target: str, bucket: int, buckets: int, settings: Settings, copies: Mapping[int, str]
) -> None:
    """Resolve the languages and licences of some origins and apply the rules to their entries (a task)."""
    table = rules.resolve_languages(read_bucket(Path(source), bucket).sort_by("entry_no"), ENTRY_BITS)
    table = rules.apply(rules.resolve_licenses(table, ENTRY_BITS), settings, copies, ENTRY_BITS)
    for place, part in enumerate(split(table, buckets)):
        write_table(Path(target) / f"{place:05d}-{bucket:05d}.parquet", part)


def resolve(
    work: WorkDir, joined: Stage, settings: Settings, engine: Engine, copies: Mapping[int, str] | None = None
) -> Stage:
    """Run `resolve_bucket` over all buckets; `copies` are origins to drop as copies of others, each with the reason."""
    told = sorted((copies or {}).items())
    stage = work.stage("resolved", [VERSION, context.VERSION, joined.folder.name, settings.digest(), told])
    if stage.manifest() is None:
        buckets = (joined.manifest() or {})["buckets"]
        tasks = [
            (str(joined.folder), str(stage.folder), number, buckets, settings, dict(told)) for number in range(buckets)
        ]
        for _ in engine.run(resolve_bucket, tasks):
            pass
        stage.finish(buckets=buckets)
    return stage


def decide(work: WorkDir, resolved: Stage) -> Stage:
    """Settle what copies of one content become, bucket by bucket; every entry then has its outcome."""
    stage = work.stage("decided", [VERSION, exact.VERSION, resolved.folder.name])
    if stage.manifest() is not None:
        return stage
    buckets = (resolved.manifest() or {})["buckets"]
    for bucket in range(buckets):
        table = read_bucket(resolved.folder, bucket)
        found = copies(table)
        table = settle(beside(table.drop_columns(["refused_as"]), found, ["content_id"]))
        write_table(stage.path(f"{bucket:05d}.parquet"), table.sort_by("entry_no"))
    stage.finish(buckets=buckets)
    return stage


def copies(table: pa.Table) -> pa.Table:
    """Return what `exact.groups` says of each content of some entries, with kept_no and kept_path of the best copy."""
    file = pc.and_(pc.equal(table["kind"], "file"), pc.is_valid(table["content_id"]))
    table = table.filter(pc.and_(file, pc.is_null(table["request"])))
    found = exact.groups(table)
    passed = table.filter(pc.is_valid(table["priority"]))
    row = pc.index_in(found["best"], passed["priority"].combine_chunks())
    found = found.append_column("kept_no", passed["entry_no"].take(row))
    return found.append_column("kept_path", passed["path"].take(row)).drop_columns(["best"])


def settle(table: pa.Table) -> pa.Table:
    """Give the entries that no rule has refused their outcome: kept, duplicate, or dropped for a licence conflict."""
    open_ = pc.is_null(table["outcome"])
    conflict = pc.and_(open_, pc.is_valid(table["refused_as"]))
    kept = pc.and_(open_, pc.fill_null(pc.equal(table["entry_no"], table["kept_no"]), False))
    names = [
        ("dropped", "license", "license-conflict"),
        ("kept", "write", "kept"),
        ("duplicate", "duplicate", "exact-duplicate"),
    ]
    for place, name in enumerate(("outcome", "stage", "rule")):
        values = pc.if_else(conflict, names[0][place], pc.if_else(kept, names[1][place], names[2][place]))
        table = put(table, name, pc.if_else(open_, values, table[name]))
    said = pc.binary_join_element_wise(
        "the same bytes stand elsewhere under ",
        pc.fill_null(table["refused_as"], ""),
        ", which the policy refuses",
        "",
    )
    table = put(table, "detail", pc.if_else(conflict, said, table["detail"]))
    duplicate = pc.equal(table["outcome"], "duplicate")
    for name in ("kept_no", "kept_path"):
        table = put(table, name, pc.if_else(duplicate, table[name], pa.scalar(None, table[name].type)))
    several = pc.greater(pc.fill_null(table["expressions"], 0), 1)
    return put(table, "license_conflict", pc.or_(pc.fill_null(table["license_conflict"], False), several))


def put(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    """Replace a column."""
    return table.set_column(table.schema.get_field_index(name), name, values)
