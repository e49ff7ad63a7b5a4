"""redact: what to do with the findings in kept contents, and what stands in the place of each.

Findings are facts of a content under a path. `screen` drops the files that hold what the recipe does not let pass;
`number` gives the values of each repository their ordinals, in the order of paths and offsets, and writes down what
each becomes. Nothing that is written here holds a value.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stackmark.engine import Engine, collect, dataframes, read
from stackmark.facts import Detector
from stackmark.steps.deciding import put
from stackmark.steps.inspecting import fact_files, facts_schema
from stackmark.steps.listing import ENTRY_BITS, content_range
from stackmark.store import ContentIndex, write_table
from stackmark.workdir import Stage, WorkDir, digest

if TYPE_CHECKING:
    from stackmark.pii.redact import Ordinals, Style
    from stackmark.pii.spans import Span

VERSION = "1"
TASK_FILES = 2_000  # with findings, that one task reads

#: What becomes of each finding in a kept content. Offsets are bytes of the text as UTF-8; `after` stands there now.
REDACTIONS = pa.schema(
    [
        ("entry_no", pa.int64()),
        ("content_id", pa.binary()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("start_after", pa.int64()),
        ("end_after", pa.int64()),
        ("type", pa.string()),
        ("rule", pa.string()),
        ("score", pa.float64()),
        ("action", pa.string()),  # redact, tag
        ("ordinal", pa.int64()),  # null for what stays
        ("after", pa.binary()),
    ]
)

Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What a recipe says of findings.

    actions:   type, or what is before its first dot, to "redact", "tag", "drop" or "keep"
    vendored:  whether vendored files are treated like others; if not, they are left alone
    generated: the same of generated files
    """

    actions: Mapping[str, str]
    style: Style
    vendored: bool
    generated: bool

    def action(self, span: Mapping[str, Any]) -> str:
        """Return what is done with a finding; an example is at most tagged."""
        kind = span["type"]
        wanted = self.actions.get(kind) or self.actions.get(kind.partition(".")[0], "redact")
        return "tag" if span["is_example"] and wanted != "keep" else wanted

    def digest(self) -> str:
        """Return what tells this plan from others."""
        return digest([dict(self.actions), self.style, self.vendored, self.generated])


def findings(
    work: WorkDir, decided: Stage, bucket: int, detectors: Sequence[Detector], packs: Sequence[str], plan: Plan
) -> list[Row]:
    """Return the kept entries of a bucket in which something was found, in their order.

    Rows have entry_no, content_id, path, src_encoding and spans, each with its action. Where detectors disagree, the
    first one is right.
    """
    col = dataframes().col
    rows: dict[int, Row] = {}
    for detector in detectors:
        facts = treated(work, decided, bucket, detector, packs, plan)
        facts = facts.where(col("pii_spans").not_null() & (col("pii_spans").list_count() > 0))
        for row in collect(facts.select("entry_no", "content_id", "path", "src_encoding", "pii_spans")).to_pylist():
            spans = [{**span, "action": plan.action(span)} for span in row.pop("pii_spans")]
            known = rows.setdefault(row["entry_no"], {**row, "spans": []})
            known["spans"] = beside(known["spans"], spans)
    return [rows[entry] for entry in sorted(rows)]


def facts_frame(work: WorkDir, detector: Detector, packs: Sequence[str], low: bytes, high: bytes | None) -> Any:
    """Return a detector's facts on contents whose ids are in a range, as a dataframe."""
    daft = dataframes()
    col, lit = daft.col, daft.lit

    files = fact_files(work, detector, packs)
    if not files:
        return daft.from_arrow(facts_schema(detector).empty_table())
    frame = read(files)
    if low.strip(b"\0"):
        frame = frame.where(col("content_id") >= lit(low))
    return frame if high is None else frame.where(col("content_id") < lit(high))


