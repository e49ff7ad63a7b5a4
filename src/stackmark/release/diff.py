"""Compares two releases: what came, what went and why, what was refined, and which version step that needs.

Contents are compared in slices of their ids, so that memory does not grow with the releases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stackmark.errors import IntegrityError
from stackmark.release import changes, manifest, tables, versions
from stackmark.release.removed import Removed, explain_removed
from stackmark.release.words import sentence
from stackmark.schema import DATA

EXAMPLES = 20

#: All of a row but the text: that follows from content_id, unless something was redacted in it.
_COLUMNS = [name for name in DATA.names if name != "content"]
_PLACE = ("origin_url", "revision_id", "path")
#: What may change for those that stay when copies elsewhere go.
_FOLLOWS_FROM_COPIES = frozenset({"copies", "license_conflict"})

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Reason:
    """Why some contents of the old release are not in the new one."""

    stage: str
    rule: str
    files: int

    @property
    def words(self) -> str:
        """The reason as a sentence."""
        return sentence(self.stage, self.rule) or f"{self.stage}: {self.rule}"


@dataclass(frozen=True)
class Difference:
    """What lies between two releases. Counts are complete, examples are the first few by content id.

    added, removed: contents; refined: contents whose columns changed; reduced: contents that only lost
    copies or moved to another place known before, because others were removed.
    """

    old_name: str
    new_name: str
    old_version: str
    new_version: str
    declared: str  # patch, minor, major, none, downgrade
    needed: str  # patch, minor, major
    added: int = 0
    removed: int = 0
    refined: int = 0
    reduced: int = 0
    refined_columns: Mapping[str, int] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    changes: tuple[str, ...] = ()  # schema, rules, detectors, settings, in plain words
    added_examples: tuple[str, ...] = ()  # places
    removed_examples: tuple[Removed, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the new version is a right step from the old one."""
        return self.old_name == self.new_name and versions.is_enough(self.declared, self.needed)

    @property
    def message(self) -> str:
        """The verdict on the step, in plain words."""
        if self.old_name != self.new_name:
            return f"{self.old_name} and {self.new_name} are different data sets; there is no step between them"
        step = f"{self.new_version} is {_step(self.declared)} {self.old_version}"
        if self.ok:
            return f"{step}; at least a {self.needed} step was needed"
        advice = versions.next_version(self.old_version, self.needed)
        return f"{step}, but at least a {self.needed} step is needed, {self._because}: use {advice}"

    @property
    def _because(self) -> str:
        return {
            "major": "because the schema or the rules changed",
            "minor": "because contents were added or refined",
            "patch": "because a release never changes",
        }[self.needed]


def compare(old: Path, new: Path, new_head: Mapping[str, Any] | None = None) -> Difference:
    """Compare two release folders. `new_head` stands in for the manifest of a release that is still being
    written.

    Raises IntegrityError if a manifest or a table cannot be read, or rows are missing.
    """
    before, after = manifest.load(old), new_head or manifest.load(new)
    tally = _Tally()
    for part in tables.slices(max(_complete(old, before), _complete(new, after))):
        _compare_slice(old, new, part, tally)
    changed = changes.between(before, after)
    return Difference(
        old_name=before["name"],
        new_name=after["name"],
        old_version=before["version"],
        new_version=after["version"],
        declared=versions.declared_step(before["version"], after["version"]),
        needed=_needed(changed, tally),
        added=tally.added,
        removed=tally.removed,
        refined=tally.refined,
        reduced=tally.reduced,
        refined_columns=dict(sorted(tally.columns.items(), key=lambda item: (-item[1], item[0]))),
        reasons=tuple(
            Reason(stage, rule, files)
            for (stage, rule), files in sorted(tally.reasons.items(), key=lambda item: (-item[1], item[0]))
        ),
        changes=tuple(str(change) for change in changed),
        added_examples=tuple(tally.added_examples),
        removed_examples=tuple(tally.removed_examples),
    )


def _complete(folder: Path, head: Mapping[str, Any]) -> int:
    """Return the number of rows of data/; IntegrityError if the release has lost rows there or has no ledger."""
    rows, stated = tables.count_rows(folder, "data"), head["counts"]["data"]["rows"]
    if rows != stated:
        name = f"{head['name']} {head['version']}"
        raise IntegrityError(f"{name} has {rows:,} rows in data/, not {stated:,}", "run `stackmark verify` on it")
    tables.count_rows(folder, "ledger")  # tells why contents went, where any did
    return rows


def check_step(old: Path, new: Path, new_head: Mapping[str, Any]) -> Difference:
    """Compare a release with one about to be published; IntegrityError unless the version step is right."""
    difference = compare(old, new, new_head)
    if not difference.ok:
        raise IntegrityError(difference.message, "set `version` in the recipe, or build without a parent")
    return difference


@dataclass
class _Tally:
    added: int = 0
    removed: int = 0
    refined: int = 0
    reduced: int = 0
    columns: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    added_examples: list[str] = field(default_factory=list)
    removed_examples: list[Removed] = field(default_factory=list)


