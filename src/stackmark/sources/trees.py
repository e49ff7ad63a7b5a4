"""Directory ids from a flat list of paths, as git would compute them for the same files."""

from __future__ import annotations

from collections.abc import Iterable

from stackmark.swhid import directory_id

DIRECTORY_MODE = 0o040000


def ancestors(path: bytes) -> list[bytes]:
    """Return the directories above a path, nearest first, down to the root `b""`.

    >>> ancestors(b"a/b/c")
    [b'a/b', b'a', b'']
    """
    above = []
    while path:
        path = path.rpartition(b"/")[0]
        above.append(path)
    return above


def directory_ids(
    files: Iterable[tuple[bytes, int, bytes]], incomplete: Iterable[bytes] = ()
) -> dict[bytes, bytes | None]:
    """Return the id of every directory that holds one of the files, the root `b""` always included.

    files:      (path, git mode, 20-byte id); paths are clean: no leading or doubled slash, and none is
                both a file and a directory
    incomplete: directories of which something is known to be missing; they and all above them get None

    The method is that of git's `write-tree`: directories exist only through their files, and ids are made
    from the deepest directory upwards.
    """
    children: dict[bytes, list[tuple[bytes, int, bytes]]] = {b"": []}
    for path, mode, file_id in files:
        parent, _, name = path.rpartition(b"/")
        siblings = children.get(parent)
        if siblings is None:
            siblings = _open(children, parent)
        siblings.append((name, mode, file_id))
    broken: set[bytes] = set()
    for directory in incomplete:
        _open(children, directory)
        broken.update((directory, *ancestors(directory)))
    ids: dict[bytes, bytes | None] = {}
    # A directory sorts after its parents, so the reverse order meets children first.
    for directory in sorted(children, reverse=True):
        if directory in broken:
            ids[directory] = None
            continue
        ids[directory] = own_id = directory_id(children[directory])
        if directory:
            parent, _, name = directory.rpartition(b"/")
            children[parent].append((name, DIRECTORY_MODE, own_id))
    return ids


def _open(children: dict[bytes, list[tuple[bytes, int, bytes]]], directory: bytes) -> list[tuple[bytes, int, bytes]]:
    """Make sure that a directory and all above it are known; return the children of the directory."""
    for known in (directory, *ancestors(directory)):
        if known in children:
            break
        children[known] = []
    return children.setdefault(directory, [])
