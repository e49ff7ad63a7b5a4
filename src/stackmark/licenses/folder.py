"""A folder on disk as a tree of contents, read one file at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

MAX_BYTES = 64 << 20
#: Version control keeps its own copies there; they are no part of the tree.
_NOT_PART = (".git", ".hg", ".svn", ".jj")


class Folder(Mapping[bytes, bytes]):
    """The regular files below a folder, by path relative to it, in the order of their paths; or one file alone.

    Symbolic links are not followed. A file of more than 64 MiB, or one that cannot be read, counts as empty and is
    in `left_out`. `tick` is told (done, of how many) once each time that a content is read.
    """

    def __init__(self, root: Path, tick: Callable[[int, int], None] | None = None) -> None:
        single = root.is_file()
        self._root = root.parent if single else root
        self._paths = dict.fromkeys([os.fsencode(root.name)] if single else sorted(_walk(root)))
        self._tick = tick
        self.left_out: dict[bytes, str] = {}

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, name: bytes) -> bytes:
        if name not in self._paths:
            raise KeyError(name)
        if self._tick:
            self._tick(1, len(self._paths))
        try:
            with (self._root / os.fsdecode(name)).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            self.left_out[name] = error.strerror or "it cannot be read"
            return b""
        if len(content) > MAX_BYTES:
            self.left_out[name] = "it is longer than 64 MiB"
            return b""
        return content


def _walk(root: Path) -> Iterator[bytes]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _NOT_PART)
        for name in names:
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield os.fsencode(path.relative_to(root))
