"""Answers "what became of this file, and why?" from the ledger of a release, in plain words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stackmark.errors import UsageError
from stackmark.release import story, tables
from stackmark.release.words import plural, printable
from stackmark.schema import LEDGER

_ID = re.compile(r"(?:swh:1:cnt:)?([0-9a-f]{40})(?:;.*)?", re.DOTALL)
_MOST = 100  # decisions of one answer


@dataclass(frozen=True)
class Place:
    """One place where a content stands, and what became of it there."""

    origin_url: str
    revision_id: str | None
    path: str
    outcome: str


@dataclass(frozen=True)
class Decision:
    """A row of the ledger with all that belongs to it. `lines` tells the whole chain in plain words.

    For an origin or a folder `outcome` is None and `lines` says what is there.
    """

    origin_url: str
    path: str
    kind: str
    outcome: str | None
    lines: tuple[str, ...]
    revision_id: str | None = None
    content_id: str | None = None
    length_bytes: int | None = None
    language: str | None = None
    language_strategy: str | None = None
    license_expression: str | None = None
    license_class: str | None = None
    license_basis: str | None = None
    license_evidence: str | None = None
    license_conflict: bool | None = None
    stage: str | None = None
    rule: str | None = None
    detail: str | None = None
    kept_origin_url: str | None = None
    kept_path: str | None = None
    cluster_id: str | None = None  # of near-duplicates
    jaccard: float | None = None
    branch_name: str | None = None
    branch_rule: str | None = None
    revision_date: str | None = None  # ISO 8601, UTC
    data_file: str | None = None  # where the kept content lies, relative to the release
    redactions: tuple[tuple[str, int], ...] = ()  # what was replaced in the kept content: type and how often
    copies: tuple[Place, ...] = ()  # other places of the same content, at most 100


def explain(folder: Path, target: str) -> list[Decision]:
    """Return the decisions on `swh:1:cnt:<id>`, a bare content id, `<origin_url>#<path>`, or `<origin_url>`.

    One for each entry and revision that fits, in the order of the ledger, at most 100. A folder or a whole
    origin gives one answer that counts what is in it. Raises UsageError for what is not in this release.
    """
    match = _ID.fullmatch(target.strip())
    if match:
        rows = _ledger(folder, pc.field("content_id") == match[1])
        if not rows:
            message = f"no entry of this release has the content {match[1]}"
            raise UsageError(message, "its origin may not have been read")
        return _decisions(folder, rows)
    origin, path = _split(folder, target)
    rows = _ledger(folder, (pc.field("origin_url") == origin) & _is_path(path))
    if not rows and path:  # nothing of an origin that was left out or broken off is known by its path
        rows = _ledger(folder, (pc.field("origin_url") == origin) & (pc.field("kind") == "origin"))
    found = _decisions(folder, rows)
    if not found or _listed_in_part(folder, origin, path):
        found.append(_summary(folder, origin, path))
    return found


def _listed_in_part(folder: Path, origin: str, path: str) -> bool:
    """Say whether an origin with a row of its own was listed all the same: up to where it broke off."""
    return not path and bool(_ledger(folder, (pc.field("origin_url") == origin) & (pc.field("kind") != "origin")))


def _ledger(folder: Path, where: pc.Expression) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for batch in tables.batches(folder, "ledger", LEDGER.names, where):
        rows += batch.to_pylist()
        if len(rows) >= _MOST:
            break
    return rows[:_MOST]


def _is_path(path: str) -> pc.Expression:
    return (pc.field("path") == _readable(path)) | (pc.field("path_bytes") == _raw(path))


def _raw(text: str) -> bytes:
    """Return the bytes of an argument; those that are not UTF-8 reach Python as lone surrogates."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")


def _readable(text: str) -> str:
    """Return an argument as the ledger's readable columns spell it."""
    return _raw(text).decode("utf-8", "backslashreplace")


