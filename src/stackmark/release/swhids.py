"""swhids.txt: one line per kept content, so that anybody can find it again without us.

`swh:1:cnt:<id>;origin=<url>;anchor=<revision or directory>;path=/<path>`, sorted by id. The anchor of an
archive is its directory: the id of an archive file is no revision.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from stackmark.release import tables
from stackmark.swhid import Swhid

SWHIDS = "swhids.txt"
_COLUMNS = ["content_id", "origin_url", "revision_id", "path_bytes"]


def lines(folder: Path) -> Iterator[str]:
    """Yield the lines, without line ends, for the kept rows of a ledger; memory is bounded by slices."""
    anchors = _anchors(folder)
    kept = pc.field("outcome") == "kept"
    for part in tables.slices(tables.count_rows(folder, "ledger")):
        rows = tables.table(folder, "ledger", _COLUMNS, part & kept).sort_by("content_id")
        for row in rows.to_pylist():
            yield _line(row, anchors)


def write(folder: Path) -> None:
    """Write swhids.txt into a release folder that has its ledger and provenance."""
    with (folder / SWHIDS).open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{line}\n" for line in lines(folder))


def _anchors(folder: Path) -> dict[tuple[str, str | None], str]:
    """Return the anchor of each origin at its revision, as a SWHID; an origin without one is absent."""
    columns = ["origin_url", "revision_id", "vcs", "directory_id"]
    anchors = {}
    for row in tables.table(folder, "origins", columns).to_pylist():
        kind, id_ = ("dir", row["directory_id"]) if row["vcs"] == "archive" else ("rev", row["revision_id"])
        if id_:
            anchors[row["origin_url"], row["revision_id"]] = f"swh:1:{kind}:{id_}"
    return anchors


def _line(row: dict[str, Any], anchors: dict[tuple[str, str | None], str]) -> str:
    path = (row["path_bytes"] or b"").decode("utf-8", "surrogateescape")
    qualifiers = [("origin", row["origin_url"])]
    anchor = anchors.get((row["origin_url"], row["revision_id"]))
    if anchor:
        qualifiers.append(("anchor", anchor))
    return str(Swhid("cnt", bytes.fromhex(row["content_id"]), (*qualifiers, ("path", f"/{path}"))))
