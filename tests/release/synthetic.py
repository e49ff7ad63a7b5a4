"""Small releases made straight from the schemas: what a build would hand to `finish`, without a build."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stackmark import schema, swhid
from stackmark.release import BuildInfo, Notice, Release, finish

TOOL = "https://forge.example/alice/tool"
FORK = "https://forge.example/bob/tool"
WHEEL = "pkg:pypi/example@1.0"
GONE = "https://forge.example/gone/gone"
REVISIONS = {TOOL: "11" * 20, FORK: "22" * 20, WHEEL: "33" * 20, GONE: None}
WHEN = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
FOLDERS = {"F*": "Fstar"}


@dataclass(frozen=True)
class Entry:
    """One row of the ledger to be, with the bytes behind it."""

    origin: str
    path: str
    text: str = ""
    outcome: str = "kept"
    stage: str = "write"
    rule: str = "kept"
    detail: str | None = None
    language: str | None = "Python"
    expression: str | None = "MIT"
    license_class: str | None = "permissive"
    kind: str = "file"
    encoding: str = "utf-8"
    redactions: int = 0
    kept_at: tuple[str, str] | None = None

    @cached_property
    def data(self) -> bytes:
        return self.text.encode(self.encoding)

    @cached_property
    def content_id(self) -> str | None:
        return None if self.kind == "origin" else swhid.content_id(self.data).hex()


def duplicate(of: Entry, origin: str, path: str) -> Entry:
    """The same bytes at another place."""
    at = (of.origin, of.path)
    return replace(
        of,
        origin=origin,
        path=path,
        outcome="duplicate",
        stage="duplicate",
        rule="exact-duplicate",
        kept_at=at,
    )


def dropped(origin: str, path: str, text: str, stage: str, rule: str, **more: Any) -> Entry:
    return Entry(origin, path, text, "dropped", stage, rule, **more)


MAIN = Entry(TOOL, "src/main.py", "print('hello')\n")
STANDARD: tuple[Entry, ...] = (
    MAIN,
    Entry(TOOL, "src/naïve file.py", "x = 'naïve'\n", encoding="iso8859-1"),
    Entry(TOOL, "src/proof.fst", "let x = 1\n", language="F*"),
    Entry(FORK, "lib/a.c", "int main(void) { return 0; }\n", language="C", expression="GPL-2.0-only OR MIT"),
    Entry(WHEEL, "pkg/b.c", "int b;\n" * 40, language="C", expression="BSD-3-Clause"),
    Entry(WHEEL, "pkg/wide.cs", "﻿class A {}\n", language="C#", encoding="utf-16-le"),
    Entry(WHEEL, "pkg/secret.py", "key = '<KEY>'\n", redactions=1),
    duplicate(MAIN, FORK, "src/main.py"),
    duplicate(MAIN, WHEEL, "pkg/main.py"),
    dropped(TOOL, "gpl.py", "g = 1\n", "license", "license-not-allowed", expression="GPL-3.0-only", detail="no"),
    dropped(TOOL, "nolicense.py", "n = 1\n", "license", "license-none", expression=None, license_class="none"),
    dropped(FORK, "min.js", "a" * 5000, "quality", "long-lines", language="JavaScript", detail="too long"),
    dropped(FORK, "unknown", "?\n", "quality", "unknown-language", language=None),
    Entry(FORK, "link", "src/main.py", "skipped", "list", "symlink", kind="symlink", language=None),
    Entry(FORK, "logo.png", "\x00\x01", "skipped", "text", "binary", language=None),
    Entry(WHEEL, "hurt.py", "gone", "quarantined", "fetch", "corrupt", "its bytes are damaged"),
    Entry(WHEEL, "private.py", "p = 1\n", "opted-out", "opt-out", "opted-out-content", "line 3 of optout.txt"),
    Entry(GONE, "", "", "quarantined", "list", "unreachable", "no such host", kind="origin", language=None),
)

INFO = BuildInfo(
    name="corpus",
    version="1.0.0",
    as_of="2026-11-01T23:59:59+00:00",
    recipe={"name": "corpus", "version": "1.0.0", "dedup": {"near": False}},
    recipe_digest="ab" * 32,
    stackmark_version="0.1.0",
    detectors={"language": "1", "text": "1"},
    rules={
        "licenses": {"name": "permissive", "digest": "cd" * 32},
        "quality": {"name": "the-stack-v2", "digest": "ef" * 32},
        "optout": {"requests": 1, "digest": "01" * 32},
    },
    tools={"pyarrow": "25.0.1"},
    sources=[{"kind": "git", "origin": TOOL}],
    not_done=("personal data and secrets were not looked for",),
)
NOTICES = (
    Notice(TOOL, "LICENSE", "MIT", "Permission is hereby granted\n"),
    Notice(FORK, "LICENSE", "MIT", "Permission is hereby granted\n"),
    Notice(WHEEL, "pkg/COPYING", "BSD-3-Clause", "Redistribution and use\n"),
)


def release(
    folder: Path,
    entries: Sequence[Entry] = STANDARD,
    info: BuildInfo = INFO,
    notices: Iterable[Notice] = NOTICES,
    parent: Path | None = None,
) -> Release:
    """Write the tables of `entries` and finish them."""
    write_tables(folder, entries)
    finish(folder, info, notices, parent)
    return Release.open(folder)


def write_tables(folder: Path, entries: Sequence[Entry]) -> None:
    kept = [entry for entry in entries if entry.outcome == "kept"]
    copies = Counter(e.content_id for e in entries if e.kind == "file" and e.outcome != "opted-out")
    ledger = sorted((ledger_row(entry) for entry in entries), key=lambda row: (row["origin_url"], row["path_bytes"]))
    half = len(ledger) // 2  # two parts, as a large ledger has
    save(folder / "ledger/part-00000.parquet", ledger[:half], schema.LEDGER)
    save(folder / "ledger/part-00001.parquet", ledger[half:], schema.LEDGER)
    for language in sorted({entry.language or "" for entry in kept}):
        rows = [data_row(entry, copies[entry.content_id]) for entry in kept if (entry.language or "") == language]
        name = f"data/{FOLDERS.get(language, language) or 'Unknown'}/train-00000-of-00001.parquet"
        save(folder / name, rows, schema.DATA)
    ids = {entry.content_id for entry in kept}
    places = [e for e in entries if e.kind == "file" and e.content_id in ids and e.outcome != "opted-out"]
    rows = sorted((place_row(e) for e in places), key=lambda row: (row["content_id"], row["origin_url"], row["path"]))
    save(folder / "provenance/part-00000.parquet", rows, schema.PROVENANCE)
    origins = sorted({entry.origin for entry in entries})
    save(
        folder / "provenance/origins.parquet",
        [origin_row(o, entries) for o in origins],
        schema.RELEASE_ORIGINS,
    )


def save(path: Path, rows: list[dict[str, Any]], columns: pa.Schema) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=columns), path, compression="zstd")


def ledger_row(entry: Entry) -> dict[str, Any]:
    return {
        "origin_url": entry.origin,
        "revision_id": REVISIONS.get(entry.origin, "44" * 20),
        "path": entry.path,
        "path_bytes": entry.path.encode(),
        "kind": entry.kind,
        "content_id": entry.content_id,
        "length_bytes": None if entry.kind == "origin" else len(entry.data),
        "language": entry.language,
        "language_strategy": "extension" if entry.language else None,
        "license_expression": entry.expression,
        "license_class": entry.license_class,
        "license_basis": "directory" if entry.expression else None,
        "license_evidence": "LICENSE" if entry.expression else None,
        "license_conflict": False,
        "outcome": entry.outcome,
        "stage": entry.stage,
        "rule": entry.rule,
        "detail": entry.detail,
        "kept_origin_url": entry.kept_at[0] if entry.kept_at else None,
        "kept_path": entry.kept_at[1] if entry.kept_at else None,
    }


def data_row(entry: Entry, copies: int) -> dict[str, Any]:
    row = {key: value for key, value in ledger_row(entry).items() if key in schema.DATA.names}
    return row | {
        "blob_id": hashlib.sha1(entry.data, usedforsecurity=False).hexdigest(),
        "directory_id": "aa" * 20,
        "path": f"/{entry.path}",
        "detected_licenses": [entry.expression] if entry.expression else [],
        "license_type": "permissive",
        "repo_name": "alice/tool",
        "branch_name": "refs/heads/main",
        "revision_date": WHEN,
        "src_encoding": entry.encoding,
        "is_vendor": False,
        "is_generated": False,
        "extension": entry.path.rpartition(".")[2],
        "num_lines": entry.text.count("\n"),
        "avg_line_length": 10.0,
        "copies": copies,
        "redactions": entry.redactions,
        "content": entry.text,
    }


def place_row(entry: Entry) -> dict[str, Any]:
    row = {key: value for key, value in ledger_row(entry).items() if key in schema.PROVENANCE.names}
    return row | {"is_vendor": False}


def origin_row(origin: str, entries: Sequence[Entry]) -> dict[str, Any]:
    mine = [entry for entry in entries if entry.origin == origin and entry.kind != "origin"]
    return {
        "origin_url": origin,
        "vcs": "archive" if origin.startswith("pkg:") else "git",
        "revision_id": REVISIONS.get(origin, "44" * 20),
        "directory_id": "aa" * 20,
        "branch_name": None if origin.startswith("pkg:") else "refs/heads/main",
        "branch_rule": None if origin.startswith("pkg:") else "symref-head",
        "revision_date": WHEN,
        "flags": [],
        "entries": len(mine),
        "kept": sum(entry.outcome == "kept" for entry in mine),
    }
