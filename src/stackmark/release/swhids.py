"""swhids.txt: one line per kept content, so that anybody can find it again without us.

`swh:1:cnt:<id>;origin=<url>;anchor=<revision or directory>;path=/<path>`, sorted by id. The anchor of an
archive is its directory: the id of an archive file is no revision.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc

from stackmark.release import tables
from stackmark.release.layout import SWHIDS
from stackmark.swhid import qualified

_COLUMNS = ["content_id", "origin_url", "revision_id", "path_bytes"]


def lines(folder: Path) -> Iterator[str]:
    """Yield the lines, without line ends, for the kept rows of a ledger; memory is bounded by slices."""
    origins = _origins(folder)
    kept = pc.field("outcome") == "kept"
    for part in tables.slices(tables.count_rows(folder, "ledger")):
        rows = tables.table(folder, "ledger", _COLUMNS, part & kept).sort_by("content_id")
        for content_id, url, revision, path in zip(*(rows[name].to_pylist() for name in _COLUMNS), strict=True):
            place = qualified([("path", "/" + (path or b"").decode("utf-8", "surrogateescape"))])
            yield f"swh:1:cnt:{content_id}{origins[url, revision]}{place}"


def write(folder: Path, target: Path | None = None) -> None:
    """Write swhids.txt into a release folder that has its ledger and provenance, or elsewhere."""
    with (target or folder / SWHIDS).open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{line}\n" for line in lines(folder))


def _origins(folder: Path) -> dict[tuple[str, str | None], str]:
    """Return the qualifiers of each origin at its revision: its URL, and its anchor if it has one."""
    columns = ["origin_url", "revision_id", "vcs", "directory_id"]
    found = {}
    for row in tables.table(folder, "origins", columns).to_pylist():
        kind, id_ = ("dir", row["directory_id"]) if row["vcs"] == "archive" else ("rev", row["revision_id"])
        anchor = [("anchor", f"swh:1:{kind}:{id_}")] if id_ else []
        found[row["origin_url"], row["revision_id"]] = qualified([("origin", row["origin_url"]), *anchor])
    return found
