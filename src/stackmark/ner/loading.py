"""One call for either backend: torch, or onnxruntime without torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackmark.errors import UsageError

if TYPE_CHECKING:
    from stackmark.ner.model import SpanMarkerModel
    from stackmark.ner.onnx_backend import OnnxModel


def load(place: str | Path, backend: str = "auto", **options: Any) -> SpanMarkerModel | OnnxModel:
    """Load a model: `torch` reads a checkpoint, `onnx` an exported one, `auto` sees which it is.

    options: for `SpanMarkerModel.from_pretrained` or `OnnxModel.from_pretrained`

    Raises UsageError for another backend, or for a backend whose packages are missing.
    """
    if backend not in ("auto", "torch", "onnx"):
        raise UsageError(f"backend={backend!r} is unknown", 'it is "auto", "torch" or "onnx"')
    folder = Path(place)
    weights = any((folder / name).exists() for name in ("model.safetensors", "model.safetensors.index.json"))
    exported = (folder / "markers.onnx").is_file() and not weights
    if backend == "onnx" or (backend == "auto" and exported):
        from stackmark.ner.onnx_backend import OnnxModel

        return OnnxModel.from_pretrained(folder, **options)
    try:
        from stackmark.ner.model import SpanMarkerModel
    except ImportError as error:
        raise UsageError(
            f"this needs torch ({error})", "pip install 'stackmark[ner]', or use an exported model"
        ) from error
    return SpanMarkerModel.from_pretrained(place, **options)
