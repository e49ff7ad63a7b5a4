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


def git(folder: Path, *words: str) -> None:
    """Run git as somebody."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A work tree with an ignored file and an ignored folder."""
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("*.log\n/out/\n")
    for name in ("a.py", "new.py", "b.log", "out/c.py", "out/deep/d.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    git(tmp_path, "add", "a.py")
    return tmp_path


def test_what_a_repository_ignores_is_left_out(repository: Path) -> None:
    (repository / "gone.py").write_bytes(b"1")
    (repository / "link.py").symlink_to("a.py")
    git(repository, "add", "gone.py", "link.py")
    (repository / "gone.py").unlink()
    assert folders.walk(repository) == [b".gitignore", b"a.py", b"new.py"]


def test_an_ignored_folder_that_is_asked_for_is_walked(repository: Path) -> None:
    assert folders.walk(repository / "out") == [b"c.py", b"deep/d.py"]


def test_a_repository_in_a_repository(repository: Path) -> None:
    for name in ("sub", "sub/subsub"):
        (repository / name).mkdir()
        git(repository / name, "init", "-q")
        (repository / name / ".gitignore").write_text("no\n")
        (repository / name / "no").write_bytes(b"1")
        (repository / name / "yes").write_bytes(b"1")
    found = folders.walk(repository)
    assert [name for name in found if name.startswith(b"sub")] == [
        b"sub/.gitignore",
        b"sub/subsub/.gitignore",
        b"sub/subsub/yes",
        b"sub/yes",
    ]


def test_folders_that_look_like_repositories_are_walked(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    here = tmp_path
    for _ in range(30):
        here = here / "r"
        here.mkdir()
        (here / ".git").mkdir()  # enough of one to be asked, too little to be one
        (here / "f").write_bytes(b"1")
    assert len(folders.walk(tmp_path)) == 30


def test_no_program_that_a_repository_names_is_run(repository: Path) -> None:
    marker = repository / "ran"
    (repository / "evil.sh").write_text(f"#!/bin/sh\ntouch {marker}\n")
    (repository / "evil.sh").chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "alias.ls-files"):
        git(repository, "config", key, str(repository / "evil.sh"))
    folders.walk(repository)
    assert not marker.exists()


def test_a_folder_that_cannot_be_entered_is_named_and_reading_it_fails(tmp_path: Path) -> None:
    here = Path.cwd()
    name = "d" * 200
    try:
        os.chdir(tmp_path)
        for _ in range(25):  # a longer path than the system takes
            Path(name).mkdir()
            os.chdir(name)
        Path("hidden.py").write_text("")
    finally:
        os.chdir(here)
    (deepest,) = folders.walk(tmp_path)
    assert set(deepest.split(b"/")) == {name.encode()}
    with pytest.raises(OSError, match="too long"):
        folders.read(folders.below(tmp_path, deepest))
