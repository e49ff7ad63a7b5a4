"""This library as a participant of benchmarks/ner.py: python benchmarks/ner_ours.py CHECKPOINT [onnx]."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ner_serve import serve
from stackmark.ner.loading import load
from stackmark.ner.passages import Passage
from stackmark.ner.prefilter import Prefilter

HIDDEN = 64


def random_filter(width: int, share: float) -> Any:
    """Give a filter of the real one's cost that keeps a share of the spans, those it happens to score highest."""
    random = np.random.default_rng(7)
    shapes = ((width, 3 * HIDDEN), (32, HIDDEN), (HIDDEN,), (1,))
    pieces, lengths, final, lowest = (random.standard_normal(shape, dtype=np.float32) for shape in shapes)
    made = Prefilter(pieces, lengths, final, lowest, report={})

    def choose(passage: Passage, states: Any) -> Any:
        scores = made.scores(states, passage.markers)
        keep = max(1, round(share * len(scores)))
        return np.sort(np.argpartition(-scores, keep - 1)[:keep]) if len(scores) else np.arange(0)

    return choose


def main() -> None:
    model: Any = load(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "torch")

    usual, width = model._choice, model.config.encoder["hidden_size"]

    def work(request: dict[str, Any]) -> dict[str, Any]:
        texts: Any = request["texts"]
        if "documents" in request:
            texts = {"tokens": texts, "document_id": request["documents"], "sentence_id": list(range(len(texts)))}
        options: dict[str, Any] = {
            name: request[name] for name in ("batch_size", "dtype", "prefilter") if name in request
        }
        model._choice = usual if "share" not in request else lambda _: random_filter(width, request["share"])
        found = {"entities": model.predict(texts, **options), "logits": []}
        if request.get("logits"):
            found["logits"] = [row for _, logits in model.logits(texts) for row in logits.tolist()]
        return found

    serve(work)


if __name__ == "__main__":
    main()
