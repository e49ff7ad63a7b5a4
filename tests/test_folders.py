"""Folders on disk."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from stackmark import folders


def test_files_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name in ("b/a", "b.txt", "a", "b/.hidden", ".git/config", "sub/.svn/x", "sub/_darcs/y"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    assert folders.walk(tmp_path) == [b"a", b"b.txt", b"b/.hidden", b"b/a"]


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n"))).write_bytes(b"1")
    (name,) = folders.walk(tmp_path)
    assert name == b"\xff\n"
    assert folders.read(folders.below(tmp_path, name)) == b"1"


def test_links_and_pipes_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "round").symlink_to(".")
    os.mkfifo(tmp_path / "pipe")
    assert folders.walk(tmp_path) == [b"file"]


def test_folders_deeper_than_calls_can_be(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    assert folders.walk(tmp_path) == [b"d/" * 1500 + b"f"]
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)  # Python's own removal would go too deep


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert folders.walk(tmp_path / "none") == []


def test_a_long_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "long").open("wb") as file:
        file.truncate(folders.MAX_BYTES + 1)
    with pytest.raises(OSError, match="longer than 64 MiB") as raised:
        folders.read(tmp_path / "long")
    assert raised.value.errno == errno.EFBIG
