"""Prediction without torch: the graphs of `onnx_export` with onnxruntime, tokenizers and numpy alone.

from stackmark.ner.onnx_backend import OnnxModel
model = OnnxModel.from_pretrained("folder written by stackmark ner export")
model.predict("Amelia Earhart flew to Paris.")
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stackmark.errors import SourceError, UsageError
from stackmark.ner.config import SpanMarkerConfig
from stackmark.ner.passages import Passage
from stackmark.ner.predict import Engine, Floats, Ints
from stackmark.ner.predictor import Predictor
from stackmark.ner.prefilter import Prefilter, load_prefilter
from stackmark.ner.scored import Choice, Precision, Scored
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


class OnnxModel(Predictor):
    """A SpanMarker model that was exported."""

    def __init__(self, engine: Engine, prefilter: Prefilter | None = None) -> None:
        """Put a model around an engine; see `from_pretrained`."""
        self._engine, self.config, self.tokenizer = engine, engine.config, engine.tokenizer
        self.prefilter = prefilter

    @classmethod
    def from_pretrained(cls, folder: str | Path, threads: int = 0) -> OnnxModel:
        """Open a folder that `onnx_export` wrote; raises SourceError for files that are missing or damaged."""
        folder = Path(folder)
        config = SpanMarkerConfig.from_file(folder / "config.json")
        engine = Engine(config, load_tokenizer(folder, config), OnnxScorer(folder, threads))
        return cls(engine, load_prefilter(folder))

    def engine(self, dtype: Precision = "float32") -> Engine:
        """Give what prediction works with."""
        if dtype != "float32":
            raise UsageError(f"an exported model computes in float32, not in {dtype}", "load the checkpoint with torch")
        return self._engine


def open_session(path: Path, threads: int) -> Any:
    """Open a graph; raises SourceError if it is missing or damaged, UsageError without onnxruntime."""
    try:
        import onnxruntime
    except ImportError as error:
        raise UsageError("this needs the package onnxruntime", "pip install onnxruntime") from error
    if not path.is_file():
        raise SourceError(f"no {path.name} in {path.parent}", "write one: stackmark ner export FOLDER --model MODEL")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no other common base
        first = (str(error).splitlines() or [""])[0]
        raise SourceError(f"cannot read {path}: {first}", "export the model again") from error
