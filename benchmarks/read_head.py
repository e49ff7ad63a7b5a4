"""Reading HEAD of a repository into Arrow, with hashes, against `git archive` of the same tree.

    python benchmarks/read_head.py REPOSITORY [ROUNDS]

Both run in turn, ROUNDS times each (5 unless told), after one round that warms the disk cache. Theirs is
counted at the end of a pipe; ours lists the tree and delivers every unique content with its SHA-1 and
SHA-256, checked against its git id. Prints the median wall times, their ratio (goal: at most 2.0), and where
ours goes.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from stackmark.sources import Limits, Origin, git

GOAL = 2.0


def archive(repository: str) -> int:
    """Return the length of the tar file that git makes of HEAD."""
    child = subprocess.Popen(["git", "-C", repository, "archive", "HEAD"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    total = 0
    while piece := child.stdout.read(1 << 20):
        total += len(piece)
    assert child.wait() == 0
    return total


def _keep_nothing(_id: bytes, _data: bytes) -> None:
    """A git listing meets no contents."""


def entries(origin: Origin) -> list[bytes]:
    """List the tree; return the unique ids of its contents."""
    found: set[bytes] = set()
    for batch in git.entries(origin, Limits(), _keep_nothing):
        files = pc.is_in(batch["kind"], value_set=pa.array(["file", "symlink"]))
        found.update(batch.filter(files)["content_id"].to_pylist())
    return sorted(found)


def contents(origin: Origin, wanted: list[bytes]) -> tuple[int, int]:
    """Read all contents; return their number and bytes."""
    rows = total = 0
    for batch in git.contents(origin, wanted, Limits()):
        rows += batch.num_rows
        total += pc.sum(batch["length"]).as_py() or 0
    return rows, total


def processor_seconds() -> float:
    """Return the processor time of this process and of the children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    compare(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5)


def compare(repository: str, rounds: int) -> None:
    """Let both read the repository in turn, and print what they took."""
    times: dict[str, list[float]] = {
        name: [] for name in ("git archive", "list", "read", "ours", "cpu theirs", "cpu ours")
    }
    with tempfile.TemporaryDirectory() as workdir:
        (origin,) = git.discover(git.Settings(kind="git", path=str(Path(repository).absolute())), Path())
        for number in range(rounds + 1):
            cpu = processor_seconds()
            began = time.perf_counter()
            tar = archive(repository)
            archived = time.perf_counter()
            cpu_archived = processor_seconds()
            pinned = git.pin(origin, None, Path(workdir))
            wanted = entries(pinned)
            listed = time.perf_counter()
            rows, total = contents(pinned, wanted)
            done = time.perf_counter()
            if number:
                for name, seconds in [
                    ("git archive", archived - began),
                    ("list", listed - archived),
                    ("read", done - listed),
                    ("ours", done - archived),
                    ("cpu theirs", cpu_archived - cpu),
                    ("cpu ours", processor_seconds() - cpu_archived),
                ]:
                    times[name].append(seconds)
    for name, all_rounds in times.items():
        spread = f"{min(all_rounds):.2f} to {max(all_rounds):.2f}"
        print(f"{name:12} {statistics.median(all_rounds):6.2f} s   ({spread})")
    ratio = statistics.median(times["ours"]) / statistics.median(times["git archive"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{rows} contents, {total / 1e6:.0f} MB, tar {tar / 1e6:.0f} MB, peak memory {peak:.0f} MB")
    print(f"ours / git archive = {ratio:.2f} (goal: at most {GOAL})")


if __name__ == "__main__":
    main()
