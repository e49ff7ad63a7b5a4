"""Part of benchmarks/ner.py: peak memory above what is resident once a model is loaded."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any

import ner_material as material
from ner_material import Asked, head
from ner_participants import FAILURES, Started, ours, reference


@dataclass(frozen=True)
class Row:
    """One process: what it is, how it is started, and what it is asked."""

    name: str
    start: Started
    texts: Any
    options: dict[str, Any] = field(default_factory=dict)


def memory(asked: Asked) -> list[str]:
    """Print the peaks; every row is a fresh process, and as many run at once as there are processors."""
    head("Peak resident memory in MiB above what was resident once the model was loaded; each row a fresh process")
    many, fewer = asked.many, max(1, asked.many * 3 // 20)
    print(f"  (a) 30 sentences and a text of 250 words  (b) the {many:,} shortest of 8,000 sentences")
    print(f"  (c) {many:,} sentences; all with one thread, 12 x 768 unless it says small")
    print(f"  {'':46} {'at a time':>9} {'loaded':>7} {'above':>6} {'s':>6}")
    failed = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for done in as_completed([pool.submit(measure, row) for row in rows(asked, many, fewer)]):
            row, said = done.result()
            print(f"  {row.name:46} {row.options.get('batch_size', len(row.texts)):9,} {said or 'FAILED'}", flush=True)
            failed += [] if said else [f"memory, {row.name}"]
    return failed


def rows(asked: Asked, many: int, fewer: int) -> list[Row]:
    """List what is measured, what takes longest first."""
    large, small = asked.large(), asked.small()
    mixed = [*asked.dev(30), [word for text in asked.dev(200) for word in text][:250]]
    short = sorted(asked.dev(8000), key=len)[:many]
    usual = asked.dev(many)
    every = material.words(material.everything(asked.data, "dev"))[: 20 * many]
    found = [
        Row("span_marker float32, 24 sentences", reference(large, 1), mixed[:24], {"batch_size": 24}),
        Row("span_marker float32, 8 sentences", reference(large, 1), mixed[:8], {"batch_size": 8}),
    ]
    for way in ("float32", "bfloat16", "int8"):
        asked_of: list[tuple[str, Any, dict[str, Any]]] = [
            (f"{way}, {many:,} texts (b)", short, {}),
            *((f"{way}, (a)", mixed, {"batch_size": size}) for size in (1, 32)),
            (f"{way}, filter, {fewer:,} of (c)", usual[:fewer], {"prefilter": "auto"}),
            (f"{way}, filter, {many:,} texts (c)", usual, {"prefilter": "auto"}),
        ]
        if way != "float32":
            asked_of.append((f"{way}, {fewer:,} of (c)", usual[:fewer], {}))
        found += [Row(name, ours(large, 1, way), texts, {"dtype": way, **options}) for name, texts, options in asked_of]
    found.append(Row(f"float32, small, {many:,} texts (c)", ours(small, 1), usual))
    found.append(Row(f"float32, small, filter, {len(every):,} texts", ours(small, 1), every, {"prefilter": "auto"}))
    return found


def measure(row: Row) -> tuple[Row, str]:
    """Run one process: what it held, the peak above that, and its seconds; empty if it failed."""
    try:
        with row.start as one:
            answer = one.ask(texts=row.texts, memory=True, **{"batch_size": len(row.texts), **row.options})
    except FAILURES as error:
        print(f"  {row.name}: {error!r}")
        return row, ""
    return row, f"{answer['held'] / 2**20:7.0f} {answer['above'] / 2**20:6.0f} {answer['wall']:6.1f}"
