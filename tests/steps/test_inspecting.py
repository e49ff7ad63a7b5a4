from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import schema
from stackmark.engine import LocalEngine
from stackmark.facts import Detector
from stackmark.steps import inspecting
from stackmark.store import ContentIndex, PackWriter, open_pack
from stackmark.workdir import Stage, WorkDir
from tests.steps.conftest import Enter, file, identity

LENGTH = pa.schema([("said_length", pa.int64())])
NAME = pa.schema([("said_name", pa.string())])


class Asked:
    """Two detectors that remember what they were asked."""

    def __init__(self) -> None:
        self.contents: Counter[bytes] = Counter()
        self.entries: Counter[tuple[bytes, bytes]] = Counter()
        self.rows = 0
        wants: Callable[[bytes], bool] = lambda path: path.endswith(b".py")  # noqa: E731
        self.of_content = Detector("said-length", "1", LENGTH, self.length)
        self.of_entry = Detector("said-name", "1", NAME, self.name, per="entry", wants=wants)

    def length(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        self.contents.update(batch.column("content_id").to_pylist())
        return pa.record_batch([[len(one) for one in batch.column("data").to_pylist()]], schema=LENGTH)

    def name(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        paths = batch.column("path").to_pylist()
        self.entries.update(zip(batch.column("content_id").to_pylist(), paths, strict=True))
        self.rows = max(self.rows, len(batch))
        return pa.record_batch([[path.decode() for path in paths]], schema=NAME)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    asked = Asked()
    monkeypatch.setattr(inspecting, "detectors", lambda *_: [asked.of_content, asked.of_entry])
    yield asked


def store(work: WorkDir, *contents: bytes) -> None:
    writer = PackWriter(work.incoming, "test", ContentIndex.of(work))
    for data in contents:
        writer.add(identity(data), data)
    writer.flush()
    work.adopt_packs(writer.names)


def inspect(work: WorkDir, entries: Stage) -> list[str]:
    return inspecting.inspect_all(work, entries, LocalEngine(1), lambda *_: None)


def test_detectors_are_told_when_there_is_much(
    work: WorkDir, enter: Enter, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    asked.of_content = replace(asked.of_content, bulk=lambda: told.append("bulk"))
    store(work, b"ab", b"c")
    inspect(work, enter([file("a.py", b"ab")]))
    assert told == []
    monkeypatch.setattr(inspecting, "BULK_BYTES", 3)
    inspect(work, enter([file("a.py", b"ab"), file("b.py", b"c")]))
    assert told == ["bulk"]


def facts(work: WorkDir, detector: Detector, packs: list[str]) -> dict[tuple[bytes, ...], object]:
    rows = [row for name in inspecting.fact_files(work, detector, packs) for row in pq.read_table(name).to_pylist()]
    keys = ("content_id",) if detector.per == "content" else ("content_id", "path")
    found = {tuple(row[key] for key in keys): row[detector.schema.names[0]] for row in rows}
    assert len(found) == len(rows)  # a second answer would double the entry in the join
    return found


def test_nothing_is_asked_twice(work: WorkDir, enter: Enter, asked: Asked) -> None:
    store(work, b"a", b"bb")
    entries = enter([file("a.py", b"a"), file("b.txt", b"bb")], [file("a.py", b"a")])
    packs = inspect(work, entries)
    inspect(work, entries)
    assert asked.contents == {identity(b"a"): 1, identity(b"bb"): 1}
    assert asked.entries == {(identity(b"a"), b"a.py"): 1}
    assert facts(work, asked.of_content, packs) == {(identity(b"a"),): 1, (identity(b"bb"),): 2}
    assert facts(work, asked.of_entry, packs) == {(identity(b"a"), b"a.py"): "a.py"}


def test_new_path_of_a_known_content_is_asked_about_alone(work: WorkDir, enter: Enter, asked: Asked) -> None:
    store(work, b"a", b"bb")
    inspect(work, enter([file("a.py", b"a"), file("b.py", b"bb")]))
    packs = inspect(work, enter([file("a.py", b"a"), file("new.py", b"a")]))
    assert set(asked.contents.values()) == {1}
    assert asked.entries == {
        (identity(b"a"), b"a.py"): 1,
        (identity(b"a"), b"new.py"): 1,
        (identity(b"bb"), b"b.py"): 1,
    }
    assert len(facts(work, asked.of_entry, packs)) == 3


@pytest.mark.parametrize("which", ["of_content", "of_entry"])
def test_new_version_of_a_detector_asks_again(work: WorkDir, enter: Enter, asked: Asked, which: str) -> None:
    store(work, b"a")
    entries = enter([file("a.py", b"a")])
    inspect(work, entries)
    setattr(asked, which, replace(getattr(asked, which), version="2"))
    packs = inspect(work, entries)
    counts = {"of_content": sum(asked.contents.values()), "of_entry": sum(asked.entries.values())}
    assert counts == {"of_content": 1, "of_entry": 1} | {which: 2}
    assert len(facts(work, getattr(asked, which), packs)) == 1


def test_new_contents_are_asked_about_without_the_old(work: WorkDir, enter: Enter, asked: Asked) -> None:
    store(work, b"a")
    inspect(work, enter([file("a.py", b"a")]))
    store(work, b"a", b"c")
    packs = inspect(work, enter([file("a.py", b"a"), file("c.py", b"c")]))
    assert set(asked.contents.values()) == set(asked.entries.values()) == {1}
    assert len(facts(work, asked.of_content, packs)) == 2


def test_content_that_two_packs_hold_has_one_answer(work: WorkDir, enter: Enter, asked: Asked) -> None:
    store(work, b"a", b"b")
    writer = PackWriter(work.incoming, "late", ContentIndex([]))  # a task that ran at the same time
    for data in (b"a", b"c"):
        writer.add(identity(data), data)
    writer.flush()
    work.adopt_packs(writer.names)
    packs = inspect(work, enter([file(f"{name}.py", name.encode()) for name in "abc"]))
    assert len(packs) == 2
    assert len(facts(work, asked.of_content, packs)) == 3
    assert len(facts(work, asked.of_entry, packs)) == 3


def test_unsound_and_opted_out_entries_are_asked_about_under_no_path(work: WorkDir, enter: Enter, asked: Asked) -> None:
    store(work, b"a", b"b")
    rows = [file("a.py", b"a"), file("b.py", b"b", problem="unsafe-path")]
    assert inspect(work, enter(rows, optouts="swh:1:cnt:" + identity(b"a").hex())) == []
    assert not asked.contents
    assert not asked.entries


def test_many_paths_of_a_long_content_do_not_fill_the_memory(
    work: WorkDir, enter: Enter, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few kilobytes of trees give a content as many paths as they like."""
    monkeypatch.setattr(inspecting, "CHUNK_BYTES", 10_000)
    store(work, b"x" * 4000, b"y")
    rows = [file(f"{number:04}.py", b"x" * 4000) for number in range(500)]
    packs = inspect(work, enter([*rows, file("y.py", b"y")]))
    assert asked.rows <= 4
    assert len(facts(work, asked.of_entry, packs)) == 501


sizes = st.lists(st.integers(0, 60), min_size=1, max_size=12)


@given(sizes, st.data())
def test_chunks_and_paths_give_every_pair_once(sizes: list[int], data: st.DataObject) -> None:
    import tempfile
    from pathlib import Path

    contents = [bytes([65 + number]) * size + bytes([number]) for number, size in enumerate(sizes)]
    rows = sorted(data.draw(st.sets(st.integers(0, len(contents) - 1), min_size=1)))
    pairs = [
        {"row": row, "content_id": identity(contents[row]), "path": b"p%02d" % path}
        for row in range(len(contents))
        for path in range(data.draw(st.integers(1 if row in rows else 0, 3)))
        if row in rows
    ]
    table = pa.Table.from_pylist(pairs, schema=inspecting.PAIRS)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspecting, "CHUNK_BYTES", 50)
        work = WorkDir(Path(folder))
        with work.locked():
            store(work, *contents)
        (pack,) = work.packs.iterdir()
        found = []
        seen: list[int] = []
        for chunk, batch in inspecting.chunks(pack, np.array(rows, dtype=np.int32)):
            assert batch.schema == schema.INSPECTED
            seen += chunk.tolist()
            for asked in inspecting.under_paths(batch, chunk, table):
                columns = ("content_id", "path", "data")
                found += zip(*(asked.column(name).to_pylist() for name in columns), strict=True)
        assert len(open_pack(pack).ids) == len(set(contents))
    assert seen == rows
    expected = [(pair["content_id"], pair["path"], contents[pair["row"]]) for pair in pairs]
    assert sorted(found) == sorted(expected)


def test_ids_that_end_in_zeros_keep_them(work: WorkDir, enter: Enter, asked: Asked) -> None:
    odd = identity(b"odd")[:18] + b"\0\0"
    writer = PackWriter(work.incoming, "test", ContentIndex([]))
    writer.add(odd, b"odd")
    writer.flush()
    work.adopt_packs(writer.names)
    packs = inspect(work, enter([{**file("a.py", b"odd"), "content_id": odd}]))
    assert facts(work, asked.of_content, packs) == {(odd,): 3}
    assert facts(work, asked.of_entry, packs) == {(odd, b"a.py"): "a.py"}


def test_detectors_have_distinct_names_and_columns() -> None:
    found = inspecting.detectors()
    names = [detector.name for detector in found]
    assert names == sorted(set(names))
    columns = [name for detector in found for name in detector.schema.names]
    assert len(set(columns)) == len(columns)


def test_folders_of_versions_differ(work: WorkDir) -> None:
    one = inspecting.detectors()[0]
    assert inspecting.folder(work, one) != inspecting.folder(work, replace(one, version="other (1.0)"))
    assert "/" not in inspecting.folder(work, replace(one, version="../../x")).name
