"""The directories of a listed tree, whose ids a listing leaves out where it could enter them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackmark.swhid import directory_id

if TYPE_CHECKING:
    import pyarrow as pa

DIRECTORY_MODE = 0o040000

#: What lies in a directory: the mode and the id of each name; None for an id that is not known.
Children = dict[bytes, tuple[int, bytes | None]]


def directories(entries: pa.Table) -> dict[bytes, bytes]:
    """Return the id of every directory below the root of which all entries are known, by its path.

    entries: schema.ENTRIES of one origin

    Ids are git's: directories exist only through what lies in them, and are summed from the deepest upwards.
    """
    children: dict[bytes, Children] = {}
    columns = (entries[name].to_pylist() for name in ("path", "mode", "content_id"))
    for path, mode, id_ in zip(*columns, strict=True):
        if path:
            parent, _, name = path.rpartition(b"/")
            _opened(children, parent)[name] = (mode, id_)
    found: dict[bytes, bytes] = {}
    for path in sorted(filter(None, children), reverse=True):  # behind its parents, so that they come later
        own = _id(children[path])
        if own is not None:
            found[path] = own
        parent, _, name = path.rpartition(b"/")
        children[parent].setdefault(name, (DIRECTORY_MODE, own))
    return found


def _opened(children: dict[bytes, Children], path: bytes) -> Children:
    """Return what lies in a directory, and make sure that it and all above it are known."""
    above = path
    while above not in children:
        children[above] = {}
        above = above.rpartition(b"/")[0]
    return children[path]


def _id(children: Children) -> bytes | None:
    rows = [(name, mode, id_) for name, (mode, id_) in children.items() if mode and id_]
    try:
        return directory_id(rows) if len(rows) == len(children) else None
    except ValueError:  # names that no sound tree has
        return None
