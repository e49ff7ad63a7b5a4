"""GLiNER with a BERT encoder of random weights, as a participant of benchmarks/ner.py.

    .cache/peers/gliner/bin/python benchmarks/ner_gliner.py ENCODER TYPE...

ENCODER is the folder of the encoder that the other participants have.
"""

import sys
from typing import Any

from gliner import GLiNER, GLiNERConfig

from ner_serve import serve


def main() -> None:
    encoder, *types = sys.argv[1:]
    config = GLiNERConfig(model_name=encoder, max_width=8, max_len=256, hidden_size=768, dropout=0.0)
    model = (
        GLiNER.from_config(config) if hasattr(GLiNER, "from_config") else GLiNER(config, encoder_from_pretrained=False)
    )
    model.eval()
    predict = getattr(model, "inference", None) or model.batch_predict_entities

    def work(request: dict[str, Any]) -> dict[str, Any]:
        texts = [" ".join(words) for words in request["texts"]]
        return {"entities": sum(len(found) for found in predict(texts, types, batch_size=request["batch_size"]))}

    serve(work)


if __name__ == "__main__":
    main()
