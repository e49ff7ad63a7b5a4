"""Detecting languages: how fast and how often right, next to the peers, all cold and in one run.

    script/bench languages [--samples DIR] [--peers NAME ...] [--only SET]

Three sets of files, of which a contestant is shown nothing but the base name and the bytes:

    provenance  files of published packages whose authors say what they are written in (languages_corpus.py); none of
                these packages has been used to train
    fresh       more such files, of packages that nobody had looked at when the rules were written
    samples     the labelled files in DIR (index.jsonl as ../shared/tools/language_samples.py writes it), if it is there

After these, two tables of ours alone:

    context     ambiguous names told by their texts, and with the rest of their tree (languages_context.py)
    hostile     files that were made to be dear, against ordinary ones (languages_hostile.py)

Each contestant is started anew for each set, reads the files itself and meets them for the first time. What it costs
is processor time: `start` seconds to answer for the first file alone, and files a second for all the rest. Ours, file
by file as the peers do it, runs before and after each peer, and the ratios are made of these neighbours: `ours x` of
the rates after the start, `whole x` of whole runs, the start of both processes among them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

import languages_context
import languages_hostile
from _timing import Cost, measure
from languages_corpus import ROOT, corpus
from languages_peers import Contestant, our_name, ours, peers
from stackmark.languages.tables import compiled


@dataclass(frozen=True)
class Case:
    """One labelled file on disk."""

    path: Path
    label: str
    ambiguous: bool


@dataclass(frozen=True)
class Result:
    """What a contestant said of a set, and what that cost."""

    answers: list[str | None]
    cost: Cost
    start: float

    @property
    def rate(self) -> float:
        """Give files per second of processor time, after the start."""
        return (len(self.answers) - 1) / max(self.cost.cpu - self.start, 1e-9)


def packages(role: str) -> list[Case]:
    """Write the files of a role out, if that has not been done, and give them."""
    source = corpus(role)
    folder = ROOT / "files" / role
    rows = pq.read_table(source).to_pylist()
    stamp = folder / "made-of.txt"
    digest = f"{source.stat().st_mtime_ns} {len(rows)}"
    cases = [
        Case(folder / str(number) / Path(row["path"]).name, row["label"], is_ambiguous(Path(row["path"]).name))
        for number, row in enumerate(rows)
    ]
    if not stamp.exists() or stamp.read_text() != digest:
        for case, row in zip(cases, rows, strict=True):
            case.path.parent.mkdir(parents=True, exist_ok=True)
            for old in case.path.parent.iterdir():
                old.unlink()
            case.path.write_bytes(row["content"])
        stamp.write_text(digest)
    return cases


def is_ambiguous(name: str) -> bool:
    """Tell whether several languages have the suffix of a name, the longest known one."""
    if name in compiled()["filenames"]:
        return False
    parts, known = name.lower().split("."), compiled()["extensions"]
    suffixes = (".".join(["", *parts[first:]]) for first in range(1, len(parts)))
    return len(next((known[one] for one in suffixes if one in known), [])) > 1


def samples(folder: Path) -> list[Case]:
    """Give the labelled samples in a folder, none if there is none."""
    index = folder / "index.jsonl"
    if not index.exists():
        return []
    rows = [json.loads(line) for line in index.read_text().splitlines()]
    cases = [Case((folder / row["path"]).resolve(), row["label"], row["ambiguous"]) for row in rows]
    return [case for case in cases if "\n" not in str(case.path)]


def ask(contestant: Contestant, cases: list[Case], log: Path) -> Result:
    """Start a contestant on the first file of a set, then on the whole set."""
    start, _ = _ask(contestant, cases[:1], log)
    cost, said = _ask(contestant, cases, log)
    return Result([our_name(name) if name else None for name in said], cost, start.cpu)


def _ask(contestant: Contestant, cases: list[Case], log: Path) -> tuple[Cost, list[str]]:
    listing = log.with_suffix(".list")
    listing.write_text("".join(f"{case.path}\n" for case in cases))
    command = [part.replace("{}", str(listing)) for part in contestant.command]
    variables = [f"{key}={value}" for key, value in contestant.variables.items()]
    cost = measure(["env", *variables, *command], log)
    said = cost.output.split("\n")[: len(cases)]
    if cost.code or len(said) < len(cases):
        sys.exit(f"{contestant.name} ended with {cost.code} after {len(said)} answers; see {log}")
    return cost, said


def share(hits: list[bool]) -> str:
    """Give the share of true ones."""
    return f"{sum(hits) / len(hits):.4f}" if hits else "     -"


def line(name: str, cases: list[Case], result: Result, ratio: str, whole: str) -> str:
    """Write one row of the table."""
    hits = [answer == case.label for case, answer in zip(cases, result.answers, strict=True)]
    ambiguous = [hit for hit, case in zip(hits, cases, strict=True) if case.ambiguous]
    said = len({answer for answer in result.answers if answer})
    silent = sum(answer is None for answer in result.answers)
    figures = f"{result.start:8.2f}{result.rate:9,.0f}{ratio:>9}{whole:>9}{share(hits):>10}{share(ambiguous):>11}"
    return f"{name:24}{figures}{silent:>8}{said:>8}"


def run(title: str, cases: list[Case], asked: list[Contestant]) -> None:
    """Ask everybody about a set and print the table."""
    labels = len({case.label for case in cases})
    ambiguous = sum(case.ambiguous for case in cases)
    print(f"\n{title}: {len(cases):,} files, {labels} languages, {ambiguous:,} files with an ambiguous extension")
    speed, quality = f"{'start s':>8}{'files/s':>9}{'ours x':>9}{'whole x':>9}", f"{'right':>10}{'ambiguous':>11}"
    print(f"{'':24}{speed}{quality}{'none':>8}{'labels':>8}")
    logs = ROOT / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    single, batches = ours()
    print(line(batches.name, cases, ask(batches, cases, logs / "batches.log"), "", ""))
    before = ask(single, cases, logs / "ours.log")
    print(line(single.name, cases, before, "", ""), flush=True)
    for contestant in asked:
        result = ask(contestant, cases, logs / f"{contestant.name}.log")
        after = ask(single, cases, logs / "ours.log")
        ratio = (before.rate + after.rate) / 2 / result.rate
        whole = 2 * result.cost.cpu / (before.cost.cpu + after.cost.cpu)
        print(line(contestant.name, cases, result, f"{ratio:.1f}", f"{whole:.1f}"), flush=True)
        before = after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=Path, default=ROOT / "samples", help="folder of the labelled samples")
    parser.add_argument("--peers", nargs="*", help="only these, by the beginning of their names; none: ours alone")
    parts = ("provenance", "fresh", "samples", "context", "hostile")
    parser.add_argument("--only", choices=parts, help="only this part")
    options = parser.parse_args()
    sets: dict[str, Callable[[], list[Case]]] = {
        "provenance": lambda: packages("test"),
        "fresh": lambda: packages("fresh"),
        "samples": lambda: samples(options.samples),
    }
    asked = [] if options.peers == [] else peers()
    if options.peers:
        asked = [one for one in asked if one.name.lower().startswith(tuple(options.peers))]
    os.environ["OMP_NUM_THREADS"] = "1"
    for title, cases_of in sets.items():
        cases = cases_of() if options.only in (None, title) else []
        if cases:
            run(title, cases, asked)
    for title, part in (("context", languages_context.run), ("hostile", languages_hostile.run)):
        if options.only in (None, title):
            part()


if __name__ == "__main__":
    main()
