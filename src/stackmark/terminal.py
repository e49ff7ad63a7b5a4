"""What commands print: progress on stderr, tables and sentences on stdout, nothing that a hostile name can command."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from stackmark.release.words import plural, printable, size

if TYPE_CHECKING:
    from stackmark.bars import Bars

__all__ = ["Watch", "safe", "size", "summary", "table"]


def safe(text: object) -> str:
    """Return a text with control characters shown as escapes, so that a path cannot command the terminal."""
    return printable(str(text))


class Watch:
    """Shows the steps of a command as bars; silent, and spared the loading of them, when stderr is no terminal."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        if sys.stderr is not None and sys.stderr.isatty():
            from stackmark.bars import Bars

            self._bars = Bars(size)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars:
            self._bars.stop()

    @contextlib.contextmanager
    def step(self, name: str, unit: str) -> Iterator[Callable[[int, int], None]]:
        """Show one step, whose tick takes how many more units are done, and of how many in all."""
        if self._bars is None:
            yield lambda _done, _total: None
            return
        with self._bars.step(name, unit) as tick:
            yield tick


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], numbers: int = 0) -> None:
    """Print a table; the last `numbers` columns are figures."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 100)
    console.print(escape(safe(title)), style="bold", soft_wrap=True)  # by itself: a table pads its title and wraps it
    shown = Table(header_style="bold")
    for place, name in enumerate(columns):
        shown.add_column(name, justify="right" if place >= len(columns) - numbers else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(escape(f"{one:,}" if isinstance(one, int) else safe(one)) for one in row))
    console.print(shown)


def summary(manifest: dict[str, Any]) -> None:
    """Print what became of the input of a build."""
    from rich.console import Console
    from rich.markup import escape

    outcomes = manifest["counts"]["outcomes"]
    rows = [(name, row["files"], size(row["bytes"])) for name, row in outcomes.items() if row["files"]]
    total = manifest["counts"]["input"]
    rows.append(("all entries", total["files"], size(total["bytes"])))
    table(f"{manifest['name']} {manifest['version']}", ("outcome", "files", "bytes"), rows, numbers=2)
    for row in manifest["counts"]["origins_not_listed"]:
        why = f"{row['outcome']} ({safe(row['rule'])})"
        Console().print(escape(f"{plural(row['origins'], 'origin')} not read to the end: {why}"), soft_wrap=True)
    reasons = [row for row in manifest["counts"]["rules"] if row["outcome"] not in ("kept", "duplicate")]
    reasons.sort(key=lambda row: (-row["files"], row["rule"]))
    shown = [(row["outcome"], row["stage"], row["rule"], row["files"], size(row["bytes"])) for row in reasons[:12]]
    if shown:
        table("Why files are not in data/", ("outcome", "stage", "rule", "files", "bytes"), shown, numbers=2)
    kept = [row for row in manifest["counts"]["languages"] if row["kept"]["files"]]
    kept.sort(key=lambda row: (-row["kept"]["bytes"], row["language"] or ""))
    languages = [(row["language"], row["kept"]["files"], size(row["kept"]["bytes"])) for row in kept[:12]]
    if languages:
        table("Languages", ("language", "files", "bytes"), languages, numbers=2)
