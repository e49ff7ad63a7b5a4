"""What the tables and documents of a release say against one another, recomputed from the rows.

Streams over the ledger and the data once; what must be joined is joined slice by slice of content ids.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stackmark import swhid
from stackmark.errors import IntegrityError
from stackmark.release import counts, joins, layout, swhids, tables
from stackmark.release.words import printable
from stackmark.schema import OUTCOMES

#: kind, path and message of a problem.
Finding = tuple[str, str, str]
Check = Callable[[Path, Mapping[str, Any]], Iterator[Finding]]

_SHOWN = 5  # examples of one kind of problem per slice


def check(folder: Path, manifest: Mapping[str, Any], progress: Callable[[str, int], None]) -> tuple[int, list[Finding]]:
    """Return the number of ledger rows and all findings; the files must be those that the manifest lists.

    `progress` is called with the name and number of each of the STEPS.
    """
    found: list[Finding] = []
    for done, (name, step) in enumerate(STEPS.items(), 1):
        try:
            found += step(folder, manifest)
        except (IntegrityError, OSError, UnicodeError, pa.ArrowException) as error:
            found.append(("unreadable", name, str(error)))
        except (KeyError, TypeError) as error:
            found.append(("bad-manifest", "manifest.json", f"it lacks what the {name} check needs: {error}"))
        progress(name, done)
        if name == "schemas" and found:
            return 0, found  # the other steps would ask for columns that are not there
    return tables.count_rows(folder, "ledger"), found


def _check_schemas(folder: Path, _: Mapping[str, Any]) -> Iterator[Finding]:
    """Every Parquet file belongs to a table and has its columns."""
    known: set[Path] = set()
    for name, schema in tables.SCHEMAS.items():
        found = tables.paths(folder, name)
        if not found and name in tables.ALWAYS:
            yield "missing", layout.PATTERNS[name], "every release has this table"
        for path in found:
            known.add(path)
            if pq.read_schema(path).names != schema.names:
                yield "schema", _name(folder, path), f"its columns are not those of {name}"
    for path in sorted(set(folder.rglob("*.parquet")) - known):
        yield "schema", _name(folder, path), "it belongs to none of the tables of a release"


def _check_ledger(folder: Path, _: Mapping[str, Any]) -> Iterator[Finding]:
    """Known outcomes, every decision with stage and rule, one row for a place, in the order of places."""
    columns = ["origin_url", "revision_id", "path_bytes", "outcome", "stage", "rule"]
    last: pa.RecordBatch | None = None
    for batch in tables.batches(folder, "ledger", columns):
        unknown = batch.filter(pc.invert(pc.is_in(batch["outcome"], pa.array(OUTCOMES))))
        for row in unknown.slice(0, _SHOWN).to_pylist():
            yield "outcome", "ledger", f"{_place(row)} has the unknown outcome {row['outcome']!r}"
        for row in batch.filter(pc.or_(pc.is_null(batch["stage"]), pc.is_null(batch["rule"]))).to_pylist()[:_SHOWN]:
            yield "outcome", "ledger", f"{_place(row)} was decided by no stage or rule"
        rows = pa.Table.from_batches([batch] if last is None else [last, batch]).combine_chunks()
        yield from _check_order(rows)
        last = batch.slice(batch.num_rows - 1)


def _check_order(rows: pa.Table) -> Iterator[Finding]:
    first, second = rows.slice(0, rows.num_rows - 1), rows.slice(1)
    before: Any = pa.array([False] * first.num_rows, pa.bool_())
    same: Any = pa.array([True] * first.num_rows, pa.bool_())
    for name, empty in (("origin_url", ""), ("revision_id", ""), ("path_bytes", b"")):
        a, b = pc.fill_null(first[name], empty), pc.fill_null(second[name], empty)
        before = pc.or_(before, pc.and_(same, pc.less(a, b)))
        same = pc.and_(same, pc.equal(a, b))
    # An archive may name a path several times; all of its members but the last are on record under that rule.
    named_again = pc.or_(*(pc.equal(pc.fill_null(side["rule"], ""), "duplicate-name") for side in (first, second)))
    for row in second.filter(pc.and_not(same, named_again)).slice(0, _SHOWN).to_pylist():
        yield "duplicate-row", "ledger", f"{_place(row)} has more than one row"
    unknown = pc.or_(pc.is_null(first["revision_id"]), pc.is_null(second["revision_id"]))
    wrong = pc.invert(pc.or_(pc.or_(before, same), unknown))
    for row in second.filter(wrong).slice(0, _SHOWN).to_pylist():
        yield "order", "ledger", f"{_place(row)} is out of order"


def _check_counts(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """The counts of the manifest are those of the rows, and add up."""
    actual, stated = counts.count(folder), manifest["counts"]
    for key in sorted(actual.keys() | stated.keys()):
        if actual.get(key) != stated.get(key):
            yield (
                "counts",
                "manifest.json",
                f"its counts of {key} are not what the ledger and the data add up to",
            )
    for unit in ("files", "bytes"):
        total = sum(outcome[unit] for outcome in actual["outcomes"].values())
        if total != actual["input"][unit]:
            yield (
                "counts",
                "ledger",
                f"the outcomes add up to {total} {unit}, the input to {actual['input'][unit]}",
            )


def _check_configs(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Each folder of data/ holds one language, which no other folder holds, as the manifest says."""
    found = counts.configs(folder)
    if found != manifest["configs"]:
        yield "configs", "manifest.json", "its list of languages is not what lies in data/"
    if len({config["language"] for config in found}) < len(found):
        yield "language", "data", "one language lies in two folders"
    for config in found:
        for path in sorted((folder / "data" / config["config"]).glob("*.parquet")):
            values = pq.read_table(path, columns=["language"])["language"].unique().to_pylist()
            if values not in ([config["language"]], []):
                yield "language", _name(folder, path), f"it holds other languages than {config['language']}"


