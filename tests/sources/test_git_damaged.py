"""Damaged repositories, contents too large, and children that hang or die: the loss stays where it is."""

from __future__ import annotations

import os
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest

from stackmark.sources import Limits, git
from stackmark.sources.gitobjects import ObjectReader, read_chunks, read_headers

from .gitkit import (
    WHEN,
    add_blob,
    add_commit,
    add_raw_tree,
    add_tree,
    keep_nothing,
    loose,
    make,
    pack_all,
    pin,
    read,
    run_git,
)

# --- damage stays where it is


def _bytes_of(number: int) -> bytes:
    """Bytes that hardly compress, so that damage to one object hits no other."""
    state = number + 1
    found = bytearray()
    for _ in range(600):
        state = state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        found += state.to_bytes(8, "big")
    return bytes(found)


MANY = {b"%02d" % number: _bytes_of(number) for number in range(40)}


def _offset(pack: Path, hexid: bytes) -> int:
    listed = run_git(pack.parent, "show-index", feed=pack.with_suffix(".idx").read_bytes())
    (line,) = [line for line in listed.splitlines() if hexid in line]
    return int(line.split()[0])


def test_a_flipped_byte_in_a_pack_loses_one_content(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", MANY)
    pack = pack_all(repository)
    hit = run_git(repository, "rev-parse", "main:07").strip()
    data = bytearray(pack.read_bytes())
    data[_offset(pack, hit) + 1000] ^= 0x55
    pack.write_bytes(data)
    assert read(tmp_path, repository).files == MANY | {b"07": "corrupt"}


def test_many_damaged_contents_are_told_one_by_one(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", MANY)
    pack = pack_all(repository)
    hits = [b"%02d" % number for number in range(0, 40, 3)]
    data = bytearray(pack.read_bytes())
    for name in hits:
        data[_offset(pack, run_git(repository, "rev-parse", b"main:" + name).strip()) + 1000] ^= 0x55
    pack.write_bytes(data)
    assert read(tmp_path, repository).files == MANY | dict.fromkeys(hits, "corrupt")


def test_a_packed_content_under_the_id_of_another_is_corrupt(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", MANY)
    index = pack_all(repository).with_suffix(".idx")
    true = bytes.fromhex(run_git(repository, "rev-parse", "main:07").decode())
    false = true[:-1] + bytes([true[-1] ^ 1])
    index.chmod(0o644)
    index.write_bytes(index.read_bytes().replace(true, false))
    blobs = run_git(repository, "ls-tree", "main").splitlines()
    ids = [false if line.endswith(b"07") else bytes.fromhex(line.split()[2].decode()) for line in blobs]
    add_commit(repository, add_raw_tree(repository, b"".join(b"100644 %02d\0%s" % each for each in enumerate(ids))))
    assert run_git(repository, "cat-file", "-p", "main:07") == MANY[b"07"]  # git itself does not look
    assert read(tmp_path, repository).files == MANY | {b"07": "corrupt"}


@pytest.mark.parametrize("kept", [0.9, 0.5])
def test_a_cut_pack_gives_what_lies_before_the_cut(tmp_path: Path, kept: float) -> None:
    repository = make(tmp_path / "r.git", MANY)
    pack = pack_all(repository)
    whole = pack.read_bytes()
    pack.write_bytes(whole[: int(len(whole) * kept)])
    ends = {
        name: _offset(pack, run_git(tmp_path, "hash-object", "--stdin", feed=data).strip())
        for name, data in MANY.items()
    }
    before = {name for name, start in ends.items() if start + 5500 < len(whole) * kept}
    reading = read(tmp_path, repository)
    assert reading.origin.flags == ("damaged-pack",)
    delivered = {name for name, data in reading.files.items() if data == MANY[name]}
    assert before
    assert before <= delivered < set(MANY)
    assert {reading.files[name] for name in MANY.keys() - delivered} <= {"missing", "corrupt"}


def test_a_pack_with_a_wrong_trailer_is_read_whole(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", MANY)
    pack = pack_all(repository)
    data = bytearray(pack.read_bytes())
    data[-1] ^= 1
    data[4:8] = b"\0\0\0\7"
    pack.write_bytes(data)
    reading = read(tmp_path, repository)
    assert (reading.files, reading.origin.flags) == (MANY, ("damaged-pack",))


@pytest.mark.parametrize("damage", ["gone", "empty", "rubbish", "cut"])
def test_a_pack_without_a_sound_index_does_not_spoil_other_packs(tmp_path: Path, damage: str) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"})
    pack_all(repository)
    other = make(tmp_path / "other.git", {b"b": b"y"})
    pack = pack_all(other)
    index = pack.with_suffix(".idx").read_bytes()
    shutil.copy(pack, repository / "objects" / "pack" / pack.name)
    broken = {"empty": b"", "rubbish": b"\xfftOc\0\0\0\2" + b"\xff" * 2000, "cut": index[:1100]}
    if damage != "gone":
        (repository / "objects" / "pack" / pack.name).with_suffix(".idx").write_bytes(broken[damage])
    reading = read(tmp_path, repository)
    assert (reading.files, reading.origin.flags) == ({b"a": b"x"}, ("damaged-pack",))


def test_a_loose_object_with_other_bytes_is_corrupt(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"true", b"b": b"kept"})
    blob = run_git(repository, "rev-parse", "main:a").decode().strip()
    run_git(repository, "unpack-objects", "-q", feed=b"", fails=True)
    path = repository / "objects" / blob[:2] / blob[2:]
    if not path.exists():
        pack = pack_all(repository)
        moved = shutil.move(pack, tmp_path / "moved.pack")
        pack.with_suffix(".idx").unlink()
        run_git(repository, "unpack-objects", "-q", feed=Path(moved).read_bytes())
    loose(repository, blob).write_bytes(zlib.compress(b"blob 4\0lies"))
    assert read(tmp_path, repository).files == {b"a": "corrupt", b"b": b"kept"}


LOOSE_DAMAGE = {
    "empty": b"",
    "rubbish": b"\xff" * 40,
    "cut": zlib.compress(b"blob 4\0true")[:8],
    "too-short": zlib.compress(b"blob 400\0true"),
    "too-long": zlib.compress(b"blob 1\0true"),
    "huge-claim": zlib.compress(b"blob 9223372036854775807\0true"),
    "no-size": zlib.compress(b"blob \0true"),
    "other-type": zlib.compress(b"tree 4\0true"),
    "no-such-type": zlib.compress(b"blub 4\0true"),
}


@pytest.mark.parametrize("damage", LOOSE_DAMAGE)
def test_a_damaged_loose_object_loses_itself_alone(tmp_path: Path, damage: str) -> None:
    repository = make(tmp_path / "r.git")
    names = {name: add_blob(repository, data) for name, data in {b"a": b"true", b"b": b"kept", b"c": b"too"}.items()}
    raw = b"".join(b"100644 %s\0%s" % (name, bytes.fromhex(id_)) for name, id_ in names.items())
    add_commit(repository, add_raw_tree(repository, raw))
    loose(repository, names[b"a"]).write_bytes(LOOSE_DAMAGE[damage])
    files = read(tmp_path, repository).files
    assert files.pop(b"a") == ("too_large" if damage == "huge-claim" else "corrupt")
    assert files == {b"b": b"kept", b"c": b"too"}


@pytest.mark.parametrize("kind", ["fifo", "folder", "link"])
def test_a_loose_object_that_is_no_file_does_not_hang(tmp_path: Path, kind: str) -> None:
    repository = make(tmp_path / "r.git")
    blob, kept = add_blob(repository, b"true"), add_blob(repository, b"kept")
    raw = b"100644 a\0" + bytes.fromhex(blob) + b"100644 b\0" + bytes.fromhex(kept)
    add_commit(repository, add_raw_tree(repository, raw))
    path = loose(repository, blob)
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    reading = read(tmp_path, repository)
    assert (reading.files, reading.origin.flags) == ({b"a": "missing", b"b": b"kept"}, ("links-ignored",))


def test_a_missing_blob_is_a_row_and_the_rest_comes(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    kept = add_blob(repository, b"kept")
    raw = b"100644 a\0" + b"\x12" * 20 + b"100644 b\0" + bytes.fromhex(kept)
    add_commit(repository, add_raw_tree(repository, raw))
    assert read(tmp_path, repository).files == {b"a": "missing", b"b": b"kept"}


@pytest.mark.parametrize("damage", ["missing", "corrupt", "a blob"])
def test_a_bad_tree_loses_its_subtree_alone(tmp_path: Path, damage: str) -> None:
    repository = make(tmp_path / "r.git")
    kept = add_blob(repository, b"kept")
    inner = bytes.fromhex(add_raw_tree(repository, b"100644 x\0" + bytes.fromhex(kept)))
    bad = bytes.fromhex(add_raw_tree(repository, b"100644 y\0" + bytes.fromhex(kept)))
    if damage == "missing":
        loose(repository, bad.hex()).unlink()
    elif damage == "corrupt":
        loose(repository, bad.hex()).write_bytes(zlib.compress(b"tree 29\x00100644 z\0" + bytes.fromhex(kept)))
    else:
        bad = bytes.fromhex(kept)
    add_commit(repository, add_raw_tree(repository, b"40000 bad\0" + bad + b"40000 good\0" + inner))
    reading = read(tmp_path, repository)
    assert reading.problems == {b"bad": "missing-tree"}
    assert reading.entries[b"bad"]["kind"] == "directory"
    assert reading.entries[b"bad"]["content_id"] == bad
    assert reading.files == {b"good/x": b"kept"}


def test_a_missing_root_tree_is_one_row(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"})
    add_commit(repository, "13" * 20)
    reading = read(tmp_path, repository)
    assert reading.problems == {b"": "missing-tree"}


def test_a_file_entry_that_points_to_a_directory_is_corrupt(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    tree = add_tree(repository, {b"x": b"1"})
    add_commit(repository, add_raw_tree(repository, b"100644 a\0" + bytes.fromhex(tree)))
    assert read(tmp_path, repository).files == {b"a": "corrupt"}


def test_a_main_branch_that_cannot_be_read_is_passed_over_and_flagged(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"}, branch="other")
    (repository / "refs" / "heads" / "main").write_text("14" * 20 + "\n")
    run_git(repository, "symbolic-ref", "HEAD", "refs/heads/main")
    origin = pin(tmp_path, path="r.git")
    assert (origin.branch_name, origin.branch_rule, origin.flags) == (
        "refs/heads/other",
        "newest",
        ("head-unreadable",),
    )


def test_history_that_is_missing_ends_the_walk(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"1"}, {b"a": b"2"}, dates=[WHEN, WHEN + 9])
    first = run_git(repository, "rev-parse", "main~1").decode().strip()
    loose(repository, first).unlink()
    origin = pin(tmp_path, WHEN, path="r.git")
    assert (origin.problem, origin.flags) == ("no-revision-as-of", ("missing-history",))
    assert pin(tmp_path, path="r.git").problem is None


def test_a_shallow_clone_is_read_and_flagged(tmp_path: Path) -> None:
    upstream = make(tmp_path / "up.git", {b"a": b"1"}, {b"a": b"2"}, dates=[WHEN, WHEN + 9])
    run_git(tmp_path, "clone", "--quiet", "--bare", "--depth", "1", upstream.as_uri(), "r.git")
    reading = read(tmp_path, tmp_path / "r.git")
    assert (reading.files, reading.origin.flags) == ({b"a": b"2"}, ("shallow",))
    early = pin(tmp_path, WHEN, path="r.git")
    assert (early.problem, early.flags) == ("no-revision-as-of", ("shallow",))
    assert read(tmp_path, url=(tmp_path / "r.git").as_uri()).files == {b"a": b"2"}


def test_a_damaged_bundle_says_so(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", MANY)
    run_git(repository, "bundle", "create", "--quiet", str(tmp_path / "r.bundle"), "main")
    data = (tmp_path / "r.bundle").read_bytes()
    (tmp_path / "r.bundle").write_bytes(data[: len(data) // 2])
    origin = pin(tmp_path, path="r.bundle")
    assert origin.problem == "unreadable-bundle"
    assert not list((tmp_path / "work" / "mirrors").glob("bundle-" + "?" * 40))


def test_a_bundle_that_needs_older_revisions_says_so(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"1"}, {b"a": b"2"})
    run_git(repository, "bundle", "create", "--quiet", str(tmp_path / "r.bundle"), "main~1..main")
    assert pin(tmp_path, path="r.bundle").problem == "unreadable-bundle"


# --- contents that are too large, git that hangs or dies


def test_contents_over_the_limit_are_told_with_their_length(tmp_path: Path) -> None:
    files = {b"at": b"x" * 1000, b"over": b"x" * 1001, b"huge": bytes(5_000_000), b"small": b"y"}
    reading = read(tmp_path, make(tmp_path / "r.git", files), Limits(max_content=1000))
    assert reading.files == {b"at": b"x" * 1000, b"over": "too_large", b"huge": "too_large", b"small": b"y"}
    assert {row["length"] for row in reading.contents.values()} == {1000, 1001, 5_000_000, 1}
    assert reading.entries[b"huge"]["length"] == 5_000_000


def test_an_object_that_cannot_be_sized_is_refused_by_its_answer(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    ids = [bytes.fromhex(add_blob(repository, data)) for data in (b"1", b"x" * 5000, b"3")]
    with ObjectReader(repository, 100) as reader:
        assert [answer.status for answer in reader.read(ids)] == ["ok", "too_large", "ok"]


def test_a_reader_that_is_left_halfway_stays_in_step(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    ids = [bytes.fromhex(add_blob(repository, b"%d" % number)) for number in range(9)]
    with ObjectReader(repository, 100) as reader:
        assert next(reader.read(ids)).data == b"0"
        assert [answer.data for answer in reader.read(ids[5:])] == [b"5", b"6", b"7", b"8"]


def test_more_requests_than_a_pipe_holds_do_not_lock_up(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    ids = [bytes.fromhex(add_blob(repository, b"x" * 3000)), b"\x01" * 20] * 5000
    with ObjectReader(repository, 5000) as reader:
        assert [answer.status for answer in reader.read(ids)] == ["ok", "missing"] * 5000
    assert [header and header[1] for header in read_headers(repository, ids)] == [3000, None] * 5000


@pytest.fixture
def hanging_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git that answers nothing, in front of the real one."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    return tmp_path


def test_a_git_that_hangs_is_killed(hanging_git: Path) -> None:
    ids = [b"\x01" * 20, b"\x02" * 20]
    with ObjectReader(hanging_git, 100, stall=0.1) as reader:
        assert [answer.status for answer in reader.read(ids)] == ["timeout", "timeout"]
    assert read_headers(hanging_git, ids, stall=0.1) == [None, None]
    assert [chunk.raw for chunk in read_chunks(hanging_git, ids, np.array([5, 5]), 100, stall=0.1)] == [None]


def test_a_git_that_crashes_over_each_object_still_ends(hanging_git: Path) -> None:
    (hanging_git / "bin" / "git").write_text("#!/bin/sh\nread x\nkill -9 $$\n")
    with ObjectReader(hanging_git, 100, stall=5) as reader:
        assert [answer.status for answer in reader.read([b"\x01" * 20] * 3)] == ["corrupt"] * 3


def test_an_origin_that_vanished_after_pinning_is_told_row_by_row(tmp_path: Path) -> None:
    origin = pin(tmp_path, path=str(make(tmp_path / "r.git", {b"a": b"x"})))
    shutil.rmtree(tmp_path / "r.git")
    (batch,) = git.entries(origin, Limits(), keep_nothing)
    assert batch["problem"].to_pylist() == ["missing-tree"]
    (batch,) = git.contents(origin, [b"\x01" * 20], Limits())
    assert batch["status"].to_pylist() == ["missing"]
