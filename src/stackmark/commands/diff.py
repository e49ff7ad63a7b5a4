"""`stackmark diff`: what changed between two releases."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackmark.commands import as_json, show
from stackmark.release.words import plural

if TYPE_CHECKING:
    from stackmark.release import Difference

SHOWN = 5  # examples each of what came and what went


@click.command(
    "diff",
    short_help="Say what changed between two releases.",
    epilog="Example: stackmark diff releases/corpus-1.0.0 releases/corpus-1.1.0",
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@as_json
def command(old: Path, new: Path, as_json: bool) -> int:
    """Compare two releases: what came, what went and why, and whether the version step is right."""
    from stackmark.release import Release

    difference = Release.open(old).diff(Release.open(new))
    if as_json:
        show({**dataclasses.asdict(difference), "ok": difference.ok, "message": difference.message})
    else:
        print_difference(difference)
    return 0 if difference.ok else 1


def print_difference(difference: Difference) -> None:
    """Print what lies between two releases."""
    from stackmark import terminal

    counts = ("added", "removed", "refined", "reduced")
    rows = [(name, getattr(difference, name)) for name in counts]
    title = f"{difference.old_name} {difference.old_version} -> {difference.new_version}"
    terminal.table(title, ("contents", "files"), rows, numbers=1)
    for reason in difference.reasons:
        click.echo(f"Removed, {plural(reason.files, 'file')}: {terminal.safe(reason.words)}")
    for place in difference.added_examples[:SHOWN]:
        click.echo(f"  + {terminal.safe(place)}")
    for gone in difference.removed_examples[:SHOWN]:
        click.echo(f"  - {terminal.safe(f'{gone.place}: {gone.why}')}")
    for change in difference.changes:
        click.echo(f"Changed: {terminal.safe(change)}")
    click.echo(terminal.safe(difference.message))
