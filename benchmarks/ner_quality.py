"""Parts of benchmarks/ner.py on the small model: long documents, and what the short cuts change in its answers."""

from __future__ import annotations

import json
import time
from typing import Any

import torch

import ner_material as material
from ner_material import Asked, head
from stackmark.ner import SpanMarkerModel
from stackmark.ner.evaluation import evaluate, predict_words
from stackmark.ner.metrics import score
from stackmark.ner.onnx_backend import OnnxModel

WAYS: dict[str, dict[str, Any]] = {
    "float32": {},
    "bfloat16": {"dtype": "bfloat16"},
    "int8": {"dtype": "int8"},
    "filter": {"prefilter": "auto"},
    "filter, bfloat16": {"prefilter": "auto", "dtype": "bfloat16"},
    "filter, int8": {"prefilter": "auto", "dtype": "int8"},
    "onnx": {},
}


def long(asked: Asked) -> list[str]:
    """Read documents of 5,000 to 20,000 words: nothing lost, and twice the words take twice the time."""
    torch.set_num_threads(1)  # threads that wait for each other on a busy machine count as work
    model = SpanMarkerModel.from_pretrained(asked.small())
    words = [word for text in asked.dev(2000) for word in text]
    head("Long text, the small model, one thread, processor time")
    model.predict(" ".join(words[:1000]))
    failed = []
    for size in (5_000, 10_000, 20_000):
        text = " ".join(words[:size])
        begun = time.process_time()
        found: Any = model.predict(text)
        took = time.process_time() - begun
        judged = {int(start) for start in model.logits([text])[0][0][:, 0]}
        starts = {int(start) for start in model.tokenizer.encode([text])[0].chars[:, 0]}
        last = max((one["char_end_index"] for one in found), default=0)
        print(
            f"  {size:6,} words, {len(text):,} characters: {took:5.1f} s, {1000 * took / size:.2f} s per 1,000 words,"
        )
        print(f"         {len(found):,} entities, the last ends at {last:,}; words not judged: {len(starts - judged)}")
        failed += [f"words lost of {size}"] if starts - judged else []
    return failed


def quality(asked: Asked) -> list[str]:
    """Score the small model on all of the other part; then what precision, filter and ONNX change in its answers."""
    torch.set_num_threads(1)
    folder = asked.small()
    model = SpanMarkerModel.from_pretrained(folder)
    if (folder / "metrics.json").exists():
        notes = json.loads((folder / "metrics.json").read_text())["training"]
        head(
            f"Quality from scratch: {notes['sentences']:,} sentences, {notes['epochs']} turns, "
            f"{notes['seconds']:.0f} s, {notes['processor_seconds']:.0f} s of processors"
        )
    else:
        head("Quality of the given model")
    begun = time.process_time()
    every = material.everything(asked.data, "dev")[:: max(1, 2000 // asked.measured)]
    scores = evaluate(model, every)
    took = time.process_time() - begun
    rates = {name: f"{100 * one.f1:.1f}" for name, one in {**scores.languages, "all": scores.all}.items()}
    share = f"precision {100 * scores.all.precision:.1f}, recall {100 * scores.all.recall:.1f}"
    print(f"  strict F1 on {len(every):,} sentences: {rates}; {share}; {took:.0f} s, one thread")
    short_cuts(asked, model)
    return []


def short_cuts(asked: Asked, model: SpanMarkerModel) -> None:
    """Print F1, and which of the entities of float32 are found, for every way to predict."""
    report = {} if model.prefilter is None else dict(model.prefilter.report)
    dev = material.sentences(asked.data, "dev", asked.measured)
    print(f"  What short cuts change on {len(dev):,} sentences; the filter: {json.dumps(report)}")
    gold, languages = [one.entities for one in dev], [one.language for one in dev]
    words = sum(len(one.words) for one in dev)
    whole: set[Any] = set()
    for name, options in WAYS.items():
        one: Any = OnnxModel.from_pretrained(asked.small() / "onnx") if name == "onnx" else model
        found = predict_words(one, dev, **options)
        scores = score(gold, found, languages, words)
        same = {(row, *span) for row, spans in enumerate(found) for span in spans}
        whole = whole or same
        kept = f"{len(whole & same):,} of {len(whole):,} entities ({len(whole & same) / max(1, len(whole)):.3%})"
        print(f"  {name:16} F1 {100 * scores.all.f1:6.2f}  kept {kept}, {len(same - whole)} others")
