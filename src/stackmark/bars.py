"""Bars that show on stderr how the steps of a command go on; `terminal.Watch` loads them where there is a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
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
from rich.text import Text

STEPS = {
    "origins": "finding origins",
    "list": "listing files",
    "fetch": "fetching contents",
    "prepare": "loading detectors",
    "inspect": "inspecting contents",
    "decide": "deciding",
    "screen": "screening",
    "group": "comparing",
    "group by structure": "comparing structure",
    "redact": "redacting",
    "write": "writing data",
    "publish": "publishing",
    "verify": "verifying",
}


class Rate(ProgressColumn):
    """Units a second; `size` says a number of bytes in words."""

    def __init__(self, size: Callable[[float], str]) -> None:
        super().__init__()
        self._size = size

    def render(self, task: Task) -> Text:
        """Return the rate of a step."""
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        unit = task.fields["unit"]
        return Text(
            f"{self._size(speed)}/s" if unit == "bytes" else f"{speed:,.0f} {unit}/s", style="progress.data.speed"
        )


class Bars:
    """The bars of the steps so far, each with rate and remaining time; `size` says a number of bytes in words."""

    def __init__(self, size: Callable[[float], str]) -> None:
        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            Rate(size),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self.progress = Progress(*columns, console=Console(stderr=True))

    def stop(self) -> None:
        """End the display."""
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
