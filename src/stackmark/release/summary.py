"""Figures that the documents show and the manifest does not list as such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stackmark.release.layout import STAGES
from stackmark.release.words import stage_name


def stage_losses(counts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the funnel: for each stage that took files away, how many files and bytes went and how many
    were left.

    The last row's `left` is what was kept. Rows: stage, name (in plain words), files, bytes, left_files,
    left_bytes.
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
        after = {"left_files": left["files"], "left_bytes": left["bytes"]}
        funnel.append({"stage": stage, "name": stage_name(stage), **lost[stage], **after})
    return funnel


def kept_languages(counts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the languages of which anything is kept, with files and bytes, most files first."""
    rows = [{"language": row["language"], **row["kept"]} for row in counts["languages"] if row["kept"]["files"]]
    return sorted(rows, key=lambda row: (-row["files"], row["language"] or ""))


def top(rows: Sequence[Mapping[str, Any]], most: int) -> dict[str, Any]:
    """Return the first rows, and what the rest sums up to: the number of rows and all their whole numbers."""
    rest = rows[most:]
    figures = [key for key, value in rows[0].items() if isinstance(value, int)] if rows else []
    return {
        "rows": rows[:most],
        "rest": {"rows": len(rest), **{key: sum(row[key] for row in rest) for key in figures}},
    }
