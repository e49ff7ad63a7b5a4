"""Odd trees: names that lead elsewhere, entries that git would not write, trees that never end."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from stackmark.sources import Limits, git
from stackmark.sources.gittree import is_unsafe

from .gitkit import (
    add_blob,
    add_commit,
    add_raw_tree,
    keep_nothing,
    make,
    pin,
    read,
)

# --- odd trees


def _tree_of(repository: Path, *entries: tuple[bytes, bytes]) -> str:
    blob = bytes.fromhex(add_blob(repository, b"x"))
    return add_raw_tree(repository, b"".join(b"%s %s\0%s" % (mode, name, blob) for mode, name in entries))


UNSAFE = [
    b"", b".", b"..", b".git", b".GIT", b".Git ", b".git.", b"git~1", b"GIT~1", b".git::$INDEX_ALLOCATION",
    b".g\xe2\x80\x8cit", b"\xef\xbb\xbf.git", b"a/b", b"/abs", b"..\\x", b"a\\.git\\config",
]  # fmt: skip
SAFE = [
    b".gitignore", b".github", b"git", b"git~2", b"...", b"a b", b"-rf", b"--", b"a\nb", b"~", b"\xff\xfe",
    b"a\\x2db", b"CON", b"con.txt", b"e\xcc\x81", b"\xe2\x80\xae.txt", b"x.git", b"*", b"C:",
]  # fmt: skip


@pytest.mark.parametrize("name", UNSAFE, ids=repr)
def test_a_name_that_leads_elsewhere_is_unsafe(name: bytes) -> None:
    assert is_unsafe(name)


@pytest.mark.parametrize("name", SAFE, ids=repr)
def test_a_name_that_is_merely_odd_is_safe(name: bytes) -> None:
    assert not is_unsafe(name)


@pytest.mark.parametrize("names", [UNSAFE + SAFE, [b"plain", b"a/b"], [b"plain", b""]], ids=["all", "slash", "empty"])
def test_names_that_lead_elsewhere_are_told_and_delivered(tmp_path: Path, names: list[bytes]) -> None:
    repository = make(tmp_path / "r.git")
    add_commit(repository, _tree_of(repository, *((b"100644", name) for name in names)))
    reading = read(tmp_path, repository)
    assert reading.problems == {name: "unsafe-path" for name in names if name in UNSAFE}
    assert reading.files == dict.fromkeys(names, b"x")


def test_everything_below_an_unsafe_directory_is_unsafe(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    inner = bytes.fromhex(_tree_of(repository, (b"100644", b"x")))
    outer = bytes.fromhex(add_raw_tree(repository, b"40000 deep\0" + inner))
    add_commit(repository, add_raw_tree(repository, b"40000 ..\0" + outer + b"40000 ok\0" + inner))
    reading = read(tmp_path, repository)
    assert reading.problems == {b"../deep/x": "unsafe-path"}
    assert set(reading.files) == {b"../deep/x", b"ok/x"}


def test_a_name_that_appears_twice_counts_once(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    one, two = bytes.fromhex(add_blob(repository, b"1")), bytes.fromhex(add_blob(repository, b"2"))
    tree = bytes.fromhex(_tree_of(repository, (b"100644", b"x")))
    raw = b"100644 a\0" + one + b"100644 a\0" + two + b"40000 a\0" + tree + b"100644 b\0" + two
    add_commit(repository, add_raw_tree(repository, raw))
    reading = read(tmp_path, repository)
    assert [(row["path"], row["kind"], row["content_id"], row["problem"]) for row in reading.rows] == [
        (b"a", "file", one, None),
        (b"a", "file", two, "duplicate-name"),
        (b"a", "directory", tree, "duplicate-name"),
        (b"b", "file", two, None),
    ]


def test_zero_padded_modes_wrong_order_and_odd_modes(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    inner = bytes.fromhex(_tree_of(repository, (b"100644", b"x")))
    blob = bytes.fromhex(add_blob(repository, b"x"))
    raw = b"".join(b"%s %s\0%s" % each for each in [
        (b"100664", b"z", blob), (b"100600", b"y", blob), (b"040000", b"d", inner), (b"0100755", b"b", blob),
        (b"020000", b"device", blob), (b"0", b"zero", blob),
    ])  # fmt: skip
    add_commit(repository, add_raw_tree(repository, raw))
    reading = read(tmp_path, repository)
    assert {row["path"]: (oct(row["mode"]), row["kind"]) for row in reading.rows} == {
        b"z": ("0o100664", "file"), b"y": ("0o100600", "file"), b"d/x": ("0o100644", "file"),
        b"b": ("0o100755", "file"), b"device": ("0o20000", "special"), b"zero": ("0o0", "special"),
    }  # fmt: skip
    assert reading.problems == {b"device": "unknown-mode", b"zero": "unknown-mode"}


@pytest.mark.parametrize(
    "tail",
    [b"100644 cut\0\x01\x02", b"100644 cut", b"garbage\0" + b"1" * 20, b"7" * 5000, b"8 x\0" + b"1" * 20],
)
def test_a_tree_is_listed_up_to_where_it_is_malformed(tmp_path: Path, tail: bytes) -> None:
    repository = make(tmp_path / "r.git")
    blob = bytes.fromhex(add_blob(repository, b"x"))
    bad = bytes.fromhex(add_raw_tree(repository, b"100644 a\0" + blob + tail))
    add_commit(repository, add_raw_tree(repository, b"40000 d\0" + bad + b"100644 e\0" + blob))
    reading = read(tmp_path, repository)
    assert reading.files == {b"d/a": b"x", b"e": b"x"}
    assert reading.problems == {b"d": "malformed-tree"}


def test_names_that_differ_in_case_or_are_not_utf8_stay_apart(tmp_path: Path) -> None:
    files = {b"A.txt": b"1", b"a.txt": b"2", b"caf\xe9": b"3", b"caf\xc3\xa9": b"4", b"cafe\xcc\x81": b"5"}
    assert read(tmp_path, make(tmp_path / "r.git", files)).files == files


def test_deep_directories_end_at_the_limit(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"d/" * 10 + b"far": b"1", b"near": b"2", b"d/" * 5 + b"edge": b"3"})
    reading = read(tmp_path, repository, Limits(max_depth=5))
    assert reading.files == {b"near": b"2", b"d/d/d/d/d/edge": b"3"}
    assert reading.problems == {b"d/d/d/d/d/d": "too-deep"}


def test_paths_over_the_limit_are_told(tmp_path: Path) -> None:
    files = {b"x" * 50: b"1", b"y" * 51: b"2", b"z" * 51 + b"/in": b"3", b"d/" + b"w" * 49: b"4"}
    reading = read(tmp_path, make(tmp_path / "r.git", files), Limits(max_path=50))
    assert reading.problems == dict.fromkeys([b"y" * 51, b"z" * 51, b"d/" + b"w" * 49], "unsafe-path")
    assert reading.entries[b"z" * 51]["kind"] == "directory"
    assert set(reading.files) == {b"x" * 50, b"y" * 51, b"d/" + b"w" * 49}


def _bomb(repository: Path, leaf: str, depth: int = 12) -> None:
    tree = leaf
    for _ in range(depth):
        tree = add_raw_tree(repository, b"".join(b"40000 %d\0%s" % (n, bytes.fromhex(tree)) for n in range(10)))
    add_commit(repository, tree)


@pytest.mark.parametrize("leaf", ["files", "empty directories", "long names"])
def test_a_git_bomb_ends_soon(tmp_path: Path, leaf: str) -> None:
    repository = make(tmp_path / "r.git")
    names = {
        "files": [b"%d" % n for n in range(10)],
        "empty directories": [],
        "long names": [b"n" * 500_000],
    }[leaf]
    _bomb(repository, _tree_of(repository, *((b"100644", name) for name in names)))
    origin = pin(tmp_path, path="r.git")
    began = time.monotonic()
    count = 0
    last = None
    for batch in git.entries(origin, Limits(max_entries=5000, max_path=1_000_000), keep_nothing):
        count += batch.num_rows
        last = batch.to_pylist()[-1]
    assert last is not None
    assert (last["path"], last["kind"], last["problem"]) == (b"", "directory", "too-many-entries")
    assert count <= 5001
    assert time.monotonic() - began < 10


def test_a_tree_of_more_entries_than_allowed_gives_the_first_ones(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"%03d" % number: b"x" for number in range(100)})
    reading = read(tmp_path, repository, Limits(max_entries=100))
    assert (len(reading.rows), reading.problems) == (100, {})
    reading = read(tmp_path, repository, Limits(max_entries=99))
    assert reading.problems == {b"": "too-many-entries"}
