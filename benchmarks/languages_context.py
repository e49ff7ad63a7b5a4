"""The rest of a tree as a prior: ambiguous names told alone, and with their neighbours.

    script/bench languages --only context

Headers are labelled by what includes them: a header is in C if only sources in C reach it, in C++ if only sources in
C++ do; those that both reach have no label. Other ambiguous names are labelled as in `languages_corpus.py`.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa

from languages_corpus import Package, label, trees
from stackmark import text
from stackmark.languages import columns, detect
from stackmark.languages.claims import claim

INCLUDE = re.compile(rb'^[ \t]*#[ \t]*(?:include|import)[ \t]*[<"]([^>"\n]{1,200})[>"]', re.MULTILINE)
SOURCES = {".c": "C", ".cc": "C++", ".cpp": "C++", ".cxx": "C++", ".c++": "C++", ".C": "C++"}
HEADER = ".h"
BATCH = 1000
#: Files of a tree that are looked at.
MOST = 12_000
File = tuple[str, bytes]


def headers(files: Sequence[File]) -> dict[str, str]:
    """Give the language of each header that sources of one language alone include, directly or not."""
    included = dict(_included(files))
    reached: dict[str, set[str]] = defaultdict(set)
    for path, _ in files:
        language = SOURCES.get(posixpath.splitext(path)[1])
        if language:
            for one in _reach(path, included):
                reached[one].add(language)
    return {path: min(said) for path, said in reached.items() if len(said) == 1 and path.endswith(HEADER)}


def _reach(path: str, included: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    open_ones = [path]
    while open_ones:
        new = included.get(open_ones.pop(), set()) - seen
        seen |= new
        open_ones += new
    return seen


def _included(files: Sequence[File]) -> Iterator[tuple[str, set[str]]]:
    """Yield the files that a file includes: beside it, or the only one in the tree whose path ends so."""
    named: dict[str, list[str]] = defaultdict(list)
    for path, _ in files:
        named[posixpath.basename(path)].append(path)
    for path, content in files:
        found = set()
        for raw in INCLUDE.findall(content):
            wanted = posixpath.normpath(raw.decode("latin-1"))
            beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), wanted))
            tail = wanted.lstrip("./")
            same = named.get(posixpath.basename(tail), [])
            fits = [beside] if beside in same else [one for one in same if f"/{one}".endswith(f"/{tail}")]
            found |= set(fits) if len(fits) == 1 else set()
        yield path, found


def answers(files: Sequence[File]) -> tuple[list[str | None], list[str | None]]:
    """Give what is said of the files of a tree alone, and with their neighbours."""
    paths = pa.array([path.encode("utf-8", "surrogateescape") for path, _ in files], pa.binary())
    found = []
    for start in range(0, len(files), BATCH):
        part = files[start : start + BATCH]
        texts = text.decode_batch(pa.array([content for _, content in part], pa.large_binary()))[0]
        found.append(detect(paths.slice(start, BATCH), texts))
    alone = pa.concat_arrays(found)
    together = columns.in_tree(paths, alone)
    return _names(alone), _names(together)


def _names(said: pa.StructArray) -> list[str | None]:
    return [one["name"] if one else None for one in said.to_pylist()]


def tally(rows: Iterable[tuple[str, str | None, str | None]]) -> Counter[str]:
    """Count right answers: (label, said alone, said with the tree)."""
    found: Counter[str] = Counter()
    for said, alone, together in rows:
        found["files"] += 1
        found["alone"] += alone == said
        found["together"] += together == said
        found["became right"] += alone != said == together
        found["became wrong"] += alone == said != together
    return found


def rows(package: Package, files: Sequence[File], only_headers: bool) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield the labelled files of a tree with both answers."""
    known = headers(files) if only_headers else _others(package, files)
    if known:
        for (path, _), alone, together in zip(files, *answers(files), strict=True):
            if path in known:
                yield known[path], alone, together


def _others(package: Package, files: Sequence[File]) -> dict[str, str]:
    found = {}
    for path, _ in files:
        named = claim(posixpath.basename(path).encode("utf-8", "surrogateescape"))
        said = label(package, path) if len(named.languages) > 1 and not path.endswith(HEADER) else None
        if said in named.languages:
            found[path] = str(said)
    return found


def run() -> None:
    """Print both tables."""
    sets = {"headers of packages unseen": ("context", True), "other ambiguous names, fresh": ("fresh", False)}
    sets["other ambiguous names, provenance"] = ("test", False)
    print("\ncontext: the same files alone and with the rest of their tree")
    print(f"{'':36}{'files':>8}{'alone':>9}{'with':>9}{'became right':>14}{'wrong':>7}")
    for title, (role, only_headers) in sets.items():
        found: Counter[str] = Counter()
        for package, files in trees(role):
            found += tally(rows(package, files[:MOST], only_headers))
        shares = "".join(f"{found[key] / max(1, found['files']):9.4f}" for key in ("alone", "together"))
        print(f"{title:36}{found['files']:8,}{shares}{found['became right']:14}{found['became wrong']:7}", flush=True)
