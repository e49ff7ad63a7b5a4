"""`stackmark plan`: what a build would do."""

from __future__ import annotations

from pathlib import Path

import click

from stackmark.commands import as_json, recipe_argument, show, workdir_option
from stackmark.release.words import plural


@click.command(
    "plan", short_help="Say what a build would do, with counts.", epilog="Example: stackmark plan recipe.toml"
)
@recipe_argument
@workdir_option
@as_json
def command(recipe: Path, workdir: Path | None, as_json: bool) -> int:
    """Say what a build of RECIPE would do, with counts, before any content is read."""
    from stackmark import pipeline, terminal

    planned = pipeline.plan(recipe, workdir=workdir)
    if as_json:
        show(planned)
        return 0
    click.echo(
        f"{planned['name']} {planned['version']}: licence policy {planned['policy']}, quality profile "
        f"{planned['profile']}, {plural(planned['optout_requests'], 'opt-out request')}"
    )
    rows = [
        (
            row["source"],
            row["kind"],
            row["origins"],
            row["opted_out"],
            len(row["problems"]),
            "?" if row["entries"] is None else row["entries"],
            "?" if row["bytes"] is None else terminal.size(row["bytes"]),
            "" if row["packed_bytes"] is None else terminal.size(row["packed_bytes"]),
        )
        for row in planned["sources"]
    ]
    names = ("source", "kind", "origins", "opted out", "problems", "entries", "bytes", "packed")
    terminal.table("Sources", names, rows, numbers=6)
    for row in planned["sources"]:
        for problem in row["problems"]:
            click.echo(f"sources[{row['source']}]: {terminal.safe(problem)}")
    for words in planned["not_done"]:
        click.echo(f"Will not be done: {words}.")
    return 0
