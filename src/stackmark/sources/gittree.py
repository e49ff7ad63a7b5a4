"""Listing the paths under a git tree without git's help: whatever is wrong with one subtree stays there."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from stackmark.sources import Limits
from stackmark.sources.gitobjects import ObjectReader

#: The longest tree object that is read; 1.5 million entries with short names.
MAX_TREE = 64 * 1024 * 1024
#: Bytes of paths that a listing may hold per allowed entry: long names must not make up for few entries.
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

_PLAIN = rb"[A-Za-z0-9_+@=,#()\[\]{}&!-][A-Za-z0-9_+@=,#()\[\]{}&! .-]*+"
_PLAIN_NAME = re.compile(_PLAIN)
_PLAIN_NAMES = re.compile(_PLAIN + rb"(?:\0" + _PLAIN + rb")*+")
#: Code points that HFS+ leaves out when it compares names (as git's utf8.c lists them).
_HFS_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_NTFS_DOT_GIT = re.compile(r"(?:\.git|git~1)[ .]*(?::.*)?", re.IGNORECASE | re.DOTALL)


#: Raw trees by id, None for those that are missing or damaged.
Trees: TypeAlias = dict[bytes, bytes | None]
#: Prefix of paths, tree, problem of the path to it, depth.
_Visit: TypeAlias = tuple[bytes, bytes, str | None, int]


class Row(NamedTuple):
    """One listed path; the columns of `schema.ENTRIES` but for the length."""

    path: bytes
    mode: int
    kind: str
    id: bytes
    problem: str | None = None
    detail: str | None = None


def is_unsafe(name: bytes) -> bool:
    """Tell whether a name that is written to a disk could lead elsewhere or into a repository's own folder.

    Covers empty names, dots, slashes, NUL, and `.git` in the spellings that NTFS and HFS+ take for it, also
    behind a backslash (git's own verify_path has the same concern).
    """
    if _PLAIN_NAME.fullmatch(name) or not name:
        return not name
    if b"/" in name or b"\0" in name:
        return True
    text = _HFS_IGNORED.sub("", name.decode("utf-8", "surrogateescape"))
    return any(part in ("", ".", "..") or _NTFS_DOT_GIT.fullmatch(part) for part in text.split("\\"))


def parse_tree(raw: bytes) -> tuple[list[tuple[bytes, bytes, bytes]], bool]:
    """Return the entries `(mode, name, id)` of a raw tree as far as they are well-formed, and if all are.

    Modes are octal digits as they stand there, 7 at most.
    """
    found = _ENTRIES.match(raw)
    sound = found.end() if found else 0
    return _ENTRY.findall(raw, 0, sound), sound == len(raw)


def load(reader: ObjectReader, root: bytes, limits: Limits) -> Trees:
    """Read every tree below `root` once, level by level: its raw bytes, None where it is missing or damaged.

    Stops, leaving the rest out, when the trees hold more entries than are allowed.
    """
    trees: Trees = {}
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
            below.update((id_, None) for mode, _, id_ in entries if _mode_and_kind(mode)[1] == "directory")
        level = [id_ for id_ in below if id_ not in trees]
    return trees


def walk(trees: Trees, root: bytes, limits: Limits) -> Iterator[Row]:
    """Yield one row per path under `root`: those of a directory together, then those of its directories.

    A directory has a row of its own only if something is wrong with it. More entries than `limits` allows end
    the listing with a row for the root: a few kilobytes of trees can name more paths than any disk holds.
    """
    room = limits.max_entries
    path_room = limits.max_entries * _PATH_BYTES
    stack: list[_Visit] = [(b"", root, None, 0)]
    while stack:
        prefix, id_, above, depth = stack.pop()
        if id_ not in trees:
            room = -1  # `load` has stopped short of this tree
        rows, below = _expand(trees.get(id_), prefix, id_, above, limits) if room >= 0 else ([], [])
        for row in rows:
            room -= 1
            path_room -= len(row.path)
            if room < 0 or path_room < 0:
                break
            yield row
        room -= len(below)
        if room < 0 or path_room < 0:
            yield _directory(b"", root, "too-many-entries")
            return
        if depth < limits.max_depth:
            stack.extend((row.path + b"/", row.id, row.problem, depth + 1) for row in reversed(below))
        else:
            yield from (_directory(row.path, row.id, "too-deep") for row in below)


def _expand(
    raw: bytes | None, prefix: bytes, id_: bytes, above: str | None, limits: Limits
) -> tuple[list[Row], list[Row]]:
    """Return the rows of one tree, and apart from them those of the directories to go into.

    `above` is the problem of the path to this tree, which everything below shares.
    """
    if raw is None:
        return [_directory(prefix[:-1], id_, "missing-tree")], []
    entries, whole = parse_tree(raw)
    rows = [Row(prefix + name, *_mode_and_kind(mode), child) for mode, name, child in entries]
    names = [name for _, name, _ in entries]
    if above or not _ordinary(names, rows, len(prefix), limits.max_path):
        rows = _judged(names, rows, above, limits.max_path)
    below = [row for row in rows if row.kind == "directory" and _can_enter(row, limits.max_path)]
    if below:
        rows = [row for row in rows if row.kind != "directory" or not _can_enter(row, limits.max_path)]
    if not whole:
        rows.append(_directory(prefix[:-1], id_, "malformed-tree"))
    return rows, below


def _ordinary(names: list[bytes], rows: list[Row], prefix: int, max_path: int) -> bool:
    """Tell at one glance over a whole tree that nothing can be wrong with any of its entries."""
    return (
        _PLAIN_NAMES.fullmatch(b"\0".join(names)) is not None
        and len(set(names)) == len(names)
        and prefix + max(map(len, names)) <= max_path
        and "special" not in {row.kind for row in rows}
    )


def _judged(names: list[bytes], rows: list[Row], above: str | None, max_path: int) -> list[Row]:
    """Give each row of a tree the problem that it has, if any."""
    seen: set[bytes] = set()
    judged = []
    for name, row in zip(names, rows, strict=True):
        problem = above
        if is_unsafe(name) or len(row.path) > max_path:
            problem = _UNSAFE
        if row.kind == "special":
            problem = "unknown-mode"
        if name in seen:
            problem = "duplicate-name"
        seen.add(name)
        judged.append(row._replace(problem=problem, detail=_DETAILS[problem]) if problem else row)
    return judged


def _can_enter(row: Row, max_path: int) -> bool:
    return row.problem in (None, _UNSAFE) and len(row.path) <= max_path


@functools.lru_cache(maxsize=256)
def _mode_and_kind(digits: bytes) -> tuple[int, str]:
    mode = int(digits, 8)
    return mode, _KINDS.get(mode & 0o170000, "special")


def _directory(path: bytes, id_: bytes, problem: str) -> Row:
    return Row(path, 0o040000, "directory", id_, problem, _DETAILS[problem])
