"""The reference, span_marker, as a participant of benchmarks/ner.py.

.cache/peers/ner-peer/bin/python benchmarks/ner_peer.py CHECKPOINT
"""

import sys
from typing import Any

import numpy as np
from datasets import Dataset, disable_progress_bars
from span_marker import SpanMarkerModel

from ner_serve import serve


def main() -> None:
    disable_progress_bars()
    model = SpanMarkerModel.from_pretrained(sys.argv[1])
    for weights in model.parameters():
        weights.sum()  # they are mapped, and read when they are first used
    logits: list[Any] = []
    forward = model.forward

    def watched(*given: Any, **named: Any) -> Any:
        output = forward(*given, **named)
        logits.extend(row[:pairs].numpy() for row, pairs in zip(output.logits, output.num_marker_pairs, strict=True))
        return output

    def work(request: dict[str, Any]) -> dict[str, Any]:
        texts: Any = request["texts"]
        if "documents" in request:
            columns = {"tokens": texts, "document_id": request["documents"], "sentence_id": list(range(len(texts)))}
            texts = Dataset.from_dict(columns)
        logits.clear()
        model.forward = watched if "logits" in request else forward
        entities = model.predict(texts, batch_size=request["batch_size"])
        if "logits" in request:
            np.save(request["logits"], np.concatenate(logits))
        return {"entities": entities}

    serve(work)


if __name__ == "__main__":
    main()
