"""`stackmark verify`: whether a release is what it says it is."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackmark.commands import as_json, release_argument, show
from stackmark.release.words import plural

if TYPE_CHECKING:
    from stackmark.release import Report


@click.command(
    "verify",
    short_help="Check a release, file by file and row by row.",
    epilog="Example: stackmark verify .stackmark/releases/corpus-1.0.0",
)
@release_argument
@click.option("--quick", is_flag=True, help="Checksums only, without comparing the tables.")
@click.option("--expect", help="The digest that the release was announced with.")
@as_json
def command(release: Path, quick: bool, expect: str | None, as_json: bool) -> int:
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
    done = report.checked
    files, entries = plural(done.files, "file"), plural(done.rows, "entry", "entries")
    words = "sound" if report.ok else f"NOT SOUND: {plural(len(report.problems), 'problem')}"
    click.echo(f"{words} ({files}, {terminal.size(done.bytes)}, {entries} checked)")
    if report.digest:
        click.echo(f"Digest: {report.digest}")
