"""Says why contents of one release are not in the next, from the ledger of the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stackmark.release import tables
from stackmark.release.words import sentence

#: Of several fates of one content the first of these is the one to tell.
_TELLING = ("opted-out", "dropped", "near-duplicate", "quarantined", "skipped")

Fate = tuple[str, str, str | None]  # stage, rule, detail


@dataclass(frozen=True)
class Removed:
    """A content that is no longer there: where it stood, and what became of it."""

    content_id: str
    origin_url: str
    path: str
    stage: str
    rule: str
    detail: str | None

    @property
    def place(self) -> str:
        """Origin and path as `explain` takes them."""
        return f"{self.origin_url}#{self.path}"

    @property
    def why(self) -> str:
        """The reason in plain words."""
        return self.detail or sentence(self.stage, self.rule) or f"{self.stage}: {self.rule}"


def explain_removed(gone: pa.Table, new: Path) -> Iterator[Removed]:
    """Yield a reason for each row (content_id, origin_url, path) of `gone`, in its order.

    Asked in turn: what the new ledger says of this content, whether its place holds other bytes now, and
    what the new ledger says of the whole origin; otherwise it is no longer in the sources.
    """
    if not gone.num_rows:
        return
    by_content = _fates(new, gone)
    places, origins = _neighbourhood(new, gone)
    for row in gone.to_pylist():
        fate = by_content.get(row["content_id"])
        if fate is None and (row["origin_url"], row["path"].removeprefix("/")) in places:
            fate = ("sources", "replaced", None)
        stage, rule, detail = fate or origins.get(row["origin_url"], ("sources", "gone", None))
        yield Removed(row["content_id"], row["origin_url"], row["path"], stage, rule, detail)


def _fates(new: Path, gone: pa.Table) -> dict[str, Fate]:
    """Return the most telling fate of each content that the new ledger still knows."""
    columns = ["content_id", "outcome", "stage", "rule", "detail"]
    where = pc.field("content_id").isin(gone["content_id"].combine_chunks())
    best: dict[str, tuple[int, Fate]] = {}
    for batch in tables.batches(new, "ledger", columns, where):
        for row in batch.to_pylist():
            rank = _TELLING.index(row["outcome"]) if row["outcome"] in _TELLING else len(_TELLING)
            if rank < best.get(row["content_id"], (len(_TELLING) + 1,))[0]:
                best[row["content_id"]] = (rank, _fate(row))
    return {content_id: fate for content_id, (_, fate) in best.items()}


def _neighbourhood(new: Path, gone: pa.Table) -> tuple[set[tuple[str, str]], dict[str, Fate]]:
    """Return the old places that the new ledger knows, and the fates of origins that were not listed."""
    origins = gone["origin_url"].unique()
    names = pc.utf8_ltrim(gone["path"], "/").unique()
    here = pc.field("origin_url").isin(origins)
    whole = pc.field("kind") == "origin"
    columns = ["origin_url", "path", "kind", "stage", "rule", "detail"]
    places: set[tuple[str, str]] = set()
    fates: dict[str, Fate] = {}
    for batch in tables.batches(new, "ledger", columns, here & (whole | pc.field("path").isin(names))):
        for row in batch.to_pylist():
            if row["kind"] == "origin":
                fates.setdefault(row["origin_url"], _fate(row))
            else:
                places.add((row["origin_url"], row["path"]))
    return places, fates


def _fate(row: dict[str, Any]) -> Fate:
    return row["stage"] or "", row["rule"] or "", row["detail"]
