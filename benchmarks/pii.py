"""Personal data and secrets against peers, in one run: recall, precision, look-alikes, speed, residue.

    script/bench pii [--data FOLDER] [--seconds 20] [--megabytes 24]

Each peer runs in its own environment over the same bytes (see pii_peer.py) and stops after the given processor
seconds on each set; for the speeds this scan and the fastest peer take turns. The credentials of a repository are
scored by trees that have not seen it (see pii_train.py); the peers are taken as they come, CredSweeper with a model
that was trained on labelled lines of the same origin.
"""

from __future__ import annotations

import argparse
import base64
import gc
import gzip
import json
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pii_residue
import pii_train as training
from _environments import environment
from corpus import documents
from stackmark.pii import ruleset
from stackmark.pii.scan import scan_many
from stackmark.pii.spans import RANKS, Span, merge

HERE = Path(__file__).parent
SECRETS, PERSONAL = ("kingfisher", "detect-secrets", "credsweeper"), ("presidio", "datatrove")
BATCH = 4 << 20
ROUNDS = 5
GROUPS = {
    "password": ("Password",),
    "token, secret, key": ("Token", "Secret", "Key", "API", "Credential", "Akamai", "Slack"),
    "keys, JWT, headers, URLs": ("PEM", "JSON Web", "Basic", "Bearer", "URL", "NTLM", "Azure", "AWS", "BASE64"),
    "auth, nonce, salt": ("Auth", "Nonce", "Salt"),
}


@dataclass(frozen=True)
class Run:
    """What one contestant found in the texts that it came to, and what that cost in processor seconds."""

    found: list[list[tuple[int, int, str]]]
    seconds: float
    size: int
    texts: int
    slowest: float

    def rate(self) -> float:
        """Give MB (10^6 bytes) a second of processor time."""
        return self.size / 1e6 / self.seconds


def ours(texts: Sequence[tuple[str, bytes]]) -> Run:
    found: list[list[Span]] = []
    gc.collect()
    gc.freeze()  # a contestant in its own process does not pay for the millions of objects that are kept here
    start = time.process_time()
    batch: list[tuple[str, bytes]] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text[1])
        if size >= BATCH:
            found += scan_many([content for _, content in batch], [path for path, _ in batch])
            batch, size = [], 0
    found += scan_many([content for _, content in batch], [path for path, _ in batch])
    seconds = time.process_time() - start
    gc.unfreeze()
    plain = [[(span.start, span.end, span.type) for span in spans if not span.is_example] for spans in found]
    return Run(plain, seconds, sum(len(content) for _, content in texts), len(texts), 0.0)


def alone(before: Sequence[tuple[str, bytes]], texts: Sequence[tuple[str, bytes]]) -> Run:
    """Scan in a new process, which compiles what it needs on the examples of the rules and on other texts `before`."""
    ours([("notes.txt", example) for _, example in pii_residue.examples()])
    ours(before)
    return ours(texts)


def in_turns(texts: Sequence[tuple[str, bytes]], seconds: float) -> dict[str, Run]:
    """Let this scan and the fastest peer take turns, each in a new process; the cheapest of their rounds counts.

    Every eighth text and the examples of all rules are scanned before the clock runs, and not again: to load and
    compile is no rate, and the peer compiles all of its rules when it is made.
    """
    before, rest = texts[::8], [text for number, text in enumerate(texts) if number % 8]
    runs: dict[str, list[Run]] = defaultdict(list)
    for _ in range(ROUNDS):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            runs["stackmark"].append(pool.submit(alone, before, rest).result())
        runs["kingfisher"].append(peer("kingfisher", rest, seconds))
    return {name: min(some, key=lambda run: run.seconds) for name, some in runs.items()}


def peer(name: str, texts: Sequence[tuple[str, bytes]], seconds: float) -> Run:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps([path, base64.b64encode(content).decode()]) + "\n" for path, content in texts)
        file.flush()
        python = environment(name) / "python"
        command = [str(python), str(HERE / "pii_peer.py"), name, file.name, str(seconds)]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
    answer: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    found: list[list[tuple[int, int, str]]] = [[] for _ in texts]
    for index, *item in answer["found"]:
        found[index].append((item[0], item[1], item[2]))
    return Run(found, answer["seconds"], answer["bytes"], answer["texts"], answer["slowest"])


