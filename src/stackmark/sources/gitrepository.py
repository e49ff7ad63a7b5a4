"""Opening a repository that may be hostile or damaged: its objects and references, and nothing else of it.

git is never pointed at the repository itself. It gets a private folder with our own two lines of
configuration and links to the pack and object files, so that the repository's configuration, hooks,
attributes, grafts, alternates and promisor remotes are simply not there. Nothing that lies behind a
symbolic link inside the repository is read: a repository cannot pull in the files of another one.
References are read here, not by git.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stackmark.errors import SourceError
from stackmark.gitchild import environment
from stackmark.sources.gitobjects import STALL_SECONDS
from stackmark.sources.gitpacks import matches_index, mend, read_index

_SMALL_FILE = 1024 * 1024


class RepositoryProblem(SourceError):
    """Why a repository cannot be read: `rule` is a fixed word, the message tells no paths of this machine."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


@dataclass(frozen=True)
class Place:
    """Where a repository lies: `own` holds HEAD, `common` all the rest (they differ in worktrees)."""

    own: Path
    common: Path


@dataclass(frozen=True)
class Repository:
    """An opened repository: `git_dir` is the private folder for git, `flags` tell what was left out."""

    git_dir: Path
    place: Place
    flags: frozenset[str]


def locate(path: Path) -> Place:
    """Find the repository that `path` is (a bare one) or holds (`.git`). Raises RepositoryProblem."""
    dot_git = path / ".git"
    if dot_git.is_symlink():
        raise RepositoryProblem("unsupported-repository", "its .git is a symbolic link: name the target as path")
    if dot_git.is_dir():
        return Place(dot_git, dot_git)
    if dot_git.is_file():
        return _locate_linked(path, dot_git)
    if os.path.lexists(path / "HEAD") and os.path.lexists(path / "objects"):
        return Place(path, path)
    raise RepositoryProblem("not-a-repository", "there is no git repository or bundle at this place")


def _locate_linked(path: Path, dot_git: Path) -> Place:
    """Follow the `.git` file of a worktree or submodule, if what it names points back to it.

    Otherwise any folder could lay claim to any repository of the machine.
    """
    text = read_small(dot_git) or b""
    if not text.startswith(b"gitdir:"):
        raise RepositoryProblem("not-a-repository", "its .git file does not name a repository")
    own = (path / os.fsdecode(text[7:].strip())).resolve()
    back = read_small(own / "gitdir")
    common = own.parent.parent
    if back and own.parent.name == "worktrees" and (own / os.fsdecode(back.strip())).resolve() == dot_git.resolve():
        return Place(own, common)
    tree = configuration(own).get("core.worktree")
    if tree and (own / tree).resolve() == path.resolve():
        return Place(own, own)
    raise RepositoryProblem(
        "unsupported-repository",
        "its .git file names a repository that does not point back: name that one as path",
    )


def configuration(common: Path) -> dict[str, str]:
    """Return a repository's own settings, names in lower case, without includes; {} if unreadable."""
    text = read_small(common / "config")
    if text is None:
        return {}
    try:
        listed = subprocess.run(
            ["git", "config", "--file", "-", "--no-includes", "--null", "--list"],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(Path(os.devnull)),
            cwd="/",
            timeout=STALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {}
    pairs = (item.partition(b"\n") for item in listed.stdout.split(b"\0") if item)
    return {os.fsdecode(key): os.fsdecode(value) for key, _, value in pairs}


@contextlib.contextmanager
def opened(path: Path, scratch: Path) -> Iterator[Repository]:
    """Open the repository at `path` for reading, with a private folder inside `scratch` while it lasts.

    Raises RepositoryProblem for what is no repository or of a kind that cannot be read (SHA-256 ids,
    reftable).
    """
    place = locate(path)
    flags = set(_check_format(place.common))
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="git-", dir=scratch) as folder:
        git_dir = Path(folder)
        (git_dir / "refs").mkdir()
        (git_dir / "HEAD").write_bytes(b"ref: refs/heads/none\n")
        # Blobs over 32 MiB are streamed, not held; windows keep the address space of a child within reason.
        (git_dir / "config").write_text(
            "[core]\nrepositoryformatversion = 0\nbare = true\nbigFileThreshold = 32m\n"
            "multiPackIndex = false\ncommitGraph = false\nfsmonitor = false\n"
        )
        flags |= _link_objects(place.common / "objects", git_dir / "objects")
        flags |= _ignored(place)
        yield Repository(git_dir, place, frozenset(flags))


def _check_format(common: Path) -> Iterator[str]:
    settings = configuration(common)
    if settings.get("extensions.objectformat", "sha1").lower() != "sha1":
        raise RepositoryProblem("unsupported-repository", "its object ids are not SHA-1")
    if settings.get("extensions.refstorage", "files").lower() != "files" or (common / "reftable").is_dir():
        raise RepositoryProblem("unsupported-repository", "its references are kept in a reftable")
    if any(key == "extensions.partialclone" or key.endswith((".promisor", ".partialclonefilter")) for key in settings):
        yield "partial-clone"


def _ignored(place: Place) -> set[str]:
    """Name what git would have honoured and we leave alone, so that a different reading can be explained."""
    named = {
        "objects/info/alternates": "alternates-ignored",
        "info/grafts": "grafts-ignored",
        "refs/replace": "replace-refs-ignored",
    }
    return {flag for name, flag in named.items() if os.path.lexists(place.common / name)}


def _link_objects(source: Path, target: Path) -> set[str]:
    """Link the object files of `source` into the new folder `target`; return flags."""
    if source.is_symlink() or not source.is_dir():
        raise RepositoryProblem("unsupported-repository", "its folder of objects is missing or a symbolic link")
    (target / "info").mkdir(parents=True)
    flags: set[str] = set()
    with os.scandir(source) as found:
        for entry in found:
            if entry.is_symlink():
                flags.add("links-ignored")
            elif entry.name == "pack" and entry.is_dir():
                flags |= _link_packs(Path(entry.path), target / "pack")
            elif re.fullmatch("[0-9a-f]{2}", entry.name) and entry.is_dir():
                flags |= _link_loose(Path(entry.path), target / entry.name)
    return flags


def _link_loose(source: Path, target: Path) -> set[str]:
    with os.scandir(source) as found:
        entries = list(found)
    plain = [entry for entry in entries if entry.is_file(follow_symlinks=False)]
    if len(plain) == len(entries):
        target.symlink_to(source.absolute())
        return set()
    target.mkdir()
    for entry in plain:
        (target / entry.name).symlink_to(Path(entry.path).absolute())
    return {"links-ignored"}


def _link_packs(source: Path, target: Path) -> set[str]:
    target.mkdir()
    flags: set[str] = set()
    for pack in sorted(source.glob("*.pack")):
        index = pack.with_suffix(".idx")
        if pack.is_symlink() or index.is_symlink():
            flags.add("links-ignored")
            continue
        if not pack.is_file() or not index.is_file():
            flags.add("damaged-pack")
            continue
        if matches_index(pack, index):
            (target / pack.name).symlink_to(pack.absolute())
        else:
            flags.add("damaged-pack")
            if read_index(index) is None:
                continue
            mend(pack, index, target / pack.name)
        (target / index.name).symlink_to(index.absolute())
    return flags


def read_small(path: Path, limit: int = _SMALL_FILE) -> bytes | None:
    """Return the bytes of a regular file of at most `limit` bytes; None for anything else, such as a link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with open(descriptor, "rb") as file:  # noqa: PTH123  (a descriptor, not a path)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        data = file.read(limit + 1)
    return data if len(data) <= limit else None
