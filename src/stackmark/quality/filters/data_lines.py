"""Drop long files in languages that mostly hold data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stackmark.quality.filters import Limits, written_in

RULE = "data-lines"
NEEDS = ("language", "num_lines")
LIMITS: Mapping[str, type] = {"max_lines": int, "languages": list}


def passes(rows: pa.Table, limits: Limits) -> pa.ChunkedArray:
    """Keep rows of at most `max_lines`, and those in other languages."""
    other = pc.invert(written_in(rows, limits["languages"]))
    return pc.or_kleene(other, pc.less_equal(rows["num_lines"], limits["max_lines"]))


def sentence(row: Mapping[str, Any], limits: Limits) -> str:
    """Say how many lines there are and may be."""
    return f"it has {row['num_lines']:,} lines; {row['language']} may have at most {limits['max_lines']:,}"
