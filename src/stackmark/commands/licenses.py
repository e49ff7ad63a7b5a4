"""`stackmark licenses`: what files and trees state, how a policy sees it, and how others would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackmark.commands import as_json, show
from stackmark.errors import IntegrityError, SourceError, StackmarkError, StoreError, UsageError
from stackmark.release.words import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackmark.licenses import Resolution
    from stackmark.licenses.folder import Folder


def _file_or_folder(_: click.Context, __: click.Parameter, path: Path) -> Path:
    """Refuse what is neither: a tree would be empty, and silence reads like "no licence"."""
    if not (path.is_file() or path.is_dir()):
        raise UsageError(f"{path} is neither a file nor a folder", "Give a file or a folder.")
    return path


_tree = click.argument("path", type=click.Path(exists=True, path_type=Path), callback=_file_or_folder)
_policy = click.option("--policy", default="permissive", show_default=True, help="A named policy or a TOML file.")


class _Licenses(click.Group):
    """`stackmark licenses PATH` is short for `stackmark licenses scan PATH`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `scan` before what names no command."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["scan", *args]
        return super().parse_args(ctx, args)


@click.group(
    "licenses",
    cls=_Licenses,
    short_help="Find the licences of a file or a tree.",
    epilog="Example: stackmark licenses src/ --json",
)
def command() -> None:
    """Find the licences of files and trees, and judge them.

    `stackmark licenses PATH` is short for `stackmark licenses scan PATH`.
    """


@command.command(epilog="Example: stackmark licenses scan checkout/ --spdx 2.3 > tool.spdx.json")
@_tree
@click.option("--spdx", type=click.Choice(["2.3", "3.0"]), help="Print an SPDX document of this version, as JSON.")
@click.option("--files", "every", is_flag=True, help="List every file, not only the sums.")
@click.option("--repository", metavar="ID", help="What a forge says of the repository; it fills gaps only.")
@as_json
def scan(path: Path, spdx: str | None, every: bool, repository: str | None, as_json: bool) -> int:
    """Say under which licence a file or each file of a tree stands, and what says so."""
    from stackmark.licenses import detect

    if path.is_file() and not spdx:
        if repository:
            raise UsageError("--repository is for a tree", "Give the folder that the file is in.")
        _show_file(path, detect(_content(path), path.name), as_json)
        return 0
    tree, resolved = _resolve(path, repository)
    if spdx:
        show(_document(spdx, path, tree, resolved))
    elif as_json:
        show([_row(one, resolved[one]) for one in resolved])
    else:
        _show_tree(path, resolved, every)
    return _left_out(tree)


@command.command(epilog="Example: stackmark licenses compare checkout/ --repository MIT")
@_tree
@_policy
@click.option("--repository", metavar="ID", help="What a forge says of the repository; The Stack v2 let it decide.")
@as_json
def compare(path: Path, policy: str, repository: str | None, as_json: bool) -> int:
    """Say which files of a tree The Stack v2 would keep and we would not, the other way round, and why."""
    import dataclasses

    from stackmark import terminal
    from stackmark.licenses import Policy
    from stackmark.licenses.compare import compare as compare_tree

    tree, files = _read(path)
    found = compare_tree(files, Policy.load(policy), repository)
    counts = [
        {"ours": ours, "stack_v2": theirs, "files": count} for (ours, theirs), count in sorted(found.counts.items())
    ]
    if as_json:
        differences = [dataclasses.asdict(one) for one in found.differences]
        show({"files": found.files, "counts": counts, "differences": differences})
        return _left_out(tree)
    words = {True: "kept", False: "dropped"}
    rows = [(words[ours], words[theirs], count) for (ours, theirs), count in sorted(found.counts.items())]
    terminal.table(plural(found.files, "file"), (f"ours ({policy})", "The Stack v2", "files"), rows, numbers=1)
    for one in found.differences:
        click.echo(f"{terminal.safe(one.path)}: ours {words[one.ours]}, The Stack v2 {words[one.theirs]}")
        click.echo(f"  {terminal.safe(one.why)}")
    return _left_out(tree)


