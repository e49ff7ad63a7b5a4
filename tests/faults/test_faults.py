"""A build that is killed, or whose disk fails, loses nothing and shows nothing half done."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import stackmark
from tests import building

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return building.mixed(tmp_path_factory.mktemp("faults"))


def drive(*arguments: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.faults.driver", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_25_random_points_ends_in_the_same_release(recipe: Path, tmp_path: Path, seed: int) -> None:
    found = drive("kill", recipe, tmp_path, seed, 25)
    assert found["kills"] >= 25
    assert found["bad"] == []
    assert found["partial"] == []
    assert len(found["expected"]) == 1
    assert set(found["ends"]) == set(found["expected"])


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_failing_disk_ends_with_exit_code_5_and_heals(recipe: Path, tmp_path: Path, code: int) -> None:
    found = drive("errno", recipe, tmp_path, code, 23)
    assert len(found["codes"]) >= 3
    assert set(found["codes"]) == {5}
    assert found["bad"] == []
    assert found["partial"] == []
    assert set(found["ends"]) == set(found["expected"])


def test_workers_killed_with_their_build_leave_nothing_half_done(recipe: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "stackmark",
        "build",
        str(recipe),
        "--workdir",
        str(tmp_path),
        "--workers",
        "2",
    ]
    for wait in (1.2, 1.8, 2.4):
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        time.sleep(wait)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    assert subprocess.run(command, stdout=subprocess.DEVNULL).returncode == 0
    whole = stackmark.build(recipe, workdir=tmp_path / "other")
    assert stackmark.Release.open(tmp_path / "releases" / "corpus-1.0.0").digest == whole.digest


def test_full_disk_is_told_with_a_hint_and_the_older_release_stays(recipe: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: real calls fail with a real error."""
    first = stackmark.build(recipe, workdir=tmp_path)
    again = recipe.with_name("again.toml")
    again.write_text(recipe.read_text().replace("1.0.0", "1.0.1") + '[licenses]\npolicy = "any"\n')
    command = [sys.executable, "-m", "stackmark", "build", str(again), "--workdir", str(tmp_path)]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit)
    assert done.returncode == 5
    assert done.stderr.startswith("Error: cannot write ")
    assert "Hint: " in done.stderr
    assert "Traceback" not in done.stderr
    assert first.verify().ok
    assert subprocess.run(command, capture_output=True).returncode == 0


def test_small_disk_fills_up(recipe: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk needs root")
    try:
        command = [sys.executable, "-m", "stackmark", "build", str(recipe), "--workdir", str(disk / "w")]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 5
        assert "The disk is full" in done.stderr
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        assert subprocess.run(command, capture_output=True).returncode == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("delay", [0.0, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64])
def test_interrupt_ends_with_130(recipe: Path, tmp_path: Path, delay: float) -> None:
    """From the first thing that a build does, through the start of its workers, to its end."""
    command = [sys.executable, "-m", "stackmark", "build", str(recipe), "--workdir", str(tmp_path)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not (tmp_path / "lock").exists() and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(delay)
    running.send_signal(signal.SIGINT)
    try:
        _, said = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130
    assert "goes on" in said


def test_two_builds_in_one_work_directory_do_not_mix(recipe: Path, tmp_path: Path) -> None:
    from stackmark.errors import StoreError
    from stackmark.store import WorkDir

    with WorkDir(tmp_path).locked(), pytest.raises(StoreError, match="another build is at work"):
        stackmark.build(recipe, workdir=tmp_path)