def _split(folder: Path, target: str) -> tuple[str, str]:
    """Return origin and path of a target; the longest known origin counts, for URLs may hold `#`."""
    cuts = [at for at, char in enumerate(target) if char == "#"]
    candidates = [target, *(target[:at] for at in reversed(cuts))]
    where = pc.field("origin_url").isin([_readable(candidate) for candidate in candidates])
    known = set()
    for batch in tables.batches(folder, "ledger", ["origin_url"], where):
        known.update(batch["origin_url"].unique().to_pylist())
    for origin in candidates:
        if origin in known:
            return origin, target[len(origin) + 1 :].removeprefix("/")
    names = tables.table(folder, "origins", ["origin_url"])["origin_url"].unique().to_pylist()
    near = get_close_matches(candidates[-1], names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "give swh:1:cnt:<id> or <origin_url>#<path>"
    raise UsageError(f"{printable(candidates[-1])} is not in this release", printable(hint))


def _decisions(folder: Path, rows: Sequence[Mapping[str, Any]]) -> list[Decision]:
    """Put beside each row what origins.parquet, other rows and data/ say of it, each asked once."""
    origins = _origins(folder, {row["origin_url"] for row in rows})
    files = [row for row in rows if row["kind"] == "file" and row["content_id"]]
    places = {id_: _places(folder, id_) for id_ in {row["content_id"] for row in files}}
    stored = {row["content_id"] for row in files if row["outcome"] in ("kept", "duplicate")}
    data_files = {id_: _data_file(folder, id_) for id_ in stored}
    redactions = _redactions(folder, stored)
    return [
        _decision(
            row,
            origins.get((row["origin_url"], row["revision_id"]), {}),
            [place for place in places.get(row["content_id"], []) if place[:3] != _key(row)][:_MOST],
            data_files.get(row["content_id"]) if row["outcome"] in ("kept", "duplicate") else None,
            redactions.get(row["content_id"], ()),
        )
        for row in rows
    ]


def _decision(
    row: Mapping[str, Any],
    origin: Mapping[str, Any],
    copies: Sequence[story.Place],
    data_file: str | None,
    redactions: tuple[tuple[str, int], ...],
) -> Decision:
    date = origin.get("revision_date")
    return Decision(
        **{key: value for key, value in row.items() if key != "path_bytes"},
        lines=tuple(story.tell(row, origin, copies, data_file, redactions)),
        branch_name=origin.get("branch_name"),
        branch_rule=origin.get("branch_rule"),
        revision_date=date.isoformat() if date else None,
        data_file=data_file,
        redactions=redactions,
        copies=tuple(Place(*place) for place in copies),
    )


def _origins(folder: Path, urls: Collection[str]) -> dict[tuple[str, str | None], Mapping[str, Any]]:
    columns = ["origin_url", "revision_id", "vcs", "branch_name", "branch_rule", "revision_date", "flags"]
    where = pc.field("origin_url").isin(pa.array(sorted(urls), pa.string()))
    rows = tables.table(folder, "origins", columns, where).to_pylist()
    return {(row["origin_url"], row["revision_id"]): row for row in rows}


def _places(folder: Path, content_id: str) -> list[story.Place]:
    """Return places of a content: from provenance, which is sorted by content, else from the ledger."""
    columns = ["origin_url", "revision_id", "path", "outcome"]
    where = pc.field("content_id") == content_id
    found = tables.table(folder, "provenance", columns, where)
    rows = (found if found.num_rows else tables.table(folder, "ledger", columns, where)).slice(0, _MOST + 1)
    return [(row["origin_url"], row["revision_id"], row["path"], row["outcome"]) for row in rows.to_pylist()]


def _key(row: Mapping[str, Any]) -> tuple[str, str | None, str]:
    return row["origin_url"], row["revision_id"], row["path"]


def _data_file(folder: Path, content_id: str) -> str | None:
    """Return the file of data/ that holds a content, relative to the release."""
    for path in tables.paths(folder, "data"):
        if tables.holds(path, content_id):
            return path.relative_to(folder).as_posix()
    return None


def _redactions(folder: Path, content_ids: Collection[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    """Return, by content id, the types of what was replaced and how often, by type."""
    where = pc.field("content_id").isin(pa.array(sorted(content_ids), pa.string()))
    rows = tables.table(folder, "audit", ["content_id", "type"], where & (pc.field("action") == "redact"))
    found: dict[str, Counter[str]] = {}
    for row in rows.to_pylist():
        found.setdefault(row["content_id"], Counter())[row["type"]] += 1
    return {content_id: tuple(sorted(types.items())) for content_id, types in found.items()}


def _summary(folder: Path, origin: str, path: str) -> Decision:
    """Count what lies below a folder of an origin (the whole origin for an empty path)."""
    below = _readable(path).rstrip("/") + "/" if path else ""
    where = (pc.field("origin_url") == origin) & (pc.field("kind") != "origin")
    fates: Counter[tuple[str, str]] = Counter()
    examples: list[str] = []
    for batch in tables.batches(folder, "ledger", ["path", "outcome", "rule"], where & _below(below)):
        for row in batch.to_pylist():
            fates[row["outcome"], row["rule"]] += 1
            if len(examples) < 10:
                examples.append(f"{row['path']}: {row['outcome']} ({row['rule']})")
    if not fates:
        raise _unknown_path(folder, origin, path)
    lines = tuple(_summary_lines(origin, below, fates, examples))
    return Decision(origin, below, "folder" if below else "origin", None, lines)


def _summary_lines(
    origin: str, below: str, fates: Mapping[tuple[str, str], int], examples: Sequence[str]
) -> Iterator[str]:
    total = sum(fates.values())
    place = f"{origin}#{below}" if below else origin
    yield printable(f"{place}: {plural(total, 'entry', 'entries')} in the ledger")
    for (outcome, rule), files in sorted(fates.items(), key=lambda item: (-item[1], item[0])):
        yield printable(f"  {files:,} {outcome} ({rule})")
    yield "For example:" if total > len(examples) else "These are:"
    yield from (printable(f"  {example}") for example in examples)


def _below(prefix: str) -> pc.Expression:
    return pc.starts_with(pc.field("path"), prefix) if prefix else pc.field("origin_url").is_valid()


def _unknown_path(folder: Path, origin: str, path: str) -> UsageError:
    """Say which paths of the origin look like the one that was asked for."""
    rows = tables.table(folder, "ledger", ["path"], pc.field("origin_url") == origin)
    names = rows["path"].to_pylist()
    last = path.rpartition("/")[2]
    same_name = [name for name in names if name.rpartition("/")[2] == last]
    near = same_name[:3] or get_close_matches(path, names[:20_000], n=3)
    hint = (
        f"did you mean {printable(' or '.join(near))}?"
        if near
        else f"the origin has {plural(len(names), 'entry', 'entries')}"
    )
    return UsageError(f"{printable(path)} of {printable(origin)} is not in this release", hint)
