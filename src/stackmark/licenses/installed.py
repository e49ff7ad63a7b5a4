"""Installed Python packages: for which folder the metadata beside a package speaks.

`x-1.2.dist-info` (or `.egg-info`) with its METADATA and licences stands beside the package `x`. Where it is the only
one of a folder, it speaks for all of that folder; where there are several, as in vendored packages, each speaks for
the package or module of its name, a dotted name for the folder in a namespace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_METADATA = re.compile(rb"[^/]{1,200}\.(?:dist|egg)-info")


def speakers(paths: Iterable[bytes], is_there: Callable[[bytes], bool]) -> dict[bytes, bytes]:
    """Return for each licence file or manifest the folder, or the module, that it speaks for.

    `is_there` tells whether the tree has a file or a folder.
    """
    found = {path: metadata_folder(path) for path in paths}
    crowd: dict[bytes, set[bytes]] = {}
    for folder in found.values():
        if folder is not None:
            crowd.setdefault(_parent(folder), set()).add(folder)
    out = {}
    for path, folder in found.items():
        if folder is None:
            out[path] = _parent(path)
        elif len(crowd[_parent(folder)]) == 1:
            out[path] = _parent(folder)
        else:
            out[path] = _package(folder, is_there) or _parent(path)
    return out


def metadata_folder(path: bytes) -> bytes | None:
    """Return the `.dist-info` folder that a file stands in, or in whose `licenses` (PEP 639) it stands."""
    folder = _parent(path)
    parts = folder.split(b"/")
    if len(parts) > 1 and b"licenses" in parts[1:]:
        folder = b"/".join(parts[: parts.index(b"licenses", 1)])
    return folder if _METADATA.fullmatch(folder.rpartition(b"/")[2]) else None


def _package(folder: bytes, is_there: Callable[[bytes], bool]) -> bytes | None:
    """Return the package or module that stands beside a metadata folder and has its name, None if there is none."""
    name = folder.rpartition(b"/")[2].rpartition(b".")[0].partition(b"-")[0]
    beside = folder[: -len(folder.rpartition(b"/")[2])]
    spellings = (name, re.sub(rb"[-.]", b"_", name), name.replace(b".", b"/"))
    places = (beside + one + end for one in spellings for end in (b"", b".py"))
    lower = (beside + one.lower() + end for one in spellings for end in (b"", b".py"))
    return next((place for place in (*places, *lower) if is_there(place)), None)


def _parent(path: bytes) -> bytes:
    return path.rpartition(b"/")[0]
