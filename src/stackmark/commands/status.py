"""`stackmark status`: what a work directory holds."""

from __future__ import annotations

from pathlib import Path

import click

from stackmark.commands import as_json, show
from stackmark.release.words import plural


@click.command("status", short_help="Say what a work directory holds.", epilog="Example: stackmark status .stackmark")
@click.argument("workdir", type=click.Path(file_okay=False, path_type=Path), default=Path(".stackmark"))
@as_json
def command(workdir: Path, as_json: bool) -> int:
    """Say what WORKDIR, .stackmark by default, holds: releases, stored contents, and whether a build is at work."""
    from stackmark import pipeline, terminal

    found = pipeline.status(workdir)
    if as_json:
        show(found)
        return 0
    contents, packs = plural(found["contents"], "content"), plural(found["packs"], "pack")
    click.echo(f"{contents} in {packs}, {terminal.size(found['pack_bytes'])}")
    click.echo(f"{plural(found['listings'], 'listing')}; a build is {'at work' if found['locked'] else 'not at work'}")
    rows = [(row["name"], row["version"], row["kept"], row["digest"][:16]) for row in found["releases"]]
    terminal.table("Releases", ("name", "version", "kept files", "digest"), rows, numbers=0)
    return 0
