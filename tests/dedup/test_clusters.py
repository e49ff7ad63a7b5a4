"""Components of bands, and representatives under attack."""

from __future__ import annotations

import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stackmark.dedup.clusters import MAX_IN_BAND, Members, components, lead, star_edges

NODES = 12


@given(st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=20))
def test_components_are_what_a_walk_reaches(edges: list[tuple[int, int]]) -> None:
    ones, others = (np.array([edge[side] for edge in edges], np.int64) for side in (0, 1))
    found = components(NODES, ones, others)
    for node in range(NODES):
        reached, frontier = {node}, [node]
        while frontier:
            at = frontier.pop()
            near = {b for a, b in edges if a == at} | {a for a, b in edges if b == at}
            frontier += near - reached
            reached |= near
        assert found[node] == min(reached)


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=1, max_size=15))
def test_star_edges_connect_what_shares_a_key(rows: list[list[int]]) -> None:
    keys = np.array(rows, np.uint64) + np.array([0, 100, 200], np.uint64)
    found = components(len(rows), *star_edges(keys))
    pairs = [(a, b) for a in range(len(rows)) for b in range(a) if (keys[a] == keys[b]).any()]
    ones, others = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    assert np.array_equal(found, components(len(rows), ones, others))


def test_unlike_members_with_an_equal_band_stay_apart_and_cost_little() -> None:
    """Whoever forges a band of 20,000 texts gains no merger and no quadratic run."""
    count, size = 20_000, 100
    generator = np.random.Generator(np.random.PCG64(5))
    keys = generator.integers(0, 1 << 63, (count, 25), np.uint64)
    keys[:, 3] = 99
    sketches = np.full((count, 256), 7, np.uint8)  # the forger makes them look alike as well
    values = np.sort(generator.integers(0, 1 << 63, (count, size), np.uint64), axis=1).ravel()
    members = Members(keys, sketches, values, np.arange(count + 1) * size, np.zeros(count, bool))
    lead(Members(keys[:2], sketches[:2], values[:200], np.arange(3) * size, np.zeros(2, bool)), 0.7)  # compiles
    start = time.process_time()
    owners, nearness = lead(members, 0.7)
    assert np.array_equal(owners, np.arange(count))
    assert (nearness == 1).all()
    compared = count * MAX_IN_BAND
    assert (time.process_time() - start) / compared < 20e-6
