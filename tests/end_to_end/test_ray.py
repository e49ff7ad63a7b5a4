"""The same plan on a Ray cluster of two nodes gives the same release."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import stackmark
from tests import building

pytest.importorskip("ray", reason="the extra `ray` is not installed")

QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "DO_NOT_TRACK": "1", "RAY_DISABLE_IMPORT_WARNING": "1"}


def nodes(address: str) -> str:
    """Return how many nodes of the cluster are alive, or why that cannot be told."""
    code = "import ray; ray.init(log_to_driver=False); print(sum(node['Alive'] for node in ray.nodes()))"
    environment = {**os.environ, **QUIET, "RAY_ADDRESS": address}
    asked = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    return asked.stdout.strip().rpartition("\n")[2] or asked.stderr[-1000:]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """Start a head and a second node on loopback, one core each, and give the address."""
    ray = str(Path(sys.executable).with_name("ray"))
    place = Path("/tmp") / f"ray-{os.getpid()}"  # a short path: Ray's sockets have little room
    port = 20_000 + os.getpid() % 20_000
    address = f"127.0.0.1:{port}"
    common = [
        ray,
        "start",
        "--block",
        "--num-cpus=1",
        "--object-store-memory=100000000",
        "--disable-usage-stats",
    ]
    common += ["--node-ip-address=127.0.0.1", "--min-worker-port=0", "--max-worker-port=0"]
    head = [*common, "--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={place}"]
    started: list[subprocess.Popen[bytes]] = []
    try:
        for number, command in enumerate((head, [*common, f"--address={address}"]), start=1):
            with (tmp_path / f"node-{number}.log").open("wb") as log:
                started.append(
                    subprocess.Popen(
                        command, env={**os.environ, **QUIET}, stdout=log, stderr=log, start_new_session=True
                    )
                )
            deadline = time.monotonic() + 120
            while (alive := nodes(address)) != str(number) and time.monotonic() < deadline:
                time.sleep(1)
            assert alive == str(number)
        yield address
    finally:
        for node in reversed(started):
            node.send_signal(signal.SIGTERM)
            try:
                node.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(node.pid, signal.SIGKILL)
                node.wait()
        shutil.rmtree(place, ignore_errors=True)


@pytest.mark.ray
def test_two_node_ray_gives_the_identical_release(cluster: str, tmp_path: Path) -> None:
    recipe = building.mixed(tmp_path / "inputs")
    local = stackmark.build(recipe, workdir=tmp_path / "local")
    environment = {**os.environ, **QUIET, "RAY_ADDRESS": cluster}
    command = [sys.executable, "-m", "stackmark", "--debug", "build", str(recipe), "--engine", "ray"]
    command += ["--workdir", str(tmp_path / "ray"), "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr[-2000:]
    assert stackmark.Release.open(tmp_path / "ray" / "releases" / "corpus-1.0.0").digest == local.digest
