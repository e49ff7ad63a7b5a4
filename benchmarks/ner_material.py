"""Text and models for benchmarks/ner.py, made once under .cache/ner."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
import transformers

from ner_enlarge import enlarge
from ner_participants import CACHE
from stackmark.ner import SpanMarkerModel
from stackmark.ner.data import Sentence, read
from stackmark.ner.onnx_export import export
from stackmark.ner.training import train

#: The collection of several languages that is used, by the name before the language.
NAME = "wikineural"
#: The share of entities that the span filter has to keep.
RECALL = 0.995
#: Encoders that go through transformers, and what their configuration needs.
OTHERS: dict[str, dict[str, Any]] = {
    "Ernie": {},
    "RemBert": {"input_embedding_size": 16},
    "MegatronBert": {},
    "RobertaPreLayerNorm": {},
    "XLMRobertaXL": {},
    "BigBird": {"attention_type": "original_full"},
}
SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 320,
    "pad_token_id": 0,
    "initializer_range": 0.2,  # ten times the usual: the attention is as uneven as that of a trained model
}

Answer = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What the command line says, and the models once they are made."""

    data: Path
    rounds: int
    sentences: int
    exact_sentences: int
    many: int
    measured: int
    threads: list[int]
    train_seconds: float
    model: Path | None

    def small(self) -> Path:
        """Give the small model, with filter and ONNX graphs."""
        return small(self.data, CACHE, self.train_seconds, self.model, 2 * self.measured)

    def large(self) -> Path:
        """Give the same as a large one."""
        return large(self.small())

    def dev(self, number: int) -> list[list[str]]:
        """Give the words of so many sentences."""
        return words(sentences(self.data, "dev", number))


def head(title: str) -> None:
    print(f"\n{title} (load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors)", flush=True)


def spans(entities: Sequence[Answer]) -> list[tuple[int, int, str]]:
    return [(one["word_start_index"], one["word_end_index"], one["label"]) for one in entities]


@cache
def everything(data: Path, part: str) -> list[Sentence]:
    """Read all sentences of a part; their languages are in the names of the files."""
    files = sorted(data.glob(f"{NAME}-*.{part}.conll.gz"))
    return [one for path in files for one in read(path, path.name.split("-")[1].partition(".")[0])]


def sentences(data: Path, part: str, number: int, shift: int = 0) -> list[Sentence]:
    """Give so many sentences, evenly from all languages; other ones for another small `shift`."""
    found = everything(data, part)
    step = max(1, len(found) // number)
    return found[step // 2 + shift :: step][:number]


def words(given: list[Sentence]) -> list[list[str]]:
    return [list(one.words) for one in given]


def resaved(golden: Path, folder: Path) -> Path:
    """Write a golden checkpoint so that the reference opens it: it wants a configuration of the encoder alone."""
    if not (folder / "config.json").exists():
        SpanMarkerModel.from_pretrained(golden).save_pretrained(folder.resolve())
    return folder


def other(family: str, data: Path, folder: Path) -> Path:
    """Make a checkpoint of random weights around an encoder of another family, with a golden one's tokenizer."""
    torch.manual_seed(1)
    tokenizer = SpanMarkerModel.from_pretrained(data / "golden" / "bert").tokenizer.backend
    config = getattr(transformers, f"{family}Config")(vocab_size=704, **SIZES, **OTHERS[family])
    encoder = getattr(transformers, f"{family}Model")(config)
    model = SpanMarkerModel.from_encoder(encoder, ["O", "LOC", "PER"], tokenizer, model_max_length=128)
    torch.nn.init.normal_(model.classifier.weight, std=0.3)
    model.save_pretrained((folder / family).resolve())
    return folder / family


def fitting(texts: list[list[str]], folder: Path) -> list[list[str]]:
    """Keep the texts that fit into one pass of a checkpoint; of longer ones the reference reads only the beginning."""
    tokenizer = SpanMarkerModel.from_pretrained(folder).tokenizer
    encoded = tokenizer.encode(texts)
    return [text for text, one in zip(texts, encoded, strict=True) if len(one.ids) <= tokenizer.capacity]


def small(data: Path, cached: Path, seconds: float, given: Path | None, fitted: int) -> Path:
    """Give a small trained model with a fitted filter and its ONNX graphs, for measuring only.

    It is `given`, or trained from scratch for some seconds. The filter is fitted on sentences that are not measured on.
    """
    folder = cached / (f"given-{given.name}-{fitted}" if given else f"trained-{seconds:.0f}-{fitted}")
    if not (folder / "onnx" / "config.json").exists():
        model = SpanMarkerModel.from_pretrained(given) if given else trained(data, folder, seconds)
        texts = [text for shift in (1, 2) for text in words(sentences(data, "dev", fitted // 2, shift))]
        model.fit_prefilter(texts, recall=RECALL)
        model.save_pretrained(folder.resolve())
        export(model, folder / "onnx")
    return folder


def trained(data: Path, folder: Path, seconds: float) -> SpanMarkerModel:
    """Train a small model from scratch, or load it where an earlier run got so far."""
    if (folder / "metrics.json").exists():
        return SpanMarkerModel.from_pretrained(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return train(everything(data, "train"), None, "tiny", folder, seconds)


def large(folder: Path) -> Path:
    """Give the same model as one of 12 layers, 768 wide; its `encoder` has weights, `onnx` the graphs."""
    found = folder.with_name(f"{folder.name}-large")
    if not (found / "onnx" / "config.json").exists():
        model = enlarge(SpanMarkerModel.from_pretrained(folder))
        model.save_pretrained(found.resolve())
        export(model, found / "onnx")
        model.encoder.save_pretrained(str(found.resolve() / "encoder"))
    return found
