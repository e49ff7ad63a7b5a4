"""Text and models for benchmarks/ner.py, made once under .cache/ner."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from ner_enlarge import enlarge
from stackmark.ner import SpanMarkerModel
from stackmark.ner.data import Sentence, read
from stackmark.ner.onnx_export import export
from stackmark.ner.training import train

#: The collection of several languages that is used, by the name before the language.
NAME = "wikineural"
#: Sentences on which quality is measured, and the share of entities that the filter has to keep.
MEASURED, RECALL = 2000, 0.995


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


def fitting(texts: list[list[str]], folder: Path) -> list[list[str]]:
    """Keep the texts that fit into one pass of a checkpoint; of longer ones the reference reads only the beginning."""
    tokenizer = SpanMarkerModel.from_pretrained(folder).tokenizer
    encoded = tokenizer.encode(texts)
    return [text for text, one in zip(texts, encoded, strict=True) if len(one.ids) <= tokenizer.capacity]


def small(data: Path, cached: Path, seconds: float, given: Path | None) -> Path:
    """Give a small trained model with a fitted filter and its ONNX graphs, for measuring only.

    It is `given`, or trained from scratch for some seconds. The filter is fitted on text that is not measured on.
    """
    folder = cached / (f"given-{given.name}" if given else f"trained-{seconds:.0f}")
    if not (folder / "onnx" / "config.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        learnt = sentences(data, "train", 20_000)
        model = SpanMarkerModel.from_pretrained(given) if given else train(learnt, None, "tiny", folder, seconds)
        texts = [text for shift in (1, 2) for text in words(sentences(data, "dev", MEASURED, shift))]
        model.fit_prefilter(texts, recall=RECALL)
        model.save_pretrained(folder.resolve())
        export(model, folder / "onnx")
    return folder


def large(folder: Path) -> Path:
    """Give the same model as one of 12 layers, 768 wide; its `encoder` has weights, `onnx` the graphs."""
    found = folder.with_name(f"{folder.name}-large")
    if not (found / "onnx" / "config.json").exists():
        model = enlarge(SpanMarkerModel.from_pretrained(folder))
        model.save_pretrained(found.resolve())
        export(model, found / "onnx")
        model.encoder.save_pretrained(str(found.resolve() / "encoder"))
    return found
