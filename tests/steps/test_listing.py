from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import engine, optout, schema
from stackmark.sources import Limits, Origin, archive, git
from stackmark.steps import listing
from stackmark.store import ContentIndex, write_table
from stackmark.workdir import WorkDir
from tests import building
from tests.steps.conftest import Enter, file, identity, listed

LIMITS = Limits()
NONE = optout.parse("", "")
content_ids = st.one_of(st.none(), st.binary(min_size=20, max_size=20), st.sampled_from([b"\0" * 20, b"\xff" * 20]))


@given(st.lists(content_ids, max_size=40), st.integers(1, 50))
def test_buckets_hold_every_row_once_and_the_range_that_they_say(ids: list[bytes | None], buckets: int) -> None:
    table = pa.table({"content_id": pa.array(ids, pa.binary()), "row": range(len(ids))})
    parts = listing.split(table, buckets)
    assert len(parts) == buckets
    assert sorted(row for part in parts for row in part["row"].to_pylist()) == list(range(len(ids)))
    for bucket, part in enumerate(parts):
        low, high = listing.content_range(bucket, buckets)
        for one in part["content_id"].drop_null().to_pylist():
            assert low <= one
            assert high is None or one < high
        assert bucket == 0 or part["content_id"].null_count == 0


@given(st.lists(st.integers(0, 3), max_size=80))
def test_groups_keep_the_order_and_lose_nobody(sizes: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "size", lambda origin: int(origin.locator) * listing.GROUP_BYTES // 2)
        origins = [Origin(str(number), "archive", str(size)) for number, size in enumerate(sizes)]
        groups = listing.groups(origins)
    assert [origin for group in groups for origin in group] == origins
    assert all(0 < len(group) <= listing.GROUP for group in groups)


def test_only_archives_that_hold_little_are_not_large(tmp_path: Path) -> None:
    archive_ = tmp_path / "a.tar.gz"
    archive_.write_bytes(b"x" * 1_000)
    small = Origin("a", "archive", str(archive_))
    assert not listing.is_large([small] * 5)
    assert listing.is_large([small] * 5, least=5_000)
    repository = Origin("r", "git", str(tmp_path))
    assert listing.is_large([small, repository])
    refused = Origin("r", "git", str(tmp_path), problem="opted-out")
    assert not listing.is_large([small, refused])


LISTING = [
    {"path": b"", "mode": 0o40000, "kind": "directory", "content_id": b"r" * 20},
    {"path": b"lib", "mode": 0o40000, "kind": "directory", "content_id": b"l" * 20},
    file("lib/a.py", b"a", length=1),
    file("lib/b.py", b"b", length=LIMITS.max_content + 1),
    file("c.py", b"c"),
    file("twice.py", b"d", problem="duplicate-name"),
    {"path": b"link", "mode": 0o120000, "kind": "symlink", "content_id": b"s" * 20},
    {"path": b"sub", "mode": 0o160000, "kind": "submodule", "content_id": b"m" * 20},
    {"path": b"lost", "mode": 0o40000, "kind": "directory", "content_id": b"d" * 20, "problem": "missing-tree"},
]


def numbered(entries: pa.Table, origin_no: int, registry: optout.Registry) -> pa.Table:
    return listing.numbered(listing.marked(entries, origin_no, registry), LIMITS.max_content)


def test_numbers_follow_the_paths_and_sound_directories_are_no_entries() -> None:
    table = numbered(listed(LISTING), 3, NONE)
    assert table.schema == listing.NUMBERED
    paths = table["path"].to_pylist()
    assert paths == sorted(set(paths))
    assert b"" not in paths
    assert b"lib" not in paths
    assert b"lost" in paths
    assert table["entry_no"].to_pylist() == [(3 << listing.ENTRY_BITS) + place for place in range(len(paths))]


@pytest.mark.parametrize("group_bytes", [1, 500, 10**6])
def test_origins_are_numbered_alike_alone_and_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group_bytes: int
) -> None:
    others = [listed([file(f"{name}.py", name.encode()) for name in names]) for names in ("dca", "", "b")]
    tables = [listed(LISTING), *others]
    paths: list[Path | None] = [tmp_path / f"{number}.parquet" for number in range(len(tables))]
    for path, table in zip(paths, tables, strict=True):
        assert path is not None
        write_table(path, table)
    paths.insert(1, None)
    monkeypatch.setattr(listing, "GROUP_BYTES", group_bytes)
    groups = list(listing.gathered(paths, NONE))
    together = pa.concat_tables([listing.numbered(group, LIMITS.max_content) for group in groups])
    numbers = [0, 2, 3, 4]
    alone = pa.concat_tables([numbered(table, number, NONE) for table, number in zip(tables, numbers, strict=True)])
    assert together.equals(alone)
    roots: dict[str, str] = {}
    for group in groups:
        roots |= listing.root_ids(group)
    assert roots == {"0": (b"r" * 20).hex()}


