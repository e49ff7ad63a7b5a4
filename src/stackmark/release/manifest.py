"""What a release says of itself: who made it from what, how much it holds, every file with its checksum."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stackmark.errors import IntegrityError

FORMAT = "stackmark-release/1"
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class BuildInfo:
    """What the build knows and the tables do not. All of it is published: no machine paths, no clock."""

    name: str
    version: str  # MAJOR.MINOR.PATCH
    as_of: str | None
    recipe: Mapping[str, Any]  # canonical and JSON-able
    recipe_digest: str
    stackmark_version: str
    detectors: Mapping[str, str] = field(default_factory=dict)  # name to version
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # room to name and digest
    tools: Mapping[str, str] = field(default_factory=dict)  # libraries that shape bytes, to version
    sources: Sequence[Mapping[str, Any]] = ()
    not_done: tuple[str, ...] = ()  # what a reader might expect and this release does not do
    measured: Mapping[str, Any] = field(default_factory=dict)  # of the build, by room; the tables do not say it


@dataclass(frozen=True)
class Notice:
    """A licence or notice file that kept files rest on; `path` is relative to the origin's root."""

    origin_url: str
    path: str
    expression: str | None
    text: str


def head(
    info: BuildInfo,
    counts: Mapping[str, Any],
    configs: Sequence[Mapping[str, Any]],
    schema: Mapping[str, Mapping[str, str]],
    parent: Mapping[str, str] | None,
) -> dict[str, Any]:
    """Return the manifest without its list of files: all that the documents of a release are written from."""
    return {
        "format": FORMAT,
        **json.loads(canonical(asdict(info))),
        "parent": dict(parent) if parent else None,
        "schema": {name: dict(columns) for name, columns in schema.items()},
        "configs": [dict(config) for config in configs],
        "counts": dict(counts),
    }


def canonical(value: object) -> bytes:
    """Return the one JSON text of a value: sorted keys, ASCII, two blanks of indent, a final line end."""
    return (json.dumps(value, sort_keys=True, indent=2, allow_nan=False) + "\n").encode("ascii")


def walk(folder: Path) -> tuple[list[str], list[str]]:
    """Return the regular files below a folder and everything else there, as relative paths with `/`, sorted.

    Else are symbolic links (never followed), sockets, and names that SHA256SUMS cannot hold.
    """
    files: list[str] = []
    odd: list[str] = []
    pending = [""]
    while pending:
        here = pending.pop()
        with os.scandir(folder / here) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            path = f"{here}{entry.name}"
            if entry.is_dir(follow_symlinks=False) and _plain(entry.name):
                pending.append(f"{path}/")
            else:
                (files if entry.is_file(follow_symlinks=False) and _plain(entry.name) else odd).append(path)
    return sorted(files), sorted(odd)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hex, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of bytes in hex."""
    return hashlib.sha256(data).hexdigest()


def describe(folder: Path, path: str, known_sha256: str | None = None) -> dict[str, Any]:
    """Return path, size, SHA-256 and, for Parquet, the number of rows of one file of a release."""
    entry: dict[str, Any] = {
        "path": path,
        "size": (folder / path).stat().st_size,
        "sha256": known_sha256 or sha256(folder / path),
    }
    if path.endswith(".parquet"):
        entry["rows"] = parquet_rows(folder / path)
    return entry


def parquet_rows(path: Path) -> int:
    """Return the number of rows in a Parquet file's footer; IntegrityError if it has no sound one."""
    import pyarrow as pa

    from stackmark.release import tables

    try:
        return int(tables.footer(path).num_rows)
    except (pa.ArrowException, OSError) as error:
        raise IntegrityError(f"{path.name} is not readable Parquet", "restore the release from a good copy") from error


def listed(folder: Path) -> list[str]:
    """Return the files that the manifest of a folder must list, sorted; IntegrityError if there is anything odd."""
    files, odd = walk(folder)
    if odd:
        raise IntegrityError(f"a release holds plain files only, but there is {odd[0]!r}", "take it out of the folder")
    return [path for path in files if path not in (MANIFEST, SUMS)]


def write(folder: Path, manifest_head: Mapping[str, Any], known: Sequence[Mapping[str, Any]] = ()) -> None:
    """Write manifest.json and SHA256SUMS over all that lies in the folder; nothing may follow them.

    known: what is to be listed of some of the files, which are not read again
    """
    told = {entry["path"]: entry for entry in known}
    files = [told.get(path) or describe(folder, path) for path in listed(folder)]
    (folder / MANIFEST).write_bytes(canonical({**manifest_head, "files": files}))
    sums = {entry["path"]: entry["sha256"] for entry in files} | {MANIFEST: sha256(folder / MANIFEST)}
    (folder / SUMS).write_bytes(format_sums(sums))


def format_sums(sums: Mapping[str, str]) -> bytes:
    """Return the text of SHA256SUMS as `sha256sum -c` reads it, sorted by path."""
    return "".join(f"{sums[path]}  {path}\n" for path in sorted(sums)).encode()


def parse_sums(data: bytes) -> dict[str, str]:
    """Return path to SHA-256; ValueError unless the bytes are exactly what `format_sums` writes."""
    lines = data.decode("utf-8").split("\n")[:-1]
    sums = {line[66:]: line[:64] for line in lines}
    if format_sums(sums) != data or not all(_is_sum(line) for line in lines):
        raise ValueError("it is not a sorted list of 64 hex digits, two blanks and a path")
    return sums


def digest(folder: Path) -> str:
    """Return the SHA-256 of SHA256SUMS, which names the release; IntegrityError if it cannot be read."""
    try:
        return sha256(folder / SUMS)
    except OSError as error:
        raise IntegrityError(f"{SUMS} cannot be read", "restore the release from a good copy") from error


def load(folder: Path) -> dict[str, Any]:
    """Return manifest.json; IntegrityError if it is not one that `write` made."""
    try:
        data = (folder / MANIFEST).read_bytes()
        value = json.loads(data)
    except (OSError, ValueError, RecursionError) as error:
        raise IntegrityError(f"{MANIFEST} cannot be read", "restore the release from a good copy") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise IntegrityError(f"{MANIFEST} is not of the format {FORMAT}", "another version may have written it")
    if canonical(value) != data:
        raise IntegrityError(
            f"{MANIFEST} was edited: it is not in the form in which releases are written",
            "restore the release from a good copy",
        )
    return value


def _is_sum(line: str) -> bool:
    return len(line) > 66 and line[64:66] == "  " and all(c in "0123456789abcdef" for c in line[:64])


def _plain(name: str) -> bool:
    return name.isprintable() and "\\" not in name
