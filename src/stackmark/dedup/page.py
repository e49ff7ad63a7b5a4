"""A page that shows near-duplicates side by side: one HTML file that needs nothing else and runs nothing."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jinja2
import pyarrow as pa
import pyarrow.compute as pc

SHOWN_CLUSTERS = 40
SHOWN_MEMBERS = 30
SHOWN_LINES = 240
SHOWN_CHARS = 200  # of a line
STEPS = (0.0, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)


class Row(NamedTuple):
    """A line of two texts side by side; `kind` is equal, replace, delete or insert."""

    kind: str
    left: str
    right: str


class Cluster(NamedTuple):
    """A cluster: names with their similarity, the representative first, and its least similar member beside it."""

    members: list[tuple[str, float]]
    rows: list[Row]
    cut: bool


def side_by_side(one: bytes, other: bytes) -> tuple[list[Row], bool]:
    """Return two texts line by line, and whether they were cut. Equal lines far from any change are left out."""
    left, right = (text.decode("utf-8", "replace").splitlines() for text in (one, other))
    cut = max(len(left), len(right)) > SHOWN_LINES
    left, right = left[:SHOWN_LINES], right[:SHOWN_LINES]
    rows: list[Row] = []
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for group in matcher.get_grouped_opcodes(3):
        if rows:
            rows.append(Row("gap", "", ""))
        for kind, a, a_end, b, b_end in group:
            for place in range(max(a_end - a, b_end - b)):
                first = left[a + place] if a + place < a_end else ""
                second = right[b + place] if b + place < b_end else ""
                rows.append(Row(kind, first[:SHOWN_CHARS], second[:SHOWN_CHARS]))
    return rows, cut


def clusters(found: pa.Table, names: Sequence[str], contents: pa.LargeBinaryArray) -> list[Cluster]:
    """Return the largest clusters of a table as `near.near_duplicates` gives it over rows numbered in `content_id`."""
    groups: dict[bytes, list[tuple[bool, float, int]]] = {}
    for row in found.to_pylist():
        is_member = row["content_id"] != row["representative_id"]
        groups.setdefault(row["cluster_id"], []).append((is_member, -row["jaccard"], int(row["content_id"])))
    largest = sorted(groups.values(), key=lambda members: (-len(members), min(one[2] for one in members)))
    shown = []
    for members in largest[:SHOWN_CLUSTERS]:
        members = sorted(members)
        rows, cut = side_by_side(contents[members[0][2]].as_py() or b"", contents[members[-1][2]].as_py() or b"")
        listed = [(names[row], -score) for _, score, row in members]
        some = listed if len(listed) <= SHOWN_MEMBERS else [*listed[: SHOWN_MEMBERS - 1], listed[-1]]
        shown.append(Cluster(some, rows, cut))
    return shown


def histogram(scores: Sequence[float]) -> list[tuple[str, int]]:
    """Return how many similarities fall between the steps; 1 counts by itself."""
    edges = list(itertools.pairwise(STEPS))
    rows = [(f"{low:.2f} to {high:.2f}", sum(low <= score < high for score in scores)) for low, high in edges]
    return [row for row in [*rows, ("1.00", sum(score >= 1 for score in scores))] if row[1]]


def render(found: pa.Table, names: Sequence[str], contents: pa.LargeBinaryArray, threshold: float) -> str:
    """Return the page. Everything that comes from outside is escaped."""
    folder = Path(__file__).parent / "templates"
    loader = jinja2.FileSystemLoader(folder)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    members = found.filter(pc.not_equal(found["content_id"], found["representative_id"]))["jaccard"].to_pylist()
    return environment.get_template("dedup.html.jinja").render(
        clusters=clusters(found, names, contents),
        histogram=histogram(members),
        most=max([count for _, count in histogram(members)], default=1),
        texts=len(names),
        members=len(members),
        count=len(set(found["cluster_id"].to_pylist())),
        threshold=threshold,
    )
