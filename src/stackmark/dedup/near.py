"""Near-duplicates: texts whose sets of shingles have a Jaccard similarity of at least a threshold.

Sketches are cut into bands, texts that share a band are connected, and within what is connected every text is
verified against representatives (`clusters`). A text of fewer than five tokens has no shingles and is near to none.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stackmark.dedup.bands import Bytes, Keys, Layout, band_keys, check_threshold, layout_for, narrow
from stackmark.dedup.clusters import MAX_IN_BAND, Floats, Ints, Members, components, lead, star_edges
from stackmark.dedup.columns import as_binary, is_text
from stackmark.dedup.shingles import Hashes
from stackmark.dedup.sketches import BINS, sketch_sets, sketch_sizes
from stackmark.dedup.verify import shingle_sets
from stackmark.errors import UsageError
from stackmark.swhid import content_id

VERSION = "1"

#: Bytes of contents whose shingles are held at once; they take about thrice as much.
CHUNK_BYTES = 32 * 1024 * 1024

RESULT = pa.schema(
    [
        ("content_id", pa.binary()),
        ("cluster_id", pa.binary()),  # the lowest content id in the cluster
        ("representative_id", pa.binary()),
        ("jaccard", pa.float64()),  # exact, to the representative; 1 for itself
    ]
)

CONTENT_NAMES = ("content", "data", "text", "code")

#: Gives the sets of the contents at some places, one after the other, and where each begins and ends.
Reader = Callable[[Ints], tuple[Hashes, Ints]]


class Job(NamedTuple):
    """Contents to cluster, all that can be near to one another side by side.

    labels:  contents of different labels are not compared; equal ones stand together
    scopes:  nor are those of different scopes, which may stand mixed
    lengths: in bytes
    sets:    gives their sets of shingles by their places, which are in the order of rank within a label
    """

    labels: Ints
    scopes: Ints
    lengths: Ints
    sets: Reader


class Texts(NamedTuple):
    """Texts that have shingles, in the order of their rank.

    ids:  of all rows of a table; `rows` are those of the texts
    sets: gives the sets of shingles of some rows
    """

    ids: pa.Array
    rows: Ints
    scopes: Ints
    lengths: Ints
    sets: Reader


def near_duplicates(table: pa.Table, threshold: float = 0.7, *, within: str | None = None) -> pa.Table:
    """Return the clusters of near-duplicates in a table of contents, as rows of RESULT in the order of content ids.

    table:     `content` (or data, text, code): binary or string; `content_id`: any binary or string, git's blob id
               if there is none; `rank`: optional integers, the lowest in a cluster represents it
    threshold: the least Jaccard similarity of a member to its representative, above 0 and at most 1
    within:    a column whose values keep contents apart, such as `language`

    Equal ranks are settled by the content id, of which only the first row counts. Contents without a near-duplicate
    have no row, nor have those of fewer than five tokens. Neither the order of rows nor the number of processors
    changes the answer. Raises UsageError for a table without contents or an impossible threshold.
    """
    check_threshold(threshold)
    contents = column_of(table, CONTENT_NAMES, "contents")
    ids = content_ids(table, contents)
    order, scopes = by_rank(table, ids), scopes_of(table, within)
    lengths = pc.binary_length(contents).fill_null(0).to_numpy().astype(np.int64)
    sketches, sizes = sketch_sizes(contents)
    order = order[sizes[order] > 0]

    def sets(rows: Ints) -> tuple[Hashes, Ints]:
        return shingle_sets(contents.take(pa.array(rows)))

    return grouped(Texts(ids, order, scopes[order], lengths[order], sets), narrow(sketches[order]), threshold)


def grouped(texts: Texts, sketches: Bytes, threshold: float) -> pa.Table:
    """Return the clusters of texts, given their narrow sketches, as rows of RESULT."""
    labels = connected(band_keys(sketches, layout_for(threshold)), texts.scopes)
    places = np.argsort(labels, kind="stable")
    places = places[np.bincount(labels, minlength=1)[labels[places]] > 1]
    rows = texts.rows[places]
    job = Job(labels[places], texts.scopes[places], texts.lengths[places], lambda some: texts.sets(rows[some]))
    owners, nearness = cluster(job, threshold)
    return result(texts.ids.take(pa.array(rows)), owners, nearness)


def column_of(table: pa.Table, names: tuple[str, ...], what: str) -> pa.LargeBinaryArray:
    """Return the first column of those names that the table has, as one array. Raises UsageError if it has none."""
    for name in names:
        if name in table.column_names:
            return as_binary(table[name])
    raise UsageError(f"the table has no column with {what}", f"One of these is looked for: {', '.join(names)}.")


def content_ids(table: pa.Table, contents: pa.LargeBinaryArray) -> pa.Array:
    """Return the column `content_id`, or git's blob ids of the contents."""
    if "content_id" in table.column_names and is_text(table["content_id"].type):
        return as_binary(table["content_id"])
    return pa.array([content_id(one.as_buffer() if one.is_valid else b"") for one in contents], pa.large_binary())


