"""Making git repositories, sound and broken ones, with the real git, and reading them as a build does."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stackmark.sources import Limits, Origin, git

WHEN = 1_700_000_000
AUTHOR = "A <a@example.org>"
FILE, EXECUTABLE, LINK = 0o100644, 0o100755, 0o120000
File = bytes | tuple[int, bytes]


def run_git(where: Path, *arguments: str | bytes, feed: bytes = b"", fails: bool = False) -> bytes:
    """Run the real git with a fixed identity and no configuration of the machine; return what it prints."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
    for role in ("AUTHOR", "COMMITTER"):
        env |= {
            f"GIT_{role}_NAME": "A",
            f"GIT_{role}_EMAIL": "a@example.org",
            f"GIT_{role}_DATE": f"{WHEN} +0000",
        }
    done = subprocess.run(["git", *arguments], cwd=where, input=feed, capture_output=True, env=env, check=False)
    assert fails or done.returncode == 0, done.stderr
    return done.stdout


def make(where: Path, *commits: Mapping[bytes, File], dates: Sequence[int] = (), branch: str = "main") -> Path:
    """Make a bare repository at `where` with one commit per mapping of paths to bytes (or mode and bytes)."""
    where.mkdir(parents=True)
    run_git(where, "init", "--quiet", "--bare", "--template=", "--initial-branch", branch)
    for number, files in enumerate(commits):
        tree = add_tree(where, files)
        parents = ("-p", f"refs/heads/{branch}") if number else ()
        add_commit(where, tree, *parents, branch=branch, date=dates[number] if dates else WHEN)
    return where


def add_blob(where: Path, data: bytes) -> str:
    return run_git(where, "hash-object", "-w", "--stdin", feed=data).decode().strip()


def add_tree(where: Path, files: Mapping[bytes, File]) -> str:
    """Write the tree of `files` with plumbing alone, in one process."""
    stream = [b"feature done\ncommit refs/kit/tree\ncommitter A <a@e> 0 +0000\ndata 0\ndeleteall\n"]
    for path, file in files.items():
        mode, data = file if isinstance(file, tuple) else (FILE, file)
        quoted = b"".join(b"\\%03o" % byte for byte in path)
        stream.append(b'M %o inline "%s"\ndata %d\n%s\n' % (mode, quoted, len(data), data))
    run_git(where, "fast-import", "--quiet", "--force", feed=b"".join(stream) + b"done\n")
    tree = run_git(where, "rev-parse", "refs/kit/tree^{tree}").decode().strip()
    (where / "refs" / "kit" / "tree").unlink()
    return tree


def add_raw_tree(where: Path, raw: bytes) -> str:
    """Write a tree that git itself would refuse to make."""
    return run_git(where, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", feed=raw).decode().strip()


def add_commit(
    where: Path,
    tree: str,
    *parents: str,
    branch: str = "main",
    date: int | bytes = WHEN,
    author: bytes | None = None,
) -> str:
    """Write a commit, byte by byte, so that its dates can be anything, and point the branch to it."""
    lines = [b"tree " + tree.encode()]
    lines += [b"parent " + run_git(where, "rev-parse", parent).strip() for parent in parents[1::2]]
    date = date if isinstance(date, bytes) else b"%d +0000" % date
    lines += [
        b"author " + (author or AUTHOR.encode() + b" " + date),
        b"committer " + AUTHOR.encode() + b" " + date,
    ]
    raw = b"\n".join(lines) + b"\n\nmessage\n"
    commit = run_git(where, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", feed=raw)
    run_git(where, "update-ref", f"refs/heads/{branch}", commit.decode().strip())
    return commit.decode().strip()


def pack_all(where: Path) -> Path:
    """Put every object into one pack; return it, writable."""
    run_git(where, "repack", "-adq")
    run_git(where, "prune-packed", "-q")
    (pack,) = (where / "objects" / "pack").glob("*.pack")
    pack.chmod(0o644)
    return pack


def loose(where: Path, hexid: str) -> Path:
    path = where / "objects" / hexid[:2] / hexid[2:]
    path.chmod(0o644)
    return path


@dataclass(frozen=True)
class Reading:
    """What came out of one origin: its row, rows of entries by path, rows of contents by id."""

    origin: Origin
    rows: list[dict[str, Any]]
    contents: dict[bytes, dict[str, Any]]

    @property
    def entries(self) -> dict[bytes, dict[str, Any]]:
        return {row["path"]: row for row in self.rows}

    @property
    def problems(self) -> dict[bytes, str]:
        return {row["path"]: row["problem"] for row in self.rows if row["problem"]}

    @property
    def files(self) -> dict[bytes, bytes | str]:
        """Bytes of each file, or the status of its content if there are none."""
        found = {}
        for row in self.rows:
            if row["kind"] in ("file", "symlink"):
                content = self.contents[row["content_id"]]
                found[row["path"]] = content["data"] if content["status"] == "ok" else content["status"]
        return found


def discover(base: Path, **settings: str) -> list[Origin]:
    return list(git.discover(git.Settings(kind="git", **settings), base))


def pin(tmp_path: Path, as_of: int | None = None, **settings: str) -> Origin:
    (origin,) = discover(tmp_path, **settings)
    return git.pin(origin, as_of, tmp_path / "work")


def read(tmp_path: Path, path: Path | None = None, limits: Limits | None = None, **settings: str) -> Reading:
    """Read everything of one repository, below its own work directory `tmp_path / "work"`."""
    limits = limits or Limits()
    origin = pin(tmp_path, **(settings if path is None else {"path": str(path)}))
    rows = [row for batch in git.entries(origin, limits, keep_nothing) for row in batch.to_pylist()]
    wanted = sorted({row["content_id"] for row in rows if row["kind"] in ("file", "symlink")})
    found = [row for batch in git.contents(origin, wanted, limits) for row in batch.to_pylist()]
    assert sorted(row["content_id"] for row in found) == wanted  # one row each, whatever happens
    return Reading(origin, rows, {row["content_id"]: row for row in found})


def keep_nothing(content_id: bytes, data: bytes) -> None:
    raise AssertionError("a git listing meets no contents")
