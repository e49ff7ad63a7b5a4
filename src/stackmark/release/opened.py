"""A finished release, and what can be asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackmark.errors import UsageError
from stackmark.release import manifest as manifests

if TYPE_CHECKING:
    from stackmark.release.diff import Difference
    from stackmark.release.explain import Decision
    from stackmark.release.verify import Progress, Report


@dataclass(frozen=True)
class Release:
    """A finished release on disk. Nothing is read before it is asked for, and nothing is ever written."""

    path: Path

    @classmethod
    def open(cls, path: str | Path) -> Release:
        """Return the release in a folder, sound or damaged; UsageError if the folder holds none."""
        folder = Path(path)
        if not folder.is_dir():
            raise UsageError(
                f"there is no folder {path}",
                "give the folder of a release, e.g. .stackmark/releases/corpus-1.0.0",
            )
        if not (folder / manifests.MANIFEST).is_file() and not (folder / manifests.SUMS).is_file():
            hint = f"a release has {manifests.MANIFEST} and {manifests.SUMS}; `stackmark build` makes one"
            raise UsageError(f"{path} is not a release", hint)
        return cls(folder)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """manifest.json; IntegrityError if it is damaged."""
        return manifests.load(self.path)

    @property
    def name(self) -> str:
        """Name of the data set."""
        return str(self.manifest["name"])

    @property
    def version(self) -> str:
        """Version, MAJOR.MINOR.PATCH."""
        return str(self.manifest["version"])

    @property
    def digest(self) -> str:
        """SHA-256 of SHA256SUMS in hex: names this very release, down to the last byte."""
        return manifests.digest(self.path)

    def verify(self, *, deep: bool = True, expect: str | None = None, progress: Progress | None = None) -> Report:
        """Check files, checksums and (deep) all that tables and documents say; see `release.verify`."""
        from stackmark.release.verify import verify

        return verify(self.path, deep=deep, expect=expect, progress=progress)

    def explain(self, target: str) -> list[Decision]:
        """Return what became of a content, `<origin_url>#<path>` or `<origin_url>`; see `release.explain`."""
        from stackmark.release.explain import explain

        return explain(self.path, target)

    def diff(self, other: Release) -> Difference:
        """Return what changed from this release to `other`, the later one; see `release.diff`."""
        from stackmark.release.diff import compare

        return compare(self.path, other.path)