def _needed(changed: Iterable[changes.Change], tally: _Tally) -> str:
    if any(change.needs_major for change in changed):
        return "major"
    return "minor" if tally.added or tally.refined else "patch"


def _step(declared: str) -> str:
    return {"none": "the same version as", "downgrade": "older than"}.get(declared, f"a {declared} step from")


def _compare_slice(old: Path, new: Path, part: pc.Expression, tally: _Tally) -> None:
    before, after = _rows(old, part), _rows(new, part)
    came = after.filter(pc.invert(pc.is_in(after["content_id"], before["content_id"])))
    tally.added += came.num_rows
    for row in came.slice(0, EXAMPLES - len(tally.added_examples)).to_pylist():
        tally.added_examples.append(f"{row['origin_url']}#{row['path']}")
    went = before.filter(pc.invert(pc.is_in(before["content_id"], after["content_id"])))
    for gone in explain_removed(went.select(["content_id", *_PLACE]), new):
        tally.removed += 1
        tally.reasons[gone.stage, gone.rule] += 1
        if len(tally.removed_examples) < EXAMPLES:
            tally.removed_examples.append(gone)
    stayed = before.filter(pc.is_in(before["content_id"], after["content_id"]))
    _compare_rows(old, stayed, after.filter(pc.is_in(after["content_id"], before["content_id"])), tally)


def _rows(folder: Path, part: pc.Expression) -> pa.Table:
    """Return the rows of a slice by content, without texts; `text` is a digest where one was redacted."""
    rows = tables.table(folder, "data", _COLUMNS, part).sort_by("content_id")
    if pc.any(pc.greater(rows["redactions"], 0)).as_py():
        redacted = tables.table(folder, "data", ["content_id", "content"], part & (pc.field("redactions") > 0))
        texts = {
            id_: manifest.sha256_of(text.encode())
            for id_, text in zip(*(column.to_pylist() for column in redacted.columns), strict=True)
        }
        return rows.append_column("text", pa.array([texts.get(id_) for id_ in rows["content_id"].to_pylist()]))
    return rows.append_column("text", pa.nulls(rows.num_rows, pa.string()))


def _compare_rows(old: Path, before: pa.Table, after: pa.Table, tally: _Tally) -> None:
    """Compare rows of the same contents in the same order."""
    if not before["content_id"].equals(after["content_id"]):
        raise IntegrityError("a content has more than one row in data/", "run `stackmark verify` on both releases")
    differs = {name: _differs(before[name], after[name]) for name in before.column_names}
    changed = np.logical_or.reduce(list(differs.values()))
    reduced = changed & _only_lost_copies(old, before, after, differs)
    tally.reduced += int(reduced.sum())
    tally.refined += int((changed & ~reduced).sum())
    for name, mask in differs.items():
        count = int((mask & ~reduced).sum())
        if count:
            tally.columns[name] += count


def _only_lost_copies(old: Path, before: pa.Table, after: pa.Table, differs: Mapping[str, Mask]) -> Mask:
    """Say which rows changed only because copies went: fewer copies, at the same or another known place."""
    fewer = _mask(pc.less(after["copies"], before["copies"]))
    moved = np.logical_or.reduce([differs[name] for name in _PLACE])
    other = np.logical_or.reduce([mask for name, mask in differs.items() if name not in _FOLLOWS_FROM_COPIES])
    known = np.zeros(len(fewer), dtype=np.bool_)
    candidates = np.flatnonzero(fewer & moved)
    if len(candidates):
        rows = after.select(["content_id", *_PLACE]).take(candidates)
        where = pc.field("content_id").isin(rows["content_id"].combine_chunks())
        places = tables.table(old, "provenance", ["content_id", *_PLACE], where)
        known[candidates] = _mask(pc.is_in(_key(rows), _key(places)))
    result: Mask = fewer & ((~moved & ~other) | known)
    return result


def _key(rows: pa.Table) -> pa.ChunkedArray:
    """Return content, origin, revision and path as one text; NUL is in none of them."""
    path = pc.utf8_ltrim(rows["path"], "/")
    revision = pc.fill_null(rows["revision_id"], "")
    return pc.binary_join_element_wise(rows["content_id"], rows["origin_url"], revision, path, "\0")


def _differs(before: pa.ChunkedArray, after: pa.ChunkedArray) -> Mask:
    """Compare two columns; null equals null, and a list is compared as a whole."""
    before, after = _comparable(before), _comparable(after)
    one_null = pc.xor(pc.is_null(before), pc.is_null(after))
    return _mask(pc.or_(one_null, pc.fill_null(pc.not_equal(before, after), False)))


def _comparable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_list(column.type):
        return pc.binary_join(column, "\0")
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_nan(column), None, column)
    return column


def _mask(column: pa.ChunkedArray) -> Mask:
    values: Mask = pc.fill_null(column, False).to_numpy()
    return values
