"""Clusters without chains: every member is verified against the one that represents it.

Contents come in the order of their rank. One that is near enough to an earlier representative joins the nearest of
them; any other becomes a representative itself. So A ~ B ~ C never puts A and C together unless they are alike, no
two representatives that were compared are near-duplicates, and the outcome depends on ranks and contents alone.

A content is compared with the representatives that share a band with it. A band that many of them share (a licence
text, an empty template, an attack) offers its first MAX_IN_BAND only; whatever else a content shares is still looked
at, and no content is left out.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from stackmark.dedup.bands import Bytes, Keys
from stackmark.dedup.shingles import Hashes
from stackmark.dedup.verify import common

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MAX_IN_BAND = 32
#: A pair whose sketches say so much less than the threshold is not compared exactly: seven standard errors.
MARGIN = 0.22


class Members(NamedTuple):
    """Contents in the order of their rank.

    keys:     band keys, [n, bands]
    sketches: one byte a bin, [n, bins]
    values, bounds: their shingle sets, as `verify.shingle_sets` gives them
    leads:    which are known to be representatives
    """

    keys: Keys
    sketches: Bytes
    values: Hashes
    bounds: Ints
    leads: npt.NDArray[np.bool_]


@njit(nogil=True, cache=True)
def find_root(parents: Any, node: Any) -> Any:
    """Return the root of a node, halving the path to it."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@njit(nogil=True, cache=True)
def union(parents: Any, ones: Any, others: Any) -> None:
    """Join the two ends of every edge; the lower root stays."""
    for number in range(len(ones)):
        one, other = find_root(parents, ones[number]), find_root(parents, others[number])
        parents[max(one, other)] = min(one, other)


@njit(nogil=True, cache=True)
def flatten(parents: Any) -> None:
    """Point every node at its root."""
    for node in range(len(parents)):
        parents[node] = find_root(parents, node)


def components(count: int, ones: Ints, others: Ints) -> Ints:
    """Return for each of `count` nodes the lowest node that edges connect it with, itself if none does."""
    parents = np.arange(count, dtype=np.int64)
    union(parents, ones, others)
    flatten(parents)
    return parents


def star_edges(keys: Keys) -> tuple[Ints, Ints]:
    """Return edges that connect all rows that share a key: each with the first of them. keys: [n, bands]."""
    flat = keys.ravel()
    order = np.argsort(flat, kind="stable")
    sorted_keys, rows = flat[order], order // keys.shape[1]
    opens = np.ones(len(flat), bool)
    opens[1:] = sorted_keys[1:] != sorted_keys[:-1]
    heads = rows[np.flatnonzero(opens)[np.cumsum(opens) - 1]]
    edge = ~opens
    return heads[edge], rows[edge]


@njit(nogil=True, cache=True)
def alike(sketches: Any, one: Any, other: Any, least: Any) -> Any:
    """Say whether two sketches share at least so many numbers."""
    shared = 0
    for place in range(sketches.shape[1]):
        shared += sketches[one, place] == sketches[other, place]
    return shared >= least


@njit(nogil=True, cache=True)
def similarity(values: Any, bounds: Any, one: Any, other: Any, threshold: Any) -> Any:
    """Return the exact Jaccard similarity of two sets, or 0 where their sizes alone keep it below the threshold."""
    first, second = bounds[one + 1] - bounds[one], bounds[other + 1] - bounds[other]
    if min(first, second) < threshold * max(first, second):
        return 0.0
    shared = common(values, bounds[one], bounds[one + 1], bounds[other], bounds[other + 1])
    return shared / (first + second - shared)


@njit(forceinline=True, nogil=True)
def nearest(member: Any, groups: Any, lists: Any, seen: Any, sets: Any, limits: Any) -> Any:
    """Return the representative that shares a band with a member and is nearest to it, and how near; -1 if none is."""
    first, following = lists
    sketches, values, bounds = sets
    threshold, least = limits
    owner, nearness = -1, 0.0
    for band in range(groups.shape[1]):
        place = first[groups[member, band]]
        while place >= 0:
            other = place // groups.shape[1]
            place = following[place]
            if seen[other] != member:
                seen[other] = member
                if alike(sketches, other, member, least):
                    found = similarity(values, bounds, other, member, threshold)
                    if found >= threshold and found > nearness:
                        owner, nearness = other, found
    return owner, nearness


@njit(nogil=True, cache=True)
def assign(groups: Any, leads: Any, sketches: Any, values: Any, bounds: Any, threshold: Any, least: Any) -> Any:
    """Give each member its representative and their similarity; `groups` are band keys as numbers from 0, [n, bands].

    The representatives of a band form a list: `first` of the band, `following` of each place (member, band).
    """
    count, bands = groups.shape
    highest = groups.max() + 1 if count else 1
    first, last, lengths = np.full(highest, -1), np.full(highest, -1), np.zeros(highest, np.int64)
    following = np.full(count * bands, -1)
    seen, owners, nearness = np.full(count, -1), np.full(count, -1), np.zeros(count)
    for member in range(count):
        if not leads[member]:
            owners[member], nearness[member] = nearest(
                member, groups, (first, following), seen, (sketches, values, bounds), (threshold, least)
            )
        if owners[member] < 0:
            owners[member], nearness[member] = member, 1.0
            for band in range(bands):
                group, place = groups[member, band], member * bands + band
                if lengths[group] < MAX_IN_BAND:
                    if lengths[group] == 0:
                        first[group] = place
                    else:
                        following[last[group]] = place
                    last[group] = place
                    lengths[group] += 1
    return owners, nearness


def lead(members: Members, threshold: float) -> tuple[Ints, Floats]:
    """Return for each member the place of its representative, itself for one, and the exact similarity to it."""
    _, groups = np.unique(members.keys, return_inverse=True)
    groups = groups.reshape(members.keys.shape).astype(np.int64)
    least = int((threshold - MARGIN) * members.sketches.shape[1])
    owners, nearness = assign(groups, members.leads, members.sketches, members.values, members.bounds, threshold, least)
    return owners, nearness
