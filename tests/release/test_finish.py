from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from stackmark.errors import IntegrityError
from stackmark.release import finish, manifest
from tests.release import synthetic
from tests.release.synthetic import INFO, NOTICES, STANDARD, TOOL, Entry

DOCUMENTS = [
    "CHANGELOG.md",
    "NOTICE",
    "README.md",
    "SHA256SUMS",
    "manifest.json",
    "report.html",
    "swhids.txt",
]


def contents(folder: Path) -> dict[str, bytes]:
    return {path: (folder / path).read_bytes() for path in manifest.walk(folder)[0]}


def test_a_finished_release_verifies(tmp_path: Path) -> None:
    report = synthetic.release(tmp_path / "r").verify()
    assert report.ok, report.problems
    assert report.checked.rows == len(STANDARD)


def test_all_documents_are_there_and_listed(tmp_path: Path) -> None:
    release = synthetic.release(tmp_path / "r")
    top = sorted(path.name for path in release.path.iterdir() if path.is_file())
    assert top == DOCUMENTS
    listed = [entry["path"] for entry in release.manifest["files"]]
    assert listed == sorted(set(contents(release.path)) - {"manifest.json", "SHA256SUMS"})


def test_sha256sum_itself_accepts_the_release(tmp_path: Path) -> None:
    release = synthetic.release(tmp_path / "r")
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"],
        cwd=release.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "manifest.json: OK" in done.stdout
    assert "data/C#/train-00000-of-00001.parquet: OK" in done.stdout


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    first = synthetic.release(tmp_path / "one")
    second = synthetic.release(tmp_path / "two", notices=reversed(NOTICES))
    assert contents(first.path) == contents(second.path)
    assert first.digest == second.digest


def test_a_hash_seed_changes_nothing(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from tests.release import synthetic; "
    script += "print(synthetic.release(Path(sys.argv[1])).digest)"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "other")],
        cwd=root,
        env={"PYTHONHASHSEED": "1234", "PATH": "", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == synthetic.release(tmp_path / "r").digest


def test_finishing_twice_gives_the_same_release(tmp_path: Path) -> None:
    release = synthetic.release(tmp_path / "r")
    before = contents(release.path)
    finish(release.path, INFO, NOTICES)
    assert contents(release.path) == before


def test_no_path_of_this_machine_is_written(tmp_path: Path) -> None:
    release = synthetic.release(tmp_path / "r")
    assert not [path for path, data in contents(release.path).items() if str(tmp_path).encode() in data]


def test_a_release_that_keeps_nothing_is_a_release(tmp_path: Path) -> None:
    entries = [entry for entry in STANDARD if entry.outcome in ("dropped", "skipped", "quarantined")]
    release = synthetic.release(tmp_path / "r", entries)
    assert release.verify().ok, release.verify().problems
    assert release.manifest["counts"]["outcomes"]["kept"] == {"files": 0, "bytes": 0}
    assert release.manifest["configs"] == []


def test_a_release_of_an_empty_ledger_is_a_release(tmp_path: Path) -> None:
    release = synthetic.release(tmp_path / "r", [], notices=[])
    assert release.verify().ok, release.verify().problems
    assert release.manifest["counts"]["input"] == {"files": 0, "bytes": 0}


def test_kept_files_of_no_known_language_have_a_folder(tmp_path: Path) -> None:
    release = synthetic.release(tmp_path / "r", [Entry(TOOL, "a", "a\n", language=None)])
    assert release.verify().ok, release.verify().problems
    assert release.manifest["configs"] == [{"config": "Unknown", "language": None, "rows": 1}]


def test_a_symlink_in_the_folder_is_refused(tmp_path: Path) -> None:
    synthetic.write_tables(tmp_path / "r", STANDARD)
    (tmp_path / "r" / "extra").symlink_to("/etc/hostname")
    with pytest.raises(IntegrityError, match="plain files only"):
        finish(tmp_path / "r", INFO, NOTICES)


def test_a_wrong_step_from_the_parent_writes_nothing(tmp_path: Path) -> None:
    parent = synthetic.release(tmp_path / "old")
    entries = [*STANDARD, Entry(TOOL, "new.py", "new = 1\n")]
    synthetic.write_tables(tmp_path / "new", entries)
    with pytest.raises(IntegrityError, match=r"use 1\.1\.0"):
        finish(tmp_path / "new", replace(INFO, version="1.0.1"), NOTICES, parent.path)
    assert not (tmp_path / "new" / "manifest.json").exists()
    assert not (tmp_path / "new" / "swhids.txt").exists()


def test_the_manifest_names_the_parent_by_its_digest(tmp_path: Path) -> None:
    parent = synthetic.release(tmp_path / "old")
    child = synthetic.release(tmp_path / "new", info=replace(INFO, version="1.0.1"), parent=parent.path)
    assert child.manifest["parent"] == {"name": "corpus", "version": "1.0.0", "digest": parent.digest}
    assert parent.manifest["parent"] is None
