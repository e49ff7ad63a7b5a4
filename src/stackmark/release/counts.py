"""Counts a release: every figure of the manifest comes from here, and `verify` comes here again to check it.

Two small tables are summed up while the ledger streams by: what became of files (all that can be said of an
entry but its name), and what each origin gave. Every count is a margin of one of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stackmark.errors import IntegrityError
from stackmark.release import tables
from stackmark.schema import OUTCOMES

_FATES = ["kind", "outcome", "stage", "rule", "language", "license_expression", "license_class"]
_ORIGIN = ["origin_url", "revision_id"]
_MERGE_AFTER = 32  # partial tables

Row = Mapping[str, Any]
Sums = dict[str, int]  # files and bytes


@dataclass
class DataSums:
    """What data/ itself adds up to: rows, bytes, how many stand in more than one place, and redactions."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("length_bytes", "copies", "redactions")

    rows: int = 0
    bytes: int = 0
    with_copies: int = 0
    redactions: int = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch, which has at least COLUMNS."""
        self.rows += batch.num_rows
        self.bytes += pc.sum(batch["length_bytes"]).as_py() or 0
        self.with_copies += pc.sum(pc.greater(batch["copies"], 1)).as_py() or 0
        self.redactions += pc.sum(batch["redactions"]).as_py() or 0


def count(folder: Path, sums: DataSums | None = None) -> dict[str, Any]:
    """Return the counts of a release folder, ready for the manifest; files and bytes (null length is 0
    bytes). `sums` are those of its data/, where that has been read before.

    `outcomes` sum to `input`. Origins of which nothing was listed are not files and stand apart.
    """
    fates, origins = sum_ledger(folder)
    rows = fates.to_pylist()
    files = [row for row in rows if row["kind"] != "origin"]
    unlisted = [row for row in rows if row["kind"] == "origin"]
    kept = [row for row in files if row["outcome"] == "kept"]
    by_outcome = _margin(files, lambda row: row["outcome"])
    return {
        "input": _total(files),
        "outcomes": {outcome: by_outcome.pop(outcome, _total([])) for outcome in OUTCOMES} | by_outcome,
        "rules": _listed(files, ("stage", "rule", "outcome")),
        "languages": _languages(files, kept),
        "license_expressions": _listed(kept, ("license_expression", "license_class")),
        "license_classes": _listed(kept, ("license_class",)),
        "origins": {
            "listed": int(pc.sum(pc.greater(origins["entries"], 0)).as_py() or 0),
            "not_listed": _total(unlisted)["files"],
        },
        "origins_not_listed": [
            {"stage": row["stage"], "rule": row["rule"], "outcome": row["outcome"], "origins": row["files"]}
            for row in _listed(unlisted, ("stage", "rule", "outcome"))
        ],
        "data": asdict(sums or _count_data(folder)),
        "findings": _count_findings(folder),
    }


def _count_findings(folder: Path) -> list[dict[str, Any]]:
    """Return, by type and action, how many findings audit/ lists, in how many files."""
    columns = ["type", "action", "content_id"]
    parts = [pa.Table.from_batches([batch]) for batch in tables.batches(folder, "audit", columns)]
    if not parts:
        return []
    one = pa.concat_tables(parts).group_by(columns).aggregate([([], "count_all")])
    summed = one.group_by(["type", "action"]).aggregate([("count_all", "sum"), ("content_id", "count")])
    rows = [
        {
            "type": row["type"],
            "action": row["action"],
            "findings": row["count_all_sum"],
            "files": row["content_id_count"],
        }
        for row in summed.to_pylist()
    ]
    return sorted(rows, key=lambda row: (-row["findings"], row["type"], row["action"]))


def configs(folder: Path) -> list[dict[str, Any]]:
    """Return one row for each folder of data/: config (its name), language, and rows, sorted by config."""
    found = []
    for path in sorted(folder.glob("data/*")):
        files = [pq.ParquetFile(file, metadata=tables.footer(file)) for file in sorted(path.glob("*.parquet"))]
        languages = [language for file in files if file.metadata.num_rows for language in first_language(file)]
        if not languages:
            raise IntegrityError(f"data/{path.name} has no rows", "restore the release from a good copy")
        found.append(
            {
                "config": path.name,
                "language": languages[0],
                "rows": sum(file.metadata.num_rows for file in files),
            }
        )
    return found


def sum_ledger(folder: Path) -> tuple[pa.Table, pa.Table]:
    """Stream over the ledger once and return two tables.

    Fates: kind, outcome, stage, rule, language, license_expression, license_class, files, bytes.
    Origins: origin_url, revision_id, entries (files), kept.
    """
    fates: list[pa.Table] = []
    origins: list[pa.Table] = []
    for batch in tables.batches(folder, "ledger", [*_FATES, *_ORIGIN, "length_bytes"]):
        rows = _with_figures(pa.Table.from_batches([batch]))
        fates.append(_sum(rows, _FATES, ("files", "bytes")))
        origins.append(_sum(rows, _ORIGIN, ("entries", "kept")))
        if len(fates) == _MERGE_AFTER:
            fates = [_merged(fates, _FATES, ("files", "bytes"))]
            origins = [_merged(origins, _ORIGIN, ("entries", "kept"))]
    return _merged(fates, _FATES, ("files", "bytes")), _merged(origins, _ORIGIN, ("entries", "kept"))


def _with_figures(rows: pa.Table) -> pa.Table:
    """Add what is summed: files (1), bytes, entries (0 for an origin that was not listed), kept (0 or 1)."""
    figures = {
        "files": pa.array(np.ones(rows.num_rows, np.int64)),
        "bytes": pc.fill_null(rows["length_bytes"], 0),
        "entries": pc.fill_null(pc.not_equal(rows["kind"], "origin"), True).cast(pa.int64()),
        "kept": pc.fill_null(pc.equal(rows["outcome"], "kept"), False).cast(pa.int64()),
    }
    for name, values in figures.items():
        rows = rows.append_column(name, values)
    return rows


def _merged(parts: Sequence[pa.Table], keys: list[str], figures: tuple[str, ...]) -> pa.Table:
    if parts:
        return _sum(pa.concat_tables(parts), keys, figures)
    return pa.schema([(key, pa.string()) for key in keys] + [(name, pa.int64()) for name in figures]).empty_table()


def _sum(rows: pa.Table, keys: list[str], figures: tuple[str, ...]) -> pa.Table:
    summed = rows.group_by(keys).aggregate([(name, "sum") for name in figures])
    return summed.select([*keys, *(f"{name}_sum" for name in figures)]).rename_columns([*keys, *figures])


def _count_data(folder: Path) -> DataSums:
    sums = DataSums()
    for batch in tables.batches(folder, "data", DataSums.COLUMNS):
        sums.add(batch)
    return sums


def _languages(files: Iterable[Row], kept: Iterable[Row]) -> list[dict[str, Any]]:
    """Return input and kept per language, the largest input first; a null language is one of them."""
    kept_by = _margin(kept, lambda row: row["language"])
    return [
        {"language": row["language"], "input": _sums(row), "kept": kept_by.get(row["language"], _total([]))}
        for row in _listed(files, ("language",))
    ]


def _listed(rows: Iterable[Row], keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return sums by `keys`, most files first, then by key; the order never depends on that of the rows."""
    sums = _margin(rows, lambda row: tuple(row[key] for key in keys))
    ordered = sorted(sums.items(), key=lambda item: (-item[1]["files"], [key or "" for key in item[0]]))
    return [dict(zip(keys, key, strict=True)) | value for key, value in ordered]


def _margin(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, Sums]:
    sums: dict[Any, Sums] = {}
    for row in rows:
        total = sums.setdefault(key(row), {"files": 0, "bytes": 0})
        total["files"] += row["files"]
        total["bytes"] += row["bytes"]
    return dict(sorted(sums.items(), key=lambda item: str(item[0])))


def _total(rows: Iterable[Row]) -> Sums:
    return _margin(rows, lambda _: "all").get("all", {"files": 0, "bytes": 0})


def _sums(row: Row) -> Sums:
    return {"files": row["files"], "bytes": row["bytes"]}


def first_language(file: pq.ParquetFile) -> list[str]:
    """Return a language that a data file states: from its statistics, which cost nothing, else from its first row."""
    paths = [file.metadata.schema.column(number).path for number in range(file.metadata.num_columns)]
    statistics = file.metadata.row_group(0).column(paths.index("language")).statistics if "language" in paths else None
    if statistics is not None and statistics.has_min_max:
        return [str(statistics.min)]
    return [batch["language"][0].as_py() for batch in file.iter_batches(1, [0], columns=["language"])]
