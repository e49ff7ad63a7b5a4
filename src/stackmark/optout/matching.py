"""The requests of an opt-out list, and what they forbid.

A request of an account covers everything of that account on every forge; one of a repository (or of a group
of repositories) covers it and what lies below it on every forge; one of a URL covers that place and what lies
below it. A copy in somebody else's repository stays, unless the request names the content or a directory that
holds it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from stackmark.trees import directory_ids

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = ("account", "repository", "origin", "content", "directory", "revision", "snapshot")


@dataclass(frozen=True)
class Request:
    """One line of the list; `key` is what it asks for, in the form that is compared (ids as hex)."""

    kind: str  # one of KINDS
    key: str
    text: str
    line: int


@dataclass(frozen=True)
class Registry:
    """All requests of one list. Answers are the request in the words of the list, with its line, or None."""

    source_name: str = ""
    requests: tuple[Request, ...] = ()

    def digest(self) -> str:
        """Return the SHA-256 (hex) of what is asked for, whatever its order, comments and case."""
        asked = sorted({f"{request.kind} {request.key}\n" for request in self.requests})
        return hashlib.sha256("".join(asked).encode("utf-8", "surrogatepass")).hexdigest()

    def counts(self) -> dict[str, int]:
        """Return the number of different requests of each kind, in the order of KINDS."""
        found = Counter(kind for kind, _ in self._by_key)
        return {kind: found[kind] for kind in KINDS}

    @property
    def content_requests(self) -> frozenset[bytes]:
        """Ids of the contents that are to go wherever they stand."""
        return frozenset(self._ids("content"))

    @cached_property
    def directory_requests(self) -> frozenset[bytes]:
        """Ids of the directories of which everything is to go."""
        return frozenset(self._ids("directory"))

    def origin_request(
        self,
        url: str,
        snapshot_id: bytes | None = None,
        revision_id: bytes | None = None,
        directory_id: bytes | None = None,
    ) -> str | None:
        """Return the request that forbids a whole origin; of several, the first in the list.

        `directory_id` is that of the root directory. Ids are 20 bytes.
        """
        if not self.requests:
            return None
        keys = set(_keys_of_url(url))
        ids = {"snapshot": snapshot_id, "revision": revision_id, "directory": directory_id}
        keys.update((kind, id_.hex()) for kind, id_ in ids.items() if id_)
        found = [self._by_key[key] for key in keys if key in self._by_key]
        return self._words(min(found, key=lambda request: request.line)) if found else None

    def forbidden(self, origins: pa.Table) -> pa.StringArray:
        """Return the request that forbids each row of schema.ORIGINS; null where it is allowed."""
        import pyarrow as pa

        columns = ("origin_url", "snapshot_id", "revision_id", "directory_id")
        rows = zip(*(origins[name].to_pylist() for name in columns), strict=True)
        return pa.array([self.origin_request(url or "", *ids) for url, *ids in rows], pa.string())

    def forbidden_entries(self, entries: pa.Table) -> pa.StringArray:
        """Return the request that forbids each row of one origin's schema.ENTRIES; null where it is allowed.

        That is a request of the content itself or of a directory above it. The table holds all entries of the
        tree, among them the directories that could not be entered, and perhaps the root, whose path is empty.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        if not self.requests:
            return pa.nulls(len(entries), pa.string())

        contents = self._words_of(entries, "content", ("file", "symlink"))
        named = self._named_directories(entries)
        if not named:
            return contents
        paths = entries["path"].to_pylist()
        return pc.coalesce(contents, pa.array([_above(path, named) for path in paths], pa.string()))

    def _named_directories(self, entries: pa.Table) -> dict[bytes, str]:
        """Return the request of every directory of a tree that was asked for, by its path."""
        if not self.directory_requests:
            return {}
        listed = self._words_of(entries, "directory", ("directory",)).to_pylist()
        named = {path: words for path, words in zip(entries["path"].to_pylist(), listed, strict=True) if words}
        # A listing leaves out directories that it could enter: their ids are summed from what lies in them.
        columns = (entries[name].to_pylist() for name in ("path", "mode", "content_id"))
        for path, id_ in directory_ids(row for row in zip(*columns, strict=True) if row[0]).items():
            if path and id_ in self.directory_requests:
                named.setdefault(path, self._words(self._by_key["directory", id_.hex()]))
        return named

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], Request]:
        return {(request.kind, request.key): request for request in reversed(self.requests)}

    def _ids(self, kind: str) -> list[bytes]:
        return sorted(bytes.fromhex(key) for found, key in self._by_key if found == kind)

    def _words(self, request: Request) -> str:
        place = f"line {request.line} of {self.source_name}" if self.source_name else f"line {request.line}"
        return f"{request.text} ({place})"

    def _words_of(self, entries: pa.Table, kind: str, of_kinds: tuple[str, ...]) -> pa.StringArray:
        """Return, for the entries of some kinds whose id was asked for, the request."""
        import pyarrow as pa
        import pyarrow.compute as pc

        ids = self._ids(kind)
        words = pa.array([self._words(self._by_key[kind, id_.hex()]) for id_ in ids], pa.string())
        place = pc.index_in(entries["content_id"], pa.array(ids, pa.binary()))
        right_kind = pc.is_in(entries["kind"], pa.array(of_kinds))
        found = pc.take(words, pc.if_else(right_kind, place, None))
        return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _keys_of_url(url: str) -> Iterator[tuple[str, str]]:
    """Yield every request, as kind and key, that would cover an origin."""
    from stackmark.optout.places import Place, locate, split_path

    try:
        place = locate(url)
    except ValueError:  # a malformed host must not shield the account behind it
        place = Place("", split_path(url.partition("://")[2].partition("/")[2]))
    yield from (("origin", key) for key in place.keys_upwards())
    for path in place.paths():
        yield "account", path[0]
        for size in range(2, len(path) + 1):
            yield "repository", "/".join(path[:size])


def _above(path: bytes, named: dict[bytes, str]) -> str | None:
    """Return what was asked of the outermost named directory that a path is or lies in."""
    parts = path.split(b"/")
    ancestors = (b"/".join(parts[:size]) for size in range(len(parts) + 1))
    return next((named[ancestor] for ancestor in ancestors if ancestor in named), None)
