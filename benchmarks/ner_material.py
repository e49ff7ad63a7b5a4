"""Text and models for benchmarks/ner.py, made once under .cache/ner."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import torch

from stackmark.ner import SpanMarkerModel, tiny
from stackmark.ner.data import Sentence, read
from stackmark.ner.onnx_export import export
from stackmark.ner.training import train

#: Pieces of the large model's vocabulary; its size changes neither the work nor the time.
VOCABULARY = 30_000
#: The collection of several languages that is used, by the name before the language.
NAME = "wikineural"


@cache
def everything(data: Path, part: str) -> list[Sentence]:
    """Read all sentences of a part; their languages are in the names of the files."""
    files = sorted(data.glob(f"{NAME}-*.{part}.conll.gz"))
    return [one for path in files for one in read(path, path.name.split("-")[1].partition(".")[0])]


def sentences(data: Path, part: str, number: int) -> list[Sentence]:
    """Give so many sentences, evenly from all languages."""
    found = everything(data, part)
    step = max(1, len(found) // number)
    return found[step // 2 :: step][:number]


def resaved(golden: Path, folder: Path) -> Path:
    """Write a golden checkpoint so that the reference opens it: it wants a configuration of the encoder alone."""
    if not (folder / "config.json").exists():
        SpanMarkerModel.from_pretrained(golden).save_pretrained(folder.resolve())
    return folder


def fitting(texts: list[list[str]], folder: Path) -> list[list[str]]:
    """Keep the texts that fit into one pass of a checkpoint; of longer ones the reference reads only the beginning."""
    tokenizer = SpanMarkerModel.from_pretrained(folder).tokenizer
    encoded = tokenizer.encode(texts)
    return [text for text, one in zip(texts, encoded, strict=True) if len(one.ids) <= tokenizer.capacity]


def large(data: Path, folder: Path, types: list[str]) -> tuple[Path, Path]:
    """Make a BERT of 12 layers, 768 wide, of random weights, and its ONNX graphs."""
    exported = folder.with_name(f"{folder.name}-onnx")
    if not (exported / "config.json").exists():
        from transformers import BertConfig, BertModel

        torch.manual_seed(1)
        tokenizer = tiny.learn_tokenizer((one.words for one in sentences(data, "train", 20_000)), VOCABULARY)
        encoder = BertModel(BertConfig(vocab_size=tokenizer.get_vocab_size()))
        model = SpanMarkerModel.from_encoder(encoder, ["O", *types], tokenizer, model_max_length=256)
        with torch.no_grad():
            model.classifier.weight.normal_(0, 0.3)
        model.save_pretrained(folder.resolve())
        model.encoder.save_pretrained(str(folder.resolve() / "encoder"))
        export(model, exported)
    return folder, exported


def trained(data: Path, folder: Path, seconds: float) -> Path:
    """Train a small model from scratch for some seconds; it is for measuring only."""
    if not (folder / "metrics.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        train(sentences(data, "train", 20_000), None, "tiny", folder, seconds)
    return folder
