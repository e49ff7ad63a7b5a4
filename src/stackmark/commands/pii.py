"""`stackmark pii`: find personal data and secrets in files, and replace them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackmark.commands import as_json, show
from stackmark.commands._output import written
from stackmark.errors import UsageError
from stackmark.release.words import plural

if TYPE_CHECKING:
    from stackmark.pii.documents import Document
    from stackmark.pii.redact import Ordinals, Replacement
    from stackmark.pii.spans import Span

    Scan = Callable[[Sequence[bytes], Sequence[str | None]], list[list[Span]]]

LEVELS = ("strict", "balanced", "high")

places_argument = click.argument("places", nargs=-1, required=True, metavar="PLACES...")
sensitivity_option = click.option(
    "--sensitivity", type=click.Choice(LEVELS), default="balanced", show_default=True, help="How much to suspect."
)
names_option = click.option("--names", is_flag=True, help="Find names of persons too (extra `ner`).")
model_option = click.option(
    "--model",
    type=click.Path(exists=True, file_okay=False),
    help="Folder of the model for --names; else the package's.",
)
column_option = click.option("--column", help="Where a Parquet file has its texts.")


@click.group("pii", short_help="Find personal data and secrets, or replace them.")
def command() -> None:
    """Find personal data and secrets in files, or replace them. No value is ever printed, nor sent anywhere."""


@command.command(
    short_help="Say where personal data and secrets are.",
    epilog="Example: stackmark pii scan src/ config.yaml. Ends with 1 if anything is found, as a hook should.",
)
@places_argument
@sensitivity_option
@names_option
@model_option
@column_option
@click.option("--examples", is_flag=True, help="Show evident examples too; they never count as findings.")
@click.option("--sarif", is_flag=True, help="Print SARIF 2.1.0 on stdout.")
@as_json
def scan(
    places: Sequence[str],
    sensitivity: str,
    names: bool,
    model: str | None,
    column: str | None,
    examples: bool,
    sarif: bool,
    as_json: bool,
) -> int:
    """Say where PLACES hold personal data and secrets: files, folders, Parquet files, or - for standard input."""
    from stackmark import terminal
    from stackmark.pii import documents
    from stackmark.pii import sarif as sarifs
    from stackmark.version import __version__

    if sarif and as_json:
        raise UsageError("--sarif and --json are two forms of one answer", "Give one of them.")
    check_column(column, places)
    problems: list[str] = []
    rows = []
    for document, spans in scanned(documents.read(places, problems, column), wanted(sensitivity, names, model)):
        rows += [row for row in map_spans(document, spans) if examples or not row["is_example"]]
    found = sum(not row["is_example"] for row in rows)
    if sarif:
        show(sarifs.log(rows, __version__))
    elif as_json:
        show({"findings": rows, "problems": problems})
    else:
        for row in rows:
            example = ", an example" if row["is_example"] else ""
            place = terminal.safe(f"{row['name']}:{row['line']}:{row['column']}")
            click.echo(f"{place}: {row['type']} ({row['rule']}, score {row['score']:.2f}{example})")
        types = Counter(row["type"] for row in rows if not row["is_example"])
        said = ", ".join(f"{count:,} {kind}" for kind, count in types.most_common())
        click.echo(f"{plural(found, 'finding')}{': ' + said if said else ''}", err=True)
    return told(problems) or (1 if found else 0)


@command.command(
    short_help="Replace personal data and secrets.",
    epilog="Example: stackmark pii redact config.yaml > safe.yaml, or: stackmark pii redact --in-place src/",
)
@places_argument
@sensitivity_option
@names_option
@model_option
@column_option
@click.option("--in-place", is_flag=True, help="Write each file where it is; without it, one file goes to stdout.")
@click.option("--output", type=click.Path(path_type=Path), help="Where one file or Parquet file goes.")
@click.option(
    "--style",
    type=click.Choice(["pseudonym", "placeholder"]),
    default="pseudonym",
    show_default=True,
    help="Values of the same type and shape, or <TYPE_1>.",
)
@click.option("--audit", type=click.Path(dir_okay=False, path_type=Path), help="JSON Lines of what was replaced where.")
@as_json
def redact(
    places: Sequence[str],
    sensitivity: str,
    names: bool,
    model: str | None,
    column: str | None,
    in_place: bool,
    output: Path | None,
    style: Any,
    audit: Path | None,
    as_json: bool,
) -> int:
    """Replace the personal data and secrets in PLACES by values of the same type that cannot work.

    PLACES are files, folders, Parquet files, or - for standard input. Equal values become equal in all of the files of
    one call, which count as one repository. A second call changes nothing.
    """
    from stackmark.pii import documents
    from stackmark.pii.redact import Ordinals

    check_column(column, places)
    several = len(places) > 1 or Path(places[0]).is_dir()
    is_table = any(place.endswith(documents.TABLE) for place in places)
    if in_place and (output or documents.STDIN in places):
        raise UsageError("--in-place writes files where they are", "Leave it out, or --output and -.")
    if not in_place and (several or (is_table and not output)):
        hint = "Several files, and folders, need --in-place; a Parquet file needs that or --output."
        raise UsageError("where should it go?", hint)
    if not in_place and not output and sys.stdout is None:
        raise UsageError("standard output is closed", "Give --output or --in-place.")
    problems: list[str] = []
    rows: list[dict[str, Any]] = []
    numbers, how = Ordinals(), wanted(sensitivity, names, model)
    for place in places:
        found = treated(documents.read([place], problems, column), how, style, numbers, rows)
        put(place, found, in_place, output, column)
    if audit:
        with written(audit) as temporary:
            temporary.write_text("".join(json.dumps(row, sort_keys=True) + "\n" for row in rows), "utf-8")
    if as_json:
        told_where = {"replaced": rows, "problems": problems}
        click.echo(json.dumps(told_where, indent=2, sort_keys=True), err=not (in_place or output))
    else:
        types = Counter(row["type"] for row in rows)
        said = ", ".join(f"{count:,} {kind}" for kind, count in types.most_common())
        click.echo(f"{len(rows):,} replaced{': ' + said if said else ''}", err=True)
    return told(problems)


def check_column(column: str | None, places: Sequence[str]) -> None:
    """Raise UsageError for a column where no table is named: it would have no effect."""
    from stackmark.pii.documents import TABLE

    if column and not any(place.endswith(TABLE) for place in places):
        raise UsageError("--column names a column of a Parquet file", f"Give a file that ends with {TABLE}.")


def told(problems: Sequence[str]) -> int:
    """Print what could not be read; 1 if there is any."""
    from stackmark import terminal

    for problem in problems:
        click.echo(f"Not read: {terminal.safe(problem)}", err=True)
    return 1 if problems else 0


def wanted(sensitivity: str, names: bool, model: str | None) -> Scan:
    """Return the scan of some contents under some paths that the options ask for. Raises UsageError."""
    from stackmark.pii.scan import scan_many
    from stackmark.pii.spans import merge

    if not names:
        if model:
            raise UsageError("--model is for names", "Give --names too.")
        return lambda contents, paths: scan_many(contents, paths, sensitivity)

    def both(contents: Sequence[bytes], paths: Sequence[str | None]) -> list[list[Span]]:
        from stackmark.pii.names import scan_names

        found = zip(scan_many(contents, paths, sensitivity), scan_names(contents, paths, None, model), strict=True)
        return [merge([*one, *other]) for one, other in found]

    return both


def scanned(found: Iterator[Document], scan: Scan) -> Iterator[tuple[Document, list[Span]]]:
    """Scan documents, about 16 MB at a time: one pass over many is what is fast."""
    batch: list[Document] = []
    size = 0
    for document in found:
        batch.append(document)
        size += len(document.content)
        if size >= 16 << 20:
            yield from zip(batch, scan([one.content for one in batch], named(batch)), strict=True)
            batch, size = [], 0
    if batch:
        yield from zip(batch, scan([one.content for one in batch], named(batch)), strict=True)


def named(batch: Sequence[Document]) -> list[str | None]:
    """Return the paths that tell the scan what kind of file it sees."""
    return [str(one.path) if one.path else None for one in batch]


def map_spans(document: Document, spans: Sequence[Span]) -> Iterator[dict[str, Any]]:
    """Yield findings with line and column (from 1, in bytes); never the value."""
    line, at = 1, 0
    for span in spans:
        line += document.content.count(b"\n", at, span.start)
        at = span.start
        begin = document.content.rfind(b"\n", 0, span.start) + 1
        place = {"name": document.name, "line": line, "column": span.start - begin + 1}
        names = ("start", "end", "type", "rule", "score", "is_example")
        yield place | {name: getattr(span, name) for name in names}


def treated(
    found: Iterator[Document], scan: Scan, style: Any, numbers: Ordinals, rows: list[dict[str, Any]]
) -> Iterator[tuple[Document, bytes]]:
    """Yield documents with their redacted contents; what was replaced is added to `rows`."""
    from stackmark.pii.redact import apply, replacements

    for document, spans in scanned(found, scan):
        done = replacements(document.content, spans, path=named([document])[0], ordinals=numbers, style=style)
        rows += audit_rows(document, done)
        yield document, apply(document.content, done)


def audit_rows(document: Document, done: Sequence[Replacement]) -> Iterator[dict[str, Any]]:
    """Yield what is told of replacements: where, what, by which rule; never the value."""
    from stackmark.pii.redact import places

    for one, (start, end) in zip(done, places(done), strict=True):
        names = ("start", "end", "type", "rule", "score")
        span = {name: getattr(one.span, name) for name in names}
        yield {"name": document.name, **span, "start_after": start, "end_after": end, "ordinal": one.ordinal}


def put(
    place: str, found: Iterator[tuple[Document, bytes]], in_place: bool, output: Path | None, column: str | None
) -> None:
    """Write redacted contents where they belong; a file is replaced in one step, and only if it changes."""
    from stackmark.pii import documents

    if place.endswith(documents.TABLE):
        with written(output or Path(place)) as temporary:
            documents.rewrite_rows(Path(place), temporary, column, (after for _, after in found))
        return
    for document, after in found:
        if in_place and document.path:
            if after != document.content:
                mode = document.path.stat().st_mode
                with written(document.path) as temporary:
                    temporary.write_bytes(after)
                    temporary.chmod(mode)
        elif output:
            with written(output) as temporary:
                temporary.write_bytes(after)
        else:
            sys.stdout.buffer.write(after)
