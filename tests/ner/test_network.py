from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="stackmark.ner needs torch")
pytest.importorskip("transformers", reason="the module needs transformers")

from stackmark.errors import SourceError  # noqa: E402
from stackmark.ner import SpanMarkerModel, untrained  # noqa: E402
from stackmark.ner.batches import IGNORED, Example, collate  # noqa: E402
from stackmark.ner.network import build_network  # noqa: E402
from tests.ner import goldens  # noqa: E402


def test_markers_are_laid_out_as_in_the_reference() -> None:
    tokenizer = goldens.model("bert").tokenizer
    long = Example(np.array([2, 50, 51, 52, 3]), np.array([[1, 1], [1, 3]]), np.array([0, 2]))
    short = Example(np.array([2, 60, 3]), np.array([[1, 1]]), np.array([1]))
    batch = collate([long, short], tokenizer)
    start, end = tokenizer.start, tokenizer.end
    assert batch["input_ids"].tolist() == [
        [2, 50, 51, 52, 3, 0, start, start, end, end],
        [2, 60, 3, 0, start, end, 0, 0, 0, 0],
    ]
    assert batch["position_ids"].tolist() == [[2, 3, 4, 5, 6, 1, 3, 3, 3, 5], [2, 3, 4, 1, 3, 3, 1, 1, 1, 1]]
    assert batch["labels"].tolist() == [[0, 2], [1, IGNORED]]
    assert batch["pairs"].tolist() == [[[6, 8], [7, 9]], [[4, 5], [0, 0]]]
    mask = batch["attention_mask"][0]
    assert mask[6].nonzero()[:, 0].tolist() == [0, 1, 2, 3, 4, 6, 8]
    assert mask[9].nonzero()[:, 0].tolist() == [0, 1, 2, 3, 4, 7, 9]
    assert mask[4].nonzero()[:, 0].tolist() == [0, 1, 2, 3, 4]


def test_the_module_shares_its_memory_with_the_checkpoint() -> None:
    model = SpanMarkerModel.from_pretrained(goldens.FOLDER / "bert")
    tensors = model.tensors()
    network = build_network(model.config, tensors)
    assert network.classifier.weight.data_ptr() == tensors["classifier.weight"].data_ptr()
    assert not any(tensor.is_meta for tensor in [*network.parameters(), *network.buffers()])


def test_weights_that_do_not_fit_are_a_clear_error() -> None:
    model = goldens.model("bert")
    tensors = {**model.tensors(), "classifier.weight": torch.zeros(4, 5)}
    with pytest.raises(SourceError, match="do not fit"):
        build_network(model.config, tensors)


def test_room_is_made_for_the_markers() -> None:
    import transformers

    tokenizer = goldens.model("bert").tokenizer.backend
    config = transformers.BertConfig(
        vocab_size=700, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    module = transformers.BertModel(config)
    _, ready, tensors = untrained.make_untrained(module, ["O", "PER"], tokenizer, None, {"model_max_length": 32})
    rows = len(tensors["encoder.embeddings.word_embeddings.weight"])
    assert rows == 704 > max(ready.start, ready.end)
