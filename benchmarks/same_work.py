"""Reading, text filters, exact duplicates and Parquet alone, through the library: the work that the peer does.

    python benchmarks/same_work.py ARCHIVES OUTPUT

No store, no licences, no ledger, no provenance, no checksums over the release, nothing that a crash could resume. It
says what a build's further work costs; benchmarks/build.py prints it beside the whole build and the peer.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stackmark import engine, schema, text
from stackmark.facts import Detector, always
from stackmark.languages import facts_language
from stackmark.quality import facts_encoded, facts_html, facts_text
from stackmark.quality.profile import Profile
from stackmark.sources import Limits, Origin, archive_reading
from stackmark.store import large_binary

BATCH_BYTES = 16_000_000
ASKED = pa.schema([*schema.INSPECTED, ("path", pa.binary())])
DETECTORS = (facts_text.DETECTOR, facts_encoded.DETECTOR, facts_html.DETECTOR, facts_language.DETECTOR)

Row = tuple[bytes, bytes, bytes]  # content id, path, bytes


def contents(folder: Path) -> Iterator[Row]:
    """Yield every content once, under the first path that it has."""
    seen: set[bytes] = set()
    for archive in sorted(folder.glob("*.tar.gz")):
        origin = Origin(url=archive.name, kind="archive", locator=str(archive))
        held: dict[bytes, bytes] = {}
        for batch in archive_reading.entries(origin, Limits(), held.__setitem__):
            files = batch.filter(pc.equal(batch["kind"], "file"))
            for content_id, path in zip(files["content_id"].to_pylist(), files["path"].to_pylist(), strict=True):
                if content_id in held and content_id not in seen:
                    seen.add(content_id)
                    yield content_id, path, held[content_id]


def batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Gather rows into batches of some bytes."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row[2])
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def answers(detector: Detector, asked: pa.RecordBatch) -> pa.RecordBatch:
    """Ask a detector about the rows whose paths it wants, as a build does; the others get nulls."""
    if detector.wants is always:
        return detector.inspect(asked)
    wanted = np.array([detector.wants(path) for path in asked["path"].to_pylist()], bool)
    places = pa.array(np.cumsum(wanted) - 1, mask=~wanted)
    return detector.inspect(asked.filter(pa.array(wanted))).take(places)


def kept(rows: Sequence[Row], profile: Profile) -> pa.Table:
    """Return path and text of the rows that pass the profile."""
    data = large_binary([row[2] for row in rows])
    plain, encoding, _ = text.decode_batch(data)
    ids, paths = pa.array([row[0] for row in rows], pa.binary()), pa.array([row[1] for row in rows], pa.binary())
    asked = pa.RecordBatch.from_arrays([ids, data, plain, encoding, paths], schema=ASKED)
    facts = pa.table({"path": paths, "length": pa.array([len(row[2]) for row in rows], pa.int64())})
    for detector in DETECTORS:
        answer = answers(detector, asked)
        for name in answer.schema.names:
            facts = facts.append_column(name, answer[name])
    rule, _ = profile.judge(facts)
    good = pc.and_(pc.is_null(rule), pc.is_valid(plain))
    table = pa.table({"path": paths, "text": plain.cast(pa.large_string()), "language": facts["language"]})
    return table.filter(good)


def main() -> None:
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    engine.collect_seldom()  # as a build does
    target.mkdir(parents=True, exist_ok=True)
    profile = Profile.load("the-stack-v2")
    columns = pa.schema([("path", pa.binary()), ("text", pa.large_string()), ("language", pa.string())])
    total = 0
    packing: dict[str, Any] = {"compression": "zstd", "compression_level": 3, "use_dictionary": ["language"]}
    with pq.ParquetWriter(target / "kept.parquet", columns, **packing) as writer:
        for rows in batches(contents(source)):
            table = kept(rows, profile)
            total += table.num_rows
            writer.write_table(table.cast(columns))
    print(json.dumps({"kept": total}))
    gc.freeze()  # as every command does


if __name__ == "__main__":
    main()
