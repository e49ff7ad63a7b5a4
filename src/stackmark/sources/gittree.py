"""Listing the paths under a git tree without git's help: whatever is wrong with one subtree stays there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from stackmark.sources import Limits
from stackmark.sources.gitobjects import ObjectReader

#: The longest tree object that is read; 1.5 million entries with short names.
MAX_TREE = 64 * 1024 * 1024
#: A listing may hold this many bytes of paths per allowed entry, so that long names cannot make up for few entries.
_PATH_BYTES = 256

_UNSAFE = "unsafe-path"
_DETAILS = {
    _UNSAFE: "the path is too long, or could lead out of the folder that it is written to",
    "unknown-mode": "git knows no such kind of entry",
    "duplicate-name": "an entry of this name came before it in the same directory",
    "missing-tree": "the directory is missing or damaged, and what it holds is not known",
    "malformed-tree": "the directory is not well-formed after the entries that are listed",
    "too-deep": "the directory lies deeper than allowed",
    "too-many-entries": "the tree names more paths than allowed; those before this row were listed",
}

_KINDS = {0o100000: "file", 0o040000: "directory", 0o120000: "symlink", 0o160000: "submodule"}
_ENTRY = re.compile(rb"([0-7]{1,7}) ([^\0]*)\0(.{20})", re.DOTALL)
#: Possessive throughout, so that it runs in linear time over garbage.
_ENTRIES = re.compile(rb"(?:[0-7]{1,7}+ [^\0]*+\0.{20})*+", re.DOTALL)

_PLAIN_NAME = re.compile(rb"[A-Za-z0-9_+@=,#()\[\]{}&!-][A-Za-z0-9_+@=,#()\[\]{}&! .-]*")
#: Code points that HFS+ leaves out when it compares names (as git's utf8.c lists them).
_HFS_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_NTFS_DOT_GIT = re.compile(r"(?:\.git|git~1)[ .]*(?::.*)?", re.IGNORECASE | re.DOTALL)


class Row(NamedTuple):
    """One listed path; the columns of `schema.ENTRIES` but for the length."""

    path: bytes
    mode: int
    kind: str
    id: bytes
    problem: str | None = None
    detail: str | None = None


def is_unsafe(name: bytes) -> bool:
    """Tell whether a name could lead elsewhere, or into a repository's own folder, where it is written to a disk.

    Covers empty names, dots, slashes, NUL, and `.git` in the spellings that NTFS and HFS+ take for it, also behind
    a backslash (git's own verify_path has the same concern).
    """
    if _PLAIN_NAME.fullmatch(name) or not name:
        return not name
    if b"/" in name or b"\0" in name:
        return True
    text = _HFS_IGNORED.sub("", name.decode("utf-8", "surrogateescape"))
    return any(part in ("", ".", "..") or _NTFS_DOT_GIT.fullmatch(part) for part in text.split("\\"))


def parse_tree(raw: bytes) -> tuple[list[tuple[int, bytes, bytes]], bool]:
    """Return the entries `(mode, name, id)` of a raw tree as far as it is well-formed, and whether all of it is."""
    found = _ENTRIES.match(raw)
    sound = found.end() if found else 0
    return [(int(mode, 8), name, id_) for mode, name, id_ in _ENTRY.findall(raw, 0, sound)], sound == len(raw)


def load(reader: ObjectReader, root: bytes, limits: Limits) -> dict[bytes, bytes | None]:
    """Read every tree below `root` once, level by level: its raw bytes, None where it is missing or damaged.

    Stops, leaving the rest out, when the trees hold more entries than are allowed.
    """
    trees: dict[bytes, bytes | None] = {}
    level = [root]
    total = 0
    for _ in range(limits.max_depth + 1):
        below: dict[bytes, None] = {}
        for answer in reader.read(level):
            raw = answer.data if answer.type == b"tree" else None
            trees[answer.id] = raw
            entries = parse_tree(raw)[0] if raw else []
            total += len(entries)
            if total > limits.max_entries:
                return trees
            below.update((id_, None) for mode, _, id_ in entries if mode & 0o170000 == 0o040000)
        level = [id_ for id_ in below if id_ not in trees]
    return trees


def walk(trees: dict[bytes, bytes | None], root: bytes, limits: Limits) -> Iterator[Row]:
    """Yield one row per path under `root`, in git's order; directories only where something is wrong with them.

    More entries than `limits` allows end the listing with a row for the root: a few kilobytes of trees can name
    more paths than any disk holds.
    """
    room = limits.max_entries
    path_room = limits.max_entries * _PATH_BYTES
    stack = [_expand(trees, root, b"", None, limits)]
    while stack:
        descend, row = next(stack[-1], (False, None))
        if row is None:
            stack.pop()
            continue
        room -= 1
        path_room -= len(row.path)
        if room < 0 or path_room < 0 or (descend and row.id not in trees):
            yield _directory(b"", root, "too-many-entries")
            return
        if not descend:
            yield row
        elif len(stack) > limits.max_depth:
            yield _directory(row.path, row.id, "too-deep")
        else:
            stack.append(_expand(trees, row.id, row.path + b"/", row.problem, limits))


def _expand(
    trees: dict[bytes, bytes | None], id_: bytes, prefix: bytes, above: str | None, limits: Limits
) -> Iterator[tuple[bool, Row]]:
    """Yield `(descend, row)` for one tree; rows to descend into stand for directories and are not for the listing.

    `above` is the problem of the path to this tree, which everything below shares.
    """
    raw = trees[id_]
    if raw is None:
        yield False, _directory(prefix[:-1], id_, "missing-tree")
        return
    entries, whole = parse_tree(raw)
    seen: set[bytes] = set()
    repeats = len({name for _, name, _ in entries}) < len(entries)
    for mode, name, child in entries:
        path = prefix + name
        kind = _KINDS.get(mode & 0o170000, "special")
        problem = _UNSAFE if above or is_unsafe(name) or len(path) > limits.max_path else None
        if kind == "special":
            problem = "unknown-mode"
        if repeats and name in seen:
            problem = "duplicate-name"
        seen.add(name)
        descend = kind == "directory" and problem in (None, _UNSAFE) and len(path) <= limits.max_path
        yield descend, Row(path, mode, kind, child, problem, _DETAILS[problem] if problem else None)
    if not whole:
        yield False, _directory(prefix[:-1], id_, "malformed-tree")


def _directory(path: bytes, id_: bytes, problem: str) -> Row:
    return Row(path, 0o040000, "directory", id_, problem, _DETAILS[problem])
