"""What a release is made of: its tables, where they lie, and the stages that decided; `tables` knows their rows."""

from __future__ import annotations

SWHIDS = "swhids.txt"

#: Where each table lies in a release.
PATTERNS = {
    "data": "data/*/*.parquet",
    "ledger": "ledger/*.parquet",
    "provenance": "provenance/part-*.parquet",
    "origins": "provenance/origins.parquet",
    "audit": "audit/*.parquet",
}

#: The order in which the stages of a build decide.
STAGES = ("opt-out", "list", "fetch", "text", "license", "quality", "duplicate", "pii", "near-duplicate", "write")
