"""What a release is made of: its tables, where they lie, what their rows look like, and the stages that decided."""

from __future__ import annotations

from stackmark import schema

SWHIDS = "swhids.txt"

#: Where each table lies in a release, and what its rows look like.
PATTERNS = {
    "data": "data/*/*.parquet",
    "ledger": "ledger/*.parquet",
    "provenance": "provenance/part-*.parquet",
    "origins": "provenance/origins.parquet",
    "audit": "audit/*.parquet",
}
SCHEMAS = {
    "data": schema.DATA,
    "ledger": schema.LEDGER,
    "provenance": schema.PROVENANCE,
    "origins": schema.RELEASE_ORIGINS,
    "audit": schema.AUDIT,
}

#: The order in which the stages of a build decide.
STAGES = ("opt-out", "list", "fetch", "text", "license", "quality", "duplicate", "pii", "near-duplicate", "write")
