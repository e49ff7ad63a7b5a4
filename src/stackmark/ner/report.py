"""A page with the scores of a model: one HTML file with its plots inside, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from stackmark.ner.metrics import NOTHING, Counts, Scores

STYLE = """
:root { color-scheme: light dark; --ink: #1b2733; --quiet: #66727f; --line: #d9dfe5; --bar: #2f6f9f; --paper: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9ee; --quiet: #98a4b0; --line: #36424d; --bar: #6fb1e0; --paper: #161c22; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
       margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2rem 0.7rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
caption { text-align: left; color: var(--quiet); padding-bottom: 0.3rem; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg .bar { fill: var(--bar); } svg .rail { fill: var(--line); }
.wide { overflow-x: auto; }
"""
BAR, LABEL, WIDTH = 24, 150, 640


def make_report(scores: Scores, title: str) -> str:
    """Give the page: scores in all, per language, per type, per both, and what was taken for what."""
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{scores.sentences:,} sentences, {scores.words:,} words, {scores.all.gold:,} entities. "
        "Strict: an entity counts when its first word, its last word and its type are all right.</p>",
        _counts("All types and languages", "", {"all": scores.all}),
    ]
    for name, groups in (("language", scores.languages), ("type", scores.types)):
        shown = {key or "unknown": counts for key, counts in groups.items()}
        parts += [f"<h2>By {name}</h2>", _bars(shown), _counts("", name, shown)]
    parts += ["<h2>By type and language</h2>", _grid(scores), "<h2>Taken for what</h2>", _confusion(scores)]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    body = "\n".join(parts)
    page = f'<html lang="en">\n<head>{head}<style>{STYLE}</style></head>\n<body>\n{body}\n</body>\n</html>'
    return f"<!doctype html>\n{page}\n"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    cells = ["".join(f"<th>{escape(name)}</th>" for name in head)]
    cells += ["".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in rows]
    lines = "\n".join(f"<tr>{row}</tr>" for row in cells)
    shown = f"<caption>{escape(caption)}</caption>\n" if caption else ""
    return f'<div class="wide"><table>\n{shown}{lines}\n</table></div>'


def _counts(caption: str, name: str, groups: Mapping[str, Counts]) -> str:
    head = (name, "precision", "recall", "F1", "right", "found", "in the data")
    rows = []
    for key, one in groups.items():
        shares = (_percent(one.precision), _percent(one.recall), _percent(one.f1))
        rows.append((key, *shares, f"{one.right:,}", f"{one.found:,}", f"{one.gold:,}"))
    return _table(caption, head, rows)


def _bars(groups: Mapping[str, Counts]) -> str:
    """Draw F1 as bars on rails that stand for 100."""
    room = WIDTH - LABEL - 60
    lines = []
    for number, (name, counts) in enumerate(groups.items()):
        top = number * BAR
        shown = name if len(name) <= 20 else f"{name[:19]}…"
        lines.append(
            f'<text x="{LABEL - 8}" y="{top + 16}" text-anchor="end">{escape(shown)}</text>'
            f'<rect class="rail" x="{LABEL}" y="{top + 5}" width="{room}" height="{BAR - 10}" rx="2"/>'
            f'<rect class="bar" x="{LABEL}" y="{top + 5}" width="{room * counts.f1:.1f}" height="{BAR - 10}" rx="2"/>'
            f'<text x="{LABEL + room + 8}" y="{top + 16}">{_percent(counts.f1)}</text>'
        )
    height = max(1, len(groups)) * BAR
    drawn = "\n".join(lines)
    return f'<svg role="img" aria-label="F1" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}">\n{drawn}\n</svg>'


def _grid(scores: Scores) -> str:
    """Give F1 of each type in each language; a dot where there is nothing to find and nothing was found."""
    rows = []
    for language in scores.languages:
        cells = [scores.cells.get((language, label)) for label in scores.types]
        rows.append((language or "unknown", *("·" if cell is None else _percent(cell.f1) for cell in cells)))
    return _table("F1", ("language", *scores.types), rows)


def _confusion(scores: Scores) -> str:
    """Give the confusion table, with how many of those missed were found with other borders."""
    labels = [*scores.types, NOTHING]
    rows = []
    for label in labels:
        found = [f"{scores.confusion.get((label, other), 0):,}" for other in labels]
        borders = "" if label == NOTHING else f"{scores.borders.get(label, 0):,}"
        rows.append(("made up" if label == NOTHING else label, *found, borders))
    head = ("in the data", *scores.types, "missed", "of these, with other borders")
    return _table("Rows: what the data says of these words; columns: what was found on the same words.", head, rows)