def by_rank(table: pa.Table, ids: pa.Array) -> Ints:
    """Return the rows in the order of rank, then of content id; of an id that comes twice only the best row."""
    rank = table["rank"].combine_chunks() if "rank" in table.column_names else pa.nulls(len(ids), pa.int64())
    keys = pa.table({"rank": rank, "id": ids, "row": pa.array(np.arange(len(ids)))})
    keys = keys.sort_by([("rank", "ascending"), ("id", "ascending"), ("row", "ascending")])
    codes = pc.dictionary_encode(keys["id"]).combine_chunks()
    numbers = (codes.chunk(0) if isinstance(codes, pa.ChunkedArray) else codes).indices.to_numpy()
    _, first = np.unique(numbers, return_index=True)
    rows: Ints = keys["row"].to_numpy()[np.sort(first)]
    return rows


def scopes_of(table: pa.Table, within: str | None) -> Ints:
    """Return a number for each row, equal where the column `within` is. Raises UsageError if there is none."""
    if within is None:
        return np.zeros(len(table), np.int64)
    if within not in table.column_names:
        raise UsageError(f"the table has no column {within!r}", f"It has: {', '.join(table.column_names)}.")
    codes = table[within].combine_chunks().dictionary_encode()
    codes = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
    numbers: Ints = codes.indices.fill_null(-1).to_numpy().astype(np.int64)
    return numbers


def scoped(keys: Keys, scopes: Ints) -> Keys:
    """Return band keys that contents of different scopes do not share."""
    return keys ^ (scopes.astype(np.uint64) * np.uint64(0xA0761D6478BD642F))[:, None]


def connected(keys: Keys, scopes: Ints) -> Ints:
    """Return a label for each row of band keys, equal where bands connect them: the lowest row among them."""
    if not len(keys):
        return np.empty(0, np.int64)
    return components(len(keys), *star_edges(scoped(keys, scopes)))


def cluster(job: Job, threshold: float, chunk_bytes: int = CHUNK_BYTES) -> tuple[Ints, Floats]:
    """Return for each content of a job the place of its representative (itself for one) and the exact similarity.

    Contents are read about `chunk_bytes` at a time, and with each chunk those earlier representatives that share a
    band with it, so memory does not grow with the size of a cluster. The answer does not depend on `chunk_bytes`.
    """
    layout = layout_for(threshold)
    count = len(job.labels)
    owners, nearness = np.arange(count), np.ones(count)
    leads, lead_keys = np.empty(0, np.int64), np.empty((0, layout.bands), np.uint64)
    waiting = list(reversed(chunks(job.lengths, chunk_bytes)))
    while waiting:
        low, high = waiting.pop()
        chunk = np.arange(low, high)
        going_on = job.labels[leads] == job.labels[low]
        leads, lead_keys = leads[going_on], lead_keys[going_on]
        those = look(job, chunk, layout)
        needed = leads[offered(lead_keys, those.keys)]
        if high - low > 1 and job.lengths[needed].sum() > chunk_bytes:
            middle = (low + high) // 2
            waiting += [(middle, high), (low, middle)]
            continue
        places = np.concatenate([needed, chunk])
        members = joined(look(job, needed, layout), those)
        found, how_near = lead(members, threshold)
        owners[chunk], nearness[chunk] = places[found[len(needed) :]], how_near[len(needed) :]
        new = (owners[chunk] == chunk) & (job.labels[chunk] == job.labels[high - 1])
        leads, lead_keys = np.concatenate([leads, chunk[new]]), np.concatenate([lead_keys, those.keys[new]])
    return owners, nearness


