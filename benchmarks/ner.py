"""What stackmark.ner is held to: the reference's answers, its speed, memory, and what the short cuts cost.

    script/bench ner [DATA] [--part exact|speed|memory|long|quality ...] [--model FOLDER | --train-seconds 180]

DATA is a folder with CoNLL files named NAME-LANGUAGE.train.conll.gz and NAME-LANGUAGE.dev.conll.gz and, under golden/,
small checkpoints of several encoder families. A small model is trained first, or given; blown up to 12 x 768 with the
same answers it is the large one. The reference (span_marker) and GLiNER have environments of their own; all take turns.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import ner_material as material
from ner_participants import CACHE, Participant, Started, gliner, ours, reference

HERE = Path(__file__).parent
Answer = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What the command line says, and the models once they are made."""

    data: Path
    rounds: int
    sentences: int
    exact_sentences: int
    threads: list[int]
    train_seconds: float
    model: Path | None

    def small(self) -> Path:
        """Give the small model, with filter and ONNX graphs."""
        return material.small(self.data, CACHE, self.train_seconds, self.model)

    def large(self) -> Path:
        """Give the same as a large one."""
        return material.large(self.small())

    def dev(self, number: int) -> list[list[str]]:
        """Give the words of so many sentences."""
        return material.words(material.sentences(self.data, "dev", number))


def head(title: str) -> None:
    print(f"\n{title} (load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors)")


