"""What the report shows and no other document: sizes and copies of contents, and what origins gave.

All of it is as JSON has it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stackmark.release import tables
from stackmark.release.counts import DataSums
from stackmark.release.words import size

_ORIGINS = 20
_COPIED = 10

#: Bounds of the size classes in bytes: 1, 2, 5 of each power of ten, which is about even on a logarithmic
#: scale.
_SIZES = np.array([0, *(step * 10**power for power in range(1, 9) for step in (1, 2, 5))], dtype=np.int64)
_COPIES = np.array([1, 2, 3, 5, 10, 20, 50, 100, 1000], dtype=np.int64)
_COPIES_NAMES = ("1", "2", "3-4", "5-9", "10-19", "20-49", "50-99", "100-999", "1,000+")

Counts = npt.NDArray[np.int64]


def take(folder: Path, sums: DataSums | None = None) -> dict[str, Any]:
    """Return sizes and copies of the kept contents, the most copied of them, and the largest origins.

    What is read of data/ is added to `sums`, so that nobody reads it again.
    """
    sums = sums or DataSums()
    sizes = np.zeros((2, len(_SIZES)), dtype=np.int64)
    copies = np.zeros((2, len(_COPIES)), dtype=np.int64)
    copied: list[dict[str, Any]] = []
    for batch in tables.batches(folder, "data", [*DataSums.COLUMNS, "origin_url", "path", "content_id"]):
        sums.add(batch)
        length = pc.fill_null(batch["length_bytes"], 0).to_numpy()
        number_of = pc.fill_null(batch["copies"], 1).to_numpy()
        sizes += _histogram(length, _SIZES, length)
        copies += _histogram(number_of, _COPIES, length)
        copied = _most_copied([*copied, *_candidates(batch)])
    return {
        "sizes": list(_columns(sizes, [size(bound).replace(".0 ", " ") for bound in _SIZES.tolist()])),
        "copies": list(_columns(copies, _COPIES_NAMES)),
        "most_copied": copied,
        "origins": _largest_origins(folder),
        "lost_origins": _lost_origins(folder),
    }


def _histogram(values: Counts, bounds: Counts, weights: Counts) -> Counts:
    """Return how many values, and what weight of them, lie from each bound to the next: two rows."""
    place = np.clip(np.searchsorted(bounds, values, side="right") - 1, 0, None)
    found = np.zeros((2, len(bounds)), dtype=np.int64)
    np.add.at(found[0], place, 1)
    np.add.at(found[1], place, weights)
    return found


def _columns(histogram: Counts, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the columns of a plot from the first to the last that has anything in it."""
    used = np.flatnonzero(histogram[0])
    if len(used):
        for place in range(used[0], used[-1] + 1):
            files, of_bytes = histogram[:, place].tolist()
            yield {"name": names[place], "files": files, "bytes": of_bytes}


def _candidates(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    rows = pa.Table.from_batches([batch]).filter(pc.greater(batch["copies"], 1))
    if not rows.num_rows:
        return []
    order = [("copies", "descending"), ("content_id", "ascending")]
    shown = ["length_bytes", "copies", "origin_url", "path", "content_id"]
    return list(rows.sort_by(order).slice(0, _COPIED).select(shown).to_pylist())


def _most_copied(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (-row["copies"], row["content_id"]))[:_COPIED]


def _largest_origins(folder: Path) -> dict[str, Any]:
    """Return the origins with the most kept files, and what the others have."""
    columns = ["origin_url", "vcs", "revision_id", "branch_name", "revision_date", "entries", "kept"]
    order = [
        ("kept", "descending"),
        ("entries", "descending"),
        ("origin_url", "ascending"),
        ("revision_id", "ascending"),
    ]
    rows = tables.table(folder, "origins", columns).sort_by(order)
    rest = rows.slice(_ORIGINS)
    figures = {name: pc.sum(rest[name]).as_py() or 0 for name in ("entries", "kept")}
    first = [{**row, "revision_date": _day(row["revision_date"])} for row in rows.slice(0, _ORIGINS).to_pylist()]
    return {"rows": first, "rest": {"rows": rest.num_rows, **figures}}


def _day(date: dt.datetime | None) -> str:
    return date.strftime("%Y-%m-%d") if date else ""


def _lost_origins(folder: Path) -> list[dict[str, Any]]:
    columns = ["origin_url", "outcome", "stage", "rule", "detail"]
    return list(tables.table(folder, "ledger", columns, pc.field("kind") == "origin").slice(0, _ORIGINS).to_pylist())
