"""Starts the participants of benchmarks/ner.py, each in its environment, and asks them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from _environments import environment

HERE = Path(__file__).parent
CACHE = HERE.parent / ".cache" / "ner"


class Participant:
    """A process that answers requests; see `ner_serve`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ask(self, **request: Any) -> dict[str, Any]:
        """Give the answer to one request."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("a participant has no pipes")
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a participant ended: {self.process.args!r}")
        answer: dict[str, Any] = json.loads(line)
        return answer


Started = AbstractContextManager[Participant]


@contextmanager
def participant(threads: int, python: Path | str, script: str, *arguments: object) -> Iterator[Participant]:
    """Start a participant and wait until it has loaded its model; what it prints on stderr goes to a file."""
    command = [str(python), str(HERE / script), *map(str, arguments)]
    variables = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": str(threads),
    }
    CACHE.mkdir(parents=True, exist_ok=True)
    with (
        (CACHE / f"{Path(script).stem}.log").open("w") as log,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=variables
        ) as process,
    ):
        if process.stdout is None or process.stdout.readline() != "ready\n":
            process.kill()
            raise SystemExit(f"{script} did not start; see {log.name}")
        yield Participant(process)
        if process.stdin is not None:
            process.stdin.close()


def reference(folder: Path, threads: int) -> Started:
    return participant(threads, environment("ner-peer") / "python", "ner_peer.py", folder)


def gliner(encoder: Path, types: list[str], threads: int) -> Started:
    return participant(threads, environment("gliner") / "python", "ner_gliner.py", encoder, *types)


def ours(folder: Path, threads: int, way: str = "float32") -> Started:
    """Start this library; `way` is the precision to prepare for, or "onnx"."""
    return participant(threads, sys.executable, "ner_ours.py", folder, way)
