"""Reads the Parquet tables of a release: a few columns at a time, never a whole table as Python objects.

What must look at all rows of a content at once (joins) goes through `slices`: ranges of content ids small
enough to hold, so that memory does not grow with the release.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from stackmark import schema
from stackmark.errors import IntegrityError
from stackmark.release.layout import PATTERNS

_HINT = "run `stackmark verify` on the release"

#: What the rows of each table look like.
SCHEMAS = {
    "data": schema.DATA,
    "ledger": schema.LEDGER,
    "provenance": schema.PROVENANCE,
    "origins": schema.RELEASE_ORIGINS,
    "audit": schema.AUDIT,
}

#: What every release has, even if nothing is kept and nothing was looked for.
ALWAYS = ("ledger", "provenance", "origins")

_BATCH_ROWS = 65_536
_CONTENT_ROWS = 256  # contents may have 10 MiB each
_SLICE_ROWS = 1_000_000


def paths(folder: Path, name: str) -> list[Path]:
    """Return the files of one table, in the order of their names."""
    return sorted(folder.glob(PATTERNS[name]))


def batches(
    folder: Path, name: str, columns: Sequence[str], where: ds.Expression | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield batches of `columns` of the table `name`, in file order, with the types of `stackmark.schema`.

    Raises IntegrityError for a file that cannot be read or holds text that is not UTF-8, and for a table that is
    missing though every release has it.
    """
    rows = _CONTENT_ROWS if "content" in columns else _BATCH_ROWS
    try:
        for batch in (
            _of_files(folder, name, columns, rows) if where is None else _scan(folder, name, columns, rows, where)
        ):
            batch.validate(full=True)
            if batch.num_rows:
                yield batch
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(name, error) from error


def table(folder: Path, name: str, columns: Sequence[str], where: ds.Expression | None = None) -> pa.Table:
    """Return `columns` of the rows of a table that satisfy `where`, which is pushed down into Parquet."""
    wanted = pa.schema([SCHEMAS[name].field(column) for column in columns])
    return pa.Table.from_batches(list(batches(folder, name, columns, where)), schema=wanted)


def count_rows(folder: Path, name: str) -> int:
    """Return the number of rows of table `name`, from the Parquet footers alone."""
    try:
        return int(_dataset(folder, name).count_rows())
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(name, error) from error


def holds(path: Path, content_id: str) -> bool:
    """Say whether one file of data/ has a row of this content."""
    try:
        found = ds.dataset(str(path), schema=schema.DATA, format="parquet")
        return bool(found.count_rows(filter=pc.field("content_id") == content_id))
    except (pa.ArrowException, OSError) as error:
        raise _unreadable("data", error) from error


def slices(rows: int) -> list[ds.Expression]:
    """Cut the space of content ids into ascending ranges that hold few enough of `rows` rows each.

    Ids are hashes and therefore spread evenly. Rows without a content id are in no range.
    """
    number = min(-(-rows // _SLICE_ROWS), 65_536) or 1
    bounds = ["", *(f"{i * 65_536 // number:04x}" for i in range(1, number)), "g"]
    field = pc.field("content_id")
    return [(field >= low) & (field < high) for low, high in itertools.pairwise(bounds)]


def footer(path: Path) -> pq.FileMetaData:
    """Return the footer of a Parquet file, which is parsed once while the file stays as it is."""
    stat = path.stat()
    return _footer(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)


@lru_cache(maxsize=512)
def _footer(path: Path, *_: int) -> pq.FileMetaData:
    return pq.read_metadata(path)


def _of_files(folder: Path, name: str, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
    """Read file by file, if all are as we write them: a scan of many small ones costs twice as much."""
    files = paths(folder, name)
    wanted = [SCHEMAS[name].field(column) for column in columns]
    schemas = [footer(path).schema.to_arrow_schema() for path in files]
    if not files or any(
        one.get_field_index(field.name) < 0 or one.field(field.name).type != field.type
        for one in schemas
        for field in wanted
    ):
        yield from _scan(folder, name, columns, rows)
        return
    for path in files:
        with pq.ParquetFile(path, metadata=footer(path)) as file:
            for batch in file.iter_batches(rows, columns=list(columns), use_threads=False):
                yield batch.select(list(columns))


def _scan(
    folder: Path, name: str, columns: Sequence[str], rows: int, where: ds.Expression | None = None
) -> Iterator[pa.RecordBatch]:
    scanner = _dataset(folder, name).scanner(
        columns=list(columns), filter=where, batch_size=rows, batch_readahead=2, fragment_readahead=1
    )
    yield from scanner.to_batches()


def _dataset(folder: Path, name: str) -> ds.Dataset:
    files = [str(path) for path in paths(folder, name)]
    if not files and name in ALWAYS:
        raise IntegrityError(f"the table {PATTERNS[name]} is missing", _HINT)
    return ds.dataset(files, schema=SCHEMAS[name], format="parquet") if files else ds.dataset([], SCHEMAS[name])


def _unreadable(name: str, error: Exception) -> IntegrityError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return IntegrityError(f"the table {name}/ cannot be read: {reason}", _HINT)
