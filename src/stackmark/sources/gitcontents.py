"""Reading blobs out of a repository into Arrow, hashed and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stackmark import schema
from stackmark.sources import Limits
from stackmark.sources.gitobjects import (
    PIPE_BYTES,
    Answer,
    ObjectReader,
    answer_lengths,
    read_chunks,
    read_headers,
)
from stackmark.sources.gitpacks import pack_order, read_loose

#: As much as the pipe holds: git fills it again while this chunk is hashed.
_CHUNK = PIPE_BYTES
_ROWS = 16_384
#: A row of schema.CONTENTS.
_Content: TypeAlias = tuple[bytes, bytes | None, bytes | None, int | None, str, str | None, bytes | None]
_DETAILS = {
    "missing": "the repository does not hold this object",
    "corrupt": "the object is damaged: its bytes are not those that its id stands for",
    "too_large": "the content is larger than allowed",
    "timeout": "git did not deliver the object in time",
}
sha1 = partial(hashlib.sha1, usedforsecurity=False)


def content_batches(git_dir: Path | None, wanted: Sequence[bytes], limits: Limits) -> Iterator[pa.RecordBatch]:
    """Yield rows of `schema.CONTENTS`, one for each of the unique ids `wanted`.

    Without a `git_dir` all are missing. Blobs are read in bulk, in the order in which they lie on disk; a
    stretch in which something is wrong is read again one by one.
    """
    if git_dir is None:
        yield from _batches((_lost(id_, "missing") for id_ in wanted), limits)
        return
    packed, loose = pack_order(git_dir / "objects" / "pack", wanted)
    refused, single, ids, sizes = [], [], [], []
    for number, header in enumerate(read_headers(git_dir, packed + loose)):
        id_ = packed[number] if number < len(packed) else loose[number - len(packed)]
        if header and header[0] != b"blob":
            refused.append(_lost(id_, "corrupt", header[1]))
        elif header and header[1] > limits.max_content:
            refused.append(_lost(id_, "too_large", header[1]))
        elif header and number < len(packed):
            ids.append(id_)
            sizes.append(header[1])
        else:
            single.append(id_)
    yield from _batches(refused, limits)
    done = 0
    lengths = np.array(sizes, np.int64)
    while done < len(ids):
        begin = done
        for chunk in read_chunks(git_dir, ids[begin:], lengths[begin:], min(limits.batch_bytes, _CHUNK)):
            some = slice(begin + chunk.first, begin + chunk.last)
            batch = _verified(ids[some], lengths[some], chunk.raw) if chunk.raw is not None else None
            done = some.stop
            if batch is None:
                yield from _read_with_care(git_dir, ids[some], limits)
                break
            yield batch
    yield from _read_with_care(git_dir, single, limits)


def _verified(ids: Sequence[bytes], lengths: NDArray[np.int64], raw: NDArray[np.uint8]) -> pa.RecordBatch | None:
    """Turn git's answers for blobs into a batch; None unless each hashes to the id that was asked for."""
    ends = np.cumsum(answer_lengths(lengths)) - 1
    starts = ends - lengths
    # git hashes "blob <size>", a NUL and the bytes; it prints the same with a line feed in place of the NUL.
    raw[starts - 1] = 0
    view = raw.data
    hashed = [view[first:last] for first, last in zip(_type_starts(ends), ends.tolist(), strict=True)]
    if b"".join([sha1(each).digest() for each in hashed]) != b"".join(ids):
        return None
    data = [view[first:last] for first, last in zip(starts.tolist(), ends.tolist(), strict=True)]
    count = len(ids)
    columns = [
        _binary(b"".join(ids), np.full(count, 20), pa.binary()),
        _binary(b"".join([sha1(each).digest() for each in data]), np.full(count, 20), pa.binary()),
        _binary(b"".join([sha256(each).digest() for each in data]), np.full(count, 32), pa.binary()),
        pa.array(lengths),
        pa.repeat("ok", count),
        pa.nulls(count, pa.string()),
        _binary(b"".join(data), lengths, pa.large_binary()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema.CONTENTS)


def _type_starts(ends: NDArray[np.int64]) -> list[int]:
    return [41, *(ends[:-1] + 42).tolist()]


def _binary(data: bytes, lengths: NDArray[np.int64], kind: pa.DataType) -> pa.Array:
    """Build an Arrow array of byte strings that lie one after another in `data`."""
    offsets = np.zeros(len(lengths) + 1, np.int64 if pa.types.is_large_binary(kind) else np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.Array.from_buffers(kind, len(lengths), [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def _read_with_care(git_dir: Path, ids: Sequence[bytes], limits: Limits) -> Iterator[pa.RecordBatch]:
    with ObjectReader(git_dir, limits.max_content) as reader:
        answers = (read_loose(git_dir, id_, limits.max_content) or next(reader.read([id_])) for id_ in ids)
        yield from _batches((_content(answer) for answer in answers), limits)


def _content(answer: Answer) -> _Content:
    data = answer.data
    if data is None or answer.type != b"blob":
        return _lost(answer.id, answer.status if data is None else "corrupt")
    return (answer.id, sha1(data).digest(), sha256(data).digest(), len(data), "ok", None, data)


def _lost(id_: bytes, status: str, length: int | None = None) -> _Content:
    return (id_, None, None, length, status, _DETAILS[status], None)


def _batches(rows: Iterable[_Content], limits: Limits) -> Iterator[pa.RecordBatch]:
    batch: list[_Content] = []
    size = 0
    for row in rows:
        length = len(row[-1] or b"")
        if batch and (size + length > limits.batch_bytes or len(batch) == _ROWS):
            yield _batch(batch)
            batch, size = [], 0
        batch.append(row)
        size += length
    if batch:
        yield _batch(batch)


def _batch(rows: Sequence[_Content]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema.CONTENTS, strict=True)],
        schema=schema.CONTENTS,
    )
