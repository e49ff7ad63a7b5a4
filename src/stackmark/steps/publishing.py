"""write: decided entries to the tables of a release, and to the figures and texts that its documents show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stackmark import languages, schema, text
from stackmark.engine import Engine
from stackmark.errors import IntegrityError
from stackmark.licenses import attribution
from stackmark.optout import Registry
from stackmark.release import rows, survey, swhids, write
from stackmark.release.layout import SWHIDS
from stackmark.release.manifest import Notice
from stackmark.steps import grouping, redacting
from stackmark.steps.listing import ENTRY_BITS
from stackmark.steps.releasing import SURVEY, files, whole
from stackmark.store import ContentIndex, read_tables, write_table
from stackmark.workdir import Stage, WorkDir, atomic, digest, remove

VERSION = "5"
#: Statements that go with the files that they declare a licence for, and what Apache's licence asks to be passed on.
DECLARED = ("side-file", "reuse", "dep5")
_NOTICE_FILE = r"(?i)(?:^|/)NOTICE(?:\.(?:txt|md|rst))?$"
NOTICE_BYTES = 1024 * 1024  # a licence file longer than this is named, not copied


def decided_files(decided: Stage) -> list[Path]:
    """Return the files of the last decision step, in the order of their content ids."""
    return sorted(decided.folder.glob("*.parquet"))


def recheck(entries: pa.Table, origins: pa.Table, registry: Registry) -> None:
    """Apply the opt-out list once more to what is about to be written. Raises IntegrityError if anything would slip."""
    forbidden = registry.forbidden(origins)
    named = forbidden.take(pa.array(entries["entry_no"].to_numpy() >> ENTRY_BITS))
    contents = pc.is_in(entries["content_id"], pa.array(sorted(registry.content_requests), pa.binary()))
    if pc.any(pc.is_valid(named)).as_py() or pc.any(contents).as_py():
        raise IntegrityError("an opted-out content was about to be written; nothing was published")


def write_stage(
    work: WorkDir,
    decided: Stage,
    redacted: Stage | None,
    origins: pa.Table,
    similar: pa.Table | None,
    registry: Registry,
    engine: Engine,
    tick: Callable[[int, int], None],
) -> Stage:
    """Write data/, ledger/, provenance/ and audit/ as a stage of their own, with the survey of them.

    redacted: what is replaced in which content; None if nothing was looked for
    similar:  origins that are copies of others; None if they were not compared
    """
    depends = [VERSION, write.VERSION, decided.folder.name, digest([str(row) for row in origins.to_pylist()])]
    depends = [*depends, redacted.folder.name if redacted else "", similar.to_pylist() if similar else []]
    stage = work.stage("tables", [*depends, pa.__version__])
    if whole(stage):
        return stage
    if stage.manifest() is not None:
        remove(stage.folder)
    outside = rows.published(origins)
    findings = redacting.read_findings(redacted)
    replaced = findings.filter(pc.equal(findings["action"], "redact"))
    kept, places = [], []
    for path in decided_files(decided):
        part = read_tables([path])
        part = part.filter(pc.equal(part["outcome"], "kept"))
        recheck(part, origins, registry)
        kept.append(rows.data_rows(part, outside, ENTRY_BITS, replaced))
        places.append(part.select(["entry_no", "path"]))
    write.write_data(work, stage, pa.concat_tables(kept), languages.folder, engine, tick)
    write.write_parts(stage.path("ledger"), ledger(decided, origins), schema.LEDGER)
    provenance = (rows.provenance_rows(read_tables([path]), outside, ENTRY_BITS) for path in decided_files(decided))
    write.write_parts(stage.path("provenance"), provenance, schema.PROVENANCE)
    write_table(stage.path("provenance") / "origins.parquet", origin_rows(decided, origins, similar))
    audit = rows.audit_rows(findings, pa.concat_tables(places), outside, ENTRY_BITS)
    write.write_parts(stage.path("audit"), [audit], schema.AUDIT)
    with atomic(stage.path(SWHIDS)) as temporary:
        swhids.write(stage.folder, temporary)
    found = survey.take(stage.folder, notices(work, decided, origins))
    with atomic(stage.path(SURVEY)) as temporary:
        temporary.write_text(survey.dumps(found), "utf-8")
    stage.finish(files=files(stage))
    return stage


def ledger(decided: Stage, origins: pa.Table) -> Iterator[pa.Table]:
    """Yield the ledger in the order of origins and paths, a range of origins at a time."""
    parts = decided_files(decided)
    outside = rows.published(origins)
    step = -(-origins.num_rows // len(parts))
    for first in range(0, origins.num_rows, step):
        low, high = first << ENTRY_BITS, min(first + step, origins.num_rows) << ENTRY_BITS
        span = [("entry_no", ">=", low), ("entry_no", "<", high)]
        entries = pa.concat_tables([pq.read_table(path, filters=span) for path in parts]).sort_by("entry_no")
        some = origins.slice(first, step)
        refused = np.flatnonzero(pc.is_valid(some["problem"]).to_numpy()) + first
        numbers = np.concatenate([entries["entry_no"].to_numpy(), refused << ENTRY_BITS])
        found = pa.concat_tables([rows.ledger_rows(entries, outside, ENTRY_BITS), rows.refused_origins(some)])
        yield found.take(pa.array(np.argsort(numbers, kind="stable")))


def origin_rows(decided: Stage, origins: pa.Table, similar: pa.Table | None = None) -> pa.Table:
    """Return the origins as rows of schema.RELEASE_ORIGINS, with how many entries each had and gave."""
    counts = {"entries": np.zeros(origins.num_rows, np.int64), "kept": np.zeros(origins.num_rows, np.int64)}
    for path in decided_files(decided):
        part = read_tables([path], ["entry_no", "outcome", "kind"])
        part = part.filter(pc.not_equal(part["kind"], "origin"))
        numbers = part["entry_no"].to_numpy() >> ENTRY_BITS
        kept = pc.equal(part["outcome"], "kept").to_numpy()
        counts["entries"] += np.bincount(numbers, minlength=origins.num_rows)
        counts["kept"] += np.bincount(numbers[kept], minlength=origins.num_rows)
    table = rows.published(origins)
    for name, values in counts.items():
        table = table.append_column(name, pa.array(values))
    similar = grouping.SIMILAR.empty_table() if similar is None else similar
    row = pc.index_in(pa.array(np.arange(table.num_rows)), similar["origin_no"].combine_chunks())
    for name in ("similar_to", "similarity", "identical"):
        table = table.append_column(name, similar[name].take(row))
    return table.select(schema.RELEASE_ORIGINS.names).cast(schema.RELEASE_ORIGINS)


def notices(work: WorkDir, decided: Stage, origins: pa.Table) -> Iterator[Notice]:
    """Yield the licence files that kept entries rest on and the files NOTICE beside them, by origin and path; then what
    is to be said of kept entries that rest on none.
    """
    needed: set[tuple[int, bytes]] = set()
    for path in decided_files(decided):
        part = read_tables([path], ["entry_no", "outcome", "license_evidence", "license_basis"])
        quoted = pc.is_in(part["license_basis"], pa.array(["directory", "part", "license-file"]))
        part = part.filter(
            pc.and_(pc.and_(pc.equal(part["outcome"], "kept"), quoted), pc.is_valid(part["license_evidence"]))
        )
        numbers = (part["entry_no"].to_numpy() >> ENTRY_BITS).tolist()
        needed.update(zip(numbers, part["license_evidence"].to_pylist(), strict=True))
    evidence = pa.array(sorted({path for _, path in needed}), pa.binary())
    folders = {(number, path.rpartition(b"/")[0]) for number, path in needed}
    found: dict[tuple[int, bytes], tuple[bytes, str | None]] = {}
    for path in decided_files(decided):
        part = read_tables([path], ["entry_no", "path", "content_id", "outcome", "src_encoding", "file_expression"])
        quoted = pc.and_(pc.is_in(part["path"], evidence), pc.is_valid(part["file_expression"]))
        passed_on = pc.and_(pc.match_substring_regex(part["path"], _NOTICE_FILE), pc.is_valid(part["src_encoding"]))
        passed_on = pc.and_(passed_on, pc.not_equal(part["outcome"], "opted-out"))
        for row in part.filter(pc.or_(quoted, passed_on)).to_pylist():
            number, name = row["entry_no"] >> ENTRY_BITS, row["path"]
            found[number, name] = (row["content_id"], row["file_expression"])
            if (number, name.rpartition(b"/")[0]) in folders:
                needed.add((number, name))
    index = ContentIndex.of(work)
    urls = origins["origin_url"].to_pylist()
    for number, name in sorted(needed & found.keys()):
        content_id, expression = found[number, name]
        (data,) = index.read(np.array([content_id], dtype="S20"))
        said, _, _ = text.decode(data[:NOTICE_BYTES])
        yield Notice(urls[number], name.decode("utf-8", "backslashreplace"), expression, said or "")
    for number, name, expression, words in attribution.notices(stating(decided)):
        yield Notice(urls[number], name.decode("utf-8", "backslashreplace"), expression, words)


def stating(decided: Stage) -> Iterator[tuple[int, bytes, str, list[str]]]:
    """Yield origin, path, expression and copyright statements of kept entries whose licence no licence file quotes; the
    statements of the file that declares it (REUSE.toml, debian/copyright, x.license) are theirs too.
    """
    holders = _declared_holders(decided)
    names = ["entry_no", "path", "outcome", "license_basis", "license_evidence", "license_expression", "copyrights"]
    for path in decided_files(decided):
        part = read_tables([path], names)
        quoted = pc.is_in(part["license_basis"], pa.array(["directory", "part", "license-file"]))
        some = pc.and_(pc.equal(part["outcome"], "kept"), pc.is_valid(part["license_expression"]))
        for row in part.filter(pc.and_(some, pc.invert(quoted))).to_pylist():
            number = row["entry_no"] >> ENTRY_BITS
            also = holders.get((number, row["license_evidence"]), []) if row["license_basis"] in DECLARED else []
            yield number, row["path"], row["license_expression"], [*(row["copyrights"] or []), *also]


def _declared_holders(decided: Stage) -> dict[tuple[int, bytes], list[str]]:
    """Return origin and path -> copyright statements of the files that declare the licence of kept entries."""
    names = ["entry_no", "path", "outcome", "license_basis", "license_evidence", "copyrights"]
    parts = [read_tables([path], names) for path in decided_files(decided)]
    kept = [part.filter(pc.equal(part["outcome"], "kept")) for part in parts]
    declaring = [part.filter(pc.is_in(part["license_basis"], pa.array(DECLARED))) for part in kept]
    paths = pa.array(sorted({path for part in declaring for path in part["license_evidence"].to_pylist()}), pa.binary())
    found: dict[tuple[int, bytes], list[str]] = {}
    for part in parts if len(paths) else []:
        some = pc.and_(pc.is_in(part["path"], paths), pc.is_valid(part["copyrights"]))
        for row in part.filter(some).to_pylist():
            found[row["entry_no"] >> ENTRY_BITS, row["path"]] = row["copyrights"]
    return found