def credentials(lines: list[training.Line], found: dict[str, list[list[tuple[int, int, str]]]]) -> None:
    """Print recall by group and strict precision: a finding that touches no true mark is wrong."""
    print("\nLabelled lines: recall (of marks), strict precision")
    for name, spans in found.items():
        hit: dict[str, int] = defaultdict(int)
        all_marks: dict[str, int] = defaultdict(int)
        right = count = 0
        for line, places in zip(lines, spans, strict=True):
            true = [mark for mark in line.marks if mark[2] is True]
            count += len(places)
            right += sum(any(start < mark[1] and end > mark[0] for mark in true) for start, end, _ in places)
            for mark in true:
                if mark[3] in training.NOT_SECRETS:
                    continue
                touched = any(start < mark[1] and end > mark[0] for start, end, _ in places)
                for group in ("all", group_of(mark[3])):
                    hit[group] += touched
                    all_marks[group] += 1
        groups = "  ".join(
            f"{group} {hit[group] / all_marks[group]:.2f} ({all_marks[group]})" for group in ["all", *GROUPS]
        )
        print(f"  {name:15} precision {right / max(count, 1):.3f} of {count:5}   {groups}")


def group_of(kind: str) -> str:
    first = kind.split(":")[0]
    return next((name for name, starts in GROUPS.items() if first.startswith(starts)), "auth, nonce, salt")


def kept_out(data: Path) -> tuple[list[training.Line], list[list[tuple[int, int, str]]]]:
    """Find credentials in each repository of the labelled lines with a scorer that was trained without it."""
    lines, cases, others = training.material(data, training.FILES)
    threshold = next(rule.score for rule in ruleset.load() if rule.find == "assignments")
    scores = training.kept_out(cases, others)
    spans: dict[int, list[Span]] = defaultdict(list)
    for index, case in enumerate(cases):
        if case.span and scores[index] >= threshold:
            spans[case.line].append(case.span)
    return lines, [
        [
            (span.start, span.end, span.type)
            for span in merge(line.typed + spans[index])
            if not span.is_example and span.rank != RANKS.index("personal")
        ]
        for index, line in enumerate(lines)
    ]


def personal(cases: list[dict[str, Any]], runs: dict[str, Run]) -> None:
    """Print recall and false positive rate by type, and findings in look-alikes of secrets."""
    print("\nMade-up personal data and look-alikes: recall / share of false cases with that finding")
    types = sorted({case["type"] for case in cases if case["label"]})
    for name, run in runs.items():
        parts = []
        for kind in types:
            true = [(case, run.found[at]) for at, case in enumerate(cases) if case["type"] == kind and case["label"]]
            false = [run.found[at] for at, case in enumerate(cases) if case["forbids"] == kind]
            hits = sum(
                any(item[2] == kind and touches(item, case["spans"][0]) for item in spans) for case, spans in true
            )
            wrong = sum(any(item[2] == kind for item in spans) for spans in false)
            parts.append(f"{kind} {hits / len(true):.2f}/{wrong / len(false):.2f}")
        alike = [run.found[at] for at, case in enumerate(cases) if case["forbids"] == "any secret"]
        parts.append(f"look-alikes {sum(map(bool, alike))}/{len(alike)}")
        print(f"  {name:15} {'  '.join(parts)}")


def touches(item: tuple[int, int, str], span: Sequence[int]) -> bool:
    return item[0] < span[1] and item[1] > span[0]


def speed(title: str, runs: dict[str, Run], secrets: bool) -> None:
    print(f"\n{title}")
    first = next(iter(runs.values())).rate()
    for name, run in runs.items():
        count = sum(len(spans) for spans in run.found) / (run.size / 1e6)
        extra = ""
        if secrets and name == "stackmark":
            kept = {rule.type for rule in ruleset.load() if rule.rank == "personal"}
            secret = sum(item[2] not in kept for spans in run.found for item in spans) / (run.size / 1e6)
            extra = f", of which secrets {secret:.2f}"
        share = f"{run.rate():8.2f} MB/s  {run.rate() / first:7.4f}x"
        print(f"  {name:15} {share}  {run.size / 1e6:6.1f} MB  {count:7.2f} findings/MB{extra}")


