"""Find, pin and read git repositories: what `sources.git` does once a recipe names one."""

from __future__ import annotations

import dataclasses
import errno
import glob
import itertools
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

from stackmark import schema
from stackmark.errors import RecipeError, SourceError, StoreError
from stackmark.sources import Limits, Origin
from stackmark.sources.gitcontents import content_batches
from stackmark.sources.gitmirror import is_bundle, mirror, public_name, unbundle
from stackmark.sources.gitobjects import ObjectReader, read_headers
from stackmark.sources.gitrefs import references, shallow
from stackmark.sources.gitrepository import (
    Repository,
    RepositoryProblem,
    configuration,
    locate,
    opened,
)
from stackmark.sources.gitrevision import as_of as revision_as_of
from stackmark.sources.gitrevision import main_branch, snapshot
from stackmark.sources.gittree import MAX_TREE, Row, load, walk

_ROWS = 16_384
#: Errors that are about the disk that is written to, whatever repository is being read.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def discover(pattern: str | None, url: str | None, origin: str | None, base: Path) -> Iterator[Origin]:
    """Name the repositories that a pattern or a URL means, in a fixed order. Raises RecipeError if there is none.

    Of a local repository only the URL of its remote is read, so that an opt-out can name it before anything
    else is.
    """
    if url is not None:
        name = origin or public_name(url) or f"local:{_last_part(url)}"
        yield Origin(name, "git", json.dumps({"url": url}), vcs="git")
        return
    paths = _matches(pattern or "", base)
    if not paths:
        raise RecipeError(f"path matches no file: {pattern}", "paths are relative to the recipe's folder")
    if origin is not None and len(paths) > 1:
        raise RecipeError(
            f"origin names one repository, but path matches {len(paths)}",
            "give each its own [[sources]] table",
        )
    for path, name in zip(paths, _local_names(paths), strict=True):
        yield Origin(
            origin or _remote_name(path) or f"local:{name}",
            "git",
            json.dumps({"path": str(path)}),
            vcs="git",
        )


def pin(origin: Origin, as_of: int | None, workdir: Path) -> Origin:
    """Fix the revision of an origin: its main branch as of `as_of` (seconds since 1970, inclusive; or now).

    Remote repositories are cloned or updated now. The result's locator serves `entries` and `contents`, in
    this process or another one. What cannot be read comes back with `problem` set: unreachable,
    not-a-repository, unsupported-repository, unreadable-bundle, empty, missing-revision, no-revision-as-of.
    """
    if shutil.which("git") is None:
        raise SourceError("git is not installed", "install the package git, version 2.32 or later")
    scratch = workdir.absolute() / "git"
    try:
        scratch.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the work directory cannot be written: {error.strerror}") from error
    try:
        path = _fetched(json.loads(origin.locator), workdir.absolute() / "mirrors", scratch)
        located = dataclasses.replace(origin, locator=json.dumps({"path": str(path), "scratch": str(scratch)}))
        with opened(path, scratch) as repository:
            return _pinned(located, repository, as_of)
    except RepositoryProblem as problem:
        return dataclasses.replace(origin, problem=problem.rule, detail=str(problem))
    except OSError as error:
        if error.errno in _FULL:
            raise StoreError(f"the work directory cannot be written: {error.strerror}") from error
        return dataclasses.replace(origin, problem="unreadable-repository", detail=error.strerror)


def entries(origin: Origin, limits: Limits) -> Iterator[pa.RecordBatch]:
    """List the paths of a pinned origin's tree in a fixed order, with the lengths of contents that are there."""
    root = origin.directory_id
    if root is None:
        return
    try:
        with _reopened(origin) as repository:
            with ObjectReader(repository.git_dir, MAX_TREE) as reader:
                trees = load(reader, root, limits)
            rows = walk(trees, root, limits)
            while some := list(itertools.islice(rows, _ROWS)):
                yield _entry_batch(some, repository.git_dir)
    except RepositoryProblem:  # gone since it was pinned
        yield _entry_batch(list(walk({root: None}, root, limits)), None)


