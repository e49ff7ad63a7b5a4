"""Texts to compare, from files, folders, Parquet and JSON Lines, each with the name of its place."""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
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
ENDINGS = ", ".join((*TABLES, *LINES))


class Documents(NamedTuple):
    """Texts and their names, what could not be read, in words, and how many files of folders are no text."""

    names: list[str]
    contents: pa.LargeBinaryArray
    scopes: pa.StringArray | None
    problems: list[str]
    binary: int


def read(places: Sequence[Path], column: str | None = None, within: str | None = None) -> Documents:
    """Read all texts of some files and folders, each once; a folder is walked, a table read row by row.

    column: where a table has its text; one of TEXT_NAMES by default
    within: a column to read besides

    Raises UsageError for a table without such a column and for a column where no table is, SourceError for a place
    that cannot be read at all. A row or a file in a folder that cannot be read is a problem, and the rest goes on; one
    that is no text is only counted.
    """
    names: list[str] = []
    parts: list[pa.Array] = []
    scopes: list[pa.Array] = []
    problems: list[str] = []
    binary: list[Path] = []
    if (column or within) and not any(path.name.endswith((*TABLES, *LINES)) for path in places):
        raise UsageError(f"there is no table to have a column {column or within!r}", f"Tables end with {ENDINGS}.")
    for path in places:
        table = read_place(path, column, within, problems, binary)
        names += table["name"].to_pylist()
        parts.append(as_binary(table["content"]))
        scopes.append(table["scope"].combine_chunks().cast(pa.string()))
    contents = pa.concat_arrays(parts) if parts else pa.array([], pa.large_binary())
    scope = pa.concat_arrays(scopes) if within and scopes else None
    first = {name: number for number, name in reversed(list(enumerate(names)))}
    if len(first) < len(names):  # places overlap
        rows = pa.array(sorted(first.values()), pa.int64())
        names, contents = list(dict.fromkeys(names)), contents.take(rows)
        scope = None if scope is None else scope.take(rows)
    return Documents(names, contents, scope, problems, len(set(binary)))


def read_place(path: Path, column: str | None, within: str | None, problems: list[str], binary: list[Path]) -> pa.Table:
    """Read one place as a table of name, content and scope."""
    try:
        if path.name.endswith(TABLES):
            schema = pq.read_schema(path)
            text = text_column(schema, path, column, within)
            table = pq.read_table(path, columns=[one for one in schema.names if one in {text, within, *PATH_NAMES}])
            return pick(table, range(table.num_rows), path, text, within)
        if path.name.endswith(LINES):
            rows = dict(json_rows(path, (column,) if column else TEXT_NAMES, problems))
            table = json_table(rows.values())
            text = text_column(table.schema, path, column, within) if rows else ""
            return pick(table, rows, path, text, within) if rows else plain([], [])
        return loose_files(path, problems, binary)
    except (OSError, EOFError, pa.ArrowException) as error:
        raise SourceError(f"cannot read {path}: {error}", "check its name, and that it is whole") from error


def text_column(schema: pa.Schema, path: Path, column: str | None, within: str | None) -> str:
    """Return the column of a table that has its texts. Raises UsageError if it, or `within`, is not there."""
    hint = f"It has: {', '.join(schema.names) or 'no columns'}."
    text = next((name for name in ([column] if column else TEXT_NAMES) if name in schema.names), None)
    if text is None or not is_text(schema.field(text).type):
        raise UsageError(
            f"{path} has no column {column or 'of texts'} with text or bytes", f"{hint} Name one with --column."
        )
    if within and within not in schema.names:
        raise UsageError(f"{path} has no column {within!r}", hint)
    return text


def pick(table: pa.Table, numbers: Iterable[int], path: Path, text: str, within: str | None) -> pa.Table:
    """Return name, content and scope of the numbered rows of a table."""
    place = next((name for name in PATH_NAMES if name in table.column_names and name != text), None)
    labels = table[place].to_pylist() if place else [None] * table.num_rows
    pairs = zip(numbers, labels, strict=True)
    names = [f"{path}#{number}" if label is None else f"{path}#{number} {label}" for number, label in pairs]
    scope = table[within].cast(pa.string()) if within else pa.nulls(table.num_rows, pa.string())
    return pa.table({"name": pa.array(names, pa.string()), "content": table[text], "scope": scope})


def json_table(rows: Collection[dict[str, str]]) -> pa.Table:
    """Return rows as a table of every key that one of them has."""
    keys = sorted({key for row in rows for key in row})
    return pa.table({key: pa.array([row.get(key) for row in rows], pa.string()) for key in keys})


def json_rows(path: Path, texts: Sequence[str], problems: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the objects of a JSON Lines file by the number of their line, from 0: strings, and numbers.

    texts: keys of which only strings count
    """
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for number, line in enumerate(lines):
            try:
                row = json.loads(line) if line.strip() else None
            except (ValueError, RecursionError) as error:
                problems.append(f"{path}:{number + 1}: {error}")
                continue
            if isinstance(row, dict):
                told = {
                    key: value
                    for key, value in row.items()
                    if type(value) is str or (key not in texts and type(value) in (int, float, bool))
                }
                yield number, {clean(key): clean(str(value)) for key, value in told.items()}
            elif row is not None:
                problems.append(f"{path}:{number + 1}: not an object")


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
    return plain(names, contents)


def plain(names: Sequence[str], contents: Sequence[bytes]) -> pa.Table:
    """Return texts that no column divides as a table of name, content and scope."""
    columns = {"name": pa.array(names, pa.string()), "content": pa.array(contents, pa.large_binary())}
    return pa.table({**columns, "scope": pa.nulls(len(names), pa.string())})
