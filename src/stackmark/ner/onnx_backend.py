"""Prediction without torch: the graphs of `onnx_export` with onnxruntime, tokenizers and numpy alone.

from stackmark.ner.onnx_backend import OnnxModel
model = OnnxModel.from_pretrained("folder written by stackmark ner export")
model.predict("Amelia Earhart flew to Paris.")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from stackmark.errors import SourceError, UsageError
from stackmark.ner.config import SpanMarkerConfig
from stackmark.ner.decode import Threshold
from stackmark.ner.inputs import Text, read_inputs
from stackmark.ner.passages import Passage
from stackmark.ner.predict import (
    Engine,
    Entity,
    Floats,
    Ints,
    Request,
    logits,
    make_request,
    predict_inputs,
    predict_stream,
)
from stackmark.ner.prefilter import Prefilter, load_prefilter
from stackmark.ner.scored import Choice, Scored
from stackmark.ner.tokenizer import load_tokenizer

TEXT, MARKERS = "text.onnx", "markers.onnx"
#: SpanMarker numbers positions from here.
FIRST_POSITION = 2
#: Pairs of markers in one call, and pairs times pieces of text; they bound the memory.
PAIRS, CELLS = 512, 1 << 16


class OnnxScorer:
    """Scores spans with two sessions of onnxruntime."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Open the graphs in a folder; 0 threads leave the number to onnxruntime."""
        self.text, self.markers = (open_session(folder / name, threads) for name in (TEXT, MARKERS))
        self.memory = [one.name for one in self.text.get_outputs() if one.name != "states"]

    def score(
        self, passages: Sequence[Passage], choose: Choice | None = None, text: bool = False, pairs: bool = False
    ) -> Iterator[Scored]:
        """Score passages one by one; see `scored.Scorer`."""
        for number, passage in enumerate(passages):
            places = np.arange(len(passage.ids)) + FIRST_POSITION
            states, *memory = self.text.run(["states", *self.memory], {"ids": passage.ids, "places": places})
            rows = np.arange(len(passage.spans)) if choose is None else choose(passage, states)
            found, both = self._mark(passage.markers[rows], dict(zip(self.memory, memory, strict=True)))
            yield Scored(number, rows, found, states if text else None, both if pairs else None)

    def _mark(self, places: Ints, memory: dict[str, Floats]) -> tuple[Floats, Floats]:
        """Run the markers of one passage in parts."""
        most = max(1, min(PAIRS, CELLS // max(1, memory[self.memory[0]].shape[2])))
        parts = []
        for begin in range(0, max(1, len(places)), most):
            starts, ends = places[begin : begin + most].T + FIRST_POSITION
            parts.append(self.markers.run(["logits", "both"], {"starts": starts, "ends": ends, **memory}))
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


class OnnxModel:
    """A SpanMarker model that was exported; `predict`, `stream` and `logits` are those of `SpanMarkerModel`."""

    def __init__(self, engine: Engine, prefilter: Prefilter | None = None) -> None:
        """Put a model around an engine; see `from_pretrained`."""
        self.engine, self.config, self.tokenizer = engine, engine.config, engine.tokenizer
        self.prefilter = prefilter

    @classmethod
    def from_pretrained(cls, folder: str | Path, threads: int = 0) -> OnnxModel:
        """Open a folder that `onnx_export` wrote; raises SourceError for files that are missing or damaged."""
        folder = Path(folder)
        config = SpanMarkerConfig.from_file(folder / "config.json")
        engine = Engine(config, load_tokenizer(folder, config), OnnxScorer(folder, threads))
        return cls(engine, load_prefilter(folder))

    def predict(
        self,
        inputs: object,
        batch_size: int = 32,
        *,
        threshold: Threshold = None,
        return_embeddings: bool | str = False,
        embedding_dtype: str = "float32",
        all_scores: bool = False,
        long_text: str = "window",
        prefilter: str | float = "off",
    ) -> list[Entity] | list[list[Entity]]:
        """Find the entities of texts, as `SpanMarkerModel.predict` does in float32."""
        given = read_inputs(inputs)
        request = self._request(prefilter, threshold, return_embeddings, embedding_dtype, all_scores, long_text)
        results = list(predict_inputs(self.engine, given, request, batch_size))
        return results[0] if given.single else results

    def stream(
        self,
        texts: Iterable[Text],
        batch_size: int = 32,
        *,
        threshold: Threshold = None,
        return_embeddings: bool | str = False,
        embedding_dtype: str = "float32",
        all_scores: bool = False,
        long_text: str = "window",
        prefilter: str | float = "off",
    ) -> Iterator[list[Entity]]:
        """Find the entities of texts as they come."""
        request = self._request(prefilter, threshold, return_embeddings, embedding_dtype, all_scores, long_text)
        return predict_stream(self.engine, texts, request, batch_size)

    def logits(self, texts: Sequence[Text]) -> list[tuple[Ints, Floats]]:
        """Give the spans of each text and their logits, as `SpanMarkerModel.logits` does."""
        return logits(self.engine, read_inputs(texts).texts)

    def _request(self, prefilter: str | float, *asked: Any) -> Request:
        return replace(make_request(self.config, *asked), choose=self._choice(prefilter))

    def _choice(self, prefilter: str | float) -> Choice | None:
        if prefilter == "off" or (prefilter == "auto" and self.prefilter is None):
            return None
        if self.prefilter is None:
            raise UsageError("this model has no span filter", "fit one before the export: stackmark ner fit-prefilter")
        recall = float(self.prefilter.report["recall"]) if prefilter == "auto" else prefilter
        if isinstance(recall, str):
            raise UsageError(f"prefilter={prefilter!r} is unknown", 'it is "off", "auto" or a recall, e.g. 0.99')
        return self.prefilter.choice(recall)


def open_session(path: Path, threads: int) -> Any:
    """Open a graph; raises SourceError if it is missing or damaged, UsageError without onnxruntime."""
    try:
        import onnxruntime
    except ImportError as error:
        raise UsageError("this needs the package onnxruntime", "pip install onnxruntime") from error
    if not path.is_file():
        raise SourceError(f"no {path.name} in {path.parent}", "write one: stackmark ner export MODEL FOLDER")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no other common base
        first = (str(error).splitlines() or [""])[0]
        raise SourceError(f"cannot read {path}: {first}", "export the model again") from error
