"""The source `git`: repositories, bare or not, worktrees, bundles, and remote ones that are cloned bare.

Nothing is ever checked out, and git is never run inside a repository that others may have written to (see
gitrepository.py). An origin is called what the recipe says, else by the URL of its remote "origin" without
credentials, else ``local:`` and the name of its folder; paths of this machine never go into a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from stackmark.sources import Keep, Limits, Origin, SourceSettings

if TYPE_CHECKING:
    import pyarrow as pa


class Settings(SourceSettings):
    """`[[sources]]` with `kind = "git"`: one of `path` and `url`; `origin` renames a single repository."""

    kind: Literal["git"]
    path: str | None = None
    url: str | None = None
    origin: str | None = None

    @model_validator(mode="after")
    def _sound(self) -> Settings:
        if (self.path is None) == (self.url is None):
            raise ValueError("exactly one of path and url is needed")
        if self.path is not None and (not self.path or "\0" in self.path):
            raise ValueError("path is empty or holds a NUL")
        if self.url is not None and _scheme(self.url) is None:
            raise ValueError("url must be https://..., ssh://..., user@host:path or file:///...")
        if self.origin is not None and (not self.origin.isprintable() or not self.origin.strip()):
            raise ValueError("origin is empty or holds control characters")
        return self


def _scheme(url: str) -> str | None:
    from stackmark.sources.gitmirror import scheme

    return scheme(url)


def discover(settings: SourceSettings, base: Path) -> Iterator[Origin]:
    """Name the repositories that the settings mean; see `gitreading.discover`."""
    if not isinstance(settings, Settings):
        raise TypeError("these are not the settings of a git source")
    from stackmark.sources import gitreading

    return gitreading.discover(settings.path, settings.url, settings.origin, base)


def pin(origin: Origin, as_of: int | None, workdir: Path) -> Origin:
    """Fix the revision of an origin; see `gitreading.pin`."""
    from stackmark.sources import gitreading

    return gitreading.pin(origin, as_of, workdir)


def entries(origin: Origin, limits: Limits, keep: Keep) -> Iterator[pa.RecordBatch]:  # noqa: ARG001
    """List the paths of a pinned origin's tree; `keep` is not used: contents are not met while listing."""
    from stackmark.sources import gitreading

    return gitreading.entries(origin, limits)


def contents(origin: Origin, wanted: Sequence[bytes], limits: Limits) -> Iterator[pa.RecordBatch]:
    """Deliver one row for each of the ids in `wanted`; see `gitreading.contents`."""
    from stackmark.sources import gitreading

    return gitreading.contents(origin, wanted, limits)
