"""Contents to scan, from files, folders, standard input and Parquet, each with the name of its place."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stackmark import folders
from stackmark.errors import SourceError, UsageError

STDIN = "-"
TABLE = ".parquet"
TEXT_NAMES = ("content", "text", "code", "data", "body")
BATCH_ROWS = 1024


@dataclass(frozen=True)
class Document:
    """A content under a name; `path` is the file it is, None where it is part of something else."""

    name: str
    content: bytes
    path: Path | None = None


def read(places: Sequence[str], problems: list[str], column: str | None = None) -> Iterator[Document]:
    """Yield the contents of files, folders, Parquet files (row by row) and "-", in the order given.

    Raises SourceError for a place that cannot be read at all, UsageError for a table without a column of texts. What
    cannot be read inside a folder becomes a line in `problems`, and the rest goes on.
    """
    for place in places:
        if place == STDIN:
            if sys.stdin is None:
                raise UsageError("standard input is closed", "Give a file, or the text by a pipe.")
            yield Document("<stdin>", sys.stdin.buffer.read())
        elif place.endswith(TABLE):
            yield from rows(Path(place), column)
        elif Path(place).is_dir():
            yield from below(Path(place), problems)
        else:
            try:
                yield Document(place, Path(place).read_bytes(), Path(place))
            except OSError as error:
                raise SourceError(f"cannot read {place}: {error.strerror}") from error


def below(folder: Path, problems: list[str]) -> Iterator[Document]:
    """Yield the regular files below a folder, in the order of their paths; links are not followed."""
    for name in folders.walk(folder):
        path = folders.below(folder, name)
        try:
            yield Document(str(path), folders.read(path), path)
        except OSError as error:
            problems.append(f"{path}: {error.strerror}")


def text_column(file: pq.ParquetFile, path: Path, column: str | None) -> str:
    """Return the name of the column with texts. Raises UsageError if there is none."""
    schema = file.schema_arrow
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    for name in [column] if column else TEXT_NAMES:
        if name in schema.names and any(is_kind(schema.field(name).type) for is_kind in kinds):
            return name
    hint = f"It has: {', '.join(schema.names)}. Name one with --column."
    raise UsageError(f"{path} has no column {column or 'of texts'} with text or bytes", hint)


def rows(path: Path, column: str | None) -> Iterator[Document]:
    """Yield the texts of a Parquet file; null ones are left out."""
    try:
        with pq.ParquetFile(path) as file:
            name = text_column(file, path, column)
            number = 0
            for batch in file.iter_batches(BATCH_ROWS, columns=[name]):
                for content in batch.column(0).cast(pa.large_binary()).to_pylist():
                    if content is not None:
                        yield Document(f"{path}#{number}", content)
                    number += 1
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"cannot read {path}: {error}") from error


def rewrite_rows(path: Path, target: Path, column: str | None, redacted: Iterator[bytes]) -> None:
    """Write a Parquet file again with other texts, one for each row of it that is not null."""
    with pq.ParquetFile(path) as file:
        name = text_column(file, path, column)
        with pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer:
            for batch in file.iter_batches(BATCH_ROWS):
                place = batch.schema.get_field_index(name)
                old = batch.column(place)
                values = [None if not one.is_valid else next(redacted) for one in old]
                column_after = pa.array(values, pa.large_binary()).cast(old.type)
                writer.write_batch(batch.set_column(place, file.schema_arrow.field(name), column_after))
