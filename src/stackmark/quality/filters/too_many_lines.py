"""Drop files with very many lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stackmark.quality.filters import Limits

RULE = "too-many-lines"
NEEDS = ("num_lines",)
LIMITS: Mapping[str, type] = {"max_lines": int}


def passes(rows: pa.Table, limits: Limits) -> pa.ChunkedArray:
    """Keep rows of at most `max_lines`."""
    return pc.less_equal(rows["num_lines"], limits["max_lines"])


def sentence(row: Mapping[str, Any], limits: Limits) -> str:
    """Say how many lines there are and may be."""
    return f"it has {row['num_lines']:,} lines; at most {limits['max_lines']:,} are allowed"
