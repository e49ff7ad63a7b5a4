"""CHANGELOG.md: what each release changed over its parent, the newest first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stackmark.release.words import markdown, plural

if TYPE_CHECKING:
    from stackmark.release.diff import Difference

CHANGELOG = "CHANGELOG.md"
_TITLE = "# Changes\n\nPATCH only removes, MINOR adds or refines, MAJOR changes the schema or the rules.\n"


def render(version: str, kept: int, difference: Difference | None, parent: Path | None) -> str:
    """Return the changelog of a release: its own entry above the entries of its parent."""
    lines = [f"- First release: {plural(kept, 'file')}."] if difference is None else _entry(difference)
    return f"{_TITLE}\n## {version}\n\n" + "".join(f"{line}\n" for line in lines) + _earlier(parent)


def _entry(difference: Difference) -> list[str]:
    lines = [
        f"- {difference.declared.capitalize()} step from {difference.old_version}.",
        f"- Added: {plural(difference.added, 'file')}.",
        f"- Removed: {plural(difference.removed, 'file')}.",
        *(f"  - {reason.files:,}: {markdown(reason.words)}" for reason in difference.reasons),
        *(f"  - for example {markdown(gone.place)}: {markdown(gone.why)}" for gone in difference.removed_examples),
    ]
    if difference.refined:
        columns = ", ".join(f"{markdown(name)} ({count:,})" for name, count in difference.refined_columns.items())
        lines.append(f"- Refined: {plural(difference.refined, 'file')}; columns: {columns}.")
    if difference.reduced:
        lines.append(f"- With fewer copies, after removals elsewhere: {plural(difference.reduced, 'file')}.")
    lines += [f"- Changed: {markdown(change)}." for change in difference.changes]
    return lines


def _earlier(parent: Path | None) -> str:
    """Return the entries of the parent's changelog as they are."""
    path = parent / CHANGELOG if parent else None
    if path is None or not path.is_file():
        return ""
    _, heading, entries = path.read_text("utf-8", errors="replace").partition("\n## ")
    return heading + entries
