"""Repositories that are copies of one another: identical trees, and forks by the files that they share.

A repository is the set of its contents, in which a content counts for the bits of its length: 4 for 100 bytes, 17 for
a megabyte. So a fork is like its parent whatever was renamed, and two projects are not alike for sharing a licence.
The sets go the way of sets of shingles: sketch, bands, exact verification, clusters without chains.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stackmark.dedup.bands import Keys, band_keys, check_threshold, layout_for, narrow
from stackmark.dedup.clusters import Ints
from stackmark.dedup.links import node_ids
from stackmark.dedup.near import CHUNK_BYTES, Job, chunks, cluster, connected
from stackmark.dedup.shingles import Hashes
from stackmark.dedup.sketches import sketch_sets

VERSION = "1"

RESULT = pa.schema(
    [
        ("origin_no", pa.int64()),
        ("representative_no", pa.int64()),
        ("similarity", pa.float64()),  # weighted Jaccard, exact; 1 for the representative itself
        ("identical", pa.bool_()),  # the same tree as the representative's
    ]
)

_COPY = np.uint64(0xD6E8FEB86659FD93)
_STIR = np.uint64(0xA0761D6478BD642F)


class Repositories(NamedTuple):
    """The contents of repositories, sorted by repository: `bounds` says where each begins and ends (n + 1)."""

    nodes: Hashes
    weights: Ints
    bounds: Ints

    def sets(self, places: Ints) -> tuple[Hashes, Ints]:
        """Return the weighted sets of some repositories, as `verify.shingle_sets` does those of texts."""
        parts = [self._set(int(self.bounds[place]), int(self.bounds[place + 1])) for place in places]
        ends = np.cumsum([0, *map(len, parts)], dtype=np.int64)
        return np.concatenate([np.empty(0, np.uint64), *parts]), ends

    def _set(self, low: int, high: int) -> Hashes:
        weights = self.weights[low:high]
        turns = np.arange(weights.sum()) - np.repeat(np.cumsum(weights) - weights, weights)
        values = np.repeat(self.nodes[low:high], weights) ^ (turns.astype(np.uint64) * _COPY)
        values *= _STIR
        return np.unique(values ^ (values >> np.uint64(32)))

    def sizes(self) -> Ints:
        """Return the bytes that the set of each repository takes."""
        total = np.concatenate([[0], np.cumsum(self.weights)])
        sizes: Ints = (total[self.bounds[1:]] - total[self.bounds[:-1]]) * 8
        return sizes


def weigh(lengths: Ints) -> Ints:
    """Return what contents count for by their lengths in bytes: the bits above eight bytes, at least one."""
    weights: Ints = np.maximum(1, np.log2(np.maximum(lengths, 1)).astype(np.int64) - 2)
    return weights


def gather(origins: pa.Table, entries: pa.Table) -> Repositories:
    """Sort entries by the row of their origin; a content counts once a repository, whatever its paths."""
    rows = pc.index_in(entries["origin_no"], origins["origin_no"].combine_chunks())
    good = pc.and_(pc.is_valid(rows), pc.is_valid(entries["content_id"]))
    place = rows.filter(good).to_numpy().astype(np.int64)
    ids = np.array(entries["content_id"].filter(good).to_pylist(), dtype="S20")
    nodes = node_ids(ids).view(np.uint64)
    lengths = pc.fill_null(entries["length"], 0).filter(good).to_numpy()
    order = np.lexsort([nodes, place])
    place, nodes, weights = place[order], nodes[order], weigh(lengths)[order]
    first = np.ones(len(place), bool)
    first[1:] = (place[1:] != place[:-1]) | (nodes[1:] != nodes[:-1])
    bounds = np.searchsorted(place[first], np.arange(origins.num_rows + 1))
    return Repositories(nodes[first], weights[first], bounds)


def similar_repositories(origins: pa.Table, entries: pa.Table, threshold: float = 0.7) -> pa.Table:
    """Return repositories that are like others, as rows of RESULT in the order of `origin_no`.

    origins:   `origin_no` and `directory_id` (null where unknown); the first in a cluster represents it
    entries:   `origin_no`, `content_id` (null is no content) and `length` in bytes
    threshold: the least weighted Jaccard similarity, above 0 and at most 1; else UsageError

    A repository without contents, or like no other, has no row.
    """
    layout = layout_for(check_threshold(threshold))
    held = gather(origins, entries)
    sizes = held.sizes()
    some = np.flatnonzero(sizes)
    parts: list[Keys] = [
        band_keys(narrow(sketch_sets(*held.sets(some[low:high]))), layout)
        for low, high in chunks(sizes[some], CHUNK_BYTES)
    ]
    keys = np.concatenate([np.empty((0, layout.bands), np.uint64), *parts])
    labels = connected(keys, np.zeros(len(some), np.int64))
    places = np.argsort(labels, kind="stable")
    places = places[np.bincount(labels, minlength=1)[labels[places]] > 1]
    rows = some[places]
    job = Job(labels[places], np.zeros(len(rows), np.int64), sizes[rows], lambda which: held.sets(rows[which]))
    owners, nearness = cluster(job, threshold)
    return result(origins, rows, owners, nearness)


def result(origins: pa.Table, rows: Ints, owners: Ints, nearness: np.ndarray) -> pa.Table:
    """Return rows of RESULT for clusters of more than one repository."""
    members = np.flatnonzero(np.bincount(owners, minlength=1)[owners] > 1)
    own, lead = pa.array(rows[members]), pa.array(rows[owners[members]])
    numbers, trees = origins["origin_no"].cast(pa.int64()), origins["directory_id"]
    same = pc.fill_null(pc.equal(trees.take(own), trees.take(lead)), False)
    table = pa.table([numbers.take(own), numbers.take(lead), pa.array(nearness[members]), same], schema=RESULT)
    return table.sort_by("origin_no")
