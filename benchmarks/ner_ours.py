"""This library as a participant of benchmarks/ner.py: python benchmarks/ner_ours.py CHECKPOINT PRECISION|onnx."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ner_serve import serve
from stackmark.ner.loading import load

OPTIONS = ("batch_size", "dtype", "prefilter")


class Watched:
    """A scorer that keeps the logits it gives, passage by passage."""

    def __init__(self, scorer: Any) -> None:
        self.scorer = scorer
        self.logits: list[Any] = []

    def score(self, passages: Any, *arguments: Any, **named: Any) -> Iterator[Any]:
        """Score as the scorer does."""
        found = {}
        for scored in self.scorer.score(passages, *arguments, **named):
            found[scored.passage] = scored.logits
            yield scored
        self.logits.extend(found[number] for number in sorted(found))


def main() -> None:
    folder, way = sys.argv[1:]
    model: Any
    if way == "onnx":
        model = load(folder, "onnx", threads=int(os.environ["OMP_NUM_THREADS"]))
    else:
        model = load(folder, "torch", dtype=way)
        usual = model.scorer
        if hasattr(usual(way), "words"):
            usual(way).words.sum()  # mapped: whatever of it is read later belongs to the weights

    def work(request: dict[str, Any]) -> dict[str, Any]:
        texts: Any = request["texts"]
        if "documents" in request:
            texts = {"tokens": texts, "document_id": request["documents"], "sentence_id": list(range(len(texts)))}
        options: dict[str, Any] = {name: request[name] for name in OPTIONS if name in request}
        if "logits" not in request:
            return {"entities": model.predict(texts, **options)}
        watched = Watched(usual())
        model.scorer = lambda _: watched
        entities = model.predict(texts, **options)
        model.scorer = usual
        np.save(Path(request["logits"]), np.concatenate(watched.logits))
        return {"entities": entities}

    serve(work)


if __name__ == "__main__":
    main()
