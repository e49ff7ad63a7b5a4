"""A work directory with contents and their sketches, as a build leaves it, without a build."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from stackmark import text
from stackmark.dedup.facts_sketch import DETECTOR
from stackmark.schema import INSPECTED
from stackmark.store import ContentIndex, PackWriter, WorkDir, large_binary, write_table
from stackmark.swhid import content_id


def inspected(contents: Sequence[bytes]) -> pa.RecordBatch:
    """Give contents as detectors see them."""
    data = large_binary(contents)
    plain, encoding, _ = text.decode_batch(data)
    ids = pa.array([content_id(one) for one in contents], pa.binary())
    return pa.RecordBatch.from_arrays([ids, data, plain, encoding], schema=INSPECTED)


def add_pack(work: WorkDir, contents: Sequence[bytes]) -> Path:
    """Put contents into the store as one pack and write its sketches; give the file of these."""
    label = hashlib.sha256(b"".join(contents)).hexdigest()[:16]
    writer = PackWriter(work.incoming, label, ContentIndex.of(work))
    for one in contents:
        writer.add(content_id(one), one)
    writer.flush()
    work.adopt_packs(writer.names)
    batch = inspected(contents)
    facts = DETECTOR.inspect(batch)
    table = pa.table({"content_id": batch["content_id"], "sketch": facts["sketch"]})
    path = work.facts / "sketch-1" / f"{len(list(work.packs.glob('*'))):06d}-{label}.parquet"
    write_table(path, table)
    return path


def wanted(contents: Iterable[bytes], scopes: Iterable[str] | None = None) -> pa.Table:
    """Give contents as the candidates of a build, the first with the best rank."""
    ids = [content_id(one) for one in contents]
    names = list(scopes) if scopes else ["Python"] * len(ids)
    return pa.table(
        {
            "content_id": pa.array(ids, pa.binary()),
            "rank": pa.array(np.arange(len(ids)), pa.int64()),
            "scope": pa.array(names, pa.string()),
        }
    )
