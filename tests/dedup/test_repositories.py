"""Forks and copies of repositories, by what they hold."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.dedup.repositories import gather, similar_repositories, weigh
from stackmark.errors import UsageError

#: A repository: the length of each content by its name.
Files = dict[str, int]


def identity(name: str) -> bytes:
    return hashlib.sha1(name.encode()).digest()


def tables(repositories: list[Files], trees: list[str | None] | None = None) -> tuple[pa.Table, pa.Table]:
    names = trees or [None] * len(repositories)
    ids = [None if name is None else identity(name) for name in names]
    origins = pa.table({"origin_no": pa.array(range(len(ids)), pa.int32()), "directory_id": pa.array(ids, pa.binary())})
    rows = [
        {"origin_no": number, "content_id": identity(name), "length": length}
        for number, files in enumerate(repositories)
        for name, length in files.items()
    ]
    schema = pa.schema([("origin_no", pa.int32()), ("content_id", pa.binary()), ("length", pa.int64())])
    return origins, pa.Table.from_pylist(rows, schema=schema)


def exact(one: Files, other: Files) -> float:
    """The weighted Jaccard similarity, by its definition."""
    weights = {name: int(weigh(np.array([length]))[0]) for name, length in (one | other).items()}
    return sum(weights[name] for name in one.keys() & other.keys()) / sum(weights.values())


def project(seed: int, files: int = 60) -> Files:
    source = random.Random(seed)
    return {f"{seed}/{number}": source.randrange(10, 50_000) for number in range(files)}


def test_forks_and_copies_but_not_strangers() -> None:
    parent = project(1)
    fork = dict(list(parent.items())[:54]) | project(2, 5)
    licence = {"licence": 11_000}
    repositories = [project(9) | licence, parent, project(8) | licence, fork, parent]
    found = similar_repositories(*tables(repositories, ["a", "b", "c", "d", "b"])).to_pylist()
    assert [(row["origin_no"], row["representative_no"], row["identical"]) for row in found] == [
        (1, 1, True),
        (3, 1, False),
        (4, 1, True),
    ]
    assert found[1]["similarity"] == pytest.approx(exact(parent, fork))
    assert found[2]["similarity"] == 1.0


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(0, 10**9), min_size=1, max_size=25),
    st.data(),
)
def test_sets_overlap_as_the_weights_say(one: Files, data: st.DataObject) -> None:
    other = {name: one[name] for name in data.draw(st.sets(st.sampled_from(sorted(one))))} | {"other": 77}
    held = gather(*tables([one, other]))
    values, bounds = held.sets(np.array([0, 1]))
    sets = [set(values[low:high].tolist()) for low, high in ((bounds[0], bounds[1]), (bounds[1], bounds[2]))]
    assert len(sets[0] & sets[1]) / len(sets[0] | sets[1]) == pytest.approx(exact(one, other))


def test_a_content_at_many_paths_counts_once() -> None:
    origins, entries = tables([project(1), project(1)])
    many = pa.concat_tables([entries] + [entries.slice(0, 1)] * 500)
    assert similar_repositories(origins, many)["similarity"].to_pylist() == [1.0, 1.0]


def test_the_unlike_the_empty_and_the_unknown_have_no_row() -> None:
    origins, entries = tables([project(1), project(2), {}])
    extra = pa.table({"origin_no": [0, 2, 99], "content_id": [None, None, identity("x")], "length": [None, 5, 5]})
    assert similar_repositories(origins, pa.concat_tables([entries, extra.cast(entries.schema)])).num_rows == 0
    assert similar_repositories(*tables([])).num_rows == 0


def test_an_impossible_threshold_is_refused() -> None:
    with pytest.raises(UsageError):
        similar_repositories(*tables([project(1)]), threshold=1.5)
