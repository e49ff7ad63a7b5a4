"""Judge the paths inside archives, and name an origin after the file name of an archive."""

from __future__ import annotations

import os
import re
from urllib.parse import quote

from stackmark.sources import Limits

# git refuses these spellings because NTFS (short names, trailing dots and blanks, streams) and HFS+ (code
# points that it ignores) read them as ".git"; the rules are those of its path.c and utf8.c.
_DOT_GIT = re.compile(rb"(?:\A|[/\\])(?:\.git|git~1)[ .]*(?:[/\\:]|\Z)", re.IGNORECASE)
_HFS_IGNORED = re.compile(rb"\xe2\x80[\x8c-\x8f\xaa-\xae]|\xe2\x81[\xaa-\xaf]|\xef\xbb\xbf")
# ASCII parts, none of them empty, hidden, or (by the tilde) a short name: what every rule here lets pass.
_PLAIN = re.compile(rb"[^./\\~\0\x80-\xff][^/\\~\0\x80-\xff]*(?:/[^./\\~\0\x80-\xff][^/\\~\0\x80-\xff]*)*")
_DRIVE = re.compile(rb"[A-Za-z]:")

#: The version begins at the last hyphen that a digit follows.
_NAME_VERSION = re.compile(r"(?P<name>.+)-(?P<version>\d.*)")
_WHEEL = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl")
_TARBALLS = (".tar.gz", ".tgz")


def is_windows_path(path: bytes) -> bool:
    """Tell whether a zip name carries a backslash or a drive letter, which some extractors obey."""
    return b"\\" in path or _DRIVE.match(path) is not None


def is_plain(path: bytes) -> bool:
    """Tell of most paths, and fast, that they are safe and tidy; False says nothing."""
    return _PLAIN.fullmatch(path) is not None


def tidy(path: bytes) -> bytes:
    """Return a path without empty and "." parts; neither changes what it names."""
    if b"//" not in path and b"./" not in path and not path.endswith((b"/", b"/.")) and path != b".":
        return path
    return b"/".join(part for part in path.split(b"/") if part not in (b"", b"."))


def unsafe(path: bytes) -> str | None:
    """Return in plain words why a path must never be written to a disk, None if it may."""
    if path.startswith(b"/"):
        return "an absolute path"
    if b".." in path and b".." in path.split(b"/"):
        return "a path that leads upwards"
    if b"\0" in path:
        return "a NUL in the path"
    visible = path if path.isascii() else _HFS_IGNORED.sub(b"", path)
    if b"git" in visible.lower() and _DOT_GIT.search(visible):
        return "a path into git's own folder"
    return None


def too_long(path: bytes, limits: Limits) -> str | None:
    """Return in plain words why a tidy path is beyond the limits, None if it is within."""
    if len(path) > limits.max_path:
        return f"a path of {len(path)} bytes, more than the {limits.max_path} allowed"
    depth = path.count(b"/") + 1
    if depth > limits.max_depth:
        return f"a path of {depth} levels, more than the {limits.max_depth} allowed"
    return None


def origin_url(file_name: str) -> str:
    """Return a name for the origin of an archive, from its file name alone and never from where it lies.

    Wheels get a package URL of PyPI (names normalised by PEP 503). A tarball `<name>-<version>` gets a
    generic one: npm, Helm and others spell theirs alike, so its name says nothing of the registry. The rest
    is `archive:<file name>`. What a package URL wants encoded is encoded.
    """
    wheel = _WHEEL.fullmatch(file_name)
    if wheel:
        name = re.sub(r"[-_.]+", "-", wheel["name"]).lower()
        return f"pkg:pypi/{_encode(name)}@{_encode(wheel['version'])}"
    for ending in _TARBALLS:
        package = _NAME_VERSION.fullmatch(file_name.removesuffix(ending))
        if file_name.endswith(ending) and package:
            return f"pkg:generic/{_encode(package['name'])}@{_encode(package['version'])}"
    return f"archive:{_encode(file_name)}"


def _encode(text: str) -> str:
    return quote(os.fsencode(text), safe="")
