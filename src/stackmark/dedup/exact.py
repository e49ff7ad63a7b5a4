"""Exact duplicates: one row per content, all its places on record.

The copy that stands for a content is chosen among the entries that passed every rule, by the order
(strictest licence, not vendored before vendored, origin URL, revision, path). So a permissive copy never lends its
licence to a file that stands under a stricter one elsewhere. If some copy stands under a licence that the policy
refuses, the content is dropped wherever it stands.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

VERSION = "1"
#: From lax to strict; a copy without a known licence says nothing and comes last.
STRICTNESS = (
    "none",
    "unknown",
    "public-domain",
    "permissive",
    "weak-copyleft",
    "strong-copyleft",
    "network-copyleft",
    "source-available",
    "proprietary",
)
SILENT = ("none", "unknown")
NUMBER_BITS = 57  # of an entry number; strictness and vendoring go above


def priority(
    entry_no: npt.NDArray[np.int64], license_class: pa.Array, is_vendor: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Return one number an entry; the copy with the lowest stands for its content."""
    rank = pc.index_in(license_class.cast(pa.string()), pa.array(STRICTNESS[::-1]))
    strict = pc.fill_null(rank, len(STRICTNESS)).to_numpy(zero_copy_only=False).astype(np.int64)
    result: npt.NDArray[np.int64] = (strict * 2 + is_vendor) << NUMBER_BITS | entry_no
    return result


def groups(entries: pa.Table) -> pa.Table:
    """Group entries by content.

    In:  content_id, entry_no, priority (null unless the entry passed every rule), known_as (the licence, null where
         none is known), refused_as (the same, only where the policy refuses it)
    Out: content_id, best (lowest priority, null if no copy passed), copies, expressions (how many different licences
         are known), refused_as (one that is refused, null if none)
    """
    found = entries.group_by("content_id", use_threads=False).aggregate(
        [("priority", "min"), ("entry_no", "count"), ("known_as", "count_distinct"), ("refused_as", "min")]
    )
    return found.rename_columns(["content_id", "best", "copies", "expressions", "refused_as"])
