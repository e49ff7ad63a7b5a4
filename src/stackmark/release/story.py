"""Tells the fate of one entry as a person would: where it is from, what it is, who decided, where it lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stackmark.release.words import number, plural, printable, sentence, strategy

_SHOWN = 5
_KINDS = {
    "file": "a file",
    "symlink": "a symbolic link",
    "submodule": "a submodule",
    "origin": "a whole origin",
}

Row = Mapping[str, Any]
Place = tuple[str, str | None, str, str]  # origin, revision, path, outcome


def tell(
    row: Row,
    origin: Row,
    copies: Sequence[Place],
    data_file: str | None,
    redactions: Sequence[tuple[str, int]] = (),
) -> Iterator[str]:
    """Yield the lines for a ledger row, its row of origins.parquet ({} if none), its other places and redactions."""
    steps = [
        _heading(row),
        *_source(row, origin),
        _nature(row),
        *_language(row),
        *_license(row),
        *_verdict(row),
        *_cluster(row),
        *_redacted(redactions),
    ]
    yield from (printable(line) for line in [*steps, *_elsewhere(row, copies, data_file)])


def _heading(row: Row) -> str:
    place = f"#{row['path']}" if row["path"] else ""
    return f"{row['origin_url']}{place}: {row['outcome']}"


def _source(row: Row, origin: Row) -> Iterator[str]:
    parts = []
    if row["revision_id"]:
        parts.append(f"{'archive' if origin.get('vcs') == 'archive' else 'revision'} {row['revision_id']}")
    if origin.get("branch_name"):
        parts.append(f"branch {origin['branch_name']} (chosen by the rule {origin.get('branch_rule') or 'unknown'})")
    if origin.get("revision_date"):
        parts.append(f"dated {origin['revision_date']:%Y-%m-%d}")
    if origin.get("flags"):
        parts.append(f"flagged {', '.join(origin['flags'])}")
    yield f"Source: {', '.join(parts) or 'never pinned to a revision'}."


def _nature(row: Row) -> str:
    what = _KINDS.get(row["kind"] or "", row["kind"] or "an entry")
    length = f" of {plural(row['length_bytes'], 'byte')}" if row["length_bytes"] is not None else ""
    content = f", content swh:1:cnt:{row['content_id']}" if row["content_id"] and row["kind"] == "file" else ""
    return f"What it is: {what}{length}{content}."


def _language(row: Row) -> Iterator[str]:
    if row["language"]:
        yield f"Language: {row['language']}, told by {strategy(row['language_strategy'])}."


def _license(row: Row) -> Iterator[str]:
    if row["kind"] == "origin" or not (row["license_expression"] or row["license_class"]):
        return
    evidence = f", from {row['license_evidence']}" if row["license_evidence"] else ""
    basis = f" (basis: {row['license_basis']}{evidence})" if row["license_basis"] else ""
    expression, of_class = row["license_expression"] or "none found", row["license_class"] or "none"
    yield f"Licence: {expression}, class {of_class}{basis}."
    if row["license_conflict"]:
        yield "The evidence for its licence is in conflict; nothing was resolved towards the permissive side."


def _verdict(row: Row) -> Iterator[str]:
    words, detail = sentence(row["stage"], row["rule"]) or "", row["detail"] or ""
    yield f"Decision: {row['outcome']}, by the rule {row['rule']} of the stage {row['stage']}."
    if words.casefold().startswith(detail.rstrip(".").casefold()):
        detail = ""
    if words or detail:
        yield f"Why: {' '.join(_sentence(text) for text in (words, detail) if text)}"


def _cluster(row: Row) -> Iterator[str]:
    if row["cluster_id"]:
        alike = "" if row["jaccard"] == 1 else f", with an exact Jaccard similarity of {row['jaccard']:.3f} to it"
        role = "it stands for the others" if row["outcome"] == "kept" else "another one stands for it"
        yield f"Near-duplicates: it belongs to the cluster {row['cluster_id']}; {role}{alike}."


def _redacted(redactions: Sequence[tuple[str, int]]) -> Iterator[str]:
    if redactions:
        yield f"Redacted: {', '.join(f'{number(count)} {kind}' for kind, count in redactions)}; see audit/ for where."


def _elsewhere(row: Row, copies: Sequence[Place], data_file: str | None) -> Iterator[str]:
    if row["kept_path"] is not None:
        yield f"Kept instead: {row['kept_origin_url']}#{row['kept_path']}"
    if data_file:
        yield f"Its bytes lie in {data_file}."
    elif row["content_id"] and row["kind"] == "file":
        yield "Its bytes are not in data/ under this decision."
    if copies:
        yield f"The same bytes stand in {_more(len(copies))}:"
        yield from (f"  {origin}#{path}: {outcome}" for origin, _, path, outcome in copies[:_SHOWN])
        if len(copies) > _SHOWN:
            yield f"  and {number(len(copies) - _SHOWN)} more"


def _more(count: int) -> str:
    return f"{'at least ' if count >= 100 else ''}{plural(count, 'other place')}"


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