def test_without_origins_there_is_one_empty_group() -> None:
    (group,) = listing.gathered([None], NONE)
    assert listing.numbered(group, LIMITS.max_content).equals(listing.NUMBERED.empty_table())


def test_only_sound_short_files_may_be_looked_at() -> None:
    rows = numbered(listed(LISTING), 0, NONE).to_pylist()
    assert [row["path"] for row in rows if row["asked_id"]] == [b"c.py", b"lib/a.py"]
    assert all(row["asked_id"] in (None, row["content_id"]) for row in rows)


@pytest.mark.parametrize("request_", ["swh:1:cnt:" + identity(b"a").hex(), "swh:1:dir:" + (b"l" * 20).hex()])
def test_opted_out_content_is_never_looked_at(request_: str) -> None:
    registry = optout.parse(f"# a list\n{request_}", "optout.txt")
    rows = numbered(listed(LISTING), 0, registry).to_pylist()
    (row,) = [row for row in rows if row["path"] == b"lib/a.py"]
    assert row["request"] == f"{request_} (line 2 of optout.txt)"
    assert row["asked_id"] is None


def test_problem_of_the_root_is_one_of_the_origin() -> None:
    root = {"path": b"", "mode": 0o40000, "kind": "directory", "problem": "truncated", "detail": "d"}
    table = numbered(listed([root, file("a", b"a")]), 0, NONE)
    assert table["kind"].to_pylist() == ["origin", "file"]
    whole = numbered(listed([{**root, "problem": "incomplete"}, file("a", b"a")]), 0, NONE)
    assert whole["kind"].to_pylist() == ["file"]


@pytest.mark.parametrize("memory", [4 * 10**9, 10**4])
def test_collected_buckets_hold_every_entry(enter: Enter, memory: int) -> None:
    stage = enter(LISTING, [file(f"f{n}", b"%d" % n) for n in range(9)], memory=memory)
    buckets = (stage.manifest() or {})["buckets"]
    assert (buckets > 1) == (memory < 10**6)
    files = [name for bucket in range(buckets) for name in listing.bucket_files(stage, bucket)]
    paths = [path for name in files for path in pq.read_table(name)["path"].to_pylist()]
    assert sorted(paths) == sorted([row["path"] for row in LISTING[2:]] + [b"f%d" % n for n in range(9)])


def test_long_paths_take_more_buckets(tmp_path: Path) -> None:
    short, long = tmp_path / "short", tmp_path / "long"
    write_table(short, listed([file(f"{n}", b"") for n in range(100)]))
    write_table(long, listed([file(os.urandom(2000).hex(), b"") for _ in range(100)]))
    assert listing.weight(short) == 100
    assert listing.weight(long) * engine.ROW_BYTES > 3 * 100 * 2000


def test_lines_that_moved_in_the_list_are_quoted_as_they_stand(enter: Enter) -> None:
    rows = [file("a", b"a")]
    wish = "swh:1:cnt:" + identity(b"a").hex()
    first, second = enter(rows, optouts=wish), enter(rows, optouts=f"# new comment\n{wish}")
    assert first.folder != second.folder
    (row,) = pq.read_table(listing.bucket_files(second, 0)).to_pylist()
    assert "line 2" in row["request"]


