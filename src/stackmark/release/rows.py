"""Decided entries as rows of the tables of a release: ids to hex, seconds to timestamps, paths to text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stackmark import schema

#: The two hex digits of each byte, as they lie in memory.
HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), dtype=np.uint16)
FIRST, LAST = -62_135_596_800, 253_402_300_799  # the years 1 to 9999, in seconds since 1970


def timestamps(seconds: pa.ChunkedArray) -> pa.Array:
    """Return seconds as timestamps, null outside the years 1 to 9999."""
    values = [None if one is None or not FIRST <= one <= LAST else one * 1_000_000 for one in seconds.to_pylist()]
    return pa.array(values, pa.int64()).cast(pa.timestamp("us", "UTC"))


def hexadecimal(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return ids (binary) as hex."""
    ids = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    _, bounds, data = ids.buffers()
    if not len(ids) or not data:
        return ids.cast(pa.string())
    offsets = np.frombuffer(bounds, dtype=np.int32, count=len(ids) + 1, offset=ids.offset * 4)
    digits = HEX[np.frombuffer(data, dtype=np.uint8)[offsets[0] : offsets[-1]]]
    places = ((offsets - offsets[0]) * 2).astype(np.int32)
    valid = pc.is_valid(ids).buffers()[1] if ids.null_count else None
    return pa.Array.from_buffers(pa.string(), len(ids), [valid, pa.py_buffer(places), pa.py_buffer(digits)])


def readable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return paths as text: UTF-8, and what is not as backslash escapes."""
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        texts = [None if one is None else one.decode("utf-8", "backslashreplace") for one in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])


def by_value(column: pa.ChunkedArray, function: Callable[[Any], Any], kind: pa.DataType) -> pa.Array:
    """Apply a function to a column of few different values, once for each of them; null is one of them."""
    encoded = pc.dictionary_encode(column, null_encoding="encode").combine_chunks()
    return pa.array([function(value) for value in encoded.dictionary.to_pylist()], kind).take(encoded.indices)


def published(origins: pa.Table) -> pa.Table:
    """Return origins as a release tells of them, a row each in the same order, with `repo_name`."""
    columns: dict[str, Any] = {name: origins[name] for name in origins.column_names if name != "detail"}
    for name in ("revision_id", "snapshot_id", "directory_id"):
        columns[name] = hexadecimal(origins[name])
    for name in ("revision_date", "committer_date"):
        columns[name] = timestamps(origins[name])
    columns["repo_name"] = pa.array([repository(url) for url in origins["origin_url"].to_pylist()], pa.string())
    return pa.table(columns)


def repository(url: str) -> str:
    """Return `owner/name` of a URL, or the whole of what has no such form."""
    parts = url.split("://", 1)[-1].removesuffix("/").removesuffix(".git").split("/")
    return "/".join(parts[1:]) if "://" in url and len(parts) > 2 else url


def assemble(
    kind: pa.Schema, entries: pa.Table, origins: pa.Table, entry_bits: int, made: Mapping[str, Any]
) -> pa.Table:
    """Return rows of `kind`: a column that was made, else one of the entry, else one of its origin.

    origins: as `published` gives them, at the places that entry numbers name
    """
    origin_no = pa.array(entries["entry_no"].to_numpy() >> entry_bits)
    columns = []
    for field in kind:
        if field.name in made:
            column = made[field.name]
        elif field.name in entries.column_names:
            column = entries[field.name]
        else:
            column = origins[field.name].take(origin_no)
        columns.append(column.cast(field.type))
    return pa.table(columns, schema=kind)


def given(entries: pa.Table, name: str, kind: pa.DataType) -> pa.ChunkedArray:
    """Return a column of a step that a recipe may leave out; nulls then."""
    return entries[name] if name in entries.column_names else pa.chunked_array([pa.nulls(entries.num_rows, kind)])


def ledger_rows(entries: pa.Table, origins: pa.Table, entry_bits: int) -> pa.Table:
    """Return decided entries as rows of schema.LEDGER, in their order."""
    made = {
        "path": readable(entries["path"]),
        "path_bytes": entries["path"],
        "content_id": hexadecimal(entries["content_id"]),
        "length_bytes": entries["length"],
        "license_evidence": readable(entries["license_evidence"]),
        "kept_origin_url": origins["origin_url"].take(pc.shift_right(entries["kept_no"].cast(pa.int64()), entry_bits)),
        "kept_path": readable(entries["kept_path"]),
        "cluster_id": hexadecimal(given(entries, "cluster_id", schema.ID)),
        "jaccard": given(entries, "jaccard", pa.float64()),
    }
    return assemble(schema.LEDGER, entries, origins, entry_bits, made)


def refused_origins(origins: pa.Table) -> pa.Table:
    """Return the ledger rows of origins of which nothing was listed."""
    lost = origins.filter(pc.is_valid(origins["problem"]))
    outcome = {"opted-out": "opted-out", "empty": "skipped", "no-revision-as-of": "skipped"}
    rows = [
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
        for row in lost.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=schema.LEDGER)


def provenance_rows(entries: pa.Table, origins: pa.Table, entry_bits: int) -> pa.Table:
    """Return the places of kept contents as rows of schema.PROVENANCE, sorted by content and place."""
    kept = entries.filter(pc.equal(entries["outcome"], "kept"))["content_id"]
    places = pc.and_(pc.is_in(entries["content_id"], kept.combine_chunks()), pc.is_null(entries["request"]))
    places = entries.filter(pc.and_(places, pc.equal(entries["kind"], "file")))
    places = places.sort_by([("content_id", "ascending"), ("entry_no", "ascending")])
    made = {"content_id": hexadecimal(places["content_id"]), "path": readable(places["path"])}
    return assemble(schema.PROVENANCE, places, origins, entry_bits, made)


def fraction(part: pa.ChunkedArray, whole: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return part / whole, 0 where the whole is 0."""
    safe = pc.if_else(pc.equal(whole, 0), 1, whole)
    return pc.divide(part.cast(pa.float64()), safe.cast(pa.float64()))


