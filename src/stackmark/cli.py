"""The commands: parse, call, print. What they do is in `pipeline` and `release`."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from stackmark.errors import INTERRUPTED, PIPE_CLOSED, StackmarkError
from stackmark.version import __version__

if TYPE_CHECKING:
    from stackmark.release import Difference, Release, Report

EPILOG = (
    "Exit codes: 0 done; 1 done with findings, with losses, or a failed verification; 2 usage; 3 recipe; 4 source; "
    "5 integrity or storage; 130 interrupted."
)

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout instead of tables.")
workdir_option = click.option(
    "--workdir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Default: .stackmark beside the recipe.",
)
recipe_argument = click.argument("recipe", type=click.Path(path_type=Path))
release_argument = click.argument("release", type=click.Path(path_type=Path))


def show(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True))


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="stackmark")
@click.option(
    "--debug", is_flag=True, expose_value=False, help="Show the traceback of an error."
)  # `main` looks for it
def cli() -> None:
    """Turn source repositories into a governed code dataset, with the fate of every file on record."""


@cli.command(short_help="Build a release from a recipe.", epilog="Example: stackmark build recipe.toml --workdir build")
@click.argument("recipe", type=click.Path(path_type=Path), required=False)
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
def build(
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
    with terminal.Watch() as watch:
        release = pipeline.build(recipe, workdir=workdir, engine=engine, workers=workers, parent=parent, watcher=watch)
    return report_build(release, as_json)


def report_build(release: Release, as_json: bool) -> int:
    """Print what a build gave; 1 if files were lost or something asked for was not done."""
    from stackmark import terminal

    manifest = release.manifest
    counts = manifest["counts"]
    files = counts["outcomes"]["quarantined"]["files"]
    origins = sum(row["origins"] for row in counts["origins_not_listed"] if row["outcome"] == "quarantined")
    code = 1 if files or origins or manifest["recipe"]["not_done"] else 0
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
    for count, words in ((origins, "origins could not be read"), (files, "files were lost on the way")):
        if count:
            click.echo(f"{count:,} {words}: the ledger has each with its reason.")
    if not counts["data"]["rows"]:
        click.echo("Nothing was kept: the release holds a ledger and no data.")
    for words in manifest["not_done"]:
        click.echo(f"Not done: {terminal.safe(words)}.")
    click.echo(f"Release: {release.path}\nReport:  {release.path / 'report.html'}\nDigest:  {release.digest}")
    return code


@cli.command(short_help="Say what a build would do, with counts.", epilog="Example: stackmark plan recipe.toml")
@recipe_argument
@workdir_option
@as_json
def plan(recipe: Path, workdir: Path | None, as_json: bool) -> int:
    """Say what a build of RECIPE would do, with counts, before any content is read."""
    from stackmark import pipeline, terminal

    planned = pipeline.plan(recipe, workdir=workdir)
    if as_json:
        show(planned)
        return 0
    click.echo(
        f"{planned['name']} {planned['version']}: licence policy {planned['policy']}, quality profile "
        f"{planned['profile']}, {planned['optout_requests']} opt-out requests"
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


@cli.command(short_help="Say what a work directory holds.", epilog="Example: stackmark status .stackmark")
@click.argument("workdir", type=click.Path(file_okay=False, path_type=Path), default=Path(".stackmark"))
@as_json
def status(workdir: Path, as_json: bool) -> int:
    """Say what WORKDIR holds: releases, stored contents, unfinished work."""
    from stackmark import pipeline, terminal

    found = pipeline.status(workdir)
    if as_json:
        show(found)
        return 0
    click.echo(f"{found['contents']:,} contents in {found['packs']:,} packs, {terminal.size(found['pack_bytes'])}")
    click.echo(f"{found['listings']:,} listings; a build is {'at work' if found['locked'] else 'not at work'}")
    rows = [(row["name"], row["version"], row["kept"], row["digest"][:16]) for row in found["releases"]]
    terminal.table("Releases", ("name", "version", "kept files", "digest"), rows, numbers=0)
    return 0


@cli.command(
    short_help="Check a release, file by file and row by row.",
    epilog="Example: stackmark verify .stackmark/releases/corpus-1.0.0",
)
@release_argument
@click.option("--quick", is_flag=True, help="Checksums only, without comparing the tables.")
@click.option("--expect", help="The digest that the release was announced with.")
@as_json
def verify(release: Path, quick: bool, expect: str | None, as_json: bool) -> int:
    """Check that RELEASE is what it says it is: files, checksums, counts, and every content against its id."""
    from stackmark import terminal
    from stackmark.release import Release

    with terminal.Watch() as watch, watch.step("verify", "files") as tick:
        seen = 0

        def advance(_what: str, done: int, total: int) -> None:
            nonlocal seen
            tick(max(done - seen, 0), total)
            seen = done

        report = Release.open(release).verify(deep=not quick, expect=expect, progress=advance)
    print_report(report, as_json)
    return 0 if report.ok else 1


def print_report(report: Report, as_json: bool) -> None:
    """Print what a verification found."""
    from stackmark import terminal

    if as_json:
        show({**dataclasses.asdict(report), "ok": report.ok})
        return
    for problem in report.problems:
        click.echo(f"{terminal.safe(problem.path)}: {terminal.safe(problem.message)} [{problem.kind}]")
    checked = f"{report.checked.files:,} files, {terminal.size(report.checked.bytes)}, {report.checked.rows:,} entries"
    words = "sound" if report.ok else f"NOT SOUND: {len(report.problems):,} problems"
    click.echo(f"{words} ({checked} checked)\nDigest: {report.digest}")


@cli.command(
    short_help="Say what became of a file, and why.",
    epilog="Example: stackmark explain RELEASE 'https://forge.example/alice/tool#src/main.py'",
)
@release_argument
@click.argument("target")
@as_json
def explain(release: Path, target: str, as_json: bool) -> int:
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


@cli.command(
    short_help="Say what changed between two releases.",
    epilog="Example: stackmark diff releases/corpus-1.0.0 releases/corpus-1.1.0",
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@as_json
def diff(old: Path, new: Path, as_json: bool) -> int:
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
    title = terminal.safe(f"{difference.old_name} {difference.old_version} -> {difference.new_version}")
    terminal.table(title, ("contents", "files"), rows, numbers=1)
    for reason in difference.reasons:
        click.echo(f"Removed: {terminal.safe(reason.words)}")
    for change in difference.changes:
        click.echo(f"Changed: {terminal.safe(change)}")
    click.echo(terminal.safe(difference.message))


def fail(error: StackmarkError) -> NoReturn:
    """Print an error with its hint and end."""
    from stackmark import terminal

    click.echo("Error: " + "\n".join(terminal.safe(line) for line in str(error).splitlines()), err=True)
    if error.hint:
        click.echo(f"Hint: {terminal.safe(error.hint)}", err=True)
    sys.exit(error.exit_code)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run a command line and end with its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    # Before numpy is loaded: no linear algebra is done here, and a process without its threads can be forked.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "_STACKMARK_COMPLETE" in os.environ:  # a shell asks how a word may go on
        cli.main(arguments, prog_name="stackmark")
    try:
        # Not `cli.main`: it gives a closed pipe the exit code 1, which means something else here.
        with cli.make_context("stackmark", list(arguments)) as context:
            code = cli.invoke(context)
        sys.stdout.flush()
        sys.exit(code or 0)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted; the same command goes on where this one was.", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(PIPE_CLOSED)
    except StackmarkError as error:
        if "--debug" in arguments:
            raise
        fail(error)
