"""Turns a folder of tables into a release: the documents, the manifest and the checksums, in that order."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from stackmark.release import card, changelog, counts, manifest, notice, report, swhids
from stackmark.release.diff import check_step
from stackmark.release.manifest import BuildInfo, Notice


def finish(folder: Path, info: BuildInfo, notices: Iterable[Notice], parent: Path | None = None) -> None:
    """Write everything of a release but its tables into `folder`, which holds data/, ledger/ and provenance/.

    The same tables, info and parent give the same bytes. Nothing is synced or renamed here.
    Raises IntegrityError if `info.version` is not a right step from `parent`, before anything is written.
    """
    head = manifest.head(info, counts.count(folder), counts.configs(folder), _named(parent) if parent else None)
    difference = check_step(parent, folder, head) if parent else None
    swhids.write(folder)
    kept = head["counts"]["outcomes"]["kept"]["files"]
    _write(folder / "NOTICE", notice.render(notices, f"{info.name} {info.version}"))
    _write(folder / changelog.CHANGELOG, changelog.render(info.version, kept, difference, parent))
    _write(folder / "README.md", card.render(head))
    _write(folder / "report.html", report.render(head, report.figures(folder)))
    manifest.write(folder, head)


def _named(parent: Path) -> dict[str, str]:
    of = manifest.load(parent)
    return {"name": of["name"], "version": of["version"], "digest": manifest.digest(parent)}


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
