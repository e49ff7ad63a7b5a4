from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import store
from stackmark.errors import StoreError


@pytest.fixture
def work(tmp_path: Path) -> store.WorkDir:
    work = store.WorkDir(tmp_path / "w")
    with work.locked():
        pass
    return work


def identity(data: bytes) -> bytes:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).digest()


def fill(work: store.WorkDir, label: str, contents: list[bytes]) -> None:
    writer = store.PackWriter(work.incoming, label, store.ContentIndex.of(work))
    for data in contents:
        writer.add(identity(data), data)
    writer.flush()
    work.adopt_packs(writer.names)


def ids(contents: list[bytes]) -> np.ndarray:
    return np.array([identity(data) for data in contents], dtype="S20")


def test_contents_come_back_in_any_order(work: store.WorkDir) -> None:
    contents = [b"", b"a", b"b" * 100_000, bytes(range(256)) * 40]
    fill(work, "one", contents)
    index = store.ContentIndex.of(work)
    backwards = contents[::-1]
    assert index.read(ids(backwards)) == backwards
    assert index.has(identity(b"a"))
    assert not index.has(identity(b"c"))


@given(st.lists(st.binary(max_size=300), max_size=30), st.integers(1, 400))
def test_any_contents_survive_any_pack_size(contents: list[bytes], size: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "PACK_BYTES", size)
        work = store.WorkDir(Path(folder))
        with work.locked():
            fill(work, "one", contents)
        assert store.ContentIndex.of(work).read(ids(contents)) == contents


def test_a_content_belongs_to_the_lowest_pack_that_holds_it(work: store.WorkDir) -> None:
    fill(work, "zzz", [b"shared", b"first"])
    writer = store.PackWriter(work.incoming, "aaa", store.ContentIndex([]))  # a task that did not know of the other
    for data in (b"second", b"shared"):
        writer.add(identity(data), data)
    writer.flush()
    work.adopt_packs(writer.names)
    index = store.ContentIndex.of(work)
    assert len(index.ids) == 3
    assert index.owned(0).tolist() == [0, 1]
    assert index.owned(1).tolist() == [0]


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(1, 40))
def test_a_writer_keeps_each_content_once_however_many_wait(sizes: list[int], waiting: int) -> None:
    contents = [bytes([size % 7]) * size for size in sizes]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "WAITING_BYTES", waiting)
        work = store.WorkDir(Path(folder))
        for path in (work.incoming, work.packs):
            path.mkdir(parents=True)
        fill(work, "known", contents[::3])
        fill(work, "later", contents)
        index = store.ContentIndex.of(work)
        rows = sum(len(index.pack(number).ids) for number in range(len(index.packs)))
        assert rows == len(index.ids) == len(set(contents))
        assert index.read(ids(contents)) == contents


def test_a_pack_with_a_column_more_is_read(work: store.WorkDir) -> None:
    fill(work, "one", [b"a", b"bb"])
    (path,) = work.packs.glob("*.arrow")
    batch = pa.ipc.open_file(path.read_bytes()).get_batch(0)
    columns = [*batch.columns[:2], pa.array([b"x" * 32] * 2, pa.binary(32)), *batch.columns[2:]]
    names = [*batch.schema.names[:2], "sha256", *batch.schema.names[2:]]
    wider = pa.record_batch(columns, names=names)
    with pa.ipc.new_file(str(path), wider.schema) as writer:
        writer.write_batch(wider)
    index = store.ContentIndex.of(work)
    assert index.lengths(index.ids) == [len(one) for one in index.read(index.ids)]


def test_damaged_pack_is_a_clear_error(work: store.WorkDir) -> None:
    fill(work, "one", [b"a", b"b"])
    (pack,) = work.packs.glob("*.arrow")
    pack.write_bytes(pack.read_bytes()[:100])
    with pytest.raises(StoreError, match="the content store is damaged") as caught:
        store.ContentIndex.of(work)
    assert "Remove the folder store/" in caught.value.hint
