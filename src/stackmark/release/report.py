"""report.html: one self-contained page with the figures of a release as plots. No script, no network.

Every plot is a table whose bars are drawn by the style sheet, so it can be read without seeing them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stackmark.release.pages import render_template
from stackmark.release.summary import kept_languages, stage_losses, top

_LANGUAGES = 25
_LICENSES = 20
_REASONS = 20


def render(head: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    """Return the page from the manifest (without its files) and what `figures.take` gave."""
    counts = head["counts"]
    return render_template(
        "report.html.jinja",
        head=head,
        counts=counts,
        kept=counts["outcomes"]["kept"],
        losses=stage_losses(counts),
        reasons=top([row for row in counts["rules"] if row["outcome"] != "kept"], _REASONS),
        languages=top(_by_kept(counts["languages"]), _LANGUAGES),
        kept_languages=len(kept_languages(counts)),
        licenses=top(counts["license_expressions"], _LICENSES),
        **figures,
    )


def _by_kept(languages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Put the languages of which most bytes are kept first, flat: files and bytes kept, and of how many."""
    rows = [
        {
            "language": row["language"],
            **row["kept"],
            "input_files": row["input"]["files"],
            "input_bytes": row["input"]["bytes"],
        }
        for row in languages
    ]
    return sorted(rows, key=lambda row: (-row["bytes"], -row["input_bytes"], row["language"] or ""))