def license_type(license_class: str) -> str:
    """Return The Stack v2's word for a licence class."""
    words = {"public-domain": "permissive", "permissive": "permissive", "none": "no_license"}
    return words.get(license_class, "non_permissive")


def license_ids(expression: str | None) -> list[str]:
    """Return the ids in an expression, in their order, as The Stack v2 lists them."""
    words = (expression or "").replace("(", " ").replace(")", " ").split()
    return list(dict.fromkeys(word for word in words if word not in ("AND", "OR", "WITH")))


#: What stands in the place of bytes `start` to `end` of a text.
REPLACED = pa.list_(pa.struct([("start", pa.int64()), ("end", pa.int64()), ("after", pa.binary())]))

#: What `data_rows` gives: DATA without what only the store knows, the raw id to find it there, and what to replace.
KEPT = pa.schema(
    [
        *(field for field in schema.DATA if field.name not in ("blob_id", "content")),
        ("key", schema.ID),
        ("replaced", REPLACED),
    ]
)


def data_rows(kept: pa.Table, origins: pa.Table, entry_bits: int, redactions: pa.Table) -> pa.Table:
    """Return kept entries as rows of KEPT; `redactions` has their entry_no, start, end and after, in order."""
    replaced = replacements(kept["entry_no"], redactions)
    made = {
        "path": pc.binary_join_element_wise("/", readable(kept["path"]), ""),
        "content_id": hexadecimal(kept["content_id"]),
        "detected_licenses": by_value(kept["license_expression"], license_ids, pa.list_(pa.string())),
        "license_type": by_value(kept["license_class"], license_type, pa.string()),
        "visit_date": pa.nulls(kept.num_rows, pa.timestamp("us", "UTC")),
        "length_bytes": kept["length"],
        "alpha_fraction": fraction(kept["alpha_chars"], kept["length_chars"]),
        "alphanum_fraction": fraction(kept["alphanum_chars"], kept["length_chars"]),
        "cluster_id": hexadecimal(given(kept, "cluster_id", schema.ID)),
        "near_duplicates": pc.fill_null(given(kept, "near_duplicates", pa.int64()), 0),
        "redactions": pc.fill_null(pc.list_value_length(replaced), 0),
        "key": kept["content_id"],
        "replaced": replaced,
    }
    return assemble(KEPT, kept, origins, entry_bits, made)


def replacements(entry_no: pa.ChunkedArray, redactions: pa.Table) -> pa.Array:
    """Return, for each entry, what is replaced in it, null for nothing."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in redactions.to_pylist():
        found.setdefault(row["entry_no"], []).append({name: row[name] for name in ("start", "end", "after")})
    return pa.array([found.get(one) for one in entry_no.to_pylist()] if found else [None] * len(entry_no), REPLACED)


def audit_rows(findings: pa.Table, places: pa.Table, origins: pa.Table, entry_bits: int) -> pa.Table:
    """Return findings as rows of schema.AUDIT, in their order; `places` has entry_no and path of their entries."""
    paths = dict(zip(places["entry_no"].to_pylist(), places["path"].to_pylist(), strict=True))
    path = pa.chunked_array([pa.array([paths[one] for one in findings["entry_no"].to_pylist()], pa.binary())])
    made = {"content_id": hexadecimal(findings["content_id"]), "path": readable(path)}
    return assemble(schema.AUDIT, findings, origins, entry_bits, made)
