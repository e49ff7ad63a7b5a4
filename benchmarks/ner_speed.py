"""Part of benchmarks/ner.py: words a second, all participants taking turns."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import numpy as np

import ner_material as material
from ner_material import Answer, Asked, head, spans
from ner_participants import FAILURES, Participant, Started, gliner, ours, reference

#: Name of a row to its participant and what it is asked.
Runs = dict[str, tuple[Participant, dict[str, Any]]]
#: Rows: who, and what is asked.
ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "span_marker float32": ("reference", {"batch_size": 4}),
    "GLiNER float32": ("gliner", {"batch_size": 8}),
    "ours float32": ("torch", {}),
    "ours bfloat16": ("torch", {"dtype": "bfloat16"}),
    "ours int8": ("torch", {"dtype": "int8"}),
    "ours onnx float32": ("onnx", {}),
    "ours float32, filter": ("torch", {"prefilter": "auto"}),
    "ours bfloat16, filter": ("torch", {"prefilter": "auto", "dtype": "bfloat16"}),
    "ours int8, filter": ("torch", {"prefilter": "auto", "dtype": "int8"}),
}


def speed(asked: Asked) -> list[str]:
    """Let all participants take turns on the same sentences with an encoder of 12 layers, 768 wide."""
    folder, texts = asked.large(), asked.dev(asked.sentences)
    types = sorted({one[2] for row in material.sentences(asked.data, "dev", 500) for one in row.entities})
    words = sum(map(len, texts))
    failed: list[str] = []
    for threads in asked.threads:
        head(f"Speed, 12 x 768, {len(texts)} sentences of {words} words, {asked.rounds} rounds, {threads} threads")
        kinds: dict[str, Started] = {
            "reference": reference(folder, threads),
            "gliner": gliner(folder / "encoder", types, threads),
            "torch": ours(folder, threads),
            "onnx": ours(folder / "onnx", threads, "onnx"),
        }
        with ExitStack() as stack:
            known = {}
            for kind, start in kinds.items():
                try:
                    known[kind] = stack.enter_context(start)
                except FAILURES as error:
                    print(f"  {kind}: {error!r}")
                    failed.append(f"{kind} with {threads} threads")
            runs = {name: (known[kind], options) for name, (kind, options) in ROWS.items() if kind in known}
            answers, lost = taking_turns(runs, texts, asked.rounds, words)
            failed += [f"{name} with {threads} threads" for name in lost]
            table(answers, words)
    return failed


def taking_turns(runs: Runs, texts: Any, rounds: int, words: int) -> tuple[dict[str, list[Answer]], list[str]]:
    """Ask everybody once to warm up, on one text, then in turn, some rounds; and say who failed."""
    answers: dict[str, list[Answer]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name in [name for name in runs if name in answers]:
            one, options = runs[name]
            try:
                answer = one.ask(texts=texts if number else texts[:1], **{"batch_size": 32, **options})
            except FAILURES as error:
                print(f"  {name}: {error!r}")
                del answers[name]
                continue
            if number:
                answers[name].append(answer)
                print(f"    round {number}, {name}: {words / answer['wall']:.1f} words/s")
    return answers, [name for name in runs if name not in answers]


def table(answers: dict[str, list[Answer]], words: int) -> None:
    """Print words a second, and ratios to the first row: the median of the rounds, each within itself."""
    if not answers:
        return
    first = next(iter(answers.values()))
    expected = flat(first[0]["found"]["entities"])
    print(f"  {'':24} {'words/s':>8} {'wall':>17} {'processor':>10}  same entities")
    for name, rows in answers.items():
        wall = sorted(one["wall"] / row["wall"] for one, row in zip(first, rows, strict=True))
        cpu = [one["cpu"] / row["cpu"] for one, row in zip(first, rows, strict=True)]
        rate = words / float(np.median([row["wall"] for row in rows]))
        entities = rows[0]["found"]["entities"]
        same = "" if isinstance(entities, int) else f"{len(expected & flat(entities))} of {len(expected)}"
        between = f"{np.median(wall):.2f}x ({wall[0]:.1f}-{wall[-1]:.1f})"
        print(f"  {name:24} {rate:8.1f} {between:>17} {np.median(cpu):9.2f}x  {same}")


def flat(answer: Any) -> set[tuple[Any, ...]]:
    """Give the entities of all texts, each with the number of its text; of a mere count, none."""
    return set() if isinstance(answer, int) else {(row, *span) for row, one in enumerate(answer) for span in spans(one)}
