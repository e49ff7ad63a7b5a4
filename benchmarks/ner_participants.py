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
from stackmark.errors import StackmarkError

HERE = Path(__file__).parent
CACHE = HERE.parent / ".cache" / "ner"
#: What goes wrong with a participant, its environment or its models, while others may go on.
FAILURES = (RuntimeError, OSError, ValueError, LookupError, subprocess.SubprocessError, StackmarkError)


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
def participant(threads: int, peer: str, script: str, *arguments: object) -> Iterator[Participant]:
    """Start a participant in the environment of a peer, or in this one, and wait until it has loaded its model.

    What it prints on stderr goes to a file. Raises RuntimeError if it does not start, or ends before its time.
    """
    python = environment(peer) / "python" if peer else sys.executable
    command = [str(python), str(HERE / script), *map(str, arguments)]
    variables = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": str(threads),
    }
    CACHE.mkdir(parents=True, exist_ok=True)
    with (
        (CACHE / f"{Path(script).stem}.log").open("a") as log,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=variables
        ) as process,
    ):
        if process.stdout is None or process.stdout.readline() != "ready\n":
            process.kill()
            raise RuntimeError(f"{script} did not start; see {log.name}")
        try:
            yield Participant(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()


def reference(folder: Path, threads: int) -> Started:
    return participant(threads, "ner-peer", "ner_peer.py", folder)


def gliner(encoder: Path, types: list[str], threads: int) -> Started:
    return participant(threads, "gliner", "ner_gliner.py", encoder, *types)


def ours(folder: Path, threads: int, way: str = "float32") -> Started:
    """Start this library; `way` is the precision to prepare for, or "onnx"."""
    return participant(threads, "", "ner_ours.py", folder, way)