def treated(work: WorkDir, decided: Stage, bucket: int, detector: Detector, packs: Sequence[str], plan: Plan) -> Any:
    """Return the kept entries of a bucket that a plan is for, with what a detector says of them."""
    col = dataframes().col
    buckets = (decided.manifest() or {})["buckets"]
    kept = read([str(decided.path(f"{bucket:05d}.parquet"))]).where(col("outcome") == "kept")
    if not plan.vendored:
        kept = kept.where(~col("is_vendor").fill_null(False))
    if not plan.generated:
        kept = kept.where(~col("is_generated").fill_null(False))
    facts = facts_frame(work, detector, packs, *content_range(bucket, buckets))
    frame = kept.select("entry_no", "content_id", "path", "src_encoding")
    return frame.join(facts, on=["content_id", "path"], how="inner", strategy="hash")


def beside(known: Sequence[Row], more: Sequence[Row]) -> list[Row]:
    """Add the spans that touch none of those that are known; all in order."""
    taken = sorted((span["start"], span["end"]) for span in known)
    free = [span for span in more if not any(begin < span["end"] and span["start"] < end for begin, end in taken)]
    return sorted([*known, *free], key=lambda span: (span["start"], span["end"]))


def names_share(
    work: WorkDir, decided: Stage, detectors: Sequence[Detector], packs: Sequence[str], plan: Plan
) -> dict[str, int]:
    """Return how many bytes of the kept texts were looked through for names, and how many a model has read."""
    totals = {"seen": 0, "read": 0}
    for detector in (one for one in detectors if "names_read" in one.schema.names):
        for bucket in range((decided.manifest() or {})["buckets"]):
            facts = treated(work, decided, bucket, detector, packs, plan)
            table = collect(facts.select("names_seen", "names_read"))
            for name in totals:
                totals[name] += pc.sum(table[f"names_{name}"]).as_py() or 0
    return totals


def screen(work: WorkDir, decided: Stage, detectors: Sequence[Detector], packs: Sequence[str], plan: Plan) -> Stage:
    """Drop the files with a finding whose action is "drop", and their copies; the same stage if there is no such."""
    if "drop" not in plan.actions.values():
        return decided
    stage = work.stage("screened", [VERSION, decided.folder.name, *versions(detectors), plan.digest()])
    if stage.manifest() is not None:
        return stage
    buckets = (decided.manifest() or {})["buckets"]
    for bucket in range(buckets):
        refused: dict[bytes, str] = {}
        for row in findings(work, decided, bucket, detectors, packs, plan):
            types = sorted({span["type"] for span in row["spans"] if span["action"] == "drop"})
            if types:
                refused[row["content_id"]] = "it holds " + ", ".join(types)
        table = pq.read_table(decided.path(f"{bucket:05d}.parquet"))
        write_table(stage.path(f"{bucket:05d}.parquet"), dropped(table, refused))
    stage.finish(buckets=buckets)
    return stage


def versions(detectors: Sequence[Detector]) -> list[str]:
    """Return what tells the answers of some detectors from others."""
    return [part for detector in detectors for part in (detector.name, detector.version)]


def dropped(table: pa.Table, refused: Mapping[bytes, str]) -> pa.Table:
    """Give the kept entries of some contents, and their copies, the outcome "dropped"; content id to sentence."""
    ids = table["content_id"].to_pylist()
    held = pc.is_in(table["outcome"], pa.array(["kept", "duplicate"])).to_pylist()
    where = pa.array([one and key in refused for one, key in zip(held, ids, strict=True)], pa.bool_())
    words = pa.array([refused.get(key) for key in ids], pa.string())
    for name, value in (("outcome", "dropped"), ("stage", "pii"), ("rule", "personal-data"), ("detail", words)):
        table = put(table, name, pc.if_else(where, value, table[name]))
    for name in ("kept_no", "kept_path"):
        table = put(table, name, pc.if_else(where, pa.scalar(None, table[name].type), table[name]))
    return table