@command.command(epilog="Example: stackmark licenses explain 'MIT OR GPL-2.0-only' --policy permissive")
@click.argument("expression")
@_policy
@as_json
def explain(expression: str, policy: str, as_json: bool) -> int:
    """Say what an SPDX expression means and whether a policy allows it. Ends with 1 if it does not."""
    from stackmark.licenses import Policy, expressions

    known = expressions.parse(expression)
    if known is None:
        shown = expression if len(expression) <= 80 else f"{expression[:80]} ..."
        raise UsageError(f"{shown!r} is not an SPDX expression of known ids", "for example: MIT OR Apache-2.0")
    verdict = Policy.load(policy).decide(known)
    classes = {member: expressions.license_class(member) for member in expressions.members(known)}
    said = {
        "expression": known,
        "class": expressions.license_class(known),
        "members": classes,
        "policy": policy,
        "allowed": verdict.allowed,
        "branch": verdict.branch,
        "reason": verdict.reason,
    }
    if as_json:
        show(said)
    else:
        click.echo(f"{known}: {said['class']}")
        for member, license_class in classes.items():
            click.echo(f"  {member}: {license_class}")
        answer = {True: "allowed", False: "not allowed", None: "undecided, and so not kept"}[verdict.allowed]
        branch = f", as {verdict.branch}" if verdict.branch and verdict.branch != known else ""
        click.echo(f"policy {policy}: {answer}{branch}: {verdict.reason}")
    return 0 if verdict.allowed else 1


@command.command(epilog="Example: stackmark licenses check checkout/ --outbound GPL-3.0-only")
@_tree
@click.option("--outbound", required=True, metavar="ID", help="The licence that the whole is to be given under.")
@as_json
def check(path: Path, outbound: str, as_json: bool) -> int:
    """Say which licences of a release or a tree do not go with an outbound licence. Ends with 1 if there are any."""
    import dataclasses

    from stackmark import terminal
    from stackmark.licenses import compatibility

    inbound, code = _inbound(path)
    findings = compatibility.lint(outbound, [one for one in inbound if one is not None])
    if as_json:
        rows = [dataclasses.asdict(one) | {"files": inbound[one.inbound]} for one in findings]
        show({"matrix": compatibility.version(), "findings": rows, "without_license": inbound.get(None, 0)})
    else:
        table = [(one.answer, one.inbound, inbound[one.inbound]) for one in findings]
        terminal.table(f"into {findings[0].outbound if findings else outbound}", ("", "inbound", "files"), table, 1)
        click.echo(
            f"From the OSADL matrix {compatibility.version()}; files without a licence: {inbound.get(None, 0):,}."
        )
    return 1 if any(one.answer == "no" for one in findings) else code


@command.command(epilog="Example: stackmark licenses add our-licences/")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@as_json
def add(folder: Path, as_json: bool) -> int:
    """Make the licence texts of DIR known, one a file, each named ID.txt after its SPDX id or LicenseRef-."""
    from stackmark import terminal
    from stackmark.licenses import added, corpus

    place = added.folder()
    try:
        ids = corpus.add(folder, place)
    except OSError as error:
        hint = "STACKMARK_LICENSES names another folder for added texts"
        raise StoreError(f"cannot add the texts to {place}: {error}", hint) from error
    except StackmarkError as error:  # what DIR holds is no texts
        raise UsageError(str(error), error.hint) from error
    if as_json:
        show({"ids": ids, "folder": str(place)})
    else:
        click.echo(f"Added to {terminal.safe(place)}: {', '.join(ids)}. The next use builds the index anew.")
    return 0


