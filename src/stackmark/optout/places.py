"""What an origin's URL says of the forge, the account and the repository, however it is spelt.

`https://github.com/Alice/Tool.git`, `git@github.com:alice/tool` and `pkg:github/alice/tool` are one place; the page of
a package in its registry is the package (`pkg:pypi/tool`).
Scheme, port, user, letter case, `.git`, percent-encoding, fragment and the two spellings of an international
host name make no difference. Ports cannot count: that of ssh never equals that of https.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

#: More parts of a path than any forge nests; what lies deeper is not compared.
DEEPEST = 32

TABLES: dict[str, Any] = tomllib.loads((Path(__file__).parent / "tables.toml").read_text(encoding="utf-8"))
TWO_LEVELS = frozenset(TABLES["two_levels"])
FORGES = TWO_LEVELS | frozenset(TABLES["deeper"])
PREFIXES = frozenset(TABLES["prefixes"])
PACKAGES = TABLES["package_urls"]

_SCP = re.compile(r"(?:[^@/\s:]+@)?([^@/\s:]+):(.+)")


@dataclass(frozen=True)
class Place:
    """A host (or `file`, `archive`, `pkg:<type>`; "" if unknown) and the parts of a path, as compared."""

    host: str
    parts: tuple[str, ...]
    query: str = ""

    def key(self) -> str:
        """Return the place as one text, equal for equal places."""
        return "/".join((self.host, *self.parts)) + (f"?{self.query}" if self.query else "")

    def keys_upwards(self) -> Iterator[str]:
        """Yield the keys of the place and of everything above it, down to the host's first part."""
        if self.query:
            yield self.key()
        for size in range(min(len(self.parts), DEEPEST), 0, -1):
            yield "/".join((self.host, *self.parts[:size]))

    def paths(self) -> Iterator[tuple[str, ...]]:
        """Yield the path as account, groups and name, in every way to read it; nothing without an account."""
        registry = self.host.removeprefix("pkg:") if self.host.startswith("pkg:") else None
        if self.host in ("file", "archive") or (registry and registry not in PACKAGES["with_account"]):
            return
        parts = self.parts[:DEEPEST]
        while len(parts) >= 2:
            yield (parts[0].lstrip("~@"), *parts[1:])
            if self.host in FORGES or len(parts) < 3 or parts[0] not in PREFIXES:
                return
            parts = parts[1:]


def fold(text: str) -> str:
    """Return text in the form in which it is compared: without case, composed (NFC)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def locate(url: str) -> Place:
    """Return the place that a URL, a package URL, `user@host:path` or a bare path names.

    Raises ValueError in plain words where it names none.
    """
    if re.match("pkg:", url, re.IGNORECASE):
        return _purl(url[4:])
    if re.match("archive:", url, re.IGNORECASE):
        return Place("archive", split_path(url[8:]))
    if "://" in url:
        return _url(url)
    scp = _SCP.fullmatch(url)
    if scp and ("@" in url.partition(":")[0] or "." in scp[1]):
        return _on_host(_host(scp[1]), split_path(scp[2]))
    return _bare(url)


def _url(url: str) -> Place:
    split = urlsplit(url)
    if split.scheme.lower().endswith("file"):
        return Place("file", split_path(split.path))
    if not split.hostname:
        raise ValueError("the URL has no host")
    return _on_host(_host(split.hostname), split_path(split.path), fold(split.query))


def _purl(text: str) -> Place:
    body = text.partition("#")[0].partition("?")[0].strip("/")
    kind, _, path = body.partition("/")
    front, at, version = path.rpartition("@")
    # A lone leading @ is an npm scope that somebody left unencoded, not a version.
    if not at or front == "" or front.endswith("/"):
        front, version = path, ""
    parts = split_path(front)
    kind = fold(kind)
    if not kind or not parts:
        raise ValueError("a package URL has a type and a name: pkg:npm/name")
    if kind == "pypi":
        parts = (*parts[:-1], re.sub(r"[-_.]+", "-", parts[-1]))
    tail = (f"@{fold(unquote(version))}",) if version else ()
    if kind in PACKAGES["with_host"] and len(parts) > 1:
        return _on_host(_host(parts[0]), parts[1:] + tail)
    return Place(PACKAGES["hosts"].get(kind, f"pkg:{kind}"), parts + tail)


def _bare(text: str) -> Place:
    parts = split_path(text)
    if not parts:
        raise ValueError("names nothing")
    if text.startswith(("/", ".", "~/")):
        return Place("file", parts)
    if len(parts) > 2 and "." in parts[0]:
        return _on_host(_host(parts[0]), parts[1:])
    return Place("", parts)


def _on_host(host: str, parts: tuple[str, ...], query: str = "") -> Place:
    if host.endswith(".visualstudio.com"):
        host, parts = "dev.azure.com", (host.partition(".")[0], *parts)
    if host == "dev.azure.com":
        parts = tuple(part for part in parts if part not in ("_git", "v3", "defaultcollection"))
    kind = PACKAGES["pages"].get("/".join((host.partition(".")[0], *parts[:1])))
    return _page(kind, parts[1:]) if kind and len(parts) > 1 else Place(host, parts, query)


def _page(kind: str, parts: tuple[str, ...]) -> Place:
    """Return the package that a page of a registry is about."""
    size = 2 if kind == "composer" or parts[0].startswith("@") else 1
    version = [part for part in parts[size:] if part not in PACKAGES["before_version"]][:1]
    return _purl("@".join((f"{kind}/{'/'.join(parts[:size])}", *version)))


def _host(host: str) -> str:
    folded = fold(host).rstrip(".").removeprefix("www.")
    with contextlib.suppress(UnicodeError):  # a name that is no international one stands as it is
        folded = folded.encode("idna").decode("ascii")
    return str(TABLES["aliases"].get(folded, folded))


def split_path(path: str) -> tuple[str, ...]:
    """Return the parts of a path, decoded and folded, without `.git` and what names nothing."""
    plain = (fold(unquote(part, errors="surrogateescape")) for part in path.split("/"))
    return tuple(part.removesuffix(".git") for part in plain if part not in ("", ".", ".git"))
