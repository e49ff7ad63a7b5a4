"""Which revision of a repository is taken: its main branch as of a date, and the snapshot around it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from stackmark import swhid
from stackmark.sources.gitobjects import ObjectReader, read_headers
from stackmark.sources.gitrefs import References

MAIN_NAMES = ("main", "master", "trunk", "develop", "default")
_TAG_DEPTH = 5
_DATE = re.compile(rb"> (-?[0-9]{1,30})( |$)")
_TARGET = re.compile(rb"object ([0-9a-f]{40})\n")
_INT64 = 2**63 - 1
_SWHID_TYPES = {word.encode(): kind for kind, word in swhid.GIT_WORDS.items()}
#: Software Heritage leaves these out of snapshots: merges that a forge makes and remakes by itself.
_FORGE_MERGE = re.compile(rb"refs/pull/[^/]+/merge")


@dataclass(frozen=True)
class Commit:
    """What is needed of a commit. Dates are seconds since 1970, None where it names none that is a number."""

    id: bytes
    tree: bytes
    parents: tuple[bytes, ...]
    author_date: int | None
    committer_date: int | None


@dataclass
class Walk:
    """Outcome of going back in time: the commit, if there is one that old, and what was seen on the way."""

    commit: Commit | None = None
    flags: set[str] = field(default_factory=set)


def parse_commit(id_: bytes, data: bytes) -> Commit | None:
    """Read a raw commit; None if it names no tree."""
    fields: dict[bytes, list[bytes]] = {b"tree": [], b"parent": [], b"author": [], b"committer": []}
    for line in data.partition(b"\n\n")[0].split(b"\n"):
        key, _, value = line.partition(b" ")
        if key in fields:
            fields[key].append(value)
    try:
        tree, *_ = (bytes.fromhex(value.decode("ascii")) for value in fields[b"tree"])
        parents = tuple(bytes.fromhex(value.decode("ascii")) for value in fields[b"parent"])
    except ValueError:
        return None
    return Commit(id_, tree, parents, _date(fields[b"author"]), _date(fields[b"committer"]))


def _date(lines: list[bytes]) -> int | None:
    found = _DATE.findall(lines[0]) if lines else []
    return max(-_INT64, min(int(found[-1][0]), _INT64)) if found else None


def peel(reader: ObjectReader, ids: Iterable[bytes]) -> dict[bytes, Commit]:
    """Return the commit that each id is or, being a tag, leads to; ids that lead to none are left out."""
    wanted = {id_: id_ for id_ in ids}  # where to look next -> is what each id has led to so far
    commits: dict[bytes, Commit] = {}
    for _ in range(_TAG_DEPTH):
        targets: dict[bytes, bytes] = {}
        for answer in reader.read(sorted(set(wanted.values()) - commits.keys())):
            if answer.type == b"commit" and answer.data is not None:
                commit = parse_commit(answer.id, answer.data)
                if commit:
                    commits[answer.id] = commit
            elif answer.type == b"tag" and answer.data is not None:
                found = _TARGET.match(answer.data)
                if found:
                    targets[answer.id] = bytes.fromhex(found[1].decode())
        if not targets:
            break
        wanted = {id_: targets.get(at, at) for id_, at in wanted.items()}
    return {id_: commits[at] for id_, at in wanted.items() if at in commits}


def main_branch(refs: References, reader: ObjectReader) -> tuple[bytes, str, Commit] | None:
    """Choose the branch that a repository is about; return its name, the rule that chose it, and its tip.

    The rules in order: what HEAD names; main, master, trunk, develop, default; the newest committer date
    among the branches, else of a detached HEAD, else among all references. A branch whose tip cannot be
    read is passed over.
    """
    named = [(b"refs/heads/" + name.encode(), name) for name in MAIN_NAMES]
    for name, rule in [(refs.head or b"", "symref-head"), *named]:
        tip = peel(reader, [refs.ids[name]]) if name in refs.ids else {}
        if tip:
            return name, rule, tip[refs.ids[name]]
    heads = {name: id_ for name, id_ in refs.ids.items() if name.startswith(b"refs/heads/")}
    detached = {b"HEAD": refs.detached} if refs.detached else {}
    for group in (heads, detached, refs.ids):
        tips = peel(reader, group.values())
        dated = [(-(tips[id_].committer_date or 0), name) for name, id_ in group.items() if id_ in tips]
        if dated:
            name = min(dated)[1]
            return name, "newest", tips[group[name]]
    return None


def as_of(tip: Commit, when: int | None, cut: Collection[bytes], reader: ObjectReader) -> Walk:
    """Follow first parents from `tip` to the first commit dated at or before `when` (None: the tip itself).

    `cut` are the revisions of a shallow clone whose parents are not there. Plain date-ordered listing would
    go wrong with side branches and skewed clocks; skew on the way is flagged.
    """
    walk = Walk()
    commit: Commit | None = tip
    younger: int | None = None
    while commit is not None:
        date = commit.committer_date
        if date is not None and younger is not None and date > younger:
            walk.flags.add("clock-skew")
        younger = date if date is not None else younger
        if commit.id in cut:
            walk.flags.add("shallow")
        if when is None or (date is not None and date <= when):
            walk.commit = commit
            if when is not None and _older_than_its_parent(commit, cut, reader):
                walk.flags.add("clock-skew")
            break
        if commit.id in cut or not commit.parents:
            break
        parent = commit.parents[0]
        commit = peel(reader, [parent]).get(parent)
        if commit is None:
            walk.flags.add("missing-history")
    return walk


def _older_than_its_parent(commit: Commit, cut: Collection[bytes], reader: ObjectReader) -> bool:
    """Say whether a commit holds work that claims to be younger: the answer to a date is then in doubt."""
    if commit.id in cut or not commit.parents or commit.committer_date is None:
        return False
    parent = peel(reader, commit.parents[:1]).get(commit.parents[0])
    return parent is not None and (parent.committer_date or commit.committer_date) > commit.committer_date


def snapshot(refs: References, git_dir: Path) -> bytes:
    """Return the snapshot id over all references and HEAD, as Software Heritage's git loader computes it.

    A reference to an object that is not there is dangling.
    """
    named = {name: id_ for name, id_ in refs.ids.items() if not _FORGE_MERGE.fullmatch(name)}
    if refs.detached:
        named[b"HEAD"] = refs.detached
    unique = sorted(set(named.values()))
    kinds = {
        id_: _SWHID_TYPES.get(header[0]) if header else None
        for id_, header in zip(unique, read_headers(git_dir, unique), strict=True)
    }
    branches: dict[bytes, tuple[str, bytes] | None] = {}
    for name, id_ in named.items():
        kind = kinds[id_]
        branches[name] = (kind, id_) if kind else None
    for name, target in refs.aliases.items():
        branches[name] = ("alias", target)
    if refs.head:
        branches[b"HEAD"] = ("alias", refs.head)
        branches.setdefault(refs.head, None)
    return swhid.snapshot_id(branches)
