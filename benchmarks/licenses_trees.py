"""Licences of whole trees against per-file truth, next to The Stack v2's rules, and what resolving a tree costs.

    python benchmarks/licenses_trees.py [CASES]

CASES is a file of JSON lines (gzip): package, path, content_base64, expected_expression; without it the development
data beside the checkout. The same matcher finds the texts for both. Files that autotools makes are counted apart: they
have licences of their own, which the labels, written per folder, leave out.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from stackmark.licenses import resolve, resolve_tree, stack_v2
from stackmark.licenses.expressions import license_class, tree
from stackmark.licenses.propagate import TREE

CASES = Path(__file__).parents[1] / ".." / "shared" / "data" / "licenses_tree_dev.jsonl.gz"
FREE = ("public-domain", "permissive")
AUTOTOOLS = re.compile(
    r"(?:^|/)(?:aclocal\.m4|configure(?:\.ac|\.in)?|config\.(?:guess|sub|rpath|h\.in)|[^/]*\.m4|Makefile\.in|depcomp|compile"
    r"|install-sh|ltmain\.sh|missing|test-driver|ylwrap|mkinstalldirs|INSTALL|ar-lib|py-compile|autogen\.sh)$"
)
WORST = 12


@dataclass
class Score:
    """Counts of one way to resolve, over some files."""

    files: int = 0
    right: int = 0
    class_right: int = 0
    permissive: int = 0
    lost: int = 0
    strict: int = 0
    laundered: int = 0
    wrong: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, package: str, expected: str, found: str | None, group: bool) -> None:
        """Count one file; `group` is whether it is called permissive."""
        wanted = license_class(expected) in FREE
        same = sets(found) == sets(expected)
        self.files += 1
        self.right += same
        self.class_right += group == wanted
        self.permissive += wanted
        self.strict += not wanted
        self.lost += wanted and not group
        self.laundered += group and not wanted
        if not same:
            self.wrong[package, expected, str(found)] += 1

    def line(self, name: str) -> str:
        """Return the figures of a row."""
        return (
            f"{name:26} {self.files:5} files  id {share(self.right, self.files)}  class"
            f" {share(self.class_right, self.files)}  permissive lost {self.lost}/{self.permissive}"
            f" ({share(self.lost, self.permissive)})  laundered {self.laundered}/{self.strict}"
        )


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def sets(expression: str | None) -> tuple[bool, frozenset[str]]:
    """Return an expression as far as a licence text can tell it: whether it is a choice, and the ids."""
    if expression is None or (node := tree(expression)) is None:
        return False, frozenset()
    ids = (str(symbol.render("{symbol.key}")) for symbol in node.get_symbols())
    return " OR " in expression, frozenset(re.sub(r"-only$|-or-later$", "", one) for one in ids)


def packages(path: Path) -> dict[str, dict[str, tuple[bytes, str | None]]]:
    """Return package -> path -> (content, expected expression)."""
    found: dict[str, dict[str, tuple[bytes, str | None]]] = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            content = base64.b64decode(row["content_base64"])
            found[row["package"]][row["path"]] = content, row["expected_expression"]
    return found


def judged(cases: dict[str, tuple[bytes, str | None]]) -> Iterator[tuple[str, str]]:
    for path, (_, expected) in cases.items():
        if expected is not None:
            yield path, expected


def measure(name: str, cases: dict[str, tuple[bytes, str | None]], scores: dict[str, Score]) -> float:
    """Score one package both ways. Returns the CPU seconds of ours."""
    start = time.process_time()
    ours = resolve({path: content for path, (content, _) in cases.items()})
    took = time.process_time() - start
    theirs = stack_v2.resolve({path.encode(): content for path, (content, _) in cases.items()})
    for path, expected in judged(cases):
        one = ours[path]
        where = "autotools files" if AUTOTOOLS.search(path) else "ours"
        for key in {where, name if where == "ours" else where}:
            scores[key].add(name, expected, one.expression, one.license_class in FREE)
        if where == "ours":
            kind, ids = theirs[path.encode()]
            scores["The Stack v2's rules"].add(name, expected, " AND ".join(ids) or None, kind == "permissive")
    return took


def speed() -> str:
    """Return the speed of the step that a build runs: facts in, licences out, for one large tree."""
    paths = [f"{a}/{b}/{c}.c".encode() for a in range(50) for b in range(40) for c in range(50)]
    texts = {b"LICENSE": "MIT"} | {f"{a}/COPYING".encode(): "GPL-2.0-only" for a in range(0, 50, 5)}
    paths += texts
    tags = ["MIT" if number % 3 == 0 else None for number in range(len(paths))]
    nothing = [None] * len(paths)
    rows: list[list[object]] = [
        [*paths],
        [*tags],
        [*nothing],
        [*nothing],
        [texts.get(path) for path in paths],
        [*nothing],
        [False] * len(paths),
    ]
    batch = pa.record_batch(rows, schema=TREE)
    best = min(timed(batch) for _ in range(5))
    return f"resolve_tree: {len(paths):,} paths, {best / len(paths) * 1e6:.2f} microseconds a path"


def timed(batch: pa.RecordBatch) -> float:
    start = time.process_time()
    resolve_tree(batch)
    return time.process_time() - start


def main(arguments: Iterable[str]) -> None:
    path = Path(next(iter(arguments), CASES))
    if not path.is_file():
        raise SystemExit(f"no cases at {path.name}: give the file as an argument")
    scores: dict[str, Score] = defaultdict(Score)
    resolve({"LICENSE": b"MIT License\n"})  # the index is loaded before the clock runs
    found = packages(path)
    seconds = sum(measure(name, cases, scores) for name, cases in sorted(found.items()))
    for name in ("ours", "The Stack v2's rules", "autotools files", *sorted(found)):
        print(scores[name].line(name))
    files = sum(map(len, found.values()))
    print(f"ours: {files:,} files in {seconds:.1f} CPU s, {1000 * seconds / files:.2f} ms a file, the matcher included")
    print(speed())
    print("most frequent differences (package, expected, ours):")
    for key, count in scores["ours"].wrong.most_common(WORST):
        print(f"  {count:4}  {key[0]}: {key[1]} | {key[2]}")


if __name__ == "__main__":
    main(sys.argv[1:])
