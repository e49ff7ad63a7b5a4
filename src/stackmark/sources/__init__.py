"""Where origins, entries and contents come from. One module per kind; adding a kind is adding a module.

A module `sources/<kind>.py` is a source when it defines

    class Settings(SourceSettings)      the keys of `[[sources]]` with `kind = "<kind>"`
    discover(settings, base) -> Iterator[Origin]
        names what there is, without opening it; relative paths are relative to `base` (the recipe's folder)
    pin(origin, as_of, workdir) -> Origin
        fixes the revision; the first call that may read from the origin. Never raises for a bad origin: it returns
        one with `problem` and `detail` set
    entries(origin, limits, keep) -> Iterator[pa.RecordBatch]     rows of schema.ENTRIES
        `keep` takes contents from sources that meet the bytes while they list (archives); others ignore it
    contents(origin, wanted, limits) -> Iterator[pa.RecordBatch]  rows of schema.CONTENTS
        exactly one row for each wanted content id, in any order, in batches of bounded size

    READS_TO_LIST = True
        optional: says that `entries` reads the contents, so that `stackmark plan` leaves it out

It loads nothing heavy before it is called: every recipe loads all kinds. What it needs for its work is in modules that
are called after it (`archive_tar` of `archive`), and no other kind is called so.

What is damaged inside an origin is a row with a problem; the rest is delivered.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from stackmark import lazy

if TYPE_CHECKING:
    import pyarrow as pa

    from stackmark.sources.settings import SourceSettings

__all__ = ["Keep", "Limits", "Origin", "Source", "SourceSettings", "kinds", "load"]

#: keep(content_id, data): store the bytes of one content that a source has met while listing.
Keep = Callable[[bytes, bytes], None]


@dataclass(frozen=True)
class Origin:
    """A repository, before (`revision_id is None`) or after it has been pinned to a revision.

    `locator` is how this machine reaches it and never leaves the work directory; `url` is its name in the release.
    Dates are seconds since 1970; ids are 20 bytes.
    """

    url: str
    kind: str
    locator: str
    vcs: str = ""
    revision_id: bytes | None = None
    snapshot_id: bytes | None = None
    directory_id: bytes | None = None
    branch_name: str | None = None
    branch_rule: str | None = None
    revision_date: int | None = None
    committer_date: int | None = None
    flags: tuple[str, ...] = ()
    problem: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Limits:
    """What a source may cost before it counts as hostile. Sizes are bytes."""

    max_content: int = 10 * 1024 * 1024
    max_entries: int = 2_000_000
    max_depth: int = 64
    max_path: int = 4096
    max_ratio: int = 200  # unpacked bytes per packed byte of an archive, counted once a megabyte is out
    max_unpacked: int = 64 * 1024**3
    batch_bytes: int = 16 * 1024 * 1024


class Source(Protocol):
    """The shape of a module in this folder; the module docstring says what each part does."""

    Settings: type[SourceSettings]

    def discover(self, settings: SourceSettings, base: Path) -> Iterator[Origin]: ...  # noqa: D102
    def pin(self, origin: Origin, as_of: int | None, workdir: Path) -> Origin: ...  # noqa: D102
    def entries(self, origin: Origin, limits: Limits, keep: Keep) -> Iterator[pa.RecordBatch]: ...  # noqa: D102
    def contents(  # noqa: D102
        self, origin: Origin, wanted: Sequence[bytes], limits: Limits
    ) -> Iterator[pa.RecordBatch]: ...


@cache
def kinds() -> Mapping[str, Source]:
    """Return every source module of this folder by its kind. What is called after another module is a part of it."""
    found: dict[str, Source] = {}
    last = "\0"
    for name in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        if not name.startswith(last):
            last = name
            module = importlib.import_module(f"{__name__}.{name}")
            if hasattr(module, "Settings"):
                found[name] = module
    return found


def load(used: Collection[str]) -> None:
    """Load all modules of some kinds, so that workers that are forked after it share them."""
    for info in pkgutil.iter_modules(__path__):
        if info.name.startswith(tuple(used)):
            importlib.import_module(f"{__name__}.{info.name}")


lazy.offer(__name__, {"SourceSettings": "settings"})  # who reads sources without a recipe loads no pydantic
