"""Clusters of near-duplicates: verified, without chains, whatever the order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackmark import dedup
from stackmark.dedup import near
from stackmark.dedup.clusters import MAX_IN_BAND
from stackmark.dedup.verify import shingle_sets
from stackmark.errors import UsageError
from stackmark.swhid import content_id
from tests.dedup import texts
from tests.dedup.texts import jaccard


def clusters(contents: list[bytes], threshold: float = 0.7, **more: pa.Array) -> dict[bytes, tuple[bytes, float]]:
    """Give content to (representative, similarity)."""
    names = {content_id(one): one for one in contents}
    found = dedup.near_duplicates(pa.table({"content": contents, **more}), threshold)
    return {names[row["content_id"]]: (names[row["representative_id"]], row["jaccard"]) for row in found.to_pylist()}


def replaced(lines: list[str], places: slice, name: str) -> list[str]:
    """Give lines with a run of them written anew."""
    found = lines.copy()
    found[places] = [f"{name}{number} = {number}\n" for number in range(len(lines[places]))]
    return found


def chain() -> tuple[bytes, bytes, bytes]:
    """Give A ~ B ~ C at 0.8, where A and C are under 0.7."""
    lines = texts.program(1, 300)
    middle = replaced(lines, slice(0, 34), "first")
    return texts.data(lines), texts.data(middle), texts.data(replaced(middle, slice(266, 300), "last"))


class TestClusters:
    def test_versions_of_a_file(self) -> None:
        first, close, far = texts.family(1, [0.05, 0.5])
        assert clusters([first, close, far], rank=pa.array([0, 1, 2])) == {
            first: (first, 1.0),
            close: (first, jaccard(first, close)),
        }

    def test_a_chain_is_cut(self) -> None:
        one, middle, other = chain()
        assert jaccard(one, middle) > 0.75 < jaccard(middle, other)
        assert jaccard(one, other) < 0.7
        found = clusters([one, middle, other], rank=pa.array([0, 1, 2]))
        assert {key: value[0] for key, value in found.items()} == {one: one, middle: one}

    def test_the_middle_of_a_chain_represents_both_ends_if_it_ranks_first(self) -> None:
        one, middle, other = chain()
        found = clusters([one, middle, other], rank=pa.array([1, 0, 2]))
        assert {key: value[0] for key, value in found.items()} == {one: middle, middle: middle, other: middle}

    def test_a_member_joins_the_nearest_representative(self) -> None:
        lines = texts.program(1, 300)
        far, near_by = replaced(lines, slice(0, 44), "far"), replaced(lines, slice(278, 300), "near")
        contents = [texts.data(one) for one in (far, near_by, lines)]
        assert jaccard(contents[0], contents[1]) < 0.7 < jaccard(contents[0], contents[2])
        assert clusters(contents, rank=pa.array([0, 1, 2]))[contents[2]][0] == contents[1]

    def test_texts_of_fewer_than_five_tokens_are_near_to_none(self) -> None:
        assert clusters([b"", b"x", b"x = 1", b"import os", b"import re", b"\n"]) == {}

    def test_other_bytes_with_the_same_shingles(self) -> None:
        one, other = b"a(b)c{d}e f", b"a[b]c(d)e;f"
        assert {score for _, score in clusters([one, other]).values()} == {1.0}

    def test_invalid_utf8(self) -> None:
        text = texts.data(texts.program(1))
        assert len(clusters([text, text + b"\xff\xfe\x80", b"\xff" * 400, b"\xfe" * 401])) == 4

    def test_many_that_are_all_alike(self) -> None:
        contents = [b"a b c d e f g" + b"\n" * (number + 1) for number in range(5)]
        ids = [f"{number:06d}" for number in range(20_000)]
        table = pa.table({"content_id": ids, "content": [contents[number % 5] for number in range(20_000)]})
        found = dedup.near_duplicates(table, 0.5)
        assert set(found["representative_id"].to_pylist()) <= {b"%06d" % number for number in range(5)}

    def test_nothing(self) -> None:
        assert dedup.near_duplicates(pa.table({"content": pa.array([], pa.binary())})).schema == near.RESULT


class TestTables:
    contents = texts.family(1, [0.02, 0.03]) + texts.family(2, [0.02])

    def test_order_of_rows_does_not_matter(self) -> None:
        table = pa.table({"content": self.contents})
        expected = dedup.near_duplicates(table)
        assert expected.num_rows == 5
        assert dedup.near_duplicates(table.take([4, 2, 0, 3, 1])).equals(expected)

    def test_ids_are_those_of_git_unless_given(self) -> None:
        found = dedup.near_duplicates(pa.table({"text": [one.decode() for one in self.contents]}))
        assert set(found["content_id"].to_pylist()) == {content_id(one) for one in self.contents}
        given = dedup.near_duplicates(pa.table({"text": self.contents, "content_id": list("abcde")}))
        assert given["content_id"].to_pylist() == [b"a", b"b", b"c", b"d", b"e"]
        assert given["cluster_id"].to_pylist() == [b"a", b"a", b"a", b"d", b"d"]

    def test_the_same_content_twice_is_one(self) -> None:
        table = pa.table({"content": self.contents * 2})
        assert dedup.near_duplicates(table).equals(dedup.near_duplicates(pa.table({"content": self.contents})))

    def test_the_lowest_rank_represents(self) -> None:
        found = clusters(self.contents, rank=pa.array([3, 1, 2, 9, 8]))
        assert {value[0] for value in found.values()} == {self.contents[1], self.contents[4]}

    def test_within_a_column(self) -> None:
        table = pa.table({"content": self.contents, "language": ["C", "C++", "C", "C", None]})
        found = dedup.near_duplicates(table, within="language")
        assert set(found["content_id"].to_pylist()) == {content_id(self.contents[place]) for place in (0, 2)}

    def test_what_cannot_be_used_is_refused(self) -> None:
        with pytest.raises(UsageError, match="no column with contents"):
            dedup.near_duplicates(pa.table({"path": ["a"]}))
        with pytest.raises(UsageError, match="no column 'lang'"):
            dedup.near_duplicates(pa.table({"content": ["a"]}), within="lang")
        with pytest.raises(UsageError, match="similarity"):
            dedup.near_duplicates(pa.table({"content": ["a"]}), 0)


def job_of(contents: list[bytes], labels: list[int] | None = None) -> near.Job:
    count = len(contents)
    lengths = np.array([len(one) for one in contents], np.int64)
    return near.Job(
        np.array(labels or [0] * count, np.int64),
        np.zeros(count, np.int64),
        lengths,
        lambda places: shingle_sets([contents[place] for place in places.tolist()]),
    )


class TestChunks:
    @settings(max_examples=30)
    @given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0.0, 0.03, 0.08, 0.2, 0.3])), max_size=40))
    def test_the_size_of_chunks_does_not_matter(self, members: list[tuple[int, float]]) -> None:
        contents = [
            texts.data(texts.edited(texts.program(seed), share, number)) for number, (seed, share) in enumerate(members)
        ]
        owners, scores = near.cluster(job_of(contents), 0.7)
        for size in (1, 4_000, 20_000):
            again, also = near.cluster(job_of(contents), 0.7, size)
            assert np.array_equal(again, owners)
            assert np.array_equal(also, scores)

    def test_a_chunk_may_hold_several_labels_and_a_label_several_chunks(self) -> None:
        contents = texts.family(1, [0.02] * 4) + texts.family(2, [0.02] * 4)
        labels = [0] * 5 + [5] * 5
        for size in (1, 5_000, 10_000, 10**6):
            assert near.cluster(job_of(contents, labels), 0.7, size)[0].tolist() == labels

    def test_a_hot_band_leaves_no_member_out(self) -> None:
        """More unlike texts share a part than a band may hold; the pairs behind the cap are found by other bands."""
        shared = [f"licence{number} = {number}\n" for number in range(40)]
        heads = [texts.data(shared + texts.program(seed, 60)) for seed in range(3 * MAX_IN_BAND)]
        copies = [one + b"changed\n" for one in heads]
        owners, _ = near.cluster(job_of(heads + copies), 0.7)
        assert owners.tolist() == 2 * list(range(len(heads)))


class TestCorpus:
    """Against the exact truth of every pair of the sample."""

    def test_recall_and_exactness(self, shared_data: Path) -> None:
        table = pq.read_table(shared_data / "corpus" / "sample.parquet")
        truth = pq.read_table(shared_data / "corpus" / "near_pairs_dev.parquet")
        found = dedup.near_duplicates(table)
        cluster = dict(zip(found["content_id"].to_pylist(), found["cluster_id"].to_pylist(), strict=True))
        one, other = truth["a_id"].to_pylist(), truth["b_id"].to_pylist()
        scores = truth["jaccard"].to_numpy()
        same = [a in cluster and cluster[a] == cluster.get(b) for a, b in zip(one, other, strict=True)]
        together = np.array(same)
        assert together[scores >= 0.8].mean() >= 0.97
        assert together[scores >= 0.7].mean() >= 0.90
        exact = dict(zip(zip(one, other, strict=True), scores.tolist(), strict=True))
        exact |= {(b, a): score for (a, b), score in exact.items()}
        for row in found.to_pylist():
            pair = row["content_id"], row["representative_id"]
            assert row["jaccard"] >= 0.7
            assert pair[0] == pair[1] or row["jaccard"] == pytest.approx(exact[pair])

    def test_sizes_of_sets(self, shared_data: Path) -> None:
        contents = pq.read_table(shared_data / "corpus" / "sample.parquet")["content"]
        truth = pq.read_table(shared_data / "corpus" / "near_pairs_dev.parquet")
        _, bounds = shingle_sets(contents)
        assert np.array_equal(np.diff(bounds)[truth["a"].to_numpy()], truth["shingles_a"].to_numpy())
