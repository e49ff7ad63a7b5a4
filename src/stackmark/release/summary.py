"""Figures that the documents show and the manifest does not list as such."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stackmark.release.counts import STAGES


def stage_losses(counts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the funnel: for each stage that took files away, how many files and bytes went and how many were left.

    The last row's `left` is what was kept. Rows: stage, files, bytes, left_files, left_bytes.
    """
    lost: dict[str, dict[str, int]] = {}
    for row in counts["rules"]:
        if row["outcome"] != "kept":
            total = lost.setdefault(row["stage"] or "", {"files": 0, "bytes": 0})
            total["files"] += row["files"]
            total["bytes"] += row["bytes"]
    left = dict(counts["input"])
    funnel = []
    for stage in sorted(lost, key=lambda name: (STAGES.index(name) if name in STAGES else len(STAGES), name)):
        left = {unit: left[unit] - lost[stage][unit] for unit in left}
        funnel.append(
            {"stage": stage, **lost[stage], "left_files": left["files"], "left_bytes": left["bytes"]}
        )
    return funnel
