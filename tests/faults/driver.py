"""Runs builds that are killed or whose disk fails, each in a forked child, and prints what was found as JSON.

    python -m tests.faults.driver kill   RECIPE WORKDIR SEED POINTS
    python -m tests.faults.driver errno  RECIPE WORKDIR ERRNO STRIDE

Forking after the imports makes a build cheap enough to be killed at many points.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import daft  # noqa: F401  (imported before the fork, so that a child starts at once)

from stackmark import pipeline, release, store
from stackmark.errors import StackmarkError
from stackmark.steps import inspecting

inspecting.detectors()  # loads what they need


def child(work: Callable[[], int]) -> int:
    """Fork; the child ends with the number that `work` returns."""
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            code = work()
        except StackmarkError as error:
            code = error.exit_code
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        except BaseException:  # noqa: BLE001  (a child must not go on as its parent)
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(code)
    return pid


def wait(pid: int) -> int:
    """Return the exit code of a child, negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def build(recipe: Path, workdir: Path) -> int:
    """Build with one worker, in this process."""
    pipeline.build(recipe, workdir=workdir, workers=1)
    return 0


def digests(workdir: Path) -> list[str]:
    """Return the digests of the releases that are visible; each must be whole."""
    found = []
    for path in sorted((workdir / "releases").glob("[!.]*")):
        report = release.Release.open(path).verify(deep=False)
        found.append(str(report.digest) if report.ok else f"broken: {report.problems[0]}")
    return found


def unreadable(workdir: Path) -> list[str]:
    """Return the files that stand under a final name and cannot be read."""
    import pyarrow.parquet as pq

    bad = []
    for path in workdir.glob("s*/**/*"):
        if path.name.startswith(".") or not path.is_file():
            continue
        try:
            if path.suffix == ".parquet":
                pq.read_table(path)
            elif path.suffix == ".arrow":
                store.open_pack(path)
            elif path.suffix == ".json":
                json.loads(path.read_text())
        except Exception as error:  # noqa: BLE001  (whatever it is, it is what we look for)
            bad.append(f"{path.name}: {error}")
    return bad


def kill(recipe: Path, workdir: Path, seed: int, points: int) -> dict[str, Any]:
    """Kill builds at random moments; go on with each until it ends, then begin anew. All ends must be alike."""
    chance = random.Random(seed)
    start = time.monotonic()
    assert wait(child(lambda: build(recipe, workdir / "whole"))) == 0
    length = time.monotonic() - start
    expected = digests(workdir / "whole")
    outcomes: dict[str, Any] = {"expected": expected, "kills": 0, "ends": [], "bad": [], "partial": []}
    number = 0
    while outcomes["kills"] < points:
        folder = workdir / f"run-{number}"
        pid = child(lambda folder=folder: build(recipe, folder))  # type: ignore[misc]
        time.sleep(chance.uniform(0, length))
        os.kill(pid, signal.SIGKILL)
        killed = wait(pid) == -signal.SIGKILL
        outcomes["kills"] += killed
        outcomes["bad"] += unreadable(folder)
        if not killed or chance.random() < 0.3:
            outcomes["partial"] += [one for one in digests(folder) if one not in expected]
            assert wait(child(lambda folder=folder: build(recipe, folder))) == 0  # type: ignore[misc]
            outcomes["ends"] += digests(folder)
            shutil.rmtree(folder)
            number += 1
    return outcomes


def failing(number: int, code: int) -> Callable[[], None]:
    """Make the n-th sync or rename, and all after it, fail with an error code."""
    calls = 0
    real = {name: getattr(os, name) for name in ("fsync", "replace")}

    def wrap(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **names: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls >= number:
                raise OSError(code, os.strerror(code))
            return real[name](*arguments, **names)

        return call

    def install() -> None:
        for name in real:
            setattr(os, name, wrap(name))

    return install


def errno(recipe: Path, workdir: Path, code: int, stride: int) -> dict[str, Any]:
    """Let the disk fail at every `stride`-th call, then heal; collect exit codes and the release after it."""
    assert wait(child(lambda: build(recipe, workdir / "whole"))) == 0
    outcomes: dict[str, Any] = {
        "expected": digests(workdir / "whole"),
        "codes": [],
        "ends": [],
        "partial": [],
        "bad": [],
    }
    number = 1
    while True:
        folder = workdir / f"run-{number}"

        def broken(folder: Path = folder, number: int = number) -> int:
            failing(number, code)()
            return build(recipe, folder)

        ended = wait(child(broken))
        if ended == 0:
            return outcomes
        outcomes["codes"].append(ended)
        outcomes["partial"] += digests(folder)
        outcomes["bad"] += unreadable(folder)
        assert wait(child(lambda folder=folder: build(recipe, folder))) == 0  # type: ignore[misc]
        outcomes["ends"] += digests(folder)
        shutil.rmtree(folder)
        number += stride


if __name__ == "__main__":
    what, first, second, *numbers = sys.argv[1:]
    run = {"kill": kill, "errno": errno}[what]
    print(json.dumps(run(Path(first), Path(second), *map(int, numbers))))