def pinned(path: Path, work: WorkDir) -> Origin:
    source, kind = (git, "git") if path.is_dir() else (archive, "archive")
    locator = json.dumps({"path": str(path)}) if kind == "git" else str(path)
    return source.pin(Origin(f"local:{path.name}", kind, locator), None, work.root)


def made(work: WorkDir, *origins: Origin) -> list[pa.Table]:
    listing.list_all(work, origins, LIMITS, engine.LocalEngine(1), lambda _: None)
    return [pq.read_table(work.entries(listing.key(origin, LIMITS))) for origin in origins]


def problems(table: pa.Table) -> set[str]:
    return set(table["problem"].drop_null().to_pylist())


def test_listing_of_a_revision_is_made_once(tmp_path: Path, work: WorkDir) -> None:
    origin = pinned(building.repository(tmp_path / "one"), work)
    made(work, origin)
    shutil.rmtree(tmp_path / "one")
    (again,) = made(work, origin)
    assert problems(again) == set()


def lose_tree(repository: Path) -> Path:
    name = building.git(repository, "rev-parse", "HEAD:src").strip()
    (place := repository / ".git" / "objects" / name[:2] / name[2:]).unlink()
    return place


def test_damaged_repository_that_was_repaired_is_listed_again(tmp_path: Path, work: WorkDir) -> None:
    shutil.copytree(building.repository(tmp_path / "one"), tmp_path / "sound")
    place = lose_tree(tmp_path / "one")
    origin = pinned(tmp_path / "one", work)
    (first,) = made(work, origin)
    assert problems(first) == {"missing-tree"}
    shutil.copy(tmp_path / "sound" / place.relative_to(tmp_path / "one"), place)
    (second,) = made(work, origin)
    assert problems(second) == set()
    assert second.num_rows > first.num_rows


def test_damaged_twin_does_not_spoil_the_sound_one(tmp_path: Path, work: WorkDir) -> None:
    shutil.copytree(building.repository(tmp_path / "a"), tmp_path / "b")
    lose_tree(tmp_path / "a")
    ticks: list[int] = []
    origins = [pinned(tmp_path / name, work) for name in "ab"]
    listing.list_all(work, origins, LIMITS, engine.LocalEngine(1), ticks.append)
    tables = made(work, *origins)
    assert [problems(table) for table in tables] == [set(), set()]
    assert sum(ticks) == 2


def test_archive_that_was_replaced_after_it_was_pinned_is_not_listed_as_the_old_one(
    tmp_path: Path, work: WorkDir
) -> None:
    whole = building.zipped(tmp_path / "a.zip").read_bytes()
    origin = pinned(tmp_path / "a.zip", work)
    building.zipped(tmp_path / "a.zip", {"other.py": b"other"})
    (table,) = made(work, origin)
    assert problems(table) == {"changed-while-read"}
    assert table.num_rows == 1
    (tmp_path / "a.zip").write_bytes(whole)
    (table,) = made(work, origin)
    assert problems(table) == set()


def test_archive_that_could_not_be_read_for_once_is_read_again(tmp_path: Path, work: WorkDir) -> None:
    building.zipped(tmp_path / "a.zip")
    origin = pinned(tmp_path / "a.zip", work)
    (tmp_path / "a.zip").rename(tmp_path / "away")
    (table,) = made(work, origin)
    assert problems(table) <= listing.PASSING
    (tmp_path / "away").rename(tmp_path / "a.zip")
    (table,) = made(work, origin)
    assert problems(table) == set()
    assert ContentIndex.of(work).has(identity(building.MIT))


def test_same_archive_under_two_names_is_listed_once(tmp_path: Path, work: WorkDir) -> None:
    building.zipped(tmp_path / "a.zip")
    shutil.copy(tmp_path / "a.zip", tmp_path / "b.zip")
    first, second = made(work, pinned(tmp_path / "a.zip", work), pinned(tmp_path / "b.zip", work))
    assert first == second
    assert first.schema.equals(schema.ENTRIES)
    assert len(list(work.packs.iterdir())) == 1
