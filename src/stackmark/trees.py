"""Directory ids from a flat list of paths, as git would compute them for the same files."""

from __future__ import annotations

from collections.abc import Iterable

from stackmark.swhid import directory_id

DIRECTORY_MODE = 0o040000

#: What lies in a directory: the mode and the id of each name; None for what is not known.
_Children = dict[bytes, tuple[int | None, bytes | None]]


def directory_ids(
    entries: Iterable[tuple[bytes, int | None, bytes | None]], incomplete: Iterable[bytes] = ()
) -> dict[bytes, bytes | None]:
    """Return the id of every directory that holds one of the entries, the root `b""` always included.

    entries:    (path, git mode, 20-byte id); paths are clean: no leading or doubled slash. Of several of one path
                the last counts, and for its parent it stands for what is listed below it
    incomplete: directories of which something is known to be missing

    A directory has the id None if it is incomplete, or if something in it has no mode, no id, or a name that no sound
    tree has; so have all above it. The method is that of git's `write-tree`: directories exist only through what lies
    in them, and ids are made from the deepest directory upwards.
    """
    children: dict[bytes, _Children] = {b"": {}}
    for path, mode, id_ in entries:
        parent, _, name = path.rpartition(b"/")
        siblings = children.get(parent)
        if siblings is None:
            siblings = _open(children, parent)
        siblings[name] = (mode, id_)
    broken = set(incomplete)
    for directory in broken:
        _open(children, directory)
    ids: dict[bytes, bytes | None] = {}
    # A directory sorts after its parents, so the reverse order meets children first.
    for directory in sorted(children, reverse=True):
        ids[directory] = own = None if directory in broken else _id(children[directory])
        if directory:
            parent, _, name = directory.rpartition(b"/")
            children[parent].setdefault(name, (DIRECTORY_MODE, own))
    return ids


def _open(children: dict[bytes, _Children], directory: bytes) -> _Children:
    """Return what lies in a directory, and make sure that it and all above it are known."""
    above = directory
    while above not in children:
        children[above] = {}
        above = above.rpartition(b"/")[0]
    return children[directory]


def _id(children: _Children) -> bytes | None:
    rows = [(name, mode, id_) for name, (mode, id_) in children.items() if mode and id_]
    try:
        return directory_id(rows) if len(rows) == len(children) else None
    except ValueError:  # names that no sound tree has
        return None