def exact(asked: Asked) -> None:
    """Compare logits and entities with the reference's, encoder by encoder, with and without context."""
    head("Exactness against span_marker")
    given = asked.dev(2 * asked.exact_sentences)
    for golden in sorted((asked.data / "golden").iterdir()):
        folder = material.resaved(golden, CACHE / "exact" / golden.name)
        texts = material.fitting(given, folder)[: asked.exact_sentences]
        documents = [place // 6 for place in range(len(texts))]
        with reference(folder, 1) as theirs, ours(folder, 1) as own:
            for context in (False, True):
                found: list[tuple[Any, Any]] = []
                for name, one in (("theirs", theirs), ("ours", own)):
                    path = (CACHE / "exact" / f"{name}.npy").resolve()
                    about: Answer = {"documents": documents} if context else {}
                    answer = one.ask(texts=texts, batch_size=16, logits=str(path), **about)
                    found.append((answer["found"]["entities"], np.load(path)))
                name = f"{golden.name}, {len(texts):,} sentences, {'with' if context else 'without'} context"
                print(f"  {name}: {compared(*found)}")


def compared(theirs: tuple[Any, Any], own: tuple[Any, Any]) -> str:
    """Say in how many sentences the entities differ, and how far the logits lie apart at most."""
    one, other = theirs[1], own[1]
    apart = f"{np.abs(one - other).max():.1e}" if one.shape == other.shape else f"shapes {one.shape} {other.shape}"
    differing = sum(spans(a) != spans(b) for a, b in zip(theirs[0], own[0], strict=True))
    count = sum(map(len, theirs[0]))
    return f"{count:,} entities, sentences that differ: {differing}; {len(one):,} spans, logits apart {apart}"


def spans(entities: Sequence[Answer]) -> list[tuple[int, int, str]]:
    return [(one["word_start_index"], one["word_end_index"], one["label"]) for one in entities]


def speed(asked: Asked) -> None:
    """Let all participants take turns on the same sentences with an encoder of 12 layers, 768 wide."""
    folder, texts = asked.large(), asked.dev(asked.sentences)
    types = sorted({one[2] for row in material.sentences(asked.data, "dev", 500) for one in row.entities})
    words = sum(map(len, texts))
    for threads in asked.threads:
        head(f"Speed, 12 x 768, {len(texts)} sentences of {words} words, {asked.rounds} rounds, {threads} threads")
        with ExitStack() as stack:
            theirs = stack.enter_context(reference(folder, threads))
            peer = stack.enter_context(gliner(folder / "encoder", types, threads))
            torch = stack.enter_context(ours(folder, threads))
            onnx = stack.enter_context(ours(folder / "onnx", threads, "onnx"))
            runs: Runs = {
                "span_marker float32": (theirs, {"batch_size": 4}),
                "GLiNER float32": (peer, {"batch_size": 8}),
                "ours float32": (torch, {}),
                "ours bfloat16": (torch, {"dtype": "bfloat16"}),
                "ours int8": (torch, {"dtype": "int8"}),
                "ours onnx float32": (onnx, {}),
                "ours float32, filter": (torch, {"prefilter": "auto"}),
                "ours bfloat16, filter": (torch, {"prefilter": "auto", "dtype": "bfloat16"}),
                "ours int8, filter": (torch, {"prefilter": "auto", "dtype": "int8"}),
            }
            table(taking_turns(runs, texts, asked.rounds), words)


Runs = dict[str, tuple[Participant, dict[str, Any]]]


def taking_turns(runs: Runs, texts: Any, rounds: int) -> dict[str, list[Answer]]:
    """Ask everybody once to warm up, on one text, then in turn, some rounds."""
    for one, options in runs.values():
        one.ask(texts=texts[:1], **{"batch_size": 32, **options})
    answers: dict[str, list[Answer]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, (one, options) in runs.items():
            answers[name].append(one.ask(texts=texts, **{"batch_size": 32, **options}))
    return answers


def table(answers: dict[str, list[Answer]], words: int) -> None:
    """Print words a second, and ratios to the first row: the median of the rounds, each within itself."""
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


def flat(answer: Sequence[Sequence[Answer]]) -> set[tuple[Any, ...]]:
    return {(row, *span) for row, entities in enumerate(answer) for span in spans(entities)}


def memory(asked: Asked) -> None:
    """Print the peak above what is resident once the model is loaded; every row is a fresh process."""
    large, small = asked.large(), asked.small()
    mixed = [*asked.dev(30), [word for text in asked.dev(200) for word in text][:250]]
    short = sorted(asked.dev(8000), key=len)[:1000]
    many = asked.dev(1000)
    every = material.words(material.everything(asked.data, "dev"))
    head("Peak resident memory in MiB above what was resident once the model was loaded; each row a fresh process")
    print("  (a) 30 sentences and a text of 250 words  (b) the 1,000 shortest of 8,000 sentences  (c) 1,000 sentences")
    print(f"  {'':52} {'at a time':>9} {'loaded':>7} {'above':>6} {'s':>6}")
    rows: list[tuple[str, Started, Any, dict[str, Any]]] = [
        ("span_marker float32, 12 x 768, 8 sentences", reference(large, 1), mixed[:8], {"batch_size": 8}),
        ("span_marker float32, 12 x 768, 24 sentences", reference(large, 1), mixed[:24], {"batch_size": 24}),
        *(("float32, 12 x 768, (a)", ours(large, 1), mixed, {"batch_size": n}) for n in (1, 32)),
        *(
            (f"{way}, 12 x 768, (a)", ours(large, 1, way), mixed, {"batch_size": 32, "dtype": way})
            for way in ("bfloat16", "int8")
        ),
        ("float32, 12 x 768, (b)", ours(large, 1), short, {"batch_size": 1000}),
        *(
            (f"float32, filter, 12 x 768, {n} of (c)", ours(large, 1), many[:n], {"batch_size": n, "prefilter": "auto"})
            for n in (32, 150)
        ),
        *(
            (
                f"{way}, filter, 12 x 768, (c)",
                ours(large, 1, way),
                many,
                {"batch_size": 1000, "prefilter": "auto", "dtype": way},
            )
            for way in ("bfloat16", "int8")
        ),
        (f"float32, small model, {len(many):,} sentences", ours(small, 1), many, {"batch_size": 1000}),
        (f"float32, small model, filter, {len(every):,} sentences", ours(small, 1), every, {"prefilter": "auto"}),
    ]
    for name, started, given, options in rows:
        with started as one:
            answer = one.ask(texts=given, memory=True, **{"batch_size": len(given), **options})
        held, above = answer["held"] / 2**20, answer["above"] / 2**20
        size = options.get("batch_size", len(given))
        print(f"  {name:52} {size:9,} {held:7.0f} {above:6.0f} {answer['wall']:6.1f}")


def long(asked: Asked) -> None:
    """Read documents of 5,000 to 20,000 words: nothing lost, and twice the words take twice the time."""
    import torch

    from stackmark.ner import SpanMarkerModel

    torch.set_num_threads(1)  # threads that wait for each other on a busy machine count as work
    model = SpanMarkerModel.from_pretrained(asked.small())
    words = [word for text in asked.dev(2000) for word in text]
    head("Long text, the small model, one thread, processor time")
    model.predict(" ".join(words[:1000]))
    for size in (5_000, 10_000, 20_000):
        text = " ".join(words[:size])
        begun = time.process_time()
        found: Any = model.predict(text)
        took = time.process_time() - begun
        judged = {int(start) for start in model.logits([text])[0][0][:, 0]}
        starts = {int(start) for start in model.tokenizer.encode([text])[0].chars[:, 0]}
        last = max(one["char_end_index"] for one in found)
        print(
            f"  {size:6,} words, {len(text):,} characters: {took:5.1f} s, {1000 * took / size:.2f} s per 1,000 words,"
        )
        print(f"         {len(found):,} entities, the last ends at {last:,}; words not judged: {len(starts - judged)}")


def quality(asked: Asked) -> None:
    """Print what reduced precision, filter and ONNX change in the answers of the small model."""
    import torch

    from stackmark.ner import SpanMarkerModel
    from stackmark.ner.evaluation import predict_words
    from stackmark.ner.metrics import score
    from stackmark.ner.onnx_backend import OnnxModel

    torch.set_num_threads(1)
    folder = asked.small()
    model = SpanMarkerModel.from_pretrained(folder)
    report = {} if model.prefilter is None else dict(model.prefilter.report)
    dev = material.sentences(asked.data, "dev", material.MEASURED)
    head(f"Quality of the small model on {len(dev):,} sentences; its filter: {json.dumps(report)}")
    gold, languages = [one.entities for one in dev], [one.language for one in dev]
    words = sum(len(one.words) for one in dev)
    whole: set[Any] = set()
    ways: dict[str, tuple[Any, dict[str, Any]]] = {
        "float32": (model, {}),
        "bfloat16": (model, {"dtype": "bfloat16"}),
        "int8": (model, {"dtype": "int8"}),
        "filter": (model, {"prefilter": "auto"}),
        "filter, bfloat16": (model, {"prefilter": "auto", "dtype": "bfloat16"}),
        "filter, int8": (model, {"prefilter": "auto", "dtype": "int8"}),
        "onnx": (OnnxModel.from_pretrained(folder / "onnx"), {}),
    }
    for name, (one, options) in ways.items():
        found = predict_words(one, dev, **options)
        scores = score(gold, found, languages, words)
        same = {(row, *span) for row, spans in enumerate(found) for span in spans}
        whole = whole or same
        kept = f"{len(whole & same):,} of {len(whole):,} entities ({len(whole & same) / max(1, len(whole)):.3%})"
        print(f"  {name:16} F1 {100 * scores.all.f1:6.2f}  kept {kept}, {len(same - whole)} others")


PARTS: dict[str, Callable[[Asked], None]] = {
    "exact": exact,
    "speed": speed,
    "memory": memory,
    "long": long,
    "quality": quality,
}


def main(arguments: Sequence[str] | None = None) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=HERE.parents[1] / "shared" / "data" / "ner")
    parser.add_argument("--part", action="append", choices=PARTS, help="all by default")
    parser.add_argument("--sentences", type=int, default=9, help="for the speed")
    parser.add_argument("--exact-sentences", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, action="append", help="for the speed; 1 and 2 by default")
    parser.add_argument("--train-seconds", type=float, default=180, help="for the small model")
    parser.add_argument("--model", type=Path, help="a small trained BERT checkpoint, instead of training one")
    given = vars(parser.parse_args(arguments))
    parts = given.pop("part") or list(PARTS)
    asked = Asked(**{**given, "threads": given["threads"] or [1, 2]})
    if not any(asked.data.glob("*.dev.conll.gz")):
        raise SystemExit(f"no *.dev.conll.gz in {asked.data}: name a folder with labelled text")
    for part in parts:
        PARTS[part](asked)


if __name__ == "__main__":
    main()
