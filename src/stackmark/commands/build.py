"""`stackmark build`: a recipe to a release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackmark.commands import as_json, recipe_path, show, workdir_option
from stackmark.release.words import plural

if TYPE_CHECKING:
    from stackmark.release import Release


@click.command(
    "build", short_help="Build a release from a recipe.", epilog="Example: stackmark build recipe.toml --workdir build"
)
@click.argument("recipe", type=recipe_path, required=False)
@workdir_option
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True)
@click.option("--workers", type=click.IntRange(1, 1024), help="Default: [build] workers of the recipe.")
@click.option(
    "--parent",
    type=click.Path(path_type=Path),
    help="The release that this one follows; its version step is checked.",
)
@click.option("--print-schema", is_flag=True, help="Print the JSON Schema of a recipe and end.")
@as_json
def command(
    recipe: Path | None,
    workdir: Path | None,
    engine: str,
    workers: int | None,
    parent: Path | None,
    print_schema: bool,
    as_json: bool,
) -> int:
    """Build the release that RECIPE describes.

    It appears at WORKDIR/releases/NAME-VERSION when it is complete. Run the same command again after a crash: it
    goes on where it was and gives the same bytes.
    """
    if print_schema:
        from stackmark import recipe as recipes

        show(recipes.schema())
        return 0
    if recipe is None:
        raise click.UsageError("Missing argument 'RECIPE'.")
    from stackmark import engine as engines
    from stackmark import pipeline, terminal

    engines.collect_seldom()
    engines.keep_memory()
    with terminal.Watch() as watch:
        release = pipeline.build(recipe, workdir=workdir, engine=engine, workers=workers, parent=parent, watcher=watch)
    return report_build(release, as_json)


def report_build(release: Release, as_json: bool) -> int:
    """Print what a build gave; 1 if files were lost."""
    from stackmark import terminal

    manifest = release.manifest
    counts = manifest["counts"]
    files = counts["outcomes"]["quarantined"]["files"]
    origins = sum(row["origins"] for row in counts["origins_not_listed"] if row["outcome"] == "quarantined")
    code = 1 if files or origins else 0
    if as_json:
        show(
            {
                "path": str(release.path),
                "digest": release.digest,
                "counts": counts,
                "not_done": manifest["not_done"],
            }
        )
        return code
    terminal.summary(manifest)
    if origins:
        unread = plural(origins, "origin")
        click.echo(f"{unread} could not be read, or not to the end: the ledger has each with its reason.")
    if files:
        lost = plural(files, "file was", "files were")
        click.echo(f"{lost} lost on the way: the ledger has each with its reason.")
    if not counts["data"]["rows"]:
        click.echo("Nothing was kept: the release holds a ledger and no data.")
    for words in manifest["not_done"]:
        click.echo(f"Not done: {terminal.safe(words)}.")
    click.echo(f"Release: {release.path}\nReport:  {release.path / 'report.html'}\nDigest:  {release.digest}")
    return code
