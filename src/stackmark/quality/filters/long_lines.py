"""Drop files with long lines; languages where long lines are usual have only a wider bound on the longest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stackmark.quality.filters import Limits, written_in

RULE = "long-lines"
NEEDS = ("language", "avg_line_length", "max_line_length")
LIMITS: Mapping[str, type] = {
    "max_mean": float,
    "max_longest": int,
    "exceptions": list,
    "max_longest_of_exceptions": int,
}


def passes(rows: pa.Table, limits: Limits) -> pa.ChunkedArray:
    """Keep rows whose lines are short enough, on average and each."""
    exceptional = written_in(rows, limits["exceptions"])
    longest = rows["max_line_length"]
    usual = pc.and_kleene(
        pc.less_equal(rows["avg_line_length"], limits["max_mean"]),
        pc.less_equal(longest, limits["max_longest"]),
    )
    return pc.if_else(exceptional, pc.less_equal(longest, limits["max_longest_of_exceptions"]), usual)


def sentence(row: Mapping[str, Any], limits: Limits) -> str:
    """Say which of the two bounds is passed."""
    exceptional = row["language"] in limits["exceptions"]
    allowed = limits["max_longest_of_exceptions" if exceptional else "max_longest"]
    longest = row["max_line_length"] or 0
    if longest > allowed:
        return f"its longest line has {longest:,} characters; at most {allowed:,} are allowed"
    mean, allowed = row["avg_line_length"], limits["max_mean"]
    return f"its lines have {mean:,.10g} characters on average; at most {allowed:,.6g} are allowed"