def clean_source(megabytes: float) -> list[tuple[str, bytes]]:
    """Take files of the corpus from every archive alike until there are enough."""
    files = [(path, content) for path, content in documents("small") if b"\0" not in content[:8000]]
    step = max(1, int(sum(len(content) for _, content in files) / 1e6 / megabytes))
    return files[::step]


def dense(lines: list[training.Line], source: list[tuple[str, bytes]], every: int) -> list[tuple[str, bytes]]:
    """Put the labelled lines among lines of clean source, one in so many."""
    files, at = [], 0
    for path, content in source:
        parts = content.split(b"\n")
        for row in range(0, len(parts), every):
            if at < len(lines):
                parts[row] += b"\n" + lines[at].text
                at += 1
        files.append((path, b"\n".join(parts)))
        if at == len(lines):
            break
    return files


def false_secrets(texts: Sequence[tuple[str, bytes]]) -> None:
    """Print the secrets a MB in source of packages that no part of the scan was trained with, by package."""
    kept = {rule.type for rule in ruleset.load() if rule.rank == "personal"}
    counts: Counter[str] = Counter()
    for (path, _), spans in zip(texts, ours(texts).found, strict=True):
        counts[path.split("/")[0]] += sum(item[2] not in kept for item in spans)
    size = sum(len(content) for _, content in texts) / 1e6
    most = ", ".join(f"{name} {count}" for name, count in counts.most_common(4))
    packages = len({path.split("/")[0] for path, _ in texts})
    print(
        f"\nSecrets in {packages} packages that training has not seen: {counts.total() / size:.2f} a MB of {size:.0f}"
    )
    print(f"  most of them in: {most}")


def slowest(texts: Sequence[tuple[str, bytes]]) -> None:
    """Print the slowest file of at least 20 kB, as a share of the mean rate of such files, each alone."""
    costs = []
    for path, content in texts:
        if len(content) >= 20_000:
            tries = []
            for _ in range(3):  # a machine that stalls is no slow file
                start = time.process_time()
                scan_many([content], [path])
                tries.append(time.process_time() - start)
            costs.append((min(tries) / len(content), len(content), path))
    mean = sum(cost * size for cost, size, _ in costs) / sum(size for _, size, _ in costs)
    cost, _, path = max(costs)
    print(f"\nSlowest file: {mean / cost:.2f} of the mean rate ({path}), of {len(costs)} files over 20 kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE.parents[1] / "shared" / "data")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--megabytes", type=float, default=24)
    arguments = parser.parse_args()
    ours([("warm.py", b"x = 1\n")])
    lines, scored = kept_out(arguments.data)
    texts = [(line.path, line.text) for line in lines]
    with gzip.open(arguments.data / "pii_dev.jsonl.gz", "rt") as file:
        cases: list[dict[str, Any]] = [json.loads(row) for row in file]
    made = [("case.txt", case["text"].encode()) for case in cases]
    source = clean_source(arguments.megabytes)
    unseen = [(line.path, line.text) for line in training.clean(("test", "fresh"))]

    found = {"stackmark": scored}
    for name in SECRETS:
        found[name] = peer(name, texts, 1e9).found
    credentials(lines, found)
    contestants = (*SECRETS[:2], *PERSONAL)
    personal(cases, {"stackmark": ours(made)} | {name: peer(name, made, 1e9) for name in contestants})
    clean = in_turns(source, arguments.seconds)
    clean |= {name: peer(name, source, arguments.seconds) for name in (*SECRETS, *PERSONAL) if name not in clean}
    speed("Clean source: nearly every finding of a secret is false", clean, secrets=True)
    for every in (20, 80):
        crowded = in_turns(dense(lines, source, every), arguments.seconds)
        speed(f"Source with a labelled line after every {every} lines", crowded, secrets=False)
    false_secrets(unseen)
    slowest([*source, *unseen])
    finders = {name: partial(places_of, name) for name in ("kingfisher", "detect-secrets", "credsweeper", "presidio")}
    pii_residue.report([*unseen, *source, *documents("medium")], finders)


def places_of(name: str, texts: list[tuple[str, bytes]]) -> list[list[tuple[int, int, str]]]:
    return peer(name, texts, 1e9).found


if __name__ == "__main__":
    main()