def contents(origin: Origin, wanted: Sequence[bytes], limits: Limits) -> Iterator[pa.RecordBatch]:
    """Deliver one row for each of the ids in `wanted`, read in the order in which they lie on disk.

    Contents over `limits.max_content` are never read. A batch holds at most `limits.batch_bytes` of data,
    or a single content.
    """
    unique = list(dict.fromkeys(wanted))
    if origin.directory_id is None:
        yield from content_batches(None, unique, limits)
        return
    try:
        with _reopened(origin) as repository:
            yield from content_batches(repository.git_dir, unique, limits)
    except RepositoryProblem:  # gone since it was pinned
        yield from content_batches(None, unique, limits)


def _matches(pattern: str, base: Path) -> list[Path]:
    literal = base / pattern
    if os.path.lexists(literal):
        return [literal.absolute()]
    # Path.glob refuses absolute patterns.
    found = glob.glob(pattern, root_dir=base, recursive=True)  # noqa: PTH207
    return [(base / name).absolute() for name in sorted(found, key=os.fsencode)]


def _local_names(paths: Sequence[Path]) -> list[str]:
    """Name each path by as few of its last parts as tell all of them apart."""
    parts = [path.resolve().parts for path in paths]
    for count in range(1, max(map(len, parts))):
        names = [os.fsencode("/".join(each[-count:])).decode("utf-8", "replace") for each in parts]
        if len(set(names)) == len(names):
            return names
    return [f"{path.name}-{number}" for number, path in enumerate(paths)]


def _last_part(url: str) -> str:
    return Path(unquote(url).rstrip("/")).name


def _remote_name(path: Path) -> str | None:
    try:
        url = configuration(locate(path).common).get("remote.origin.url")
    except (RepositoryProblem, OSError):
        return None
    return public_name(url) if url else None


def _fetched(where: Mapping[str, str], mirrors: Path, scratch: Path) -> Path:
    """Return the folder of a repository on this machine, after copying or unpacking what is not one yet."""
    if "url" in where:
        return mirror(where["url"], mirrors, scratch)
    path = Path(where["path"])
    return unbundle(path, mirrors) if is_bundle(path) else path


def _pinned(origin: Origin, repository: Repository, as_of: int | None) -> Origin:
    refs = references(repository.place)
    flags = set(repository.flags)
    if not refs.ids and not refs.detached:
        raise RepositoryProblem("empty", "the repository has no revision")
    with ObjectReader(repository.git_dir, MAX_TREE) as reader:
        chosen = main_branch(refs, reader)
        if chosen is None:
            raise RepositoryProblem("missing-revision", "no branch leads to a revision that can be read")
        branch, rule, tip = chosen
        walk_back = revision_as_of(tip, as_of, shallow(repository.place), reader)
    if refs.head in refs.ids and rule != "symref-head":
        flags.add("head-unreadable")
    commit = walk_back.commit
    pinned = dataclasses.replace(
        origin,
        snapshot_id=snapshot(refs, repository.git_dir),
        branch_name=branch.decode("utf-8", "replace"),
        branch_rule=rule,
        flags=tuple(sorted(flags | walk_back.flags)),
    )
    if commit is None:
        detail = "the revisions that are there are all younger than the date asked for"
        return dataclasses.replace(pinned, problem="no-revision-as-of", detail=detail)
    return dataclasses.replace(
        pinned,
        revision_id=commit.id,
        directory_id=commit.tree,
        revision_date=commit.author_date,
        committer_date=commit.committer_date,
    )


def _reopened(origin: Origin) -> AbstractContextManager[Repository]:
    where = json.loads(origin.locator)
    return opened(Path(where["path"]), Path(where["scratch"]))


def _entry_batch(rows: Sequence[Row], git_dir: Path | None) -> pa.RecordBatch:
    ids = sorted({row.id for row in rows if row.kind in ("file", "symlink")}) if git_dir else []
    headers = read_headers(git_dir, ids) if git_dir and ids else []
    lengths = {id_: header[1] for id_, header in zip(ids, headers, strict=True) if header}
    paths, modes, kinds, found, problems, details = zip(*rows, strict=True)
    known = [lengths.get(id_) if kind in ("file", "symlink") else None for id_, kind in zip(found, kinds, strict=True)]
    columns = [paths, modes, kinds, found, known, problems, details]
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema.ENTRIES, strict=True)],
        schema=schema.ENTRIES,
    )
