from __future__ import annotations

import os
from pathlib import Path

import pytest

from stackmark.licenses.folder import Folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (b"b/x.c", b"a.c", b".git/HEAD", b"caf\xe9", b"b/.git/x"):
        path = tmp_path / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name)
    return tmp_path


def test_files_come_in_the_order_of_their_paths(root: Path) -> None:
    assert list(Folder(root)) == [b"a.c", b"b/x.c", b"caf\xe9"]
    assert Folder(root)[b"caf\xe9"] == b"caf\xe9"


def test_links_and_special_files_are_not_followed(root: Path) -> None:
    (root / "link").symlink_to("a.c")
    (root / "loop").symlink_to(".", target_is_directory=True)
    os.mkfifo(root / "pipe")
    assert list(Folder(root)) == [b"a.c", b"b/x.c", b"caf\xe9"]


def test_one_file_alone(root: Path) -> None:
    assert dict(Folder(root / "a.c")) == {b"a.c": b"a.c"}


def test_only_its_own_paths_can_be_read(root: Path) -> None:
    for path in (b"../x", b"/etc/hostname", b".git/HEAD", b"b"):
        with pytest.raises(KeyError):
            Folder(root)[path]


def test_a_file_that_vanishes_is_left_out(root: Path) -> None:
    tree = Folder(root)
    (root / "a.c").unlink()
    assert tree[b"a.c"] == b""
    assert list(tree.left_out) == [b"a.c"]


def test_progress(root: Path) -> None:
    told: list[tuple[int, int]] = []
    dict(Folder(root, lambda done, total: told.append((done, total))))
    assert told == [(1, 3)] * 3
