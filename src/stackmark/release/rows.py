"""Decided entries as rows of the tables of a release: ids to hex, seconds to timestamps, paths to text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stackmark import schema

FIRST, LAST = -62_135_596_800, 253_402_300_799  # the years 1 to 9999, in seconds since 1970


def timestamps(seconds: pa.ChunkedArray) -> pa.Array:
    """Return seconds as timestamps, null outside the years 1 to 9999."""
    values = [None if one is None or not FIRST <= one <= LAST else one * 1_000_000 for one in seconds.to_pylist()]
    return pa.array(values, pa.int64()).cast(pa.timestamp("us", "UTC"))


def hexadecimal(column: pa.ChunkedArray) -> pa.Array:
    """Return ids as hex."""
    return pa.array([None if one is None else one.hex() for one in column.to_pylist()], pa.string())


def readable(column: pa.ChunkedArray) -> pa.Array:
    """Return paths as text: UTF-8, and what is not as backslash escapes."""
    return pa.array(
        [None if one is None else one.decode("utf-8", "backslashreplace") for one in column.to_pylist()],
        pa.string(),
    )


def of_origin(entries: pa.Table, origins: pa.Table, entry_bits: int) -> pa.Table:
    """Return the row of `origins` for each entry."""
    return origins.take(pa.array(entries["entry_no"].to_numpy() >> entry_bits))


def ledger_rows(entries: pa.Table, origins: pa.Table, entry_bits: int) -> pa.Table:
    """Return decided entries as rows of schema.LEDGER, in their order."""
    origin = of_origin(entries, origins, entry_bits)
    kept_no = entries["kept_no"]
    kept = (
        origins["origin_url"].take(pc.shift_right(kept_no, entry_bits))
        if entries.num_rows
        else kept_no.cast(pa.string())
    )
    columns = {
        "origin_url": origin["origin_url"],
        "revision_id": hexadecimal(origin["revision_id"]),
        "path": readable(entries["path"]),
        "path_bytes": entries["path"],
        "content_id": hexadecimal(entries["content_id"]),
        "length_bytes": entries["length"],
        "license_evidence": readable(entries["license_evidence"]),
        "kept_origin_url": kept,
        "kept_path": readable(entries["kept_path"]),
    }
    return pa.table(
        [columns.get(name, entries[name] if name in entries.column_names else None) for name in schema.LEDGER.names],
        names=schema.LEDGER.names,
    ).cast(schema.LEDGER)


def refused_origins(origins: pa.Table) -> pa.Table:
    """Return the ledger rows of origins of which nothing was listed."""
    lost = origins.filter(pc.is_valid(origins["problem"]))
    rows = []
    for row in lost.to_pylist():
        outcome = {"opted-out": "opted-out", "empty": "skipped", "no-revision-as-of": "skipped"}
        rows.append(
            {
                "origin_url": row["origin_url"],
                "revision_id": row["revision_id"].hex() if row["revision_id"] else None,
                "path": "",
                "path_bytes": b"",
                "kind": "origin",
                "outcome": outcome.get(row["problem"], "quarantined"),
                "stage": "opt-out" if row["problem"] == "opted-out" else "list",
                "rule": "opted-out-origin" if row["problem"] == "opted-out" else row["problem"],
                "detail": row["detail"],
            }
        )
    return pa.Table.from_pylist(rows, schema=schema.LEDGER)


def provenance_rows(entries: pa.Table, origins: pa.Table, entry_bits: int) -> pa.Table:
    """Return the places of kept contents as rows of schema.PROVENANCE, sorted by content and place."""
    kept = entries.filter(pc.equal(entries["outcome"], "kept"))["content_id"]
    places = pc.and_(pc.is_in(entries["content_id"], kept.combine_chunks()), pc.is_null(entries["request"]))
    places = entries.filter(pc.and_(places, pc.equal(entries["kind"], "file")))
    places = places.sort_by([("content_id", "ascending"), ("entry_no", "ascending")])
    origin = of_origin(places, origins, entry_bits)
    columns = {
        "content_id": hexadecimal(places["content_id"]),
        "origin_url": origin["origin_url"],
        "revision_id": hexadecimal(origin["revision_id"]),
        "path": readable(places["path"]),
    }
    return pa.table(
        [columns.get(name, places[name] if name in places.column_names else None) for name in schema.PROVENANCE.names],
        names=schema.PROVENANCE.names,
    ).cast(schema.PROVENANCE)


def fraction(part: pa.ChunkedArray, whole: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return part / whole, 0 where the whole is 0."""
    safe = pc.if_else(pc.equal(whole, 0), 1, whole)
    return pc.divide(part.cast(pa.float64()), safe.cast(pa.float64()))


def license_type(classes: pa.ChunkedArray) -> pa.Array:
    """Return The Stack v2's word for a licence class."""
    words = {"public-domain": "permissive", "permissive": "permissive", "none": "no_license"}
    return pa.array([words.get(one, "non_permissive") for one in classes.to_pylist()], pa.string())


def licence_ids(expressions: pa.ChunkedArray) -> pa.Array:
    """Return the ids in an expression, in their order, as The Stack v2 lists them."""
    operators = {"AND", "OR", "WITH"}
    found = []
    for text in expressions.to_pylist():
        words = (text or "").replace("(", " ").replace(")", " ").split()
        found.append(list(dict.fromkeys(word for word in words if word not in operators)))
    return pa.array(found, pa.list_(pa.string()))


def repository(urls: pa.ChunkedArray) -> pa.Array:
    """Return `owner/name` of a URL, or the whole of what has no such form."""
    names = []
    for url in urls.to_pylist():
        parts = url.split("://", 1)[-1].removesuffix("/").removesuffix(".git").split("/")
        names.append("/".join(parts[1:]) if "://" in url and len(parts) > 2 else url)
    return pa.array(names, pa.string())


def data_rows(kept: pa.Table, origins: pa.Table, entry_bits: int) -> pa.Table:
    """Return kept entries as rows of schema.DATA without `blob_id` and `content`, plus the raw `key`."""
    origin = of_origin(kept, origins, entry_bits)
    columns = {
        "directory_id": hexadecimal(origin["directory_id"]),
        "path": pa.array(["/" + one for one in readable(kept["path"]).to_pylist()], pa.string()),
        "content_id": hexadecimal(kept["content_id"]),
        "detected_licenses": licence_ids(kept["license_expression"]),
        "license_type": license_type(kept["license_class"]),
        "repo_name": repository(origin["origin_url"]),
        "snapshot_id": hexadecimal(origin["snapshot_id"]),
        "revision_id": hexadecimal(origin["revision_id"]),
        "branch_name": origin["branch_name"],
        "visit_date": pa.nulls(kept.num_rows, pa.timestamp("us", "UTC")),
        "revision_date": timestamps(origin["revision_date"]),
        "committer_date": timestamps(origin["committer_date"]),
        "length_bytes": kept["length"],
        "origin_url": origin["origin_url"],
        "alpha_fraction": fraction(kept["alpha_chars"], kept["length_chars"]),
        "alphanum_fraction": fraction(kept["alphanum_chars"], kept["length_chars"]),
        "redactions": pa.array(np.zeros(kept.num_rows, dtype=np.int64)),
    }
    names = [name for name in schema.DATA.names if name not in ("blob_id", "content")]
    table = pa.table(
        [columns.get(name, kept[name] if name in kept.column_names else None) for name in names], names=names
    )
    return table.append_column("key", kept["content_id"])
