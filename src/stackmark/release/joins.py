"""Holds the ledger, the data and the provenance of a release against one another, a slice of content ids at
a time.

Rows are compared as texts: the columns in question joined by NUL, which is in none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stackmark.release import tables
from stackmark.release.words import printable

Finding = tuple[str, str, str]  # kind, path, message

_PLACE = ["origin_url", "revision_id", "path"]
#: What data/ and the ledger both say of a kept content.
_SHARED = [
    "length_bytes",
    "language",
    "language_strategy",
    "license_expression",
    "license_class",
    "license_basis",
]
_KEPT = ["content_id", *_PLACE, *_SHARED]
_LISTED = ["content_id", *_PLACE, "outcome", "license_expression", "license_class"]
_SHOWN = 5


def check(folder: Path, _: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what the three tables say differently of the same contents."""
    for part in tables.slices(tables.count_rows(folder, "ledger")):
        columns = [*_KEPT, "kind", "outcome", "kept_origin_url", "kept_path"]
        ledger = tables.table(folder, "ledger", columns, part)
        data = tables.table(folder, "data", _KEPT, part)
        data = data.set_column(data.column_names.index("path"), "path", pc.utf8_ltrim(data["path"], "/"))
        yield from _check_kept(ledger.filter(pc.equal(ledger["outcome"], "kept")), data)
        yield from _check_duplicates(ledger.filter(pc.equal(ledger["outcome"], "duplicate")), data)
        yield from _check_provenance(ledger, data, tables.table(folder, "provenance", _LISTED, part))
    yield from _check_representatives(folder)


def _check_kept(kept: pa.Table, data: pa.Table) -> Iterator[Finding]:
    if pc.count_distinct(data["content_id"]).as_py() < data.num_rows:
        yield "data-row", "data", "a content has more than one row"
    if pc.count_distinct(kept["content_id"]).as_py() < kept.num_rows:
        yield "data-row", "ledger", "a content is kept more than once"
    in_ledger, in_data = _keys(kept, _KEPT), _keys(data, _KEPT)
    for row in _without(kept, in_ledger, in_data):
        yield "data-row", "ledger", f"{_place(row)} is kept, but data/ has no such row"
    for row in _without(data, in_data, in_ledger):
        yield "data-row", "data", f"{_place(row)} has a row that the ledger does not keep"


def _check_duplicates(duplicates: pa.Table, data: pa.Table) -> Iterator[Finding]:
    """A duplicate names the kept place of its own content."""
    named = _keys(duplicates, ["content_id", "kept_origin_url", "kept_path"])
    for row in _without(duplicates, named, _keys(data, ["content_id", "origin_url", "path"])):
        yield (
            "duplicate",
            "ledger",
            f"{_place(row)} is a duplicate of something that is not kept where it says",
        )


def _check_provenance(ledger: pa.Table, data: pa.Table, places: pa.Table) -> Iterator[Finding]:
    """Provenance lists every file with a kept content, opted-out places left out, as the ledger has it."""
    stated, actual = _keys(places, _LISTED), _keys(ledger, _LISTED)
    if pc.count_distinct(stated).as_py() < places.num_rows:
        yield "provenance", "provenance", "a place is listed twice"
    known = pc.and_(pc.equal(ledger["kind"], "file"), pc.is_in(ledger["content_id"], data["content_id"]))
    must = pc.and_(known, pc.not_equal(ledger["outcome"], "opted-out"))
    for row in _without(places, stated, actual.filter(must)):
        yield "provenance", "provenance", f"{_place(row)} is not a place of a kept content in the ledger"
    for row in _without(ledger.filter(must), actual.filter(must), stated):
        yield "provenance", "provenance", f"{_place(row)} is missing"


def _check_representatives(folder: Path) -> Iterator[Finding]:
    """A near-duplicate names a kept place."""
    near = pc.field("outcome") == "near-duplicate"
    columns = [*_PLACE, "kept_origin_url", "kept_path"]
    for batch in tables.batches(folder, "ledger", columns, near):
        rows = pa.Table.from_batches([batch])
        where = (pc.field("outcome") == "kept") & pc.field("origin_url").isin(batch["kept_origin_url"])
        kept = tables.table(folder, "ledger", _PLACE, where)
        named = _keys(rows, ["kept_origin_url", "kept_path"])
        for row in _without(rows, named, _keys(kept, ["origin_url", "path"])):
            yield "duplicate", "ledger", f"{_place(row)} stands for something that is not kept"


def _keys(rows: pa.Table, columns: Sequence[str]) -> pa.ChunkedArray:
    """Return one text per row that is the same for rows with the same values, null included."""
    texts = [pc.fill_null(rows[name].cast(pa.large_string()), "\1") for name in columns]
    return pc.binary_join_element_wise(*texts, pa.scalar("\0", pa.large_string()))


def _without(rows: pa.Table, keys: pa.ChunkedArray, others: pa.ChunkedArray) -> list[dict[str, Any]]:
    """Return the first few rows whose key is not among the others."""
    alone = rows.filter(pc.invert(pc.is_in(keys, value_set=others)))
    return list(alone.slice(0, _SHOWN).to_pylist())


def _place(row: Mapping[str, Any]) -> str:
    return printable(f"{row['origin_url']}#{row['path']}")