def number(
    work: WorkDir,
    decided: Stage,
    detectors: Sequence[Detector],
    packs: Sequence[str],
    plan: Plan,
    engine: Engine,
    tick: Callable[[int, int], None],
) -> Stage:
    """Write down what becomes of every finding in kept contents, by origin (rows of REDACTIONS)."""
    stage = work.stage("redactions", [VERSION, decided.folder.name, *versions(detectors), plan.digest()])
    if stage.manifest() is not None:
        return stage
    buckets = (decided.manifest() or {})["buckets"]
    rows = [row for bucket in range(buckets) for row in findings(work, decided, bucket, detectors, packs, plan)]
    rows.sort(key=lambda row: int(row["entry_no"]))
    tasks = [
        (str(work.root), str(stage.path(f"{place:05d}.parquet")), part, plan.style)
        for place, part in enumerate(by_origin(rows))
    ]
    for _ in engine.run(number_part, tasks):
        tick(1, len(tasks))
    stage.finish(buckets=len(tasks))
    return stage


def by_origin(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Cut rows into parts of whole origins, TASK_FILES or a little more in each."""
    part: list[Row] = []
    for _, of_origin in itertools.groupby(rows, key=lambda row: int(row["entry_no"]) >> ENTRY_BITS):
        part += of_origin
        if len(part) >= TASK_FILES:
            yield part
            part = []
    if part:
        yield part


def number_part(root: str, target: str, rows: Sequence[Row], style: Style) -> None:
    """Work out the replacements in the files of some origins (a task)."""
    from stackmark.pii.redact import Ordinals  # not loaded where nothing is redacted

    index = ContentIndex.of(WorkDir(Path(root)))
    numbers, origin = Ordinals(), -1
    found: list[Row] = []
    for row in rows:
        if row["entry_no"] >> ENTRY_BITS != origin:
            numbers, origin = Ordinals(), row["entry_no"] >> ENTRY_BITS
        (data,) = index.read(np.array([row["content_id"]], dtype="S20"))
        found += treat(data, row, numbers, style)
    write_table(Path(target), pa.Table.from_pylist(found, schema=REDACTIONS))


def treat(content: bytes, row: Row, numbers: Ordinals, style: Style) -> Iterator[Row]:
    """Yield the rows of REDACTIONS for one file."""
    from stackmark.pii.redact import places, replacements

    encoding = row["src_encoding"]
    text = content if encoding == "utf-8" else content.decode(encoding).encode()
    marked = [(as_span(span), span["action"]) for span in row["spans"]]
    replaced = replacements(
        text, [span for span, action in marked if action == "redact"], path=row["path"], ordinals=numbers, style=style
    )
    key = {"entry_no": row["entry_no"], "content_id": row["content_id"]}
    shifts: list[tuple[int, int]] = [(0, 0)]  # from this byte on, so many more
    for one, (start, end) in zip(replaced, places(replaced), strict=True):
        shifts.append((one.end, end - one.end))
        after = {"start_after": start, "end_after": end, "ordinal": one.ordinal, "after": one.after}
        yield {**key, **described(one.span, "redact"), **after}
    for span, action in marked:
        if action == "tag":
            shift = max((begin, by) for begin, by in shifts if begin <= span.start)[1]
            moved = {"start_after": span.start + shift, "end_after": span.end + shift}
            yield {**key, **described(span, "tag"), **moved, "ordinal": None, "after": None}


def described(span: Span, action: str) -> Row:
    """Return what is told of a finding: where, what, by which rule, how sure; never the value."""
    names = ("start", "end", "type", "rule", "score")
    return {**{name: getattr(span, name) for name in names}, "action": action}


def as_span(span: Mapping[str, Any]) -> Span:
    """Return a finding as the scan gave it."""
    from stackmark.pii.spans import Span

    return Span(**{name: span[name] for name in ("start", "end", "type", "score", "rule", "is_example")})


def read_findings(redacted: Stage | None) -> pa.Table:
    """Return what `number` wrote, in the order of entries and places."""
    files = sorted(redacted.folder.glob("*.parquet")) if redacted else []
    tables = [REDACTIONS.empty_table(), *(pq.read_table(path, schema=REDACTIONS) for path in files)]
    return pa.concat_tables(tables).sort_by([("entry_no", "ascending"), ("start", "ascending")])
