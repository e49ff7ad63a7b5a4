from __future__ import annotations

import itertools
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import store
from stackmark.errors import StoreError
from stackmark.release import write


@given(st.lists(st.integers(0, 50), max_size=60), st.integers(1, 100), st.integers(1, 10))
def test_cuts_cover_all_rows_in_order_within_their_limits(lengths: list[int], size: int, rows: int) -> None:
    cuts = list(write.cut(lengths, size, rows))
    assert [place for start, end in cuts for place in range(start, end)] == list(range(len(lengths)))
    for start, end in cuts:
        assert end - start == 1 or (sum(lengths[start:end]) <= size and end - start <= rows)


@given(st.lists(st.sampled_from("abc"), max_size=30))
def test_runs_of_equal_values(values: list[str]) -> None:
    found = list(write.runs(values))
    assert [value for value, start, end in found for _ in range(start, end)] == values
    assert all(one[0] != other[0] for one, other in itertools.pairwise(found))


@pytest.mark.parametrize(("sizes", "parts"), [([], 1), ([3], 1), ([4, 4, 4], 3), ([5, 6], 3)])
def test_parts_are_cut_by_rows_alone(
    sizes: list[int], parts: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "TABLE_ROWS", 4)
    kind = pa.schema([("n", pa.int64())])
    numbers = iter(range(100))
    tables = [pa.table({"n": [next(numbers) for _ in range(size)]}, schema=kind) for size in sizes]
    write.write_parts(tmp_path, tables, kind)
    files = sorted(tmp_path.glob("part-*.parquet"))
    assert len(files) == parts
    read = [row for path in files for row in pq.read_table(path)["n"].to_pylist()]
    assert read == list(range(sum(sizes)))
    assert all(pq.read_metadata(path).num_rows == 4 for path in files[:-1])


def test_content_that_rotted_in_the_store_is_never_published(tmp_path: Path) -> None:
    work = store.WorkDir(tmp_path)
    with work.locked():
        writer = store.PackWriter(work.incoming, "a", store.ContentIndex([]))
        wrong = b"x" * 20
        writer.add_hashed(wrong, wrong, b"other bytes than the id says")
        writer.flush()
        work.adopt_packs(writer.names)
        group = pa.table({"key": pa.array([wrong], pa.binary()), "src_encoding": ["utf-8"]})
        with pytest.raises(StoreError, match="not what its id says"):
            write.with_contents(group, store.ContentIndex.of(work))
