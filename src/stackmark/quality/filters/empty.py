"""Drop texts without a character."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stackmark.quality.filters import Limits

RULE = "empty"
NEEDS = ("length_chars",)
LIMITS: Mapping[str, type] = {}


def passes(rows: pa.Table, limits: Limits) -> pa.ChunkedArray:  # noqa: ARG001  (the signature is the contract)
    """Keep rows with at least one character."""
    return pc.greater(rows["length_chars"], 0)


def sentence(row: Mapping[str, Any], limits: Limits) -> str:  # noqa: ARG001
    """Say that the file is empty."""
    return "it has no characters"
