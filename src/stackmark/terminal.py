"""What commands print: progress on stderr, tables and sentences on stdout, nothing that a hostile name can command."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

STEPS = {
    "origins": "finding origins",
    "list": "listing files",
    "fetch": "fetching contents",
    "inspect": "inspecting contents",
    "decide": "deciding",
    "screen": "screening",
    "group": "comparing",
    "redact": "redacting",
    "write": "writing data",
    "publish": "publishing",
    "verify": "verifying",
}


def safe(text: object) -> str:
    """Return a text with control characters shown as escapes, so that a path cannot command the terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in str(text))


def size(count: float) -> str:
    """Return a number of bytes for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


class Rate(ProgressColumn):
    """Units a second."""

    def render(self, task: Task) -> Text:
        """Return the rate of a step."""
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        unit = task.fields["unit"]
        return Text(f"{size(speed)}/s" if unit == "bytes" else f"{speed:,.0f} {unit}/s", style="progress.data.speed")


class Watch:
    """Shows the steps of a build as bars with rate and remaining time; silent when stderr is no terminal."""

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            Rate(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self.progress = Progress(*columns, console=self.console, disable=not self.console.is_terminal)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    @contextlib.contextmanager
    def step(self, name: str, unit: str) -> Iterator[Callable[[int, int], None]]:
        """Show one step; the first begins the display, whose thread must not be there when workers are forked."""
        self.progress.start()
        task = self.progress.add_task(STEPS.get(name, name), total=None, unit=unit)
        yield lambda done, total: self.progress.update(task, advance=done, total=total)
        shown = self.progress.tasks[task]
        total = shown.total or shown.completed or 1
        self.progress.update(task, total=total, completed=total)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], numbers: int = 0) -> None:
    """Print a table; the last `numbers` columns are figures."""
    shown = Table(title=escape(title), title_justify="left", header_style="bold", title_style="bold")
    for place, name in enumerate(columns):
        shown.add_column(name, justify="right" if place >= len(columns) - numbers else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(escape(f"{one:,}" if isinstance(one, int) else safe(one)) for one in row))
    Console(width=None if sys.stdout.isatty() else 100).print(shown)


def summary(manifest: dict[str, Any]) -> None:
    """Print what became of the input of a build."""
    outcomes = manifest["counts"]["outcomes"]
    rows = [(name, row["files"], size(row["bytes"])) for name, row in outcomes.items() if row["files"]]
    total = manifest["counts"]["input"]
    rows.append(("all entries", total["files"], size(total["bytes"])))
    table(f"{manifest['name']} {manifest['version']}", ("outcome", "files", "bytes"), rows, numbers=2)
    for row in manifest["counts"]["origins_not_listed"]:
        Console().print(escape(f"{row['origins']:,} origins not read: {row['outcome']} ({safe(row['rule'])})"))
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
