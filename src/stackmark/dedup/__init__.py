"""Which contents are copies of which: `exact` for equal bytes, `near` for nearly equal ones.

What needs compiled code is imported when it is first called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from stackmark.dedup.columns import Contents

__all__ = ["near_duplicates", "sketch"]


def sketch(contents: Contents, threads: int | None = None) -> npt.NDArray[np.uint32]:
    """Return sketches of contents, shape [n, 256]; see `stackmark.dedup.sketches.sketch`."""
    from stackmark.dedup import sketches

    return sketches.sketch(contents, threads)


def near_duplicates(table: pa.Table, threshold: float = 0.7, *, within: str | None = None) -> pa.Table:
    """Return content_id, cluster_id, representative_id and jaccard; see `stackmark.dedup.near.near_duplicates`."""
    from stackmark.dedup import near

    return near.near_duplicates(table, threshold, within=within)
