"""Software Hash identifiers (SWHID, ISO/IEC 18670): computing them, reading them and writing them.

Contents, directories, revisions and releases are hashed as git hashes blobs, trees, commits and tags. A
snapshot, the set of all branches of a repository, has a form of its own. All ids are 20 raw bytes; SHA-1 is
what the standard says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

#: Name of each SWHID type in full, and the word that git hashes in its place.
TYPES = {"cnt": "content", "dir": "directory", "rev": "revision", "rel": "release", "snp": "snapshot"}
GIT_WORDS = {
    "content": "blob",
    "directory": "tree",
    "revision": "commit",
    "release": "tag",
    "snapshot": "snapshot",
}
BRANCH_TARGETS = frozenset(TYPES.values()) | {"alias"}

#: In the order in which the standard writes them.
QUALIFIERS = ("origin", "visit", "anchor", "path", "lines", "bytes")

_CORE = re.compile(r"swh:1:(cnt|dir|rev|rel|snp):([0-9a-f]{40})")
_RANGE = re.compile(r"[0-9]+(-[0-9]+)?")
_VISIT = re.compile(r"swh:1:snp:[0-9a-f]{40}")
_ANCHOR = re.compile(r"swh:1:(dir|rev|rel|snp):[0-9a-f]{40}")
_SHAPES = {"visit": _VISIT, "anchor": _ANCHOR, "lines": _RANGE, "bytes": _RANGE}
_MUST_ENCODE = re.compile(r"[\x00-\x20%;\x7f\udc80-\udcff]")


def object_id(kind: str, manifest: bytes) -> bytes:
    """Return the id of an object from its raw manifest; `kind` is a value of `TYPES`, e.g. ``"revision"``."""
    return _sha1(b"%s %d\0" % (GIT_WORDS[kind].encode(), len(manifest)), manifest)


def content_id(data: bytes) -> bytes:
    """Return the id of a file's bytes (git's blob id)."""
    return _sha1(b"blob %d\0" % len(data), data)


def directory_id(entries: Iterable[tuple[bytes, int, bytes]]) -> bytes:
    """Return the id of a directory from its entries `(name, mode, id)`, given in any order.

    Modes are written as git writes them, octal without leading zeros. Raises ValueError for names that are
    empty, appear twice, or hold a slash or NUL: no sound tree has those.
    """
    rows = sorted(
        [(name + b"/" if mode & 0o170000 == 0o040000 else name, mode, name, id_) for name, mode, id_ in entries]
    )
    _check_names([row[2] for row in rows])
    for row in rows:
        _check_id(row[3])
    return object_id("directory", b"".join([b"%o %s\0%s" % row[1:] for row in rows]))


def revision_id(
    directory: bytes,
    parents: Sequence[bytes],
    author: bytes,
    committer: bytes,
    message: bytes | None,
    extra_headers: Iterable[tuple[bytes, bytes]] = (),
) -> bytes:
    """Return the id of a revision (git's commit id).

    `author` and `committer` are whole lines as git has them, ``b"Name <mail> 1700000000 +0000"``;
    `extra_headers` are those that follow the committer, in order (encoding, gpgsig, mergetag ...).
    """
    headers = [
        (b"tree", _check_id(directory).hex().encode()),
        *((b"parent", _check_id(parent).hex().encode()) for parent in parents),
        (b"author", author),
        (b"committer", committer),
        *extra_headers,
    ]
    return object_id("revision", _manifest(headers, message))


def release_id(target: bytes, target_type: str, name: bytes, tagger: bytes | None, message: bytes | None) -> bytes:
    """Return the id of a release (git's id of an annotated tag); `target_type` is a value of `TYPES`."""
    headers = [
        (b"object", _check_id(target).hex().encode()),
        (b"type", GIT_WORDS[target_type].encode()),
        (b"tag", name),
        *([(b"tagger", tagger)] if tagger is not None else []),
    ]
    return object_id("release", _manifest(headers, message))


def snapshot_id(branches: Mapping[bytes, tuple[str, bytes] | None]) -> bytes:
    """Return the id of a snapshot from its branches: name to `(target type, target)`, or None if dangling.

    A target is a 20-byte id, except that of an ``"alias"``, which is the name of another branch.
    """
    parts = []
    for name, branch in sorted(branches.items()):
        kind, target = branch or ("dangling", b"")
        if branch and kind not in BRANCH_TARGETS:
            raise ValueError(f"a branch cannot point to a {kind!r}")
        if branch and kind != "alias":
            _check_id(target)
        parts.append(b"%s %s\0%d:%s" % (kind.encode(), name, len(target), target))
    return object_id("snapshot", b"".join(parts))


@dataclass(frozen=True)
class Swhid:
    """One identifier: `type` is a key of `TYPES`, `id` 20 bytes, `qualifiers` pairs in the standard's order.

    Qualifier values are plain text, not percent-encoded; bytes that are not UTF-8 stand as lone surrogates
    (`os.fsencode` gives them back).
    """

    type: str
    id: bytes
    qualifiers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"swh:1:{self.type}:{self.id.hex()}{qualified(self.qualifiers)}"


def parse(text: str) -> Swhid:
    """Read an identifier, with or without qualifiers. Raises ValueError that says what is wrong with it."""
    core, *tail = text.split(";")
    found = _CORE.fullmatch(core)
    if not found:
        raise ValueError(f"{_shown(core)} is not a SWHID such as swh:1:cnt: with 40 lower-case hex digits after it")
    values: dict[str, str] = {}
    for part in tail:
        key, equals, value = part.partition("=")
        if not equals or key not in QUALIFIERS:
            raise ValueError(f"{_shown(part)} is not a qualifier of a SWHID ({', '.join(QUALIFIERS)})")
        if key in values:
            raise ValueError(f"the qualifier {key!r} appears twice")
        values[key] = unquote_to_bytes(value).decode("utf-8", "surrogateescape")
        if key in _SHAPES and not _SHAPES[key].fullmatch(values[key]):
            raise ValueError(f"{_shown(value)} is not a value of the qualifier {key!r}")
    ordered = tuple((key, values[key]) for key in QUALIFIERS if key in values)
    return Swhid(found[1], bytes.fromhex(found[2]), ordered)


def _sha1(header: bytes, body: bytes) -> bytes:
    digest = hashlib.sha1(header, usedforsecurity=False)
    digest.update(body)
    return digest.digest()


def _manifest(headers: Iterable[tuple[bytes, bytes]], message: bytes | None) -> bytes:
    lines = [b"%s %s\n" % (key, value.replace(b"\n", b"\n ")) for key, value in headers]
    if message is not None:
        lines.append(b"\n" + message)
    return b"".join(lines)


def _check_names(names: Sequence[bytes]) -> None:
    line = b"/".join(names)
    if all(names) and line.count(b"/") < max(len(names), 1) and b"\0" not in line and len(set(names)) == len(names):
        return
    seen: set[bytes] = set()
    for name in names:
        if not name or b"/" in name or b"\0" in name or name in seen:
            raise ValueError(f"a directory entry cannot be named {name!r}" + " twice" * (name in seen))
        seen.add(name)


def _check_id(id_: bytes) -> bytes:
    if len(id_) != 20:
        raise ValueError(f"an id has 20 bytes, not {len(id_)}")
    return id_


def qualified(qualifiers: Iterable[tuple[str, str]]) -> str:
    """Return qualifiers, in the standard's order, as they follow the core of an identifier."""
    return "".join(f";{key}={_encode(value)}" for key, value in qualifiers)


def _encode(value: str) -> str:
    return _MUST_ENCODE.sub(lambda found: "".join(f"%{byte:02X}" for byte in _raw(found[0])), value)


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
