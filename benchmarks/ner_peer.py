"""The reference, span_marker, as a participant of benchmarks/ner.py.

.cache/peers/ner-peer/bin/python benchmarks/ner_peer.py CHECKPOINT
"""

import sys
from typing import Any

from datasets import Dataset, disable_progress_bars
from span_marker import SpanMarkerModel

from ner_serve import serve


def main() -> None:
    disable_progress_bars()
    model = SpanMarkerModel.from_pretrained(sys.argv[1])
    logits: list[Any] = []
    forward = model.forward

    def watched(*given: Any, **named: Any) -> Any:
        output = forward(*given, **named)
        for row, pairs in zip(output.logits, output.num_marker_pairs, strict=True):
            logits.extend(row[:pairs].tolist())
        return output

    def work(request: dict[str, Any]) -> dict[str, Any]:
        texts: Any = request["texts"]
        if "documents" in request:
            columns = {"tokens": texts, "document_id": request["documents"], "sentence_id": list(range(len(texts)))}
            texts = Dataset.from_dict(columns)
        logits.clear()
        model.forward = watched if request.get("logits") else forward
        return {"entities": model.predict(texts, batch_size=request["batch_size"]), "logits": logits}

    serve(work)


if __name__ == "__main__":
    main()
