"""Drop files that carry or mostly are encoded data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stackmark.quality.filters import Limits, share

RULE = "encoded-data"
NEEDS = ("length_chars", "encoded_longest", "encoded_chars")
LIMITS: Mapping[str, type] = {"max_longest": int, "max_fraction": float}


def passes(rows: pa.Table, limits: Limits) -> pa.ChunkedArray:
    """Keep rows whose runs of encoded data are short, each and together."""
    return pc.and_kleene(
        pc.less_equal(rows["encoded_longest"], limits["max_longest"]),
        pc.less_equal(share(rows["encoded_chars"], rows["length_chars"]), limits["max_fraction"]),
    )


def sentence(row: Mapping[str, Any], limits: Limits) -> str:
    """Say which of the two bounds is passed."""
    longest, allowed = row["encoded_longest"] or 0, limits["max_longest"]
    if longest > allowed:
        return f"it has {longest:,} characters of encoded data in a row; at most {allowed:,} are allowed"
    encoded, most = row["encoded_chars"], 100 * limits["max_fraction"]
    return f"{encoded:,} of its {row['length_chars']:,} characters are encoded data; at most {most:.6g} % may be"
