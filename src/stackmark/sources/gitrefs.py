"""References of a repository, read without git: HEAD, packed and loose ones, and where a clone is cut off."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stackmark.sources.gitrepository import Place, RepositoryProblem, read_small

_FILE_LIMIT = 512 * 1024 * 1024
_SYMREF_DEPTH = 5
_HEX = re.compile(rb"[0-9a-f]{40}")
_HEX_LONG = re.compile(rb"[0-9a-f]{64}")
#: git-check-ref-format(1): no part begins with a dot or ends with .lock; no controls, blanks, ~^:?*[ or \
_REF_NAME = re.compile(rb"(HEAD|refs(/(?!\.)[^\x00-\x20\x7f~^:?*\[\\/]+)+)")
_REF_BANNED = re.compile(rb"\.\.|@\{|\.lock(/|$)|[./]$")


@dataclass(frozen=True)
class References:
    """Branches and tags of a repository, and HEAD.

    ids:      what each reference comes to in the end
    aliases:  references that name another one, and that name
    head:     the branch that HEAD names, whether it exists or not
    detached: the id that HEAD holds if it names none
    """

    ids: Mapping[bytes, bytes]
    aliases: Mapping[bytes, bytes]
    head: bytes | None
    detached: bytes | None


def references(place: Place) -> References:
    """Read HEAD and all references, packed and loose, but for broken ones and ill-formed names."""
    pointers = {name: b"id " + id_ for name, id_ in _packed(place.common).items()} | _loose(place.common)
    ids = {name: id_ for name in sorted(pointers) if (id_ := _resolve(name, pointers))}
    head = _pointer(place.own / "HEAD") or b""
    return References(
        ids,
        aliases={name: to[5:] for name, to in pointers.items() if to.startswith(b"ref: ") and name in ids},
        head=head[5:] if head.startswith(b"ref: ") else None,
        detached=bytes.fromhex(head[3:].decode()) if head.startswith(b"id ") else None,
    )


def shallow(place: Place) -> frozenset[bytes]:
    """Return the ids of revisions whose parents were not fetched."""
    lines = (read_small(place.common / "shallow", _FILE_LIMIT) or b"").split(b"\n")
    return frozenset(bytes.fromhex(line.decode()) for line in lines if _HEX.fullmatch(line))


def is_reference_name(name: bytes) -> bool:
    """Tell whether git would accept `name` as HEAD or the full name of a reference."""
    return bool(_REF_NAME.fullmatch(name)) and not _REF_BANNED.search(name)


def _packed(common: Path) -> dict[bytes, bytes]:
    found = {}
    for line in (read_small(common / "packed-refs", _FILE_LIMIT) or b"").split(b"\n"):
        id_, _, name = line.partition(b" ")
        if _HEX.fullmatch(id_) and is_reference_name(name):
            found[name] = id_
    return found


def _loose(common: Path) -> dict[bytes, bytes]:
    found = {}
    for folder, _, files in os.walk(common / "refs"):
        for file in files:
            path = Path(folder, file)
            name = os.fsencode(path.relative_to(common))
            pointer = _pointer(path) if is_reference_name(name) else None
            if pointer:
                found[name] = pointer
    return found


def _pointer(path: Path) -> bytes | None:
    """Read a reference file: ``b"ref: <name>"``, also for a link into refs/, or ``b"id <40 hex digits>"``."""
    with contextlib.suppress(OSError):
        target = os.fsencode(path.readlink())
        return b"ref: " + target if is_reference_name(target) else None
    text = (read_small(path) or b"").strip()
    if text.startswith(b"ref:"):
        name = text[4:].strip()
        return b"ref: " + name if is_reference_name(name) else None
    if _HEX_LONG.fullmatch(text):
        raise RepositoryProblem("unsupported-repository", "its object ids are not SHA-1")
    return b"id " + text if _HEX.fullmatch(text) else None


def _resolve(name: bytes, pointers: Mapping[bytes, bytes]) -> bytes | None:
    for _ in range(_SYMREF_DEPTH):
        pointer = pointers.get(name, b"")
        if pointer.startswith(b"id "):
            return bytes.fromhex(pointer[3:].decode())
        name = pointer[5:]
    return None
