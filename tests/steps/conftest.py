"""What the tests of steps share: a work directory, an engine in this process, listings made by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stackmark import engine, optout, schema
from stackmark.sources import Limits, Origin
from stackmark.steps import listing
from stackmark.store import write_table
from stackmark.workdir import Stage, WorkDir

#: Rows of one listing, each with the columns of schema.ENTRIES that matter.
Rows = Sequence[dict[str, Any]]
#: Puts listings, one an origin, into the stage `entries`.
Enter = Callable[..., Stage]


def identity(data: bytes) -> bytes:
    """Return git's id of a content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).digest()


def file(path: str, data: bytes, **more: Any) -> dict[str, Any]:
    """Return the listing's row of a sound file."""
    return {"path": path.encode(), "mode": 0o100644, "kind": "file", "content_id": identity(data), **more}


def listed(rows: Rows) -> pa.Table:
    """Return rows of schema.ENTRIES."""
    return pa.Table.from_pylist(list(rows), schema=schema.ENTRIES)


@pytest.fixture
def work(tmp_path: Path) -> WorkDir:
    work = WorkDir(tmp_path / "work")
    with work.locked():
        pass
    return work


@pytest.fixture
def alone() -> engine.LocalEngine:
    return engine.LocalEngine(1)


@pytest.fixture
def enter(work: WorkDir) -> Enter:
    """Give a function that makes the stage `entries` from listings, as `listing.collect` does."""

    def make(*listings: Rows, optouts: str = "", memory: int = 4 * 10**9) -> Stage:
        limits, origins = Limits(), []
        for number, rows in enumerate(listings):
            revision = hashlib.sha1(repr(rows).encode()).digest()
            origin = Origin(f"https://forge.example/a/{number}", "git", "{}", revision_id=revision)
            write_table(work.entries(listing.key(origin, limits)), listed(rows))
            origins.append(origin)
        return listing.collect(work, origins, limits, optout.parse(optouts, "optout.txt"), memory)[0]

    return make
