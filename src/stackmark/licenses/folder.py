"""A folder on disk as a tree of contents, read one file at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from stackmark import folders


class Folder(Mapping[bytes, bytes]):
    """The regular files below a folder, by path relative to it, in the order of their paths; or one file alone.

    Symbolic links are not followed. A file of more than 64 MiB, or one that cannot be read, counts as empty and is
    in `left_out`. `tick` is told (done, of how many) once each time that a content is read.
    """

    def __init__(self, root: Path, tick: Callable[[int, int], None] | None = None) -> None:
        single = root.is_file()
        self._root = root.parent if single else root
        self._paths = dict.fromkeys([os.fsencode(root.name)] if single else folders.walk(root))
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
            return folders.read(folders.below(self._root, name))
        except OSError as error:
            self.left_out[name] = error.strerror or "it cannot be read"
            return b""
