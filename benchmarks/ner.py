"""What stackmark.ner is held to: the reference's answers, its speed, memory, and what the short cuts cost.

    script/bench ner [DATA] [--sentences 12] [--rounds 3] [--train-seconds 180] [--part exact --part speed ...]

DATA is a folder with CoNLL files named NAME-LANGUAGE.train.conll.gz and NAME-LANGUAGE.dev.conll.gz and, under golden/,
small checkpoints of several encoder families. Weights of the large model are random: they show cost, not quality.
The reference (span_marker) and GLiNER have environments of their own; all take turns in one run.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import ner_material as material
from _environments import environment

HERE = Path(__file__).parent
CACHE = HERE.parent / ".cache" / "ner"
PARTS = ("exact", "speed", "memory", "quality", "long")
#: The large model's labels are as many as MultiNERD's.
TYPES = [f"T{number:02}" for number in range(15)]
#: Share of spans that a fitted filter keeps; `quality` prints what it is on a trained model.
SHARE = 0.03


class Participant:
    """A process that answers requests; see `ner_serve`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ask(self, **request: Any) -> dict[str, Any]:
        """Give the answer to one request."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("a participant has no pipes")
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a participant ended: {self.process.args!r}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def participant(python: Path | str, script: str, *arguments: object) -> Iterator[Participant]:
    """Start a participant and wait until it has loaded its model; what it prints on stderr goes to a file."""
    command = [str(python), str(HERE / script), *map(str, arguments)]
    variables = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    CACHE.mkdir(parents=True, exist_ok=True)
    with (
        (CACHE / f"{Path(script).stem}.log").open("w") as log,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=variables
        ) as process,
    ):
        if process.stdout is None or process.stdout.readline() != "ready\n":
            process.kill()
            raise SystemExit(f"{script} did not start; see {log.name}")
        yield Participant(process)
        if process.stdin is not None:
            process.stdin.close()


def peer(folder: Path) -> Any:
    return participant(environment("ner-peer") / "python", "ner_peer.py", folder)


def ours(folder: Path, backend: str = "torch") -> Any:
    return participant(sys.executable, "ner_ours.py", folder, backend)


def exact(data: Path, number: int) -> None:
    """Compare logits and entities with the reference's, encoder by encoder, with and without context."""
    print("\nExactness against span_marker")
    given = [list(one.words) for one in material.sentences(data, "dev", 2 * number)]
    for golden in sorted((data / "golden").iterdir()):
        folder = material.resaved(golden, CACHE / "exact" / golden.name)
        texts = material.fitting(given, folder)[:number]
        documents = [place // 10 for place in range(len(texts))]
        with peer(folder) as theirs, ours(folder) as own:
            for context in (False, True):
                asked: dict[str, Any] = {"documents": documents} if context else {"logits": True}
                answers = [one.ask(texts=texts, batch_size=size, **asked) for one, size in ((theirs, 1), (own, 32))]
                name = f"{golden.name}, {len(texts):,} sentences, {'with' if context else 'without'} context"
                print(f"  {name}: {compared(*(answer['found'] for answer in answers))}")


def compared(theirs: dict[str, Any], own: dict[str, Any]) -> str:
    """Say in how many sentences the entities differ, and how far scores and logits lie apart at most."""
    keys = ("word_start_index", "word_end_index", "label")
    differing, scores, count = 0, 0.0, 0
    for one, other in zip(theirs["entities"], own["entities"], strict=True):
        same = [[entity[key] for key in keys] for entity in one] == [[entity[key] for key in keys] for entity in other]
        differing += not same
        count += len(one)
        if same and one:
            scores = max(scores, max(abs(a["score"] - b["score"]) for a, b in zip(one, other, strict=True)))
    said = f"{count:,} entities, sentences that differ: {differing}, scores apart {scores:.1e}"
    if theirs["logits"]:
        one, other = np.array(theirs["logits"]), np.array(own["logits"])
        apart = (
            f"{np.abs(one - other).max():.1e}"
            if one.shape == other.shape
            else f"of other shape {one.shape} {other.shape}"
        )
        said += f", {len(one):,} spans, logits apart {apart}"
    return said


def speed(data: Path, number: int, rounds: int) -> None:
    """Let all participants take turns on the same sentences with an encoder of 12 layers, 768 wide."""
    folder, exported = material.large(data, CACHE / "large", TYPES)
    texts = [list(one.words) for one in material.sentences(data, "dev", number)]
    words = sum(map(len, texts))
    print(f"\nSpeed, 12 x 768, {len(texts)} sentences of {words} words, {rounds} rounds, {os.cpu_count()} processors")
    with ExitStack() as stack:
        torch, onnx = stack.enter_context(ours(folder)), stack.enter_context(ours(exported, "onnx"))
        gliner = participant(environment("gliner") / "python", "ner_gliner.py", folder / "encoder", *TYPES)
        runs: Runs = {
            "span_marker float32": (stack.enter_context(peer(folder)), {"batch_size": 4}),
            "GLiNER float32": (stack.enter_context(gliner), {"batch_size": 8}),
            "ours float32": (torch, {"batch_size": 32}),
            "ours bfloat16": (torch, {"batch_size": 32, "dtype": "bfloat16"}),
            "ours int8": (torch, {"batch_size": 32, "dtype": "int8"}),
            "ours onnx float32": (onnx, {"batch_size": 32}),
            f"ours float32, filter keeps {SHARE:.0%}": (torch, {"batch_size": 32, "share": SHARE}),
            f"ours int8, filter keeps {SHARE:.0%}": (torch, {"batch_size": 32, "share": SHARE, "dtype": "int8"}),
        }
        table(taking_turns(runs, texts, rounds), words)


Runs = dict[str, tuple[Participant, dict[str, Any]]]


def taking_turns(runs: Runs, texts: Any, rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Ask everybody once to warm up, on one text, then in turn, some rounds."""
    for one, options in runs.values():
        one.ask(texts=texts[:1], **options)
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, (one, options) in runs.items():
            answers[name].append(one.ask(texts=texts, **options))
    return answers


def table(answers: dict[str, list[dict[str, Any]]], words: int) -> None:
    """Print words a second, and the ratio to the first row: the median of the rounds, each within itself."""
    first = next(iter(answers.values()))
    print(f"  {'':32} {'words/s':>8} {'wall':>7} {'processor':>10} {'MiB above weights':>18}")
    for name, rows in answers.items():
        wall = [one["wall"] / row["wall"] for one, row in zip(first, rows, strict=True)]
        cpu = [one["cpu"] / row["cpu"] for one, row in zip(first, rows, strict=True)]
        rate = words / float(np.median([row["wall"] for row in rows]))
        above = max(row["above"] for row in rows) / 2**20
        print(f"  {name:32} {rate:8.1f} {np.median(wall):6.2f}x {np.median(cpu):9.2f}x {above:18.0f}")


def memory(data: Path) -> None:
    """Print the peak above what is resident once the model is loaded, for batches of several sizes."""
    folder, _ = material.large(data, CACHE / "large", TYPES)
    texts = [list(one.words) for one in material.sentences(data, "dev", 48)]
    print("\nPeak memory above the loaded model, 12 x 768, bfloat16, in MiB")
    with ours(folder) as own:
        own.ask(texts=texts[:2], batch_size=1, dtype="bfloat16")
        for size in (1, 8, 48):
            answer = own.ask(texts=texts, batch_size=size, dtype="bfloat16")
            print(f"  {size:3} sentences at a time: {answer['above'] / 2**20:6.0f}")


def quality(data: Path, seconds: float) -> None:
    """Train a small model for some seconds and print what reduced precision, filter and ONNX change in its answers."""
    from stackmark.ner import SpanMarkerModel
    from stackmark.ner.evaluation import predict_words
    from stackmark.ner.metrics import score
    from stackmark.ner.onnx_backend import OnnxModel
    from stackmark.ner.onnx_export import export

    folder = material.trained(data, CACHE / f"trained-{seconds:.0f}", seconds)
    model = SpanMarkerModel.from_pretrained(folder)
    report = model.fit_prefilter([list(one.words) for one in material.sentences(data, "train", 3000)], recall=0.995)
    print(f"\nQuality of a small model trained for {seconds:.0f} s; its filter: {json.dumps(report)}")
    export(model, folder / "onnx")
    dev = material.sentences(data, "dev", 2000)
    gold, languages = [one.entities for one in dev], [one.language for one in dev]
    words = sum(len(one.words) for one in dev)
    exact_answers = predict_words(model, dev)
    whole = {(row, *span) for row, spans in enumerate(exact_answers) for span in spans}
    ways: dict[str, tuple[Any, dict[str, Any]]] = {
        "float32": (model, {}),
        "bfloat16": (model, {"dtype": "bfloat16"}),
        "int8": (model, {"dtype": "int8"}),
        "filter": (model, {"prefilter": "auto"}),
        "filter, int8": (model, {"prefilter": "auto", "dtype": "int8"}),
        "onnx": (OnnxModel.from_pretrained(folder / "onnx"), {}),
    }
    for name, (one, options) in ways.items():
        begun = time.process_time()
        found = predict_words(one, dev, **options)
        spent = time.process_time() - begun
        scores = score(gold, found, languages, words)
        same = {(row, *span) for row, spans in enumerate(found) for span in spans}
        kept = len(whole & same) / max(1, len(whole))
        rate = f"{words / spent:8.0f} words/s of processor time"
        print(f"  {name:14} F1 {100 * scores.all.f1:6.2f}  entities kept {kept:8.3%}  {rate}")


def long(data: Path, seconds: float) -> None:
    """Read documents of 5,000 and 10,000 words: nothing lost, and twice the words take twice the time."""
    from stackmark.ner import SpanMarkerModel

    model = SpanMarkerModel.from_pretrained(material.trained(data, CACHE / f"trained-{seconds:.0f}", seconds))
    words = [word for one in material.sentences(data, "dev", 2000) for word in one.words]
    print("\nLong text")
    took: dict[int, float] = {}
    model.predict(" ".join(words[:1000]))
    for size in (5_000, 10_000):
        text = " ".join(words[:size])
        begun = time.process_time()
        found: Any = model.predict(text)
        took[size] = time.process_time() - begun
        spans = model.logits([text])[0][0]
        last = max(one["char_end_index"] for one in found)
        whole = "all" if int(spans[:, 1].max()) == len(text) and int(spans[:, 0].min()) == 0 else "NOT all"
        print(
            f"  {size:6,} words: {took[size]:5.1f} s, {len(found):,} entities, the last ends at character {last:,}",
            end="",
        )
        print(f" of {len(text):,}; {whole} of the text was judged")
    print(f"  twice the words, {took[10_000] / took[5_000]:.2f} times the time")


def main(arguments: Sequence[str] | None = None) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=HERE.parents[1] / "shared" / "data" / "ner")
    parser.add_argument("--sentences", type=int, default=12, help="for the speed")
    parser.add_argument("--exact-sentences", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--train-seconds", type=float, default=180)
    parser.add_argument("--part", action="append", choices=PARTS, help="all by default")
    asked = parser.parse_args(arguments)
    if not any(asked.data.glob("*.dev.conll.gz")):
        raise SystemExit(f"no *.dev.conll.gz in {asked.data}: name a folder with labelled text")
    parts = asked.part or PARTS
    if "exact" in parts:
        exact(asked.data, asked.exact_sentences)
    if "speed" in parts:
        speed(asked.data, asked.sentences, asked.rounds)
    if "memory" in parts:
        memory(asked.data)
    if "quality" in parts:
        quality(asked.data, asked.train_seconds)
    if "long" in parts:
        long(asked.data, asked.train_seconds)


if __name__ == "__main__":
    main()
