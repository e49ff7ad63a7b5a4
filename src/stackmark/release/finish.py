"""Turns a folder of tables into a release: the documents, the manifest and the checksums, in that order."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from stackmark.errors import IntegrityError
from stackmark.release import card, changelog, counts, manifest, notice, report, swhids
from stackmark.release.diff import check_step
from stackmark.release.manifest import BuildInfo, Notice


def finish(folder: Path, info: BuildInfo, notices: Iterable[Notice], parent: Path | None = None) -> None:
    """Write everything of a release but its tables into `folder`, which holds data/, ledger/ and provenance/.

    The same tables, info and parent give the same bytes. Nothing is synced or renamed here.
    Raises IntegrityError if `info.version` is not a right step from `parent`, before anything is written.
    """
    head = manifest.head(info, counts.count(folder), configs(folder), parent and _parent(parent))
    difference = check_step(parent, folder, head) if parent else None
    swhids.write(folder)
    kept = head["counts"]["outcomes"]["kept"]["files"]
    _write(folder / "NOTICE", notice.render(notices, f"{info.name} {info.version}"))
    _write(folder / changelog.CHANGELOG, changelog.render(info.version, kept, difference, parent))
    _write(folder / "README.md", card.render(head))
    _write(folder / "report.html", report.render(head, report.figures(folder)))
    manifest.write(folder, head)


def configs(folder: Path) -> list[dict[str, Any]]:
    """Return one row for each folder of data/: config (its name), language, and rows, sorted by config."""
    found = []
    for path in sorted(folder.glob("data/*")):
        files = [pq.ParquetFile(file) for file in sorted(path.glob("*.parquet"))]
        firsts = [batch for file in files for batch in file.iter_batches(1, [0], columns=["language"])]
        if not firsts:
            raise IntegrityError(f"data/{path.name} has no rows")
        found.append(
            {
                "config": path.name,
                "language": firsts[0]["language"][0].as_py(),
                "rows": sum(file.metadata.num_rows for file in files),
            }
        )
    return found


def _parent(parent: Path) -> dict[str, str]:
    of = manifest.load(parent)
    return {"name": of["name"], "version": of["version"], "digest": manifest.digest(parent)}


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
