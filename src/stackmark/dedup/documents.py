"""Texts to compare, from files, folders, Parquet and JSON Lines, each with the name of its place."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from stackmark import folders
from stackmark.dedup.columns import as_binary, is_text
from stackmark.errors import SourceError, UsageError
from stackmark.text import is_binary

#: What the column with the text is called, in this dataset and in others; the first that is there counts.
TEXT_NAMES = ("content", "text", "code", "data", "body")
PATH_NAMES = ("path", "file_path", "filename", "max_stars_repo_path", "id")
TABLES = (".parquet",)
LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


class Documents(NamedTuple):
    """Texts and their names, what could not be read, in words, and how many files of folders are no text."""

    names: list[str]
    contents: pa.LargeBinaryArray
    scopes: pa.StringArray | None
    problems: list[str]
    binary: int


def read(places: Sequence[Path], column: str | None = None, within: str | None = None) -> Documents:
    """Read all texts of some files and folders; a folder is walked, a Parquet or JSON Lines file read row by row.

    column: where a table has its text; one of TEXT_NAMES by default
    within: a column to read besides

    Raises UsageError for a table without such a column, SourceError for a place that cannot be read at all. A row or
    a file in a folder that cannot be read is a problem, and the rest goes on; one that is no text is only counted.
    """
    names: list[str] = []
    parts: list[pa.Array] = []
    scopes: list[pa.Array] = []
    problems: list[str] = []
    binary: list[Path] = []
    for path in places:
        table = read_place(path, column, within, problems, binary)
        names += table["name"].to_pylist()
        parts.append(as_binary(table["content"]))
        scopes.append(table["scope"].combine_chunks().cast(pa.string()))
    contents = pa.concat_arrays(parts) if parts else pa.array([], pa.large_binary())
    return Documents(names, contents, pa.concat_arrays(scopes) if within and scopes else None, problems, len(binary))


def read_place(path: Path, column: str | None, within: str | None, problems: list[str], binary: list[Path]) -> pa.Table:
    """Read one place as a table of name, content and scope."""
    try:
        if path.name.endswith(TABLES):
            return pick(pq.read_table(path, columns=wanted(pq.read_schema(path), column, within)), path, column, within)
        if path.name.endswith(LINES):
            return pick(pa.Table.from_pylist(list(json_rows(path, problems))), path, column, within)
        return loose_files(path, problems, binary)
    except (OSError, EOFError, pa.ArrowException) as error:
        raise SourceError(f"cannot read {path}: {error}") from error


def wanted(schema: pa.Schema, column: str | None, within: str | None) -> list[str]:
    """Return the columns of a table that matter."""
    return [name for name in schema.names if name in {*TEXT_NAMES, *PATH_NAMES, column, within}]


def pick(table: pa.Table, path: Path, column: str | None, within: str | None) -> pa.Table:
    """Return name, content and scope of the rows of a table. Raises UsageError if a column is not there."""
    text = [name for name in ([column] if column else TEXT_NAMES) if name in table.column_names]
    if not text or not is_text(table[text[0]].type):
        hint = f"It has: {', '.join(table.column_names) or 'no columns'}. Name one with --column."
        raise UsageError(f"{path} has no column {column or 'of texts'} with text or bytes", hint)
    if within and within not in table.column_names:
        raise UsageError(f"{path} has no column {within!r}")
    place = next((name for name in PATH_NAMES if name in table.column_names and name != text[0]), None)
    numbers = range(table.num_rows)
    labels = table[place].to_pylist() if place else [None] * table.num_rows
    pairs = zip(numbers, labels, strict=True)
    names = [f"{path}#{number}" if label is None else f"{path}#{number} {label}" for number, label in pairs]
    scope = table[within].cast(pa.string()) if within else pa.nulls(table.num_rows, pa.string())
    return pa.table({"name": pa.array(names, pa.string()), "content": table[text[0]], "scope": scope})


def json_rows(path: Path, problems: list[str]) -> Iterator[dict[str, object]]:
    """Yield the objects of a JSON Lines file, with the strings among their values."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line) if line.strip() else None
            except (ValueError, RecursionError) as error:
                problems.append(f"{path}:{number}: {error}")
                continue
            if isinstance(row, dict):
                yield {key: clean(value) for key, value in row.items() if isinstance(value, str)}
            elif row is not None:
                problems.append(f"{path}:{number}: not an object")


def clean(value: str) -> str:
    """Return a string that can be written as UTF-8: lone surrogates, which JSON allows, are replaced."""
    return value.encode("utf-8", "replace").decode()


def loose_files(path: Path, problems: list[str], binary: list[Path]) -> pa.Table:
    """Read a file, or all files below a folder that are text, in the order of their paths."""
    found = [folders.below(path, name) for name in folders.walk(path)] if path.is_dir() else [path]
    names, contents = [], []
    for one in found:
        try:
            content = folders.read(one)
        except OSError as error:
            if one is path:
                raise
            problems.append(f"{one}: {error.strerror}")
            continue
        if one is not path and is_binary(content):
            binary.append(one)
            continue
        contents.append(content)
        names.append(clean(str(one)))
    columns = {"name": pa.array(names, pa.string()), "content": pa.array(contents, pa.large_binary())}
    return pa.table({**columns, "scope": pa.nulls(len(names), pa.string())})
