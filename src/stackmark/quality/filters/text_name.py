"""Of plain text, keep only files whose names promise documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from stackmark.quality.filters import Limits, written_in

RULE = "text-name"
NEEDS = ("language", "path")
LIMITS: Mapping[str, type] = {"languages": list, "contains": list, "stems": list}


def passes(rows: pa.Table, limits: Limits) -> pa.ChunkedArray:
    """Keep rows with one of the words in the name or one of the stems before its last dot."""
    concerned = written_in(rows, limits["languages"]).to_pylist()
    paths = rows["path"].to_pylist()
    kept = [not one or _is_kept(path, limits) for one, path in zip(concerned, paths, strict=True)]
    return pa.chunked_array([pa.array(kept, pa.bool_())])


def sentence(row: Mapping[str, Any], limits: Limits) -> str:
    """Say which names are kept."""
    stems, words = ", ".join(limits["stems"]), ", ".join(limits["contains"])
    return f"{row['language']} is kept only under the names {stems}, or with {words} in the name"


def _is_kept(path: bytes | None, limits: Limits) -> bool | None:
    if path is None:
        return None
    name = path.rpartition(b"/")[2].decode("utf-8", "replace").lower()
    stem = name.rpartition(".")[0] or name
    return stem in limits["stems"] or any(word in name for word in limits["contains"])
