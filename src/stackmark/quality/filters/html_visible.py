"""Drop HTML pages that show little text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stackmark.quality.filters import Limits, share, written_in

RULE = "html-visible"
NEEDS = ("language", "length_chars", "visible_chars")
LIMITS: Mapping[str, type] = {"min_chars": int, "min_fraction": float, "languages": list}


def passes(rows: pa.Table, limits: Limits) -> pa.ChunkedArray:
    """Keep rows that show enough text, in characters and as a share of the source, and other languages."""
    enough = pc.and_kleene(
        pc.greater_equal(rows["visible_chars"], limits["min_chars"]),
        pc.greater_equal(share(rows["visible_chars"], rows["length_chars"]), limits["min_fraction"]),
    )
    return pc.or_kleene(pc.invert(written_in(rows, limits["languages"])), enough)


def sentence(row: Mapping[str, Any], limits: Limits) -> str:
    """Say which of the two bounds is missed."""
    visible = row["visible_chars"]
    if visible < limits["min_chars"]:
        return f"a reader sees {visible:,} characters of it; at least {limits['min_chars']:,} are required"
    least = 100 * limits["min_fraction"]
    length = row["length_chars"]
    return f"a reader sees {visible:,} of its {length:,} characters; at least {least:.6g} % is required"
