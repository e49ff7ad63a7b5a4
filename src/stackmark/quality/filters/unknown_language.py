"""Drop files in no known language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stackmark.quality.filters import Limits

RULE = "unknown-language"
NEEDS = ("language",)
LIMITS: Mapping[str, type] = {}


def passes(rows: pa.Table, limits: Limits) -> pa.ChunkedArray:  # noqa: ARG001  (the signature is the contract)
    """Keep rows that have a language."""
    return pc.is_valid(rows["language"])


def sentence(row: Mapping[str, Any], limits: Limits) -> str:  # noqa: ARG001
    """Say that no language was found."""
    return "its language is not known"
