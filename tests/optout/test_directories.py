"""Requests of directories, on listings of real repositories: ids are git's own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pyarrow as pa
import pytest

from stackmark import optout
from stackmark.sources import Limits, git
from stackmark.trees import directory_ids
from tests import building


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "tool"
    for name in ("a.py", "lib/b.py", "lib/deep/c.py", "lib.d/e.py", "lib/deep/run.sh"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (folder / "lib/deep/run.sh").chmod(0o755)
    (folder / "lib/link").symlink_to("b.py")
    building.git(folder, "init", "-q", "-b", "main")
    building.git(folder, "add", "-A")
    building.git(folder, "commit", "-qm", "one")
    return folder


def listed(repository: Path, tmp_path: Path) -> pa.Table:
    (origin,) = git.discover(git.Settings(kind="git", path=str(repository)), tmp_path)
    return pa.Table.from_batches(list(git.entries(git.pin(origin, None, tmp_path), Limits(), lambda *_: None)))


def trees(repository: Path) -> dict[bytes, bytes]:
    command = ["git", "-C", str(repository), "ls-tree", "-r", "-d", "HEAD"]
    lines = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    return {line.split("\t")[1].encode(): bytes.fromhex(line.split()[2]) for line in lines}


def test_ids_are_those_of_git(repository: Path, tmp_path: Path) -> None:
    columns = (listed(repository, tmp_path)[name].to_pylist() for name in ("path", "mode", "content_id"))
    found = directory_ids(row for row in zip(*columns, strict=True) if row[0])
    assert found.pop(b"") is not None
    assert found == trees(repository)
    assert sorted(found) == [b"lib", b"lib.d", b"lib/deep"]


def test_a_request_of_a_folder_forbids_what_lies_in_it(repository: Path, tmp_path: Path) -> None:
    registry = optout.parse(f"swh:1:dir:{trees(repository)[b'lib'].hex()}\n", "list")
    table = listed(repository, tmp_path)
    found = zip(table["path"].to_pylist(), registry.forbidden_entries(table).to_pylist(), strict=True)
    inside = [b"lib/b.py", b"lib/deep/c.py", b"lib/deep/run.sh", b"lib/link"]
    assert sorted(path for path, words in found if words) == inside
