"""Train the scorer of generic credentials and say how good it is on repositories that it has not seen.

    python benchmarks/pii_train.py [--data FOLDER] [--write]

Three sources: the labelled lines of secrets_dev.jsonl.gz (each repository is judged by trees that were trained without
it), assignments in clean published source (taken as no credentials), and generated lines. Boosted trees with Newton
steps (Friedman 2001; Chen and Guestrin 2016), on quantile bins, in numpy: the whole model is a few hundred nodes.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import random
import re
import string
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from corpus import documents
from languages_corpus import corpus as packages
from stackmark.pii import assignments, features, paths, scorer, values
from stackmark.pii.scan import scan_many
from stackmark.pii.spans import RANKS, Span, merge

Floats = npt.NDArray[np.float64]
HERE = Path(__file__).parent
MODEL = HERE.parent / "src" / "stackmark" / "pii" / "scorer.json"
NOT_SECRETS = {"UUID", "AWS S3 Bucket", "Firebase Domain"}
FOLDS, TREES, DEPTH, RATE, BINS, L2, MIN_WEIGHT = 7, 120, 4, 0.12, 48, 3.0, 4.0
FILES = 4000  # of the corpus


@dataclass
class Line:
    """A labelled line: `marks` are (start, end, label, type); `repo` is what folds are split by."""

    repo: str
    path: str
    text: bytes
    marks: list[tuple[int, int, Any, str]]
    typed: list[Span] = field(default_factory=list)


@dataclass
class Case:
    """One assignment with its features, its label (1 a credential) and its weight."""

    repo: str
    numbers: Floats
    label: float
    weight: float
    line: int
    span: Span | None
    key: tuple[bytes, bytes]


def labelled(folder: Path) -> list[Line]:
    with gzip.open(folder / "secrets_dev.jsonl.gz", "rt") as file:
        rows = [json.loads(row) for row in file]
    return [
        Line(
            row["repo"],
            row["path"],
            base64.b64decode(row["text_base64"]),
            [(mark["start"], mark["end"], mark["label"], mark["type"]) for mark in row["marks"]],
        )
        for row in rows
    ]


def lines_of(content: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    for line in content.split(b"\n"):
        yield at, at + len(line)
        at += len(line) + 1


def cases_of(lines: list[Line]) -> Iterator[Case]:
    """Yield a case for each plausible assignment that no typed rule has taken."""
    for index, line in enumerate(lines):
        place = paths.of(line.path)
        found = [
            one
            for start, end in lines_of(line.text)
            if end - start <= 4096
            for one in assignments.find(start, line.text[start:end], place)
            if not any(
                span.start < start + one.candidate.end and span.end > start + one.candidate.start for span in line.typed
            )
        ]
        for one, numbers in zip(found, features.matrix(found), strict=True):
            start, end = one.number + one.candidate.start, one.number + one.candidate.end
            value = line.text[start:end]
            example, rank = assignments.is_example(value), RANKS.index("generic")
            span = Span(start, end, "GENERIC_SECRET", 0.0, "scorer", example, rank)
            yield Case(line.repo, numbers, label_of(line, span), 1.0, index, span, (one.candidate.name, value))


def label_of(line: Line, span: Span) -> float:
    """Return 1 if a true mark holds the assignment's value, else 0."""
    hits = [mark for mark in line.marks if mark[0] < span.end and mark[1] > span.start]
    return float(any(mark[2] is True and mark[3] not in NOT_SECRETS for mark in hits))


def find_typed(lines: list[Line]) -> None:
    found = scan_many([line.text for line in lines], [line.path for line in lines], judged=False)
    for line, spans in zip(lines, found, strict=True):
        line.typed = [span for span in spans if span.rank < RANKS.index("generic")]


