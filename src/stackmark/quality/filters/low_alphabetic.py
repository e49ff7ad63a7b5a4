"""Drop files with few letters; in some languages digits count as letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stackmark.quality.filters import Limits, share, written_in

RULE = "low-alphabetic"
NEEDS = ("language", "length_chars", "alpha_chars", "alphanum_chars")
LIMITS: Mapping[str, type] = {"min_fraction": float, "alphanumeric": list}


def passes(rows: pa.Table, limits: Limits) -> pa.ChunkedArray:
    """Keep rows of which at least `min_fraction` of the characters are letters."""
    by_digits = written_in(rows, limits["alphanumeric"])
    counted = pc.if_else(by_digits, rows["alphanum_chars"], rows["alpha_chars"])
    return pc.greater_equal(share(counted, rows["length_chars"]), limits["min_fraction"])


def sentence(row: Mapping[str, Any], limits: Limits) -> str:
    """Say which share is letters and must be."""
    by_digits = row["language"] in limits["alphanumeric"]
    counted, words = (row["alphanum_chars"], "letters or digits") if by_digits else (row["alpha_chars"], "letters")
    least = 100 * limits["min_fraction"]
    return f"{counted:,} of its {row['length_chars']:,} characters are {words}; at least {least:.6g} % must be"
