"""The licence matcher against ScanCode: processor time per file, and accuracy on labelled cases.

    python benchmarks/licenses.py [--cases CASES.jsonl.gz] [--each 40]

Without cases it measures speed: on the licence files of the peer's own packages, and on a mixed tree of sources, the
running Python's library. With cases (rows of path, content_base64, expected_expression, expected_class, kind, sha256)
it also scores all of them here and `--each` of each kind in both. Full texts are scored without -only and -or-later,
which a text cannot tell; a class is right if it is permissive where it should be and not where it should not.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _environments import environment
from stackmark.licenses import detect, expressions, index, names
from stackmark.licenses.index import Index

FREE = {"public-domain", "permissive"}
START = """
import resource, time
from stackmark.licenses import detect, index
index.load()
detect(b"x", "LICENSE")
print(time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
"""


@dataclass(frozen=True)
class Case:
    """A file, what is known of it, and the group that it is counted in."""

    group: str
    path: str
    content: bytes
    expression: str | None = None
    license_class: str | None = None


def sample(found: Sequence[Any], count: int) -> Sequence[Any]:
    """Take about `count` of some things, evenly spread."""
    return found[:: max(1, len(found) // count)][:count]


def plain_cases(peer: Path, count: int) -> list[Case]:
    """Give licence files of the peer's packages, and sources of the running Python."""
    packages = sorted(path for path in peer.parent.rglob("*.dist-info/**/*") if path.is_file())
    licenses = [path for path in packages if names.is_license_file(os.fsencode(path.name))]
    sources = sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py"))
    sources = [path for path in sources if "site-packages" not in path.parts and path.stat().st_size > 0]
    return [
        *(Case("licence files of packages", "LICENSE", path.read_bytes()) for path in sample(licenses, count)),
        *(Case("sources of a tree", path.name, path.read_bytes()) for path in sample(sources, count)),
    ]


def labelled(path: Path) -> list[Case]:
    """Read labelled cases, in the order of their checksums: an even mixture."""
    with gzip.open(path) as lines:
        rows = sorted(map(json.loads, lines), key=lambda row: str(row["sha256"]))
    return [
        Case(
            row["kind"],
            row["path"],
            base64.b64decode(row["content_base64"]),
            row["expected_expression"],
            row["expected_class"],
        )
        for row in rows
    ]


def folded(expression: str | None) -> object:
    """Give what two expressions must have in common to count as the same.

    Old ids count as their present names. An id that is newer than the key list counts where the answer names the same
    licence by reference: `LicenseRef-spdx-Buddy`, `LicenseRef-scancode-wordnet`.
    """
    if expression is None:
        return None
    text = re.sub(r"-(?:only|or-later)\b|\+", "", expressions.parse(expression) or expression)
    text = text.replace("LicenseRef-exception-", "").replace("MPL-2.0-no-copyleft-exception", "MPL-2.0")
    parts = re.split(r" (?:AND|OR) ", text.replace("(", "").replace(")", ""))
    return frozenset(re.sub("^LicenseRef-(?:scancode|spdx)-", "", part).lower() for part in parts), " OR " in text


def same(found: str | None, expected: str | None) -> bool:
    """Whether two expressions mean the same licences; a label `LicenseRef-exc-*` stands for any exception."""
    if found and expected and "WITH LicenseRef-exc-" in expected:
        found, expected = (re.sub(r"WITH [^\s()]+", "WITH exception", text) for text in (found, expected))
    if found and expected == "LicenseRef-public-domain":
        return "public-domain" in found
    return folded(found) == folded(expected)


def score(cases: Iterable[Case], known: Index) -> None:
    """Print the accuracy on labelled cases, by kind."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for case in cases:
        found = detect(case.content, case.path, index=known)
        row = counts[case.group]
        row["cases"] += 1
        row["id"] += same(found.expression, case.expression)
        if case.license_class is not None:
            free, expected = found.license_class in FREE, case.license_class in FREE
            row["classes"] += 1
            row["class"] += free == expected
            row["laundered"] += free and not expected and case.license_class != "none"
            row["lost"] += expected and not free
    print(f"\n{'kind':10} {'cases':>6} {'id %':>6} {'class %':>8} {'laundered':>10} {'lost':>5}")
    for kind, row in sorted(counts.items()):
        right = 100 * row["class"] / max(row["classes"], 1)
        line = f"{kind:10} {row['cases']:6} {100 * row['id'] / row['cases']:6.1f} {right:8.1f}"
        print(f"{line} {row['laundered']:10} {row['lost']:5}")


def ours(cases: Sequence[Case], known: Index) -> list[tuple[str | None, float]]:
    """Give the expression and the processor time (the better of two) of each file."""
    best: list[tuple[str | None, float]] = [(None, float("inf"))] * len(cases)
    for _ in range(2):
        known.seen.clear()
        for number, case in enumerate(cases):
            start = time.process_time()
            found = detect(case.content, case.path, index=known).expression
            best[number] = found, min(best[number][1], time.process_time() - start)
    return best


def peer_answers(cases: Sequence[Case], peer: Path) -> tuple[dict[str, float], list[tuple[str | None, float]]]:
    """Give the peer's start, and the expression and processor time of each file."""
    script = Path(__file__).parent / "peer_scancode.py"
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(cases):
            (Path(folder) / f"{number:05d}-{Path(case.path).name}").write_bytes(case.content)
        command = [str(peer / "python"), str(script), folder]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    start, *rows = map(json.loads, output.splitlines())
    return start, [(row["expression"], row["seconds"]) for row in rows]


def compare(cases: Sequence[Case], known: Index, peer: Path) -> None:
    """Print what each file costs here and with the peer, by group."""
    mine = ours(cases, known)
    start, theirs = peer_answers(cases, peer)
    again = ours(cases, known)
    print(f"\nScanCode's start: {start['seconds']:.1f} s of processor time, {start['peak'] / 1e6:.0f} MB")
    print(f"\n{'':28} {'files':>6} {'ScanCode ms':>12} {'here ms':>9} {'ratio':>7} {'ids right: peer, here':>22}")
    groups = dict.fromkeys(case.group for case in cases)
    for group in [*groups, "all"]:
        chosen = [number for number, case in enumerate(cases) if group in (case.group, "all")]
        cost = [sum((mine[n][1] + again[n][1]) / 2 for n in chosen), sum(theirs[n][1] for n in chosen)]
        right = [sum(same(found[n][0], cases[n].expression) for n in chosen) for found in (theirs, mine)]
        ids = f"{right[0]}, {right[1]}" if group in {"file", "header", "mutated", "negative"} else ""
        each = [1000 * one / len(chosen) for one in cost]
        print(f"{group:28} {len(chosen):6} {each[1]:12.1f} {each[0]:9.3f} {cost[1] / cost[0]:7.0f} {ids:>22}")


def start_costs() -> None:
    """Print what the index costs to build, and a process that only maps it."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {**os.environ, "STACKMARK_CACHE": folder}
        for label in ("first start, builds the index", "every other start"):
            command = [sys.executable, "-c", START]
            output = subprocess.run(command, check=True, capture_output=True, text=True, env=variables).stdout
            seconds, peak = map(float, output.split())
            print(f"{label}: {seconds:.1f} s of processor time, {peak:.0f} MB at most")
        print(f"index: {sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6:.0f} MB")


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path)
    parser.add_argument("--each", type=int, default=40)
    arguments = parser.parse_args()
    peer = environment("scancode")
    start_costs()
    known = index.load()
    measured = plain_cases(peer, arguments.each)
    if arguments.cases:
        cases = labelled(arguments.cases)
        score(cases, known)
        for kind in dict.fromkeys(case.group for case in cases):
            measured += sample([case for case in cases if case.group == kind], arguments.each)
    compare(measured, known, peer)


if __name__ == "__main__":
    main()
