"""The files of a folder on disk, as every command that looks at folders sees them."""

from __future__ import annotations

import errno
import stat
import subprocess
from collections.abc import Iterator
from os import PathLike, fsdecode, fsencode, scandir
from pathlib import Path

from stackmark.gitchild import environment

#: Longer files are not read into memory.
MAX_BYTES = 64 << 20
#: Version control keeps its own copies there; they are no part of the tree.
REPOSITORIES = frozenset({".git", ".hg", ".svn", ".jj", ".bzr", "_darcs"})
#: Lists what a work tree holds and does not ignore. No program that its configuration names is run.
LIST = ("-c", "core.fsmonitor=false", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")


def walk(root: Path) -> list[bytes]:
    """Return the paths of the regular files below a folder, relative to it, sorted.

    In a git repository, what it ignores is left out, unless the folder itself is ignored. Symbolic links are not
    followed, the stores of version control not entered. A folder that cannot be entered is named as if it were a file:
    reading it fails, and so it is told and not lost.
    """
    found: list[bytes] = []
    waiting = [b""]
    while waiting:
        above = waiting.pop()
        folder = below(root, above)
        names = _listed(folder) or _files(folder)
        for name in names:
            (waiting if name.endswith(b"/") else found).append(above + name)
    return sorted(found)


def read(path: Path) -> bytes:
    """Return what a file holds. Raises OSError, EFBIG for one of more than 64 MiB."""
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise OSError(errno.EFBIG, "it is longer than 64 MiB", str(path))
    return content


def below(root: Path, name: bytes) -> Path:
    """Return where a file is that `walk` named."""
    return root / fsdecode(name)


def _listed(folder: Path) -> list[bytes]:
    """Return what git lists below a folder, a repository inside with a slash; nothing where it lists nothing."""
    try:
        done = subprocess.run(["git", "-C", folder, *LIST], capture_output=True, check=False, env=environment(folder))
    except OSError:  # no git here, or too long a path
        return []
    found: list[bytes] = []
    for name in filter(None, done.stdout.split(b"\0") if not done.returncode else ()):
        try:
            mode = below(folder, name).lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):  # removed since it was added
            continue
        except OSError:
            mode = stat.S_IFREG
        if stat.S_ISREG(mode):
            found.append(name)
        elif stat.S_ISDIR(mode):
            found.append(name.rstrip(b"/") + b"/")
    return found


def _files(root: Path) -> Iterator[bytes]:
    waiting: list[tuple[str | PathLike[str], bytes]] = [(root, b"")]  # a stack of our own: trees may be deep
    while waiting:
        folder, above = waiting.pop()
        try:
            with scandir(folder) as found:
                entries = list(found)
        except (FileNotFoundError, NotADirectoryError):  # removed since it was seen
            continue
        except OSError:
            yield above[:-1] or b"."
            continue
        for entry in entries:
            path = above + fsencode(entry.name)
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in REPOSITORIES:
                    waiting.append((entry.path, path + b"/"))
            elif entry.is_file(follow_symlinks=False):
                yield path