def clean(roles: Iterable[str], most: int | None = None) -> list[Line]:
    """Return files of published source as lines without marks: packages of roles, of many languages.

    `corpus` is the corpus of the benchmarks, up to `most` of its files from all archives alike; the others are the
    roles of the packages that languages are told apart with, none in two roles.
    """
    lines = []
    for role in roles:
        if role == "corpus":
            rows = [row for row in documents("medium") if is_text(row[1])]
            rows = rows[:: max(1, len(rows) // most)] if most else rows
        else:
            table = pq.read_table(packages(role), columns=["package", "path", "content"])
            names = zip(table["package"].to_pylist(), table["path"].to_pylist(), strict=True)
            contents = table["content"].to_pylist()
            rows = [(f"{name}/{path}", content) for (name, path), content in zip(names, contents, strict=True)]
        lines += [Line(path.split("/")[0], path, content, []) for path, content in rows if is_text(content)]
    return lines


def is_text(content: bytes) -> bool:
    return len(content) < 1 << 18 and b"\0" not in content


MADE: dict[str, Any] = tomllib.loads((HERE / "pii_train.toml").read_text())


def secret_value(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.4:
        alphabet = chance.choice(
            [
                string.hexdigits[:16],
                string.ascii_letters + string.digits,
                string.ascii_lowercase + string.digits,
                string.ascii_letters + string.digits + "+/",
                string.ascii_letters + string.digits + "!@#%^*",
            ]
        )
        return "".join(
            chance.choice(alphabet) for _ in range(chance.choice([8, 10, 12, 16, 20, 24, 32, 32, 40, 43, 64]))
        )
    if kind < 0.7:
        pairs = (chance.choice("bcdfghklmnprstvwz") + chance.choice("aeiou") for _ in range(chance.randint(2, 4)))
        return "".join(pairs) + "".join(chance.choice(string.digits) for _ in range(chance.choice([0, 1, 2, 3, 4])))
    word: str = chance.choice(MADE["words"].split())
    word = word.capitalize() if chance.random() < 0.5 else word
    word = word.replace("a", "@").replace("o", "0").replace("e", "3") if chance.random() < 0.3 else word
    second = chance.choice(["", chance.choice(MADE["words"].split()).capitalize()])
    return f"{word}{second}" + str(chance.randint(1, 9999)) + chance.choice(["", "!", "#", "$", "@"])


def plain_value(chance: random.Random, name: str) -> str:
    verb, noun = chance.choice(MADE["verbs"].split()), chance.choice(MADE["words"].split())
    fields = {
        "n": name,
        "l": name.lower(),
        "u": name.upper(),
        "v": verb,
        "w": noun,
        "V": verb.title(),
        "W": noun.title(),
    }
    form: str = chance.choice(MADE["plain"])
    return form.format(**fields, d=chance.randint(10, 99999))


def generated(count: int) -> list[Line]:
    """Make lines: half with a credential, half with what else stands beside such names."""
    chance = random.Random(20260)
    lines = []
    for index in range(count):
        name, frame, path = (chance.choice(MADE[key]) for key in ("names", "frames", "files"))
        value = secret_value(chance) if index % 2 else plain_value(chance, name)
        text = frame.replace("{n}", name).replace("{v}", value).encode()
        at = text.rfind(value.encode())
        lines.append(Line("generated", path, text, [(at, at + len(value), bool(index % 2), "generated")]))
    return lines


def weigh(cases: list[Case], share: float) -> list[Case]:
    """Give repeated assignments the weight of the square root of their number, and a source its share."""
    counts = Counter((case.repo, case.key, case.label) for case in cases)
    for case in cases:
        case.weight = share / counts[case.repo, case.key, case.label] ** 0.5
    return cases


# --- boosted trees ---------------------------------------------------------------------------------------------------


def boost(numbers: Floats, labels: Floats, weights: Floats) -> tuple[float, list[scorer.Tree]]:
    """Fit trees to the log-odds of the labels; returns the base and the trees that `scorer` reads."""
    cuts = [np.unique(np.quantile(column, np.linspace(0, 1, BINS)[1:-1])) for column in numbers.T]
    binned = np.stack(
        [np.searchsorted(cut, column, side="left") for cut, column in zip(cuts, numbers.T, strict=True)], 1
    )
    mean = float((labels * weights).sum() / weights.sum())
    base = float(np.log(mean / (1 - mean)))
    total, trees = np.full(len(labels), base), []
    for _ in range(TREES):
        chances = 1 / (1 + np.exp(-total))
        tree, leaves = grow(binned, cuts, (labels - chances) * weights, chances * (1 - chances) * weights, weights)
        total += np.array(tree[4])[leaves]
        trees.append(tree)
    return base, trees


def grow(
    binned: npt.NDArray[np.int64], cuts: list[Floats], slope: Floats, curve: Floats, weights: Floats
) -> tuple[scorer.Tree, npt.NDArray[np.int64]]:
    """Grow one tree by the gain of Newton steps; returns it and the leaf of each row."""
    tree: scorer.Tree = ([], [], [], [], [])
    leaves = np.zeros(len(binned), np.int64)

    def node(rows: npt.NDArray[np.int64], depth: int) -> int:
        at = len(tree[0])
        for column, empty in zip(tree, (0, 0.0, -1, -1, 0.0), strict=True):
            column.append(empty)  # type: ignore[attr-defined]  # lists of int and of float
        best = split(binned[rows], slope[rows], curve[rows], weights[rows]) if depth else None
        if best is None:
            tree[4][at] = round(float(RATE * slope[rows].sum() / (curve[rows].sum() + L2)), 4)
            leaves[rows] = at
            return at
        feature, cut = best
        goes_left = binned[rows, feature] <= cut
        tree[0][at], tree[1][at] = feature, round(float(cuts[feature][cut]), 5)
        tree[2][at] = node(rows[goes_left], depth - 1)
        tree[3][at] = node(rows[~goes_left], depth - 1)
        return at

    node(np.arange(len(binned)), DEPTH)
    return tree, leaves


def split(binned: npt.NDArray[np.int64], slope: Floats, curve: Floats, weights: Floats) -> tuple[int, int] | None:
    """Return the feature and the cut with the largest gain, or None if none is worth it."""
    best, found = 0.3, None
    for feature in range(binned.shape[1]):
        sums = [np.cumsum(np.bincount(binned[:, feature], column, BINS)) for column in (slope, curve, weights)]
        (left, left_curve, left_weight), (all_slope, all_curve, all_weight) = sums, [column[-1] for column in sums]
        right, right_curve = all_slope - left, all_curve - left_curve
        gain = left**2 / (left_curve + L2) + right**2 / (right_curve + L2) - all_slope**2 / (all_curve + L2)
        gain[(left_weight < MIN_WEIGHT) | (all_weight - left_weight < MIN_WEIGHT)] = 0
        cut = int(gain.argmax())
        if gain[cut] > best:
            best, found = float(gain[cut]), (feature, cut)
    return found


def fit(cases: list[Case]) -> tuple[float, list[scorer.Tree]]:
    numbers = np.array([case.numbers for case in cases])
    return boost(numbers, np.array([case.label for case in cases]), np.array([case.weight for case in cases]))


def predict(model: scorer.Forest, cases: list[Case]) -> list[float]:
    """Return the probability of each case."""
    chances: list[float] = (1 / (1 + np.exp(-model.evaluate(np.array([case.numbers for case in cases]))))).tolist()
    return chances


# --- what it is worth ------------------------------------------------------------------------------------------------


def kept_out(cases: list[Case], others: list[Case]) -> dict[int, float]:
    """Score each labelled case by trees that have not seen its repository; by index of the case."""
    repos = sorted({case.repo for case in cases})
    random.Random(7).shuffle(repos)
    scores: dict[int, float] = {}
    for fold in range(FOLDS):
        out = set(repos[fold::FOLDS])
        model = scorer.forest(*fit([case for case in cases if case.repo not in out] + others))
        judged = [index for index, case in enumerate(cases) if case.repo in out]
        scores |= dict(zip(judged, predict(model, [cases[index] for index in judged]), strict=True))
    return scores


def false_secrets(lines: list[Line], cases: list[Case], model: scorer.Forest) -> Callable[[float], tuple[float, float]]:
    """Return for a threshold how many generic and how many typed secrets a MB are found in source that has none."""
    size = sum(len(line.text) for line in lines) / 1e6
    secret = RANKS.index("secret")
    typed = sum(not span.is_example and span.rank == secret for line in lines for span in line.typed)
    scores = predict(model, [case for case in cases if case.span and not case.span.is_example])
    return lambda threshold: (sum(score >= threshold for score in scores) / size, typed / size)


def measure(
    lines: list[Line], cases: list[Case], scores: dict[int, float], threshold: float
) -> tuple[float, float, int]:
    """Return recall over true marks (without UUID, bucket and domain labels), strict precision, and findings.

    Strict: a finding that touches no true mark is wrong, also where nothing is marked.
    """
    by_line: dict[int, list[Span]] = defaultdict(list)
    for index, case in enumerate(cases):
        if case.span and scores[index] >= threshold:
            by_line[case.line].append(case.span)
    hits = marks = right = findings = 0
    for index, line in enumerate(lines):
        spans = [
            span
            for span in merge(line.typed + by_line[index])
            if not span.is_example and span.rank != RANKS.index("personal")
        ]
        true = [mark for mark in line.marks if mark[2] is True]
        wanted = [mark for mark in true if mark[3] not in NOT_SECRETS]
        hits += sum(any(span.start < mark[1] and span.end > mark[0] for span in spans) for mark in wanted)
        marks += len(wanted)
        right += sum(any(span.start < mark[1] and span.end > mark[0] for mark in true) for span in spans)
        findings += len(spans)
    return hits / marks, right / max(findings, 1), findings


def bigrams(source: list[Line]) -> list[list[int]]:
    """Count pairs of neighbours in the names of published source, as 100 log2 of how much oftener than by chance.

    Pairs with a digit have fixed values: names hold digits as chance would have it, random text changes kind often.
    """
    names: Counter[bytes] = Counter()
    for line in source:
        names.update(set(re.findall(rb"[A-Za-z][A-Za-z0-9_-]{2,30}", line.text)))
    counts = np.zeros((28, 28))
    for name, files in names.items():
        if files > 1 and (len(name) <= 15 or sum(48 <= byte < 58 for byte in name) <= len(name) / 3):
            folded = values.fold(name)
            np.add.at(counts, (list(folded[:-1]), list(folded[1:])), np.log2(1 + files))
    chance = np.array([2 / 62] * 27 + [10 / 62])
    scores = 100 * np.log2((counts + 0.5) / (counts.sum(1, keepdims=True) + 14) / chance)
    scores[26, :] = scores[:, 26] = 0
    scores[:, 27], scores[27, :], scores[27, 27] = -150, -200, -100
    return [[round(score) for score in row] for row in scores.tolist()]


def material(data: Path, files: int) -> tuple[list[Line], list[Case], list[Case]]:
    """Return the labelled lines, their cases, and the other cases that every scorer is trained with."""
    lines, source, made = labelled(data), clean(("corpus", "train"), files), generated(1600)
    for part in (lines, source, made):
        find_typed(part)
    cases = weigh(list(cases_of(lines)), 1.0)
    return lines, cases, weigh(list(cases_of(source)), 0.5) + weigh(list(cases_of(made)), 0.4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE.parents[1] / "shared" / "data")
    parser.add_argument("--files", type=int, default=FILES, help="files of the corpus to train with")
    parser.add_argument("--bigrams", action="store_true", help="only write bigrams.json, from the clean source")
    parser.add_argument("--write", action="store_true", help="write src/stackmark/pii/scorer.json")
    arguments = parser.parse_args()
    if arguments.bigrams:
        table = json.dumps(bigrams(clean(("corpus",), arguments.files)), separators=(",", ":"))
        MODEL.with_name("bigrams.json").write_text(table + "\n")
        return
    lines, cases, others = material(arguments.data, arguments.files)
    print(
        f"{len(cases)} labelled assignments, {sum(case.label for case in cases):.0f} credentials; {len(others)} others"
    )
    scores = kept_out(cases, others)
    base, trees = fit(cases + others)
    unseen = clean(("test", "fresh"))
    find_typed(unseen)
    false = false_secrets(unseen, list(cases_of(unseen)), scorer.forest(round(base, 4), trees))
    print("repositories kept out: threshold, recall without UUIDs, strict precision, findings")
    print("source of packages kept out: generic and typed secrets a MB")
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9, 1.1):
        recall, precision, findings = measure(lines, cases, scores, threshold)
        generic, typed = false(threshold)
        print(f"  {threshold:.2f}  {recall:.3f}  {precision:.3f}  {findings}  {generic:.2f}  {typed:.2f}")
    if arguments.write:
        record = {"features": features.FEATURES, "base": round(base, 4), "trees": trees}
        MODEL.write_text(json.dumps(record, separators=(",", ":")) + "\n")
        print(f"{MODEL.name}: {MODEL.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
