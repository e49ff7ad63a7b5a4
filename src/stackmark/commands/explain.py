"""`stackmark explain`: what became of a file, and why."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from stackmark.commands import as_json, release_argument, show


@click.command(
    "explain",
    short_help="Say what became of a file, and why.",
    epilog="Example: stackmark explain RELEASE 'https://forge.example/alice/tool#src/main.py'",
)
@release_argument
@click.argument("target")
@as_json
def command(release: Path, target: str, as_json: bool) -> int:
    """Say what became of TARGET and why: a SWHID (swh:1:cnt:...), ORIGIN#PATH, or an origin."""
    from stackmark import terminal
    from stackmark.release import Release

    decisions = Release.open(release).explain(target)
    if as_json:
        show([dataclasses.asdict(decision) for decision in decisions])
        return 0
    for number, decision in enumerate(decisions):
        if number:
            click.echo("")
        for line in decision.lines:
            click.echo(terminal.safe(line))
    return 0
