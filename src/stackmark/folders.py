"""The files of a folder on disk, as every command that looks at folders sees them."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from os import PathLike, fsdecode, fsencode, scandir
from pathlib import Path

#: Longer files are not read into memory.
MAX_BYTES = 64 << 20
#: Version control keeps its own copies there; they are no part of the tree.
REPOSITORIES = frozenset({".git", ".hg", ".svn", ".jj", ".bzr", "_darcs"})


def walk(root: Path) -> list[bytes]:
    """Return the paths of the regular files below a folder, relative to it, sorted.

    Symbolic links are not followed, the stores of version control and folders that cannot be read not entered.
    """
    return sorted(_files(root))


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


def _files(root: Path) -> Iterator[bytes]:
    waiting: list[tuple[str | PathLike[str], bytes]] = [(root, b"")]  # a stack of our own: trees may be deep
    while waiting:
        folder, above = waiting.pop()
        try:
            with scandir(folder) as found:
                entries = list(found)
        except OSError:
            continue
        for entry in entries:
            path = above + fsencode(entry.name)
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in REPOSITORIES:
                    waiting.append((entry.path, path + b"/"))
            elif entry.is_file(follow_symlinks=False):
                yield path