def chunks(lengths: Ints, chunk_bytes: int) -> list[tuple[int, int]]:
    """Cut places into runs of about `chunk_bytes` each, at least one place in each."""
    if not len(lengths):
        return []
    ends = np.cumsum(lengths)
    cuts = np.searchsorted(ends, np.arange(chunk_bytes, int(ends[-1]), chunk_bytes)) + 1
    edges = np.unique(np.concatenate([[0], cuts, [len(lengths)]])).clip(max=len(lengths)).tolist()
    return [(low, high) for low, high in itertools.pairwise(edges) if low < high]


def look(job: Job, places: Ints, layout: Layout) -> Members:
    """Return what there is to compare of contents, none of them known as a representative."""
    if not len(places):
        empty = np.empty((0, layout.bands), np.uint64), np.empty((0, BINS), np.uint8), np.empty(0, np.uint64)
        return Members(*empty, np.zeros(1, np.int64), np.empty(0, np.bool_))
    values, bounds = job.sets(places)
    sketches = narrow(sketch_sets(values, bounds))
    keys = scoped(band_keys(sketches, layout), job.scopes[places])
    return Members(keys, sketches, values, bounds, np.zeros(len(places), np.bool_))


def joined(leads: Members, others: Members) -> Members:
    """Put representatives before other members."""
    return Members(
        np.concatenate([leads.keys, others.keys]),
        np.concatenate([leads.sketches, others.sketches]),
        np.concatenate([leads.values, others.values]),
        np.concatenate([leads.bounds, others.bounds[1:] + leads.bounds[-1]]),
        np.concatenate([np.ones(len(leads.leads), np.bool_), others.leads]),
    )


def offered(lead_keys: Keys, keys: Keys) -> Ints:
    """Return which representatives a chunk must be compared with: the first MAX_IN_BAND of every band it shares."""
    flat = lead_keys.ravel()
    found = np.flatnonzero(np.isin(flat, keys))
    order = found[np.argsort(flat[found], kind="stable")]
    opens = np.ones(len(order), bool)
    opens[1:] = flat[order[1:]] != flat[order[:-1]]
    starts = np.flatnonzero(opens)
    turn = np.arange(len(order)) - starts[np.cumsum(opens) - 1] if len(order) else order
    return np.unique(order[turn < MAX_IN_BAND] // max(1, lead_keys.shape[1]))


def result(ids: pa.Array, owners: Ints, nearness: Floats) -> pa.Table:
    """Return rows of RESULT for the clusters of more than one content."""
    sizes = np.bincount(owners, minlength=1)
    members = np.flatnonzero(sizes[owners] > 1)
    order = members[pc.sort_indices(ids.take(pa.array(members))).to_numpy()]
    _, first, inverse = np.unique(owners[order], return_index=True, return_inverse=True)
    columns = [
        ids.take(pa.array(order)),
        ids.take(pa.array(order[first][inverse])),
        ids.take(pa.array(owners[order])),
        pa.array(nearness[order]),
    ]
    return pa.table([one.cast(field.type) for one, field in zip(columns, RESULT, strict=True)], schema=RESULT)