def _check_contents(folder: Path, _: Mapping[str, Any]) -> Iterator[Finding]:
    """The ids of contents are those of their bytes, wherever nothing was redacted."""
    columns = ["content", "src_encoding", "blob_id", "content_id", "length_bytes", "redactions"]
    for batch in tables.batches(folder, "data", columns):
        unredacted = batch.filter(pc.equal(pc.fill_null(batch["redactions"], 0), 0))
        lists = [unredacted[name] for name in columns[:-1]]
        for text, *stated in zip(*lists, strict=True):
            problem = _content_problem(text.as_py(), *(value.as_py() for value in stated))
            if problem:
                yield "content", "data", f"{stated[2].as_py()}: {problem}"


def _content_problem(text: str | None, encoding: str | None, blob_id: str, content_id: str, length: int) -> str | None:
    """Return what is wrong with a content, if anything. Both ids are SHA-1, git's behind a header."""
    if text is None:
        return "it has no text"
    try:
        data = text.encode(encoding or "utf-8")
    except (LookupError, ValueError) as error:
        return f"its text cannot be encoded as it says: {error}"
    if len(data) != length:
        return f"it has {len(data)} bytes, not {length}"
    if hashlib.sha1(data).hexdigest() != blob_id:  # noqa: S324  (blob_id is defined as a SHA-1)
        return "its bytes do not give its blob_id"
    return None if swhid.content_id(data).hex() == content_id else "its bytes do not give its content_id"


def _check_origins(folder: Path, _: Mapping[str, Any]) -> Iterator[Finding]:
    """provenance/origins.parquet counts what the ledger holds of each origin."""
    keys = ["origin_url", "revision_id"]
    _, actual = counts.sum_ledger(folder)
    stated = tables.table(folder, "origins", [*keys, "entries", "kept"])
    listed = [row for row in actual.to_pylist() if row["entries"]]
    of = {(row["origin_url"], row["revision_id"]): row for row in stated.to_pylist()}
    if len(of) != stated.num_rows:
        yield "origins", "provenance/origins.parquet", "an origin has two rows"
    for row in listed:
        place = of.get((row["origin_url"], row["revision_id"]))
        if place is None or (place["entries"], place["kept"]) != (row["entries"], row["kept"]):
            message = f"its counts of {printable(row['origin_url'])} are not those of the ledger"
            yield "origins", "provenance/origins.parquet", message
    known = {(row["origin_url"], row["revision_id"]) for row in listed}
    for key in sorted(of.keys() - known, key=str):
        if of[key]["entries"]:
            yield "origins", "provenance/origins.parquet", f"{printable(key[0])} is not in the ledger"


def _check_swhids(folder: Path, _: Mapping[str, Any]) -> Iterator[Finding]:
    """swhids.txt is what the ledger gives, line by line."""
    with (folder / layout.SWHIDS).open(encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
        pairs = itertools.zip_longest(stream, swhids.lines(folder))
        for number, (stated, actual) in enumerate(pairs, 1):
            if stated != f"{actual}\n":
                yield "swhids", layout.SWHIDS, f"line {number} is not what the ledger gives"
                return


def _check_documents(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """The changelog and the card are those of this version."""
    title = f"\n## {manifest['version']}\n"
    if title not in (folder / "CHANGELOG.md").read_text("utf-8", errors="replace"):
        yield "documents", "CHANGELOG.md", f"it does not tell of {manifest['version']}"
    if f"{manifest['name']} {manifest['version']}" not in (folder / "README.md").read_text("utf-8", "replace"):
        yield "documents", "README.md", f"it is not the card of {manifest['name']} {manifest['version']}"


def _place(row: Mapping[str, Any]) -> str:
    path = (row["path_bytes"] or b"").decode("utf-8", "backslashreplace")
    return printable(f"{row['origin_url']}#{path}")


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


STEPS: dict[str, Check] = {
    "schemas": _check_schemas,
    "ledger": _check_ledger,
    "counts": _check_counts,
    "languages": _check_configs,
    "contents": _check_contents,
    "joins": joins.check,
    "origins": _check_origins,
    "swhids": _check_swhids,
    "documents": _check_documents,
}
