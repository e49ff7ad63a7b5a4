"""group: repositories that are copies of others, and contents that are nearly the same as one that is kept.

Only contents that every rule has passed take part, so a representative is always one that is kept: the one whose kept
entry comes first in the order of exact copies. Exact copies of a content share its fate.

By structure, only what is left is compared, within a language. What stands for near-duplicates never gives way there,
because they were compared with it alone; it represents its clones before others do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stackmark.dedup.facts_structural import reader
from stackmark.engine import Engine
from stackmark.facts import Detector
from stackmark.steps.deciding import put
from stackmark.steps.inspecting import fact_files
from stackmark.steps.listing import ENTRY_BITS, bucket_files
from stackmark.store import ContentIndex, write_table
from stackmark.workdir import Stage, WorkDir

VERSION = "1"

CANDIDATES = pa.schema([("content_id", pa.binary()), ("rank", pa.int64()), ("scope", pa.string())])
SIMILAR = pa.schema(
    [("origin_no", pa.int64()), ("similar_to", pa.string()), ("similarity", pa.float64()), ("identical", pa.bool_())]
)
ENTRY_COLUMNS = ["entry_no", "content_id", "length", "kind", "request"]
OF_ORIGIN = ["origin_no", "content_id", "length"]
#: The columns that this step adds, each with what it is for an entry of no cluster.
ADDED = {
    "cluster_id": pa.scalar(None, pa.binary()),
    "jaccard": pa.scalar(None, pa.float64()),
    "near_duplicates": pa.scalar(0, pa.int64()),
}
SAID = {
    "near-duplicate": "of its shingles and those of the kept content are common to both",
    "structural-clone": "of its structure and that of the kept content, without names and values, are common to both",
}
LEADERS = pa.schema([("content_id", pa.binary()), ("cluster_id", pa.binary())])
PLACES = pa.schema([("representative_id", pa.binary()), ("kept_no", pa.int64()), ("kept_path", pa.binary())])


def repositories(entries: Stage, origins: pa.Table, threshold: float) -> pa.Table:
    """Return the origins that are copies of an earlier one: origin_no, similar_to (its URL), similarity, identical."""
    from stackmark.dedup.repositories import similar_repositories

    parts = []
    for bucket in range((entries.manifest() or {})["buckets"]):
        files = bucket_files(entries, bucket)
        table = pa.concat_tables([pq.read_table(path, columns=ENTRY_COLUMNS) for path in files])
        table = table.filter(pc.and_(pc.equal(table["kind"], "file"), pc.is_null(table["request"])))
        number = pa.array(table["entry_no"].to_numpy() >> ENTRY_BITS)
        parts.append(pa.table([number, table["content_id"], table["length"]], names=OF_ORIGIN))
    found = similar_repositories(origins, pa.concat_tables(parts), threshold)
    found = found.filter(pc.not_equal(found["origin_no"], found["representative_no"]))
    url = origins["origin_url"].take(found["representative_no"])
    return pa.table([found["origin_no"], url, found["similarity"], found["identical"]], schema=SIMILAR)


def refusals(similar: pa.Table) -> dict[int, str]:
    """Return, by the number of an origin that is a copy, the sentence that says so."""
    rows = similar.to_pylist()
    return {
        row["origin_no"]: f"{int(row['similarity'] * 1000) / 10} % of its repository is that of {row['similar_to']}"
        for row in rows
    }


def group(
    work: WorkDir,
    decided: Stage,
    detector: Detector,
    packs: Sequence[str],
    threshold: float,
    within: str | None,
    memory: int,
    engine: Engine,
    tick: Callable[[int, int], None],
) -> Stage:
    """Cluster the kept contents and settle the members of clusters.

    detector: the one that made the sketches: of words, or of structure by its feature
    within:   "language" to compare only files of one language, None to compare all
    """
    from stackmark.dedup import links, near, sketches, stored, structural  # compiled code, for this step alone

    by_structure = detector.feature == "structural"
    versions = [VERSION, near.VERSION, stored.VERSION, links.VERSION, sketches.VERSION, detector.version]
    versions += ["structural", structural.VERSION] if by_structure else []
    kept_as = f"structural-{structural.VERSION}-{detector.version}" if by_structure else "near"
    stage = work.stage("grouped", [*versions, decided.folder.name, threshold, within])
    if stage.manifest() is not None:
        return stage
    buckets = (decided.manifest() or {})["buckets"]
    clusters = stored.near_duplicates(
        structural_candidates(decided, buckets) if by_structure else candidates(decided, buckets, within),
        facts=[Path(path) for path in fact_files(work, detector, packs)],
        index=ContentIndex.of(work),
        folder=work.root / "store" / kept_as,
        engine=engine,
        threshold=threshold,
        memory=memory,
        by_structure=by_structure,
        tick=tick,
    )
    if by_structure:
        clusters = beside_leaders(clusters, leaders(decided, buckets))
    places = kept_places(decided, buckets, clusters["representative_id"])
    for bucket in range(buckets):
        table = pq.read_table(decided.path(f"{bucket:05d}.parquet"))
        rule = "structural-clone" if by_structure else "near-duplicate"
        write_table(stage.path(f"{bucket:05d}.parquet"), settle(table, clusters, places, rule))
    stage.finish(buckets=buckets)
    return stage


def kept_rows(decided: Stage, bucket: int, columns: list[str]) -> pa.Table:
    """Read some columns of the kept entries of a bucket."""
    path = decided.path(f"{bucket:05d}.parquet")
    there = pq.read_schema(path).names
    table = with_added(pq.read_table(path, columns=[name for name in (*columns, "outcome") if name in there]))
    return table.filter(pc.equal(table["outcome"], "kept")).select(columns)


def candidates(decided: Stage, buckets: int, within: str | None) -> pa.Table:
    """Return the kept contents as rows of CANDIDATES."""
    parts = [CANDIDATES.empty_table()]
    for bucket in range(buckets):
        kept = kept_rows(decided, bucket, ["content_id", "priority", "language"])
        scope = kept["language"] if within == "language" else pa.nulls(kept.num_rows, pa.string())
        parts.append(pa.table([kept["content_id"], kept["priority"], scope], schema=CANDIDATES))
    return pa.concat_tables(parts)


def structural_candidates(decided: Stage, buckets: int) -> pa.Table:
    """Return the kept contents that are code as rows of CANDIDATES, those first that stand for others."""
    parts = []
    for bucket in range(buckets):
        kept = kept_rows(decided, bucket, ["content_id", "priority", "language", "path", "near_duplicates"])
        read_as = pa.array(map(reader, kept["path"].to_pylist()), pa.string())
        kept = kept.append_column("scope", pc.binary_join_element_wise(kept["language"], read_as, "\n"))
        parts.append(kept.filter(pc.is_valid(kept["scope"])))
    table = pa.concat_tables(parts)
    table = table.append_column("follows", pc.equal(table["near_duplicates"], 0).cast(pa.int8()))
    table = table.sort_by([("follows", "ascending"), ("priority", "ascending")])
    rank = pa.array(range(table.num_rows), pa.int64())
    return pa.table([table["content_id"], rank, table["scope"]], schema=CANDIDATES)


def leaders(decided: Stage, buckets: int) -> pa.Table:
    """Return the contents that stand for near-duplicates, as rows of LEADERS."""
    parts = [LEADERS.empty_table()]
    for bucket in range(buckets):
        kept = kept_rows(decided, bucket, [*LEADERS.names, "near_duplicates"])
        parts.append(kept.filter(pc.greater(kept["near_duplicates"], 0)).select(LEADERS.names))
    return pa.concat_tables(parts).combine_chunks()


def beside_leaders(clusters: pa.Table, leaders: pa.Table) -> pa.Table:
    """Return clusters without leaders that would give way; those of a leader get the id of its near-duplicates."""
    ids = leaders["content_id"].combine_chunks()
    itself = pc.equal(clusters["content_id"], clusters["representative_id"])
    clusters = clusters.filter(pc.or_(itself, pc.invert(pc.is_in(clusters["content_id"], ids))))
    others = clusters.filter(pc.not_equal(clusters["content_id"], clusters["representative_id"]))
    named = others["representative_id"].combine_chunks()
    clusters = clusters.filter(pc.is_in(clusters["representative_id"], named))
    known = leaders["cluster_id"].take(pc.index_in(clusters["representative_id"], ids))
    return put(clusters, "cluster_id", pc.coalesce(known, clusters["cluster_id"]))


def kept_places(decided: Stage, buckets: int, wanted: pa.ChunkedArray) -> pa.Table:
    """Return where representatives are kept, as rows of PLACES."""
    ids = wanted.combine_chunks().unique()
    parts = [PLACES.empty_table()]
    for bucket in range(buckets):
        kept = kept_rows(decided, bucket, ["content_id", "entry_no", "path"])
        kept = kept.filter(pc.is_in(kept["content_id"], ids))
        parts.append(kept.rename_columns(PLACES.names).cast(PLACES))
    return pa.concat_tables(parts).combine_chunks()


def with_added(table: pa.Table) -> pa.Table:
    """Add the columns of ADDED that are not there yet."""
    for name in (name for name in ADDED if name not in table.column_names):
        values = pa.repeat(ADDED[name], table.num_rows)
        table = table.append_column(name, pa.chunked_array([values]))
    return table


def settle(table: pa.Table, clusters: pa.Table, places: pa.Table, rule: str = "near-duplicate") -> pa.Table:
    """Fill the columns of ADDED, and make near-duplicates of what another content stands for, copies included."""
    table = with_added(table)
    row = pc.index_in(table["content_id"], clusters["content_id"].combine_chunks())
    found = clusters.take(row)
    passed = pc.is_in(table["outcome"], pa.array(["kept", "duplicate"]))
    for name in ("cluster_id", "jaccard"):
        values = pc.if_else(passed, found[name], pa.scalar(None, found[name].type))
        table = put(table, name, pc.coalesce(table[name], values))
    sizes = clusters["representative_id"].combine_chunks().value_counts()
    represents = sizes.field("counts").take(pc.index_in(table["content_id"], sizes.field("values")))
    others = pc.if_else(pc.equal(table["outcome"], "kept"), pc.subtract(represents, 1), None)
    table = put(table, "near_duplicates", pc.add(table["near_duplicates"], pc.fill_null(others, 0)))
    away = pc.not_equal(found["representative_id"], table["content_id"])
    away = pc.fill_null(pc.and_(passed, away), False)
    place = places.take(pc.index_in(found["representative_id"], places["representative_id"].combine_chunks()))
    for name in ("kept_no", "kept_path"):
        table = put(table, name, pc.if_else(away, place[name].cast(table[name].type), table[name]))
    said = pc.binary_join_element_wise(percent(found["jaccard"]), SAID[rule], " ")
    for name, value in (("outcome", "near-duplicate"), ("stage", "near-duplicate"), ("rule", rule)):
        table = put(table, name, pc.if_else(away, value, table[name]))
    return put(table, "detail", pc.if_else(away, said, table["detail"]))


def percent(shares: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write shares as percentages with one digit, rounded down: nothing but equality is 100 %."""
    tenths = pc.floor(pc.multiply(shares, 1000)).cast(pa.int64())
    whole = pc.divide(tenths, 10)
    rest = pc.subtract(tenths, pc.multiply(whole, 10))
    after = pc.binary_join_element_wise(rest.cast(pa.string()), "%", " ")
    return pc.binary_join_element_wise(whole.cast(pa.string()), after, ".")
