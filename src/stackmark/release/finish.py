"""Turns a folder of tables into a release: the documents, the manifest and the checksums, in that order."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackmark.release import manifest

if TYPE_CHECKING:
    from stackmark.release.manifest import BuildInfo, Notice
    from stackmark.release.survey import Survey


def finish(folder: Path, info: BuildInfo, notices: Iterable[Notice], parent: Path | None = None) -> None:
    """Write everything of a release but its tables into `folder`, which holds data/, ledger/ and provenance/.

    The same tables, info and parent give the same bytes. Nothing is synced or renamed here.
    Raises IntegrityError if `info.version` is not a right step from `parent`, before anything is written.
    """
    from stackmark.release import survey

    document(folder, info, survey.take(folder, notices), parent)


def document(folder: Path, info: BuildInfo, found: Survey, parent: Path | None = None) -> None:
    """Do what `finish` does, in a folder that has been surveyed before."""
    from stackmark.release import card, changelog, notice, report
    from stackmark.release.layout import SWHIDS

    head = manifest.head(info, found.counts, found.configs, found.schema, _named(parent) if parent else None)
    difference = None
    if parent:
        from stackmark.release.diff import check_step

        difference = check_step(parent, folder, head)
    if not (folder / SWHIDS).exists():
        from stackmark.release import swhids

        swhids.write(folder)
    kept = head["counts"]["outcomes"]["kept"]["files"]
    _write(folder / "NOTICE", notice.render(found.notices, f"{info.name} {info.version}"))
    _write(folder / changelog.CHANGELOG, changelog.render(info.version, kept, difference, parent))
    _write(folder / "README.md", card.render(head))
    _write(folder / "report.html", report.render(head, found.figures))
    manifest.write(folder, head, found.files)


def _named(parent: Path) -> dict[str, Any]:
    of = manifest.load(parent)
    return {"name": of["name"], "version": of["version"], "digest": manifest.digest(parent)}


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
