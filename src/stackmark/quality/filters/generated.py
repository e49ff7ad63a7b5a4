"""Drop generated code: by its name and structure, or because its first lines say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stackmark.quality.filters import Limits

RULE = "generated"
NEEDS = ("is_generated", "generated_marker")
LIMITS: Mapping[str, type] = {}


def passes(rows: pa.Table, limits: Limits) -> pa.ChunkedArray:  # noqa: ARG001  (the signature is the contract)
    """Keep rows that nothing tells to be generated; one of the two facts suffices to drop."""
    return pc.invert(pc.or_kleene(rows["is_generated"], rows["generated_marker"]))


def sentence(row: Mapping[str, Any], limits: Limits) -> str:  # noqa: ARG001
    """Say by which of the two signs it is known."""
    if row["generated_marker"]:
        return "one of its first lines says that it is generated"
    return "its name or its form is that of a generated file"
