"""`stackmark languages`: what files and folders are written in."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackmark.commands import as_json, show
from stackmark.release.words import plural

if TYPE_CHECKING:
    from stackmark.languages.breakdown import File, Share

WIDTH = 72
#: Shares below this stand under "other".
SMALL = 0.0005
COLOURS = ("blue", "yellow", "green", "red", "magenta", "cyan", "bright_blue", "bright_yellow", "bright_green", "white")

EPILOG = "Example: stackmark languages ."


@click.command("languages", short_help="Say what files and folders are written in.", epilog=EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--explain", is_flag=True, help="Say of each file how its language was found, and why it is left out.")
@click.option("--all", "everything", is_flag=True, help="Count data, prose, vendored and generated files, too.")
@as_json
def command(paths: Sequence[Path], explain: bool, everything: bool, as_json: bool) -> int:
    """Say what PATHS, files or folders, are written in, in shares of bytes; without any, list all languages.

    Counted are programming and markup languages, without files that are vendored, generated, documentation, or not
    text. In a git repository, files that it ignores are left out. Ends with 1 if a file could not be read.
    """
    from stackmark.folders import walk

    if not paths:
        return _list(as_json)
    lost: list[Path] = []
    folders = {path: _look(path, walk(path), lost) for path in paths if path.is_dir()}
    single = {path: _look(path.parent, [bytes(Path(path.name))], lost) for path in paths if not path.is_dir()}
    if as_json:
        reports = [_report(path, path, files, everything, explain) for path, files in folders.items()]
        show(reports + [_report(path, path.parent, files, everything, True) for path, files in single.items()])
        return _tell(lost)
    for path, files in folders.items():
        _print_bar(path, files, everything)
        if explain:
            _print_files(str(path), [(path, file) for file in files], explain)
    if any(single.values()):
        _print_files("Files", [(path.parent, file) for path, files in single.items() for file in files], explain)
    return _tell(lost)


def _look(root: Path, paths: list[bytes], lost: list[Path]) -> list[File]:
    """Say of each file what it is; those that could not be read are added to `lost`."""
    from stackmark.folders import below
    from stackmark.languages import breakdown

    found = breakdown.look(root, paths)
    seen = {file.path for file in found}
    lost += [below(root, path) for path in paths if path not in seen]
    return found


def _tell(lost: Sequence[Path]) -> int:
    """Say on stderr what could not be read. Returns the exit code."""
    from stackmark.terminal import safe

    for path in lost:
        click.echo(f"Not read: {safe(path)}: a link, or no file that can be read", err=True)
    return 1 if lost else 0


def _why(root: Path, file: File) -> list[str]:
    from stackmark.languages import breakdown, rules

    with (root / Path(os.fsdecode(file.path))).open("rb") as opened:
        return breakdown.why(file, opened.read(rules.HEAD))


def _report(path: Path, root: Path, files: list[File], everything: bool, explain: bool) -> dict[str, Any]:
    from stackmark.languages import breakdown

    left_out = Counter(reason for file in files for reason in file.left_out)
    report: dict[str, Any] = {
        "path": str(path),
        "files": len(files),
        "languages": [vars(share) for share in breakdown.shares(files, everything)],
        "left_out": {} if everything else dict(left_out),
    }
    if explain:
        report["each"] = [
            {**vars(file), "path": file.path.decode("utf-8", "replace"), "why": _why(root, file)} for file in files
        ]
    return report


def _print_bar(path: Path, files: list[File], everything: bool) -> None:
    from rich.console import Console

    from stackmark.languages import breakdown
    from stackmark.terminal import safe

    found = breakdown.shares(files, everything)
    shown = [share for share in found if share.share >= SMALL]
    console = Console(highlight=False)
    console.print(f"{safe(path)}: {plural(len(files), 'file')}", markup=False)
    block, square = "#*" if console.options.ascii_only else "█■"
    if shown:
        console.print(_bar(shown, block))
    for place, share in enumerate(shown):
        colour = COLOURS[place % len(COLOURS)]
        files_word = "file" if share.files == 1 else "files"
        row = f"{share.share:7.1%}  {share.language:28} {share.files:>8,} {files_word:5} {share.bytes:>14,} bytes"
        console.print(f"[{colour}]{square}[/] {row}", soft_wrap=True)
    if len(shown) < len(found):
        console.print(f"  {sum(share.share for share in found[len(shown) :]):7.1%}  other ({len(found) - len(shown)})")
    left_out = Counter(reason for file in files for reason in file.left_out)
    if left_out and not everything:
        console.print("Left out: " + ", ".join(f"{count:,} {reason}" for reason, count in sorted(left_out.items())))


def _bar(shown: list[Share], block: str) -> Any:
    """Draw shares as coloured blocks, each at least one wide."""
    from rich.text import Text

    bar = Text()
    for place, share in enumerate(shown):
        bar.append(block * max(1, round(share.share * WIDTH)), COLOURS[place % len(COLOURS)])
    bar.truncate(WIDTH)
    return bar


def _print_files(title: str, files: list[tuple[Path, File]], explain: bool) -> None:
    from stackmark.terminal import safe, table

    rows = []
    for root, file in files:
        language = (file.language or "") + (f" ({file.kernel})" if file.kernel else "")
        row = [file.path.decode("utf-8", "replace"), language, file.encoding or ""]
        if explain:
            row += [f"{file.strategy}, {file.confidence:.2f}" if file.strategy else "", "; ".join(_why(root, file))]
        rows.append([safe(cell) for cell in row])
    table(title, ("file", "language", "encoding", *(("how", "why") if explain else ())), rows)


def _list(as_json: bool) -> int:
    from stackmark import languages
    from stackmark.terminal import table

    facts = languages.table()
    if as_json:
        show(
            {name: {"type": one.type, "group": one.group, "extensions": one.extensions} for name, one in facts.items()}
        )
        return 0
    rows = [(name, one.type, " ".join(one.extensions[:6]), " ".join(one.filenames[:3])) for name, one in facts.items()]
    table(f"{len(facts)} languages", ("language", "type", "extensions", "file names"), rows)
    return 0
