"""Tables in and out: Arrow, pandas, Parquet. One row of the answer is one entity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stackmark.errors import SourceError, UsageError

#: `row` counts the rows of the input from 0; `start` and `end` are characters of the text, end exclusive.
ENTITIES = pa.schema(
    [
        ("row", pa.int64()),
        ("span", pa.large_string()),
        ("label", pa.string()),
        ("score", pa.float32()),
        ("start", pa.int64()),
        ("end", pa.int64()),
    ]
)
#: Texts that are read at a time.
ROWS = 1024


class Streaming(Protocol):
    """A model that predicts texts as they come."""

    config: Any

    @property
    def stream(self) -> Callable[..., Iterator[list[dict[str, Any]]]]:
        """Find the entities of each text."""
        ...


def predict_table(model: Streaming, table: Any, column: str = "text", keep: Sequence[str] = (), **options: Any) -> Any:
    """Find the entities of a column of texts: an Arrow table for an Arrow table, a data frame for a data frame.

    keep:    columns of the input that every entity of a row is given, e.g. its id
    options: for `stream`; with `return_embeddings` there is a column `embedding`, a fixed-size list

    The answer has the columns of `ENTITIES`. A missing text has no entities. Raises UsageError for a column that is
    missing or not text.
    """
    if isinstance(table, pa.RecordBatch):
        table = pa.Table.from_batches([table])
    if isinstance(table, pa.Table):
        parts = list(_parts(model, table.to_batches(ROWS), table.schema, column, keep, options))
        return pa.concat_tables(parts, promote_options="permissive")
    if not hasattr(table, "to_dict") or not hasattr(table, "columns"):
        raise UsageError(f"cannot read texts from a {type(table).__name__}", "give an Arrow table or a data frame")
    arrow = pa.Table.from_pandas(table[_known([column, *keep], list(table.columns))], preserve_index=False)
    return predict_table(model, arrow, column, keep, **options).to_pandas()


def predict_parquet(
    model: Streaming,
    source: str | Path,
    target: str | Path,
    column: str = "text",
    keep: Sequence[str] = (),
    watch: Callable[[int, int], object] | None = None,
    **options: Any,
) -> int:
    """Find the entities of a Parquet file and write them to another; memory does not grow with its length.

    Gives the number of entities. The target appears when it is complete. Raises SourceError for a file that cannot be
    read, UsageError as `predict_table` does.
    """
    try:
        file = pq.ParquetFile(source)
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceError(f"cannot read {source}: {error}", "give a whole Parquet file") from error
    total = file.metadata.num_rows
    target = Path(target)
    partial = target.with_name(f".{target.name}.partial")
    columns = _known(list(dict.fromkeys([column, *keep])), file.schema_arrow.names)
    batches = file.iter_batches(ROWS, columns=columns)
    schema = pa.schema([file.schema_arrow.field(name) for name in columns])
    count = 0
    parts = _parts(model, batches, schema, column, keep, options, watch, total)
    first = next(parts)
    try:
        with pq.ParquetWriter(partial, first.schema, compression="zstd") as writer:
            for part in chain([first], parts):
                writer.write_table(part.cast(first.schema))
                count += len(part)
        partial.replace(target)
    except OSError as error:
        raise SourceError(
            f"cannot read {source} or write {target}: {error}", "check both places, and the room on the disk"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return count


def _known(names: list[str], columns: Sequence[str]) -> list[str]:
    for name in names:
        if name not in columns:
            raise UsageError(f"no column {name!r}", f"there are: {', '.join(map(str, columns))}")
    return names


def _parts(
    model: Streaming,
    batches: Iterator[pa.RecordBatch] | Sequence[pa.RecordBatch],
    schema: pa.Schema,
    column: str,
    keep: Sequence[str],
    options: dict[str, Any],
    watch: Callable[[int, int], object] | None = None,
    total: int = 0,
) -> Iterator[pa.Table]:
    """Give the entities of each batch, after an empty table that has the columns of the answer."""
    _known([column, *keep], schema.names)
    kind = schema.field(column).type
    if not any(test(kind) for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_null)):
        raise UsageError(f"the column {column!r} is of type {kind}, not text", "name the column that has the texts")
    wanted = [name for name in keep if name not in ENTITIES.names]
    kept = pa.schema([schema.field(name) for name in wanted])
    width = _width(model, options)
    yield _table([], pa.RecordBatch.from_pylist([], kept), 0, width)
    done = 0
    for batch in batches:
        texts = [text or "" for text in batch.column(column).to_pylist()]
        found = list(model.stream(texts, **options))
        yield _table(found, batch.select(wanted), done, width)
        done += len(texts)
        if watch is not None:
            watch(len(texts), total)


def _width(model: Streaming, options: dict[str, Any]) -> int:
    """Give how many numbers an embedding has, 0 if none is asked for."""
    asked = options.get("return_embeddings", False)
    if not asked:
        return 0
    encoder = model.config.encoder
    return int(encoder.get("hidden_size") or encoder.get("dim") or 0) * (2 if asked == "markers" else 1)


def _table(found: Sequence[list[dict[str, Any]]], kept: pa.RecordBatch, first: int, width: int) -> pa.Table:
    """Lay out the entities of consecutive rows; `kept` has those rows."""
    entities = [entity for each in found for entity in each]
    owners = np.repeat(np.arange(len(found)), [len(each) for each in found])
    columns = {
        "row": pa.array(owners + first, pa.int64()),
        "span": pa.array([one["span"] for one in entities], pa.large_string()),
        "label": pa.array([one["label"] for one in entities], pa.string()),
        "score": pa.array([one["score"] for one in entities], pa.float32()),
        "start": pa.array([one["char_start_index"] for one in entities], pa.int64()),
        "end": pa.array([one["char_end_index"] for one in entities], pa.int64()),
    }
    for name in kept.schema.names:
        columns[name] = kept.column(name).take(pa.array(owners, pa.int64()))
    if width:
        vectors = np.concatenate([np.empty(0, np.float32), *(one["embedding"].astype(np.float32) for one in entities)])
        columns["embedding"] = pa.FixedSizeListArray.from_arrays(pa.array(vectors, pa.float32()), width)
    return pa.table(columns)
