"""report.html: one self-contained page with the figures of a release as plots. No script, no network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stackmark.release.pages import render_template


def render(head: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    """Return the page from the manifest and the `figures` that only the tables hold."""
    return render_template("report.html.jinja", head=head, figures=figures)


def figures(folder: Path) -> dict[str, Any]:
    """Return what the page shows beyond the manifest."""
    return {}
