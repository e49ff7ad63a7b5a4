"""What becomes of clusters: who stays, what the others are told, and that nothing else is touched."""

from __future__ import annotations

import pyarrow as pa
import pytest

from stackmark.steps import grouping

A, B, C, D, E = (bytes([letter]) * 20 for letter in b"abcde")

CLUSTERS = pa.table(
    {
        "content_id": pa.array([A, B], pa.binary()),
        "cluster_id": pa.array([A, A], pa.binary()),
        "representative_id": pa.array([B, B], pa.binary()),
        "jaccard": [0.8049, 1.0],
    }
)
PLACES = pa.table(
    [pa.array([B], pa.binary()), pa.array([7]), pa.array([b"src/b.py"], pa.binary())], schema=grouping.PLACES
)


def decided(*rows: tuple[bytes, str]) -> pa.Table:
    count = len(rows)
    return pa.table(
        {
            "content_id": pa.array([row[0] for row in rows], pa.binary()),
            "outcome": [row[1] for row in rows],
            "stage": ["write"] * count,
            "rule": [row[1] for row in rows],
            "detail": pa.array([None] * count, pa.string()),
            "kept_no": pa.array([None] * count, pa.int64()),
            "kept_path": pa.array([None] * count, pa.binary()),
        }
    )


def test_what_another_stands_for_gives_way_with_its_copies() -> None:
    after = grouping.settle(decided((A, "kept"), (A, "duplicate"), (B, "kept"), (C, "kept")), CLUSTERS, PLACES)
    assert after["outcome"].to_pylist() == ["near-duplicate", "near-duplicate", "kept", "kept"]
    assert after["kept_no"].to_pylist() == [7, 7, None, None]
    assert after["kept_path"].to_pylist() == [b"src/b.py", b"src/b.py", None, None]
    assert after["cluster_id"].to_pylist() == [A, A, A, None]
    assert after["near_duplicates"].to_pylist() == [0, 0, 1, 0]
    assert str(after["detail"][0]).startswith("80.4 % of its shingles")


@pytest.mark.parametrize("outcome", ["opted-out", "dropped", "skipped", "quarantined"])
def test_what_was_settled_before_stays(outcome: str) -> None:
    table = decided((A, outcome), (B, "kept"))
    after = grouping.settle(table, CLUSTERS, PLACES)
    assert after.slice(0, 1).select(table.column_names).equals(table.slice(0, 1))
    assert after["cluster_id"].to_pylist() == [None, A]


def test_no_clusters_leave_everything() -> None:
    table = decided((A, "kept"), (D, "dropped"))
    after = grouping.settle(table, CLUSTERS.slice(0, 0), PLACES.slice(0, 0))
    assert after.select(table.column_names).equals(table)
    assert after["near_duplicates"].to_pylist() == [0, 0]


@pytest.mark.parametrize(
    ("share", "said"), [(1.0, "100.0 %"), (0.99999, "99.9 %"), (0.7, "70.0 %"), (0.7049, "70.4 %")]
)
def test_percentages_are_rounded_down(share: float, said: str) -> None:
    assert grouping.percent(pa.chunked_array([[share]])).to_pylist() == [said]


def test_a_copy_is_told_with_what_it_copies() -> None:
    row = {"origin_no": 3, "similar_to": "https://forge.example/a/b", "similarity": 0.9999, "identical": False}
    told = grouping.refusals(pa.Table.from_pylist([row], schema=grouping.SIMILAR))
    assert told == {3: "99.9 % of its repository is that of https://forge.example/a/b"}


def test_leaders_do_not_give_way_and_lend_their_cluster_its_name() -> None:
    rows = [(A, A, B, 0.9), (B, A, B, 1.0), (C, A, B, 0.8), (D, D, D, 1.0), (E, D, D, 0.9)]
    clusters = pa.Table.from_pylist([dict(zip(CLUSTERS.column_names, row, strict=True)) for row in rows])
    leaders = pa.table([[B, C, D, E], [b"1" * 20, b"2" * 20, b"3" * 20, b"4" * 20]], schema=grouping.LEADERS)
    found = grouping.beside_leaders(clusters.cast(CLUSTERS.schema), leaders)
    assert [row["content_id"] for row in found.to_pylist()] == [A, B]
    assert found["cluster_id"].to_pylist() == [b"1" * 20] * 2


def test_second_pass_keeps_what_the_first_one_said() -> None:
    table = grouping.settle(decided((A, "kept"), (B, "kept"), (C, "kept")), CLUSTERS, PLACES)
    again = grouping.settle(table, CLUSTERS.slice(0, 0), PLACES.slice(0, 0), "structural-clone")
    assert again.equals(table)