def _inbound(path: Path) -> tuple[dict[str | None, int], int]:
    """Return the expressions of a release or of a tree with their files, and the exit code of what was left out."""
    from collections import Counter

    if not ((path / "manifest.json").is_file() and (path / "data").is_dir()):
        tree, resolved = _resolve(path, None)
        return dict(Counter(one.expression for one in resolved.values())), _left_out(tree)
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: Counter[str | None] = Counter()
    for part in sorted((path / "data").glob("**/*.parquet")):
        try:
            found.update(pq.read_table(part, columns=["license_expression"])["license_expression"].to_pylist())
        except (OSError, KeyError, pa.ArrowException) as error:
            raise IntegrityError(f"cannot read {part}: {error}", "run `stackmark verify` on the release") from error
    return dict(found), 0


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}", "Check that you may read it.") from error


def _read(path: Path) -> tuple[Folder, dict[bytes, bytes]]:
    """Return a tree and its contents."""
    from stackmark import terminal
    from stackmark.licenses.folder import Folder

    with terminal.Watch() as watch, watch.step("reading files", "files") as tick:
        tree = Folder(path, tick)
        return tree, {name: tree[name] for name in tree}


def _resolve(path: Path, repository: str | None) -> tuple[Folder, Mapping[bytes, Resolution]]:
    from stackmark import terminal
    from stackmark.licenses import resolve
    from stackmark.licenses.folder import Folder

    with terminal.Watch() as watch, watch.step("finding licences", "files") as tick:
        tree = Folder(path, tick)
        return tree, resolve(tree, repository)


def _left_out(tree: Folder) -> int:
    """Say on stderr what could not be read. Returns the exit code."""
    from stackmark import terminal

    for name, why in sorted(tree.left_out.items()):
        click.echo(f"{terminal.safe(name.decode('utf-8', 'replace'))}: left out: {why}", err=True)
    return 1 if tree.left_out else 0


def _name(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")


def _row(path: bytes, resolution: Resolution) -> dict[str, Any]:
    import dataclasses
    import os

    row = dataclasses.asdict(resolution)
    for one in row["evidence"]:
        one["path"] = _name(os.fsencode(one["path"]))
    return {"path": _name(path), **row}


def _show_file(path: Path, found: Any, as_json: bool) -> None:
    import dataclasses

    from stackmark import terminal

    if as_json:
        show({"path": str(path), **dataclasses.asdict(found)})
        return
    click.echo(f"{terminal.safe(path)}: {found.expression or 'no licence found'} ({found.license_class})")
    for match in found.matches:
        where = f"lines {match.start} to {match.end}"
        click.echo(f"  {where}: {match.expression}, {match.score:.0%} of {terminal.safe(match.name)}")


def _show_tree(path: Path, resolved: Mapping[bytes, Resolution], every: bool) -> None:
    from collections import Counter

    from stackmark import terminal

    if every:
        rows = [
            (_name(name), one.expression or "", one.license_class, one.basis, "conflict" if one.conflict else "")
            for name, one in resolved.items()
        ]
        terminal.table(str(path), ("path", "licence", "class", "basis", ""), rows)
    sums = Counter((one.expression or "", one.license_class, one.basis) for one in resolved.values())
    ordered = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    terminal.table(str(path), ("licence", "class", "basis", "files"), [(*key, count) for key, count in ordered], 1)
    conflicts = [name for name, one in resolved.items() if one.conflict]
    if conflicts:
        shown = ", ".join(terminal.safe(_name(name)) for name in conflicts[:5])
        rest = plural(len(conflicts), "file rests", "files rest")
        click.echo(f"{rest} on statements that contradict each other, among them {shown}.")


def _document(version: str, path: Path, tree: Folder, resolved: Mapping[bytes, Resolution]) -> dict[str, Any]:
    import datetime
    import os

    import stackmark
    from stackmark.licenses import spdx_document

    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        now = datetime.datetime.now(datetime.UTC)
        moment = now if epoch is None else datetime.datetime.fromtimestamp(int(epoch), datetime.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH is no time: {epoch!r}", "seconds since 1970, e.g. 1764547200") from error
    described = []
    for name, one in resolved.items():
        described.append(spdx_document.describe(name.decode("utf-8", "surrogateescape"), tree[name], one))
    created = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return spdx_document.document(
        version, path.resolve().name, described, created, f"stackmark-{stackmark.__version__}"
    )
