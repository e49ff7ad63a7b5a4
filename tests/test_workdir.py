from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from stackmark import workdir
from stackmark.errors import StoreError


@pytest.fixture
def work(tmp_path: Path) -> workdir.WorkDir:
    work = workdir.WorkDir(tmp_path / "w")
    with work.locked():
        pass
    return work


def test_atomic_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "file"
    with workdir.atomic(target) as temporary:
        temporary.write_text("half")
        assert not target.exists()
    assert target.read_text() == "half"
    with pytest.raises(RuntimeError), workdir.atomic(target) as temporary:
        temporary.write_text("other")
        raise RuntimeError
    assert target.read_text() == "half"
    assert [path.name for path in target.parent.iterdir()] == ["file"]


@pytest.mark.parametrize(("code", "words"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "must be writable")])
def test_atomic_tells_what_the_disk_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError) as caught, workdir.atomic(tmp_path / "file") as temporary:
        temporary.write_text("x")
    assert words in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_stage_counts_only_with_its_manifest(work: workdir.WorkDir) -> None:
    stage = work.stage("step", ["a", 1])
    workdir.write_json(stage.path("part.json"), {})
    assert stage.manifest() is None
    stage.finish(parts=1)
    assert work.stage("step", ["a", 1]).manifest() == {"parts": 1}
    assert work.stage("step", ["a", 2]).manifest() is None


def test_prune_removes_what_was_not_used(work: workdir.WorkDir) -> None:
    old, new = work.stage("step", 1), work.stage("step", 2)
    old.finish()
    new.finish()
    work.prune([new])
    assert old.manifest() is None
    assert new.manifest() == {}


def test_lock_is_exclusive_and_clears_leftovers(work: workdir.WorkDir) -> None:
    (work.incoming / "half").write_text("x")
    (work.releases / ".corpus-1.0.0.tmp").mkdir()
    with work.locked():
        assert work.is_locked()
        with pytest.raises(StoreError, match="another build is at work"), workdir.WorkDir(work.root).locked():
            pass
        assert list(work.incoming.iterdir()) == []
        assert list(work.releases.iterdir()) == []
    assert not work.is_locked()


def test_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert workdir.digest({"a": 1, "b": [2]}) == workdir.digest({"b": [2], "a": 1})
    assert workdir.digest({"a": 1}) != workdir.digest({"a": 2})
